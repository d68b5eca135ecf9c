import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Clock, systemClock, type Timer } from '../clock/clock.ts';
import { istDate } from '../clock/ist.ts';
import { answerPings } from '../feed/answer-pings.ts';
import { type Instrument, instrumentOf } from '../market/topics.ts';
import { indexFeedName } from '../symbols/index-names.ts';
import type { FoundInstruments } from '../symbols/listed-instruments.ts';
import type { SimulatedApp } from './account/simulated-app.ts';
import { type IssuedToken, type IssueOptions, TokenIssuer } from './account/token-issuer.ts';
import { sendBurst } from './burst.ts';
import { SeededRandom, seedFor } from './chance/random.ts';
import { SimulatorCounters } from './counters.ts';
import { type ConnectionParts, DataConnection } from './data-connection.ts';
import { FaultControl } from './fault-control.ts';
import { FaultState, takeFault } from './fault-state.ts';
import type { Fault } from './faults.ts';
import { RETRY_AFTER_SECONDS } from './http/answers.ts';
import { SimulatedMarket } from './market.ts';
import { AUTH_PATH, DATA_PATH, MASTER_PATH, RestEndpoints } from './rest-endpoints.ts';
import { TopicIds } from './served-topics.ts';
import { Ticker } from './ticker.ts';
import { TradingFloor } from './trading-floor.ts';
import { Universe } from './universe.ts';
import { DEFAULT_SEED, type UniverseOptions } from './universe-options.ts';

const HOST = '127.0.0.1';
const SOCKET_PATH = '/hsm/v1-5/prod';
const DEFAULT_RATE = 50;
const DEFAULT_ACK_EVERY = 20;
/** A client may owe so many rounds of acks before it is starved. */
const STARVE_ROUNDS = 4;
const MAX_REQUEST_BYTES = 1024 * 1024;
const MAX_CONNECTIONS = 1_000;
const PING_CHECK_MS = 10_000;

