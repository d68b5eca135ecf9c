import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Clock, systemClock } from '../clock/clock.ts';
import { answerPings } from '../feed/answer-pings.ts';
import type { SimulatedApp } from './account/simulated-app.ts';
import { type IssuedToken, type IssueOptions, TokenIssuer } from './account/token-issuer.ts';
import { sendBurst } from './burst.ts';
import type { DataConnection } from './data-connection.ts';
import { type ExchangeOptions, SimulatedExchange } from './exchange.ts';
import { FaultControl } from './fault-control.ts';
import { takeFault } from './fault-state.ts';
import type { Fault } from './faults.ts';
import { AUTH_PATH, DATA_PATH, MASTER_PATH, RestEndpoints } from './rest-endpoints.ts';
import { RETRY_AFTER_SECONDS } from './token-endpoint.ts';

const HOST = '127.0.0.1';
const SOCKET_PATH = '/hsm/v1-5/prod';
const MAX_REQUEST_BYTES = 1024 * 1024;
const MAX_CONNECTIONS = 1_000;

export interface SimulatorOptions extends ExchangeOptions {
  /** 0, the default, for any free one. */
  readonly port?: number;
  readonly clock?: Clock;
  readonly faults?: readonly Fault[];
}

export type SimulatorEnvironment = Readonly<
  Record<
    | 'TICKPIPE_SOCKET_URL'
    | 'TICKPIPE_DATA_URL'
    | 'TICKPIPE_AUTH_URL'
    | 'TICKPIPE_MASTER_URL'
    | 'FYERS_APP_ID'
    | 'FYERS_SECRET_KEY'
    | 'FYERS_ACCESS_TOKEN',
    string
  >
>;

