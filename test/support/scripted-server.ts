import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { DataFrameWriter } from '../../src/lib/hsm/data-frame.ts';
import { parseRequest, type Request } from '../../src/lib/hsm/request-parser.ts';
import { encodeAuthAccepted, encodeStatus } from '../../src/lib/hsm/responses.ts';
import { NO_VALUE } from '../../src/lib/hsm/wire.ts';
import type { Scale } from '../../src/lib/market/price.ts';
import { SLOT_COUNTS } from '../../src/lib/market/slots.ts';
import { topicKindOfName } from '../../src/lib/market/topics.ts';
import { EventQueue } from './event-queue.ts';

/** Something a client did, with the number of its connection, counted from 1. */
export type ServerEvent = { readonly connection: number } & (
  | { readonly type: 'connected' | 'disconnected' }
  | { readonly type: 'request'; readonly request: Request }
);

export type SubscribeAnswer = 'snapshot' | 'acknowledge' | 'refuse' | 'ignore';

export interface ServerScript {
  /** Answers to auth: accept, refuse, or say nothing. */
  auth: 'accept' | 'refuse' | 'ignore';
  /** Answers to subscribe: accept and snapshot, only acknowledge, refuse, or say nothing. */
  subscribe: SubscribeAnswer;
  /** The same, to the subscribe of a topic that is subscribed; as to any when left out. */
  subscribeAgain?: SubscribeAnswer;
  /** The same, to a request for a snapshot. */
  snapshot: SubscribeAnswer;
  mode: 'accept' | 'ignore';
  unsubscribe: 'accept' | 'ignore';
  ackEvery: number;
  /** First values of each topic, by topic; others get 100 in every slot. */
  values: Map<string, number[]>;
  /** Of each topic, where it is not two decimals. */
  scales: Map<string, Scale>;
}

