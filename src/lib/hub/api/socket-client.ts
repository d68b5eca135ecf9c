import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { Timer } from '../../clock/clock.ts';
import { codedError, TickpipeError } from '../../errors/tickpipe-error.ts';
import { answerPings } from '../../feed/answer-pings.ts';
import type { Hub } from '../hub.ts';
import type { HubSession, SessionClient, SessionOptions } from '../hub-session.ts';
import { Outlet, type RowEncoding } from '../outlet.ts';
import type { HubMessage } from '../rows-protocol.ts';
import { RateLimit } from './rate-limit.ts';
import { RequestQueue } from './request-queue.ts';

const MESSAGES_PER_SECOND = 100;
const MESSAGES_AT_ONCE = 1_000;
const PING_EVERY_MS = 30_000;
/** For so many periods a ping may stay without an answer, five minutes: a client may read slowly, or be stopped for a while. */
const MAX_UNANSWERED = 10;
/** What a client that does not read may be told before it is given up. */
const MAX_TOLD_BYTES = 16 * 1024 * 1024;

export interface SocketParts {
  readonly hub: Hub;
  readonly socket: WebSocket;
  /** What the WebSocket writes to. */
  readonly stream: Duplex;
  /** A Unix socket ends with the process at its other end, so a client that does not answer is one that is stopped. */
  readonly isLocal: boolean;
}

/** What came in one message, or why it cannot be read. */
interface Received {
  readonly message?: unknown;
  readonly error?: TickpipeError;
}

/** A WebSocket that is a client of the hub. What it says is answered; only silence and the end of its connection end it. */
export abstract class SocketClient implements SessionClient {
  readonly outlet: Outlet;
  protected readonly hub: Hub;
  protected readonly session: HubSession;
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #limit: RateLimit;
  readonly #pings: Timer;
  // One after the other: what unsubscribes must not overtake what subscribes, and answers tell by their order what they answer.
  readonly #queue = new RequestQueue<Received>((received) => this.#answer(received));
  readonly #leaving = new AbortController();
  readonly #isLocal: boolean;
  /** Periods since the ping that is not answered yet. */
  #unanswered = 0;

  /** Throws `TOO_MANY_CLIENTS`. */
  constructor({ hub, socket, stream, isLocal }: SocketParts, encoding: RowEncoding, options: SessionOptions) {
    this.hub = hub;
    this.#socket = socket;
    this.#stream = stream;
    this.#isLocal = isLocal;
    this.outlet = new Outlet(stream, encoding);
    this.session = hub.openSession(options, this);
    this.#limit = new RateLimit(hub.clock, MESSAGES_PER_SECOND, MESSAGES_AT_ONCE);
    this.#pings = hub.clock.every(PING_EVERY_MS, () => this.#ping());
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    answerPings(socket);
    socket.on('pong', () => {
      this.#unanswered = 0;
    });
    // An unreadable frame closes the socket by itself; 'close' follows.
    socket.on('error', () => {});
    socket.on('close', () => this.#closed());
  }

  abstract tell(message: HubMessage): void;

  /** Answers one message, when those before it were answered. */
  protected abstract receive(message: unknown): Promise<void>;

  /** Answers a message that need not wait for others; false for all that must. */
  protected abstract receiveAtOnce(message: unknown): boolean;

  /** Tells that a message could not be followed. */
  protected abstract refuse(error: TickpipeError, message: unknown): void;

  /** Whatever goes with the connection besides its subscriptions. */
  protected ended(): void {}

  /** Aborts when the client is gone. */
  protected get signal(): AbortSignal {
    return this.#leaving.signal;
  }

  protected send(message: object): void {
    this.sendText(JSON.stringify(message));
  }

  protected sendText(text: string | Buffer): void {
    if (this.#stream.writableLength > MAX_TOLD_BYTES) this.#socket.terminate();
    else this.#socket.send(text, { binary: false });
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#unanswered = 0;
    const text = String(data);
    if (this.#limit.take()) {
      const received = read(text, isBinary);
      if (received.error === undefined && this.receiveAtOnce(received.message)) return;
      if (this.#queue.push(received, text.length)) return;
    }
    this.refuse(new TickpipeError('RATE_LIMITED', 'too many messages in a second'), undefined);
  }

  async #answer({ message, error }: Received): Promise<void> {
    try {
      if (error) throw error;
      await this.receive(message);
    } catch (failure) {
      if (!this.session.isClosed) this.refuse(codedError(failure, 'the hub failed'), message);
    }
  }

  #ping(): void {
    if (this.#unanswered >= MAX_UNANSWERED && !this.#isLocal) {
      this.#socket.terminate();
      return;
    }
    // One at a time, or a client that was stopped for long would find a heap of them.
    if (this.#unanswered === 0) this.#socket.ping();
    this.#unanswered++;
  }

  #closed(): void {
    this.#pings.cancel();
    this.#queue.clear();
    this.#leaving.abort(new TickpipeError('HUB_UNAVAILABLE', 'the client is gone'));
    this.hub.closeSession(this.session);
    this.ended();
  }
}

function read(text: string, isBinary: boolean): Received {
  if (isBinary) return { error: new TickpipeError('BAD_REQUEST', 'a message must be text') };
  try {
    return { message: JSON.parse(text) as unknown };
  } catch {
    return { error: new TickpipeError('BAD_REQUEST', 'a message must be JSON') };
  }
}