/** A FYERS-compatible server on this machine, and what tests do with it. */
export class Simulator extends SimulatedExchange {
  readonly #control: FaultControl;
  readonly #issuer: TokenIssuer;
  readonly #rest: RestEndpoints;
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_REQUEST_BYTES,
    perMessageDeflate: false,
    autoPong: false,
  });
  readonly #token: IssuedToken;
  #closing: Promise<void> | undefined;

  constructor(options: SimulatorOptions) {
    const clock = options.clock ?? systemClock;
    const issuer = new TokenIssuer(clock);
    super(options, clock, issuer);
    this.#issuer = issuer;
    this.#token = issuer.issue();
    const { faults, universe, counters, market, date } = this;
    this.#control = new FaultControl(faults, { clock, issuer, market, connections: () => this.connections });
    try {
      for (const fault of options.faults ?? []) this.#control.add(fault);
    } catch (error) {
      this.stop();
      throw error;
    }
    this.#rest = new RestEndpoints({ clock, date, universe, issuer, faults, counters });
    this.#http = createServer((request, response) => void this.#rest.answer(request, response));
    this.#http.on('upgrade', (request, socket: Duplex, head) => this.#upgrade(request, socket, head));
  }

  /** @internal Use `startSimulator`. */
  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(port, HOST, () => {
        this.#http.off('error', reject);
        resolve();
      });
    });
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  get socketUrl(): string {
    return `ws://${HOST}:${this.port}${SOCKET_PATH}`;
  }

  /** The base of REST calls, without a slash at its end. */
  get dataUrl(): string {
    return `http://${HOST}:${this.port}${DATA_PATH}`;
  }

  /** `APPID:JWT`, new at each start. */
  get token(): string {
    return this.#token.token;
  }

  /** The base of the calls of login and account, without a slash at its end. */
  get authUrl(): string {
    return `http://${HOST}:${this.port}${AUTH_PATH}`;
  }

  /** The base of the symbol master's files, without a slash at its end. */
  get masterUrl(): string {
    return `http://${HOST}:${this.port}${MASTER_PATH}`;
  }

  /** The app that may log in here: its id, and its secret, which is new at each start. */
  get app(): SimulatedApp {
    return this.#rest.app;
  }

  /** The variables that make tickpipe use this simulator, and log in to it. */
  get environment(): SimulatorEnvironment {
    return {
      TICKPIPE_SOCKET_URL: this.socketUrl,
      TICKPIPE_DATA_URL: this.dataUrl,
      TICKPIPE_AUTH_URL: this.authUrl,
      TICKPIPE_MASTER_URL: this.masterUrl,
      FYERS_APP_ID: this.app.appId,
      FYERS_SECRET_KEY: this.app.secretKey,
      FYERS_ACCESS_TOKEN: this.token,
    };
  }

  issueToken(options?: IssueOptions): IssuedToken {
    return this.#issuer.issue(options);
  }

  /** Makes a fault happen: now, or at its time. Throws `USAGE` for an unknown symbol. */
  inject(fault: Fault): void {
    this.#control.inject(fault);
  }

  /** Ends every lasting fault. Its effects on open connections stay. */
  clearFaults(): void {
    this.#control.clear();
  }

  /** Stops the market; it moves by `tick` only. Call `thaw` as often as this. */
  freeze(): void {
    this.ticker.hold();
  }

  thaw(): void {
    this.ticker.release();
  }

  /** Lets one symbol trade once, and sends what changed. False for one that is unknown. */
  tick(symbol: string): boolean {
    const mover = this.market.moverOf(symbol);
    if (mover === undefined) return false;
    this.floor.step(mover);
    this.flush();
    return true;
  }

  /** Sends bytes as they are to every authenticated client. */
  sendFrame(bytes: Buffer): void {
    for (const { outlet } of this.connections) outlet.send(bytes);
  }

  /** The number a topic has on the newest connection. */
  topicId(topic: string): number | undefined {
    return this.connections.at(-1)?.topics.get(topic)?.id;
  }

  /**
   * Sends so many updates to one client (the newest) as fast as it reads, losing none; the market does not move otherwise.
   * Returns the number of sent updates: fewer when the client left or has no topic that ticks.
   */
  async burst(updates: number, connection = this.connections.at(-1)): Promise<number> {
    if (connection === undefined) return 0;
    this.ticker.hold();
    try {
      return await sendBurst(connection, this.floor, updates);
    } finally {
      this.ticker.release();
    }
  }

  /** Closes every connection and the server. Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.stop();
      this.#control.close();
      for (const client of this.#sockets.clients) client.terminate();
      this.#sockets.close();
      this.#http.close(() => resolve());
      this.#http.closeAllConnections();
    });
    return this.#closing;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A socket that breaks during the handshake.
    socket.on('error', () => socket.destroy());
    if (request.url?.split('?', 1)[0] !== SOCKET_PATH || this.#sockets.clients.size >= MAX_CONNECTIONS) {
      refuseUpgrade(socket, 404);
      return;
    }
    if (takeFault(this.faults, 'upgrade')) {
      this.counters.refusedUpgrades++;
      refuseUpgrade(socket, this.faults.upgradeStatus);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (client) => this.#connect(client, request));
  }

  #connect(client: WebSocket, request: IncomingMessage): void {
    this.counters.connections++;
    answerPings(client);
    // As the live gateway since August 2026: it answers the upgrade, and nothing after it.
    if (request.headers.authorization !== undefined || takeFault(this.faults, 'mute')) {
      this.counters.muted++;
      client.on('error', () => undefined);
      client.resume();
      return;
    }
    this.serve(client);
  }

  protected override authenticated(connection: DataConnection): void {
    super.authenticated(connection);
    this.#control.begin();
  }
}

/** Answers an upgrade with an HTTP status, of a limit with how long to wait. */
function refuseUpgrade(socket: Duplex, status: number): void {
  const wait = status === 429 ? `retry-after: ${RETRY_AFTER_SECONDS}\r\n` : '';
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${wait}connection: close\r\ncontent-length: 0\r\n\r\n`,
  );
}

/** Starts a simulator on 127.0.0.1. Rejects with the system's error when the port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = new Simulator(options);
  try {
    await simulator.listen(options.port ?? 0);
  } catch (error) {
    await simulator.close();
    throw error;
  }
  return simulator;
}