export interface SimulatorOptions extends UniverseOptions {
  /** 0, the default, for any free one. */
  readonly port?: number;
  /** Decides every price. */
  readonly seed?: number;
  /** Ticks a second over everything subscribed; 0 for a market that only moves by hand. */
  readonly rate?: number;
  readonly clock?: Clock;
  readonly faults?: readonly Fault[];
  /** Data frames between two acks; 0 for never, and then frames carry no message number. */
  readonly ackEvery?: number;
  /** Whether clients that ask for the field dictionary get it. */
  readonly dictionary?: boolean;
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
export class Simulator {
  /** Sees every message of a client as it came. */
  onRequest: ((bytes: Buffer, connection: DataConnection) => void) | undefined;
  readonly counters = new SimulatorCounters();
  readonly market: SimulatedMarket;
  readonly #faults = new FaultState();
  readonly #control: FaultControl;
  readonly #clock: Clock;
  readonly #universe: Universe;
  readonly #issuer: TokenIssuer;
  readonly #floor: TradingFloor;
  readonly #ticker: Ticker;
  readonly #parts: ConnectionParts;
  readonly #connections = new Set<DataConnection>();
  readonly #rest: RestEndpoints;
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_REQUEST_BYTES,
    perMessageDeflate: false,
    autoPong: false,
  });
  readonly #pingCheck: Timer;
  readonly #token: IssuedToken;
  #closing: Promise<void> | undefined;

  constructor(options: SimulatorOptions) {
    const seed = options.seed ?? DEFAULT_SEED;
    const ackEvery = options.ackEvery ?? DEFAULT_ACK_EVERY;
    this.#clock = options.clock ?? systemClock;
    const date = istDate(this.#clock.now());
    this.#universe = new Universe(options, date);
    this.market = new SimulatedMarket(this.#universe, seed, this.#clock);
    this.#floor = new TradingFloor(this.market, new SeededRandom(seedFor(seed, 'floor')));
    this.#issuer = new TokenIssuer(this.#clock);
    this.#token = this.#issuer.issue();
    this.#control = new FaultControl(this.#faults, {
      clock: this.#clock,
      issuer: this.#issuer,
      market: this.market,
      connections: () => [...this.#connections].filter(({ user }) => user !== undefined),
    });
    // Before any timer is set: a bad fault throws.
    for (const fault of options.faults ?? []) this.#control.add(fault);
    this.#ticker = new Ticker(this.#floor, this.#clock, options.rate ?? DEFAULT_RATE, () => this.#flush());
    this.#parts = {
      clock: this.#clock,
      market: this.market,
      floor: this.#floor,
      issuer: this.#issuer,
      faults: this.#faults,
      ids: new TopicIds(),
      counters: this.counters,
      settings: { ackEvery, starveAfter: ackEvery * STARVE_ROUNDS, dictionary: options.dictionary ?? true },
      seed: seedFor(seed, 'disturbance'),
      authenticated: (connection) => this.#authenticated(connection),
      received: (bytes, connection) => this.onRequest?.(bytes, connection),
    };
    this.#rest = new RestEndpoints({
      clock: this.#clock,
      date,
      market: this.market,
      universe: this.#universe,
      issuer: this.#issuer,
      faults: this.#faults,
      counters: this.counters,
    });
    this.#http = createServer((request, response) => void this.#rest.answer(request, response));
    this.#http.on('upgrade', (request, socket: Duplex, head) => this.#upgrade(request, socket, head));
    this.#pingCheck = this.#clock.every(PING_CHECK_MS, () => {
      for (const connection of this.#connections) connection.checkPing();
    });
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

  /** The authenticated data connections, oldest first. */
  get connections(): readonly DataConnection[] {
    return [...this.#connections].filter(({ user, isOpen }) => user !== undefined && isOpen);
  }

  /** The instruments of symbols that are listed, as a client makes them of the answer to a symbol lookup. */
  find(symbols: readonly string[]): FoundInstruments {
    const fresh = new Map<string, Instrument>();
    for (const symbol of symbols) {
      const fytoken = this.#universe.bySymbol(symbol)?.listing.fytoken;
      const instrument = fytoken && instrumentOf(symbol, fytoken, indexFeedName(symbol));
      if (instrument) fresh.set(symbol, instrument);
    }
    return { fresh, stale: new Map() };
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
    this.#ticker.hold();
  }

  thaw(): void {
    this.#ticker.release();
  }

  /** Lets one symbol trade once, and sends what changed. False for one that is unknown. */
  tick(symbol: string): boolean {
    const mover = this.market.moverOf(symbol);
    if (mover === undefined) return false;
    this.#floor.step(mover);
    this.#flush();
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
    this.#ticker.hold();
    try {
      return await sendBurst(connection, this.#floor, updates);
    } finally {
      this.#ticker.release();
    }
  }

  /** Closes every connection and the server. Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#ticker.close();
      this.#pingCheck.cancel();
      this.#control.close();
      for (const client of this.#sockets.clients) client.terminate();
      this.#sockets.close();
      this.#http.close(() => resolve());
      this.#http.closeAllConnections();
    });
    return this.#closing;
  }

  #flush(): void {
    for (const { sender } of this.#connections) sender.flush();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A socket that breaks during the handshake.
    socket.on('error', () => socket.destroy());
    if (request.url?.split('?', 1)[0] !== SOCKET_PATH || this.#sockets.clients.size >= MAX_CONNECTIONS) {
      refuseUpgrade(socket, 404);
      return;
    }
    if (takeFault(this.#faults, 'upgrade')) {
      this.counters.refusedUpgrades++;
      refuseUpgrade(socket, this.#faults.upgradeStatus);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (client) => this.#connect(client, request));
  }

  #connect(client: WebSocket, request: IncomingMessage): void {
    this.counters.connections++;
    answerPings(client);
    // As the live gateway since August 2026: it answers the upgrade, and nothing after it.
    if (request.headers.authorization !== undefined || takeFault(this.#faults, 'mute')) {
      this.counters.muted++;
      client.on('error', () => undefined);
      client.resume();
      return;
    }
    const connection = new DataConnection(client, this.#parts);
    this.#connections.add(connection);
    client.once('close', () => this.#connections.delete(connection));
  }

  /** One data connection per user: the newer one ends the older. */
  #authenticated(connection: DataConnection): void {
    for (const other of this.#connections) {
      if (other !== connection && other.user === connection.user) other.close();
    }
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
