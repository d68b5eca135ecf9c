import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import {
  type HubMessage,
  type HubRequest,
  type MessageOf,
  ROWS_PROTOCOL,
  readHubRequest,
  STREAM_PATH,
} from '../../../src/lib/hub/protocol/messages.ts';
import { EventQueue } from '../../support/event-queue.ts';
import { RowMessages } from '../../support/row-messages.ts';

/** Something a client did, with the number of its connection, counted from 1. */
export type HubEvent = { readonly connection: number } & (
  | { readonly type: 'connected' | 'disconnected' }
  | { readonly type: 'request'; readonly request: HubRequest }
);

export const HELLO: MessageOf<'hello'> = {
  type: 'hello',
  session: 's1',
  pid: 4711,
  feed: 'the scripted feed',
  simulated: false,
  state: { state: 'live', at: 1_000 },
  expiresAt: null,
};

type Answers = { [A in HubRequest['action']]: (request: Extract<HubRequest, { action: A }>) => HubMessage | undefined };

const ACCEPT_ALL: Answers = {
  subscribe: ({ id, subscriptions }) => ({
    type: 'result',
    id,
    results: subscriptions.map(() => ({ status: 'accepted' })),
  }),
  unsubscribe: ({ id, subscriptions }) => ({
    type: 'result',
    id,
    results: subscriptions.map(() => ({ status: 'accepted' })),
  }),
  conclude: ({ id }) => ({ type: 'result', id, results: [] }),
  listen: ({ id, host, port }) => ({ type: 'listening', id, url: `http://${host}:${port}` }),
};

/** The hub's end of its WebSockets for commands, doing what a test tells it. */
export class ScriptedHub {
  readonly events = new EventQueue<HubEvent>();
  messages = new RowMessages();
  /** What it says first; undefined says nothing. */
  hello: MessageOf<'hello'> | undefined = HELLO;
  /** An answer of undefined says nothing. */
  answers: Answers = ACCEPT_ALL;
  readonly #server: WebSocketServer;
  #connections = 0;
  #client: WebSocket | undefined;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket) => this.#accept(socket));
  }

  static async start(): Promise<ScriptedHub> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: STREAM_PATH });
    await new Promise((resolve) => server.once('listening', resolve));
    return new ScriptedHub(server);
  }

  get connections(): number {
    return this.#connections;
  }

  /** What a command opens: a WebSocket of which nothing is read yet. */
  readonly connect = (signal: AbortSignal): Promise<WebSocket> => {
    const { port } = this.#server.address() as AddressInfo;
    const socket = new WebSocket(`ws://127.0.0.1:${port}${STREAM_PATH}`, ROWS_PROTOCOL);
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        reject(signal.reason);
        socket.terminate();
      };
      signal.addEventListener('abort', stop, { once: true });
      socket.once('open', () => {
        signal.removeEventListener('abort', stop);
        socket.pause();
        resolve(socket);
      });
      socket.once('error', () => reject(new TickpipeError('HUB_UNAVAILABLE', 'nobody answers there')));
    });
  };

  connected(connection: number): Promise<HubEvent> {
    return this.events.next((event) => event.type === 'connected' && event.connection === connection);
  }

  disconnected(connection: number): Promise<HubEvent> {
    return this.events.next((event) => event.type === 'disconnected' && event.connection === connection);
  }

  /** The next request of this kind, with the connection it came on. */
  async request<A extends HubRequest['action']>(
    action: A,
  ): Promise<Extract<HubRequest, { action: A }> & { readonly connection: number }> {
    const event = await this.events.next(
      (candidate) => candidate.type === 'request' && candidate.request.action === action,
    );
    if (event.type !== 'request') throw new Error('unreachable');
    return { ...(event.request as Extract<HubRequest, { action: A }>), connection: event.connection };
  }

  tell(...messages: readonly HubMessage[]): void {
    for (const message of messages) this.send(JSON.stringify(message));
  }

  /** NDJSON rows in one binary message. */
  rows(...rows: readonly string[]): void {
    this.send(this.messages.make(rows.map((row) => `${row}\n`).join('')));
  }

  /** Any message, to the newest connection. */
  send(message: Buffer | string): void {
    this.#client?.send(message);
  }

  ping(): void {
    this.#client?.ping();
  }

  drop(how: 'close' | 'cut' = 'cut'): void {
    if (how === 'close') this.#client?.close(1001);
    else this.#client?.terminate();
  }

  async close(): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: WebSocket): void {
    const connection = ++this.#connections;
    this.#client = socket;
    socket.on('close', () => this.events.push({ type: 'disconnected', connection }));
    socket.on('message', (data) => {
      const request = readHubRequest(JSON.parse(String(data)));
      if (request === undefined) throw new Error(`not a request: ${String(data)}`);
      const answer = this.answers[request.action](request as never);
      if (answer) socket.send(JSON.stringify(answer));
      this.events.push({ type: 'request', connection, request });
    });
    if (this.hello) socket.send(JSON.stringify(this.hello));
    this.events.push({ type: 'connected', connection });
  }
}
