import type { WebSocket } from 'ws';
import type { Clock, Timer } from '../clock/clock.ts';
import { parseRequest, type Request } from '../hsm/request-parser.ts';
import { encodeAuthAccepted, encodeStatus } from '../hsm/responses.ts';
import type { TokenIssuer } from './account/token-issuer.ts';
import { SeededRandom } from './chance/random.ts';
import { countTopic, type SimulatorCounters } from './counters.ts';
import { type FaultState, takeFault } from './fault-state.ts';
import { fieldDictionaryJson } from './field-dictionary.ts';
import { FrameQueue } from './frame-queue.ts';
import type { SimulatedMarket } from './market.ts';
import type { TopicIds } from './served-topics.ts';
import { ServedTopics } from './served-topics.ts';
import { type SenderSettings, TickSender } from './tick-sender.ts';
import { Channels } from './topic-stream.ts';
import type { TradingFloor } from './trading-floor.ts';

/** A client that has sent no ping for so long is dropped. */
const PING_TIMEOUT_MS = 120_000;

/** What all connections share. */
export interface ConnectionParts {
  readonly clock: Clock;
  readonly market: SimulatedMarket;
  readonly floor: TradingFloor;
  readonly issuer: TokenIssuer;
  readonly faults: FaultState;
  readonly ids: TopicIds;
  readonly counters: SimulatorCounters;
  readonly settings: SenderSettings & { readonly dictionary: boolean };
  readonly seed: number;
  /** Called once, when the authentication was accepted. */
  authenticated(connection: DataConnection): void;
  /** Called with every message before it is read. */
  received(bytes: Buffer, connection: DataConnection): void;
}

type Handlers = { readonly [T in Request['type']]: (request: Request & { type: T }) => void };

/** One client of the data socket, from its first frame to its end. */
export class DataConnection {
  readonly channels = new Channels();
  readonly outlet: FrameQueue;
  readonly sender: TickSender;
  readonly topics: ServedTopics;
  readonly #socket: WebSocket;
  readonly #parts: ConnectionParts;
  readonly #waiting: (() => void)[] = [];
  #user: string | undefined;
  #lastPing: number;
  #contest: Timer | undefined;

  constructor(socket: WebSocket, parts: ConnectionParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#lastPing = parts.clock.monotonic();
    this.outlet = new FrameQueue(socket, parts.clock, parts.faults, () => this.#advance());
    const random = new SeededRandom(parts.seed);
    this.sender = new TickSender(this.outlet, this.channels, parts.faults, random, parts.settings);
    const { market, floor, faults, ids } = parts;
    this.topics = new ServedTopics({ market, floor, faults, ids, mark: this.sender.mark });
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    socket.on('close', () => this.#end());
    // The close event follows.
    socket.on('error', () => undefined);
  }

  /** The user of its token; `undefined` before the authentication. */
  get user(): string | undefined {
    return this.#user;
  }

  get isOpen(): boolean {
    return this.outlet.isOpen;
  }

  /** Resolves when more may be sent, or when the socket is closed. */
  whenReady(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Ends the connection with a close frame. */
  close(): void {
    this.#socket.close(1000);
  }

  /** Ends it as a broken network does. */
  terminate(): void {
    this.#socket.terminate();
  }

  /** Drops the client when it has not pinged for too long. */
  checkPing(): void {
    if (this.#parts.clock.monotonic() - this.#lastPing <= PING_TIMEOUT_MS) return;
    this.#parts.counters.pingTimeouts++;
    this.terminate();
  }

  #receive(data: Buffer, isBinary: boolean): void {
    this.#parts.received(data, this);
    const request = isBinary ? parseRequest(data) : undefined;
    if (request === undefined) this.#parts.counters.malformed++;
    else (this.#handlers[request.type] as (request: Request) => void)(request);
  }

  readonly #handlers: Handlers = {
    auth: (request) => this.#authenticate(request),
    ack: ({ messageNumber }) => {
      this.#parts.counters.acks++;
      this.sender.acknowledge(messageNumber);
      this.#advance();
    },
    ping: () => {
      this.#parts.counters.pings++;
      this.#lastPing = this.#parts.clock.monotonic();
    },
    subscribe: ({ topics, channel }) => {
      for (const topic of topics) countTopic(this.#parts.counters.subscribes, topic);
      this.#answer('subscribe', this.#user !== undefined && this.topics.subscribe(topics, channel));
    },
    unsubscribe: ({ topics, channel }) => {
      for (const topic of topics) countTopic(this.#parts.counters.unsubscribes, topic);
      this.#answer('unsubscribe', this.#user !== undefined && this.topics.unsubscribe(topics, channel));
    },
    snapshot: ({ topics }) => {
      const { counters, faults } = this.#parts;
      for (const topic of topics) countTopic(counters.snapshotRequests, topic);
      if (faults.snapshots === 'ignore') return;
      this.#answer('snapshot', faults.snapshots === 'serve' && this.#user !== undefined && this.topics.renew(topics));
    },
    mode: ({ channels, mode }) => {
      this.channels.setMode(channels, mode);
      this.topics.markAll();
      this.#answer('mode', channels.length > 0);
    },
    pause: ({ channels }) => {
      this.channels.pause(channels);
      this.#answer('pause', channels.length > 0);
    },
    resume: ({ channels }) => {
      this.channels.resume(channels);
      this.topics.markAll();
      this.#answer('resume', channels.length > 0);
    },
  };

  #answer(type: 'subscribe' | 'unsubscribe' | 'snapshot' | 'mode' | 'pause' | 'resume', ok: boolean): void {
    this.outlet.send(encodeStatus(type, ok));
    this.sender.flush();
  }

  #authenticate({ hsmKey, wantsDictionary }: Request & { type: 'auth' }): void {
    const { issuer, faults, settings, counters, clock } = this.#parts;
    if (this.#user !== undefined) return;
    const verdict = issuer.judgeKey(hsmKey);
    if (verdict.status !== 'good' || takeFault(faults, 'refuse-auth')) {
      counters.refusedAuth++;
      this.outlet.send(encodeStatus('auth', false));
      this.close();
      return;
    }
    counters.authenticated++;
    this.#user = verdict.token.user;
    const dictionary = wantsDictionary && settings.dictionary ? fieldDictionaryJson() : undefined;
    this.outlet.send(encodeAuthAccepted(settings.ackEvery, dictionary));
    if (faults.contestAfterMs !== undefined) this.#contest = clock.after(faults.contestAfterMs, () => this.close());
    this.#parts.authenticated(this);
  }

  #advance(): void {
    this.sender.flush();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #end(): void {
    this.#contest?.cancel();
    this.outlet.discard();
    this.topics.clear();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