/** A data socket that does what a test tells it. Topic ids are handed out per connection, from a number that moves on. */
export class ScriptedServer {
  readonly script: ServerScript = {
    auth: 'accept',
    subscribe: 'snapshot',
    snapshot: 'snapshot',
    mode: 'accept',
    unsubscribe: 'accept',
    ackEvery: 0,
    values: new Map(),
    scales: new Map(),
  };
  readonly events = new EventQueue<ServerEvent>();
  readonly #server: WebSocketServer;
  readonly #writer = new DataFrameWriter(4 * 1024 * 1024);
  #connections = 0;
  #messageNumber = 0;
  #ids = new Map<string, number>();
  #subscribed = new Set<string>();
  #client: WebSocket | undefined;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket) => this.#accept(socket));
  }

  static async start(): Promise<ScriptedServer> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await new Promise((resolve) => server.once('listening', resolve));
    return new ScriptedServer(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hsm`;
  }

  get connections(): number {
    return this.#connections;
  }

  /** The next request of this type, with the connection it came on. */
  async request<T extends Request['type']>(type: T): Promise<Request & { type: T } & { connection: number }> {
    const event = await this.events.next(
      (candidate) => candidate.type === 'request' && candidate.request.type === type,
    );
    if (event.type !== 'request') throw new Error('unreachable');
    return { ...(event.request as Request & { type: T }), connection: event.connection };
  }

  /** Updates of topics of the newest connection, in one frame. */
  update(...updates: (readonly [topic: string, values: Record<number, number>])[]): void {
    this.#frame(() => {
      for (const [topic, changes] of updates) {
        const current = new Int32Array(SLOT_COUNTS[topicKindOfName(topic) ?? 'sf']).fill(NO_VALUE);
        const sent = Int32Array.from(current);
        for (const [slot, value] of Object.entries(changes)) current[Number(slot)] = value;
        this.#writer.update(this.#ids.get(topic) ?? 0, current, sent);
      }
    });
  }

  snapshot(...topics: string[]): void {
    this.#frame(() => {
      for (const topic of topics) this.#writeSnapshot(topic);
    });
  }

  /** Any bytes, as one message. */
  send(bytes: Buffer | string): void {
    this.#client?.send(bytes);
  }

  /** Closes the newest connection, politely or by a cut. */
  /** Pings the newest connection so often in one turn. */
  ping(times: number): void {
    for (let sent = 0; sent < times; sent++) this.#client?.ping();
  }

  drop(how: 'close' | 'cut' = 'close'): void {
    if (how === 'close') this.#client?.close(1001);
    else this.#client?.terminate();
  }

  /** Resolves when the newest client has read all that was sent to it, and its requests up to then are answered and read. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 2; turn++) {
      const client = this.#client;
      if (client?.readyState !== client?.OPEN) return;
      client?.ping();
      await new Promise<void>((resolve) => {
        const done = (): void => {
          client?.off('pong', done).off('close', done);
          resolve();
        };
        client?.on('pong', done).on('close', done);
      });
    }
  }

  async close(): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: WebSocket): void {
    const connection = ++this.#connections;
    this.#client = socket;
    // Other ids on each connection: a client that keeps old ones shows another symbol's prices.
    this.#ids = new Map();
    this.#subscribed = new Set();
    this.events.push({ type: 'connected', connection });
    socket.on('close', () => this.events.push({ type: 'disconnected', connection }));
    socket.on('message', (data: Buffer) => {
      const request = parseRequest(data);
      if (request === undefined) throw new Error(`unreadable request ${data.toString('hex')}`);
      this.#answer(socket, request);
      this.events.push({ type: 'request', connection, request });
    });
  }

  #answer(socket: WebSocket, request: Request): void {
    const { script } = this;
    if (request.type === 'auth' && script.auth !== 'ignore') {
      socket.send(script.auth === 'accept' ? encodeAuthAccepted(script.ackEvery) : encodeStatus('auth', false));
    }
    if (request.type === 'mode' && script.mode === 'accept') socket.send(encodeStatus('mode', true));
    if (request.type === 'unsubscribe') {
      for (const topic of request.topics) this.#subscribed.delete(topic);
      if (script.unsubscribe === 'accept') socket.send(encodeStatus('unsubscribe', true));
    }
    if (request.type === 'subscribe') {
      const isThere = request.topics.every((topic) => this.#subscribed.has(topic));
      for (const topic of request.topics) this.#subscribed.add(topic);
      const again = script.subscribeAgain ?? script.subscribe;
      this.#answerTopics(socket, 'subscribe', request.topics, isThere ? again : script.subscribe);
    }
    if (request.type === 'snapshot') this.#answerTopics(socket, 'snapshot', request.topics, script.snapshot);
  }

  #answerTopics(
    socket: WebSocket,
    type: 'subscribe' | 'snapshot',
    topics: readonly string[],
    answer: SubscribeAnswer,
  ): void {
    if (answer === 'ignore') return;
    socket.send(encodeStatus(type, answer !== 'refuse'));
    if (answer === 'snapshot') this.snapshot(...topics);
  }

  #frame(write: () => void): void {
    this.#writer.begin(this.script.ackEvery > 0 ? ++this.#messageNumber : undefined);
    write();
    this.#client?.send(Buffer.from(this.#writer.finish()));
  }

  #writeSnapshot(topic: string): void {
    const slots = SLOT_COUNTS[topicKindOfName(topic) ?? 'sf'];
    const values = Int32Array.from(this.script.values.get(topic) ?? new Array<number>(slots).fill(100));
    const scale = this.script.scales.get(topic) ?? { multiplier: 1, precision: 2 };
    const names = { topic, ...scale, exchange: 'NSE', exchangeToken: '1', tradingSymbol: topic };
    this.#writer.snapshot(this.#idOf(topic), values, names);
  }

  #idOf(topic: string): number {
    const id = this.#ids.get(topic) ?? this.#ids.size + 1 + this.#connections * 7;
    this.#ids.set(topic, id);
    return id;
  }
}
