import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Timer } from '../../clock/clock.ts';
import { codedError, TickpipeError } from '../../errors/tickpipe-error.ts';
import { answerPings } from '../../feed/answer-pings.ts';
import { ClientQueue, type RowEncoding } from '../core/client-queue.ts';
import type { Hub } from '../core/hub.ts';
import type { HubSession, SessionClient, SessionOptions } from '../core/hub-session.ts';
import { HubLost } from '../protocol/hub-errors.ts';
import type { HubMessage } from '../protocol/messages.ts';
import type { FairTurns } from './fair-turns.ts';
import type { HubTexts } from './hub-texts.ts';
import { checkJsonBounds } from './json-bounds.ts';
import { RequestLimit } from './request-limit.ts';
import { RequestQueue } from './request-queue.ts';

const MESSAGES_PER_SECOND = 100;
const MESSAGES_AT_ONCE = 1_000;
/** How many bytes of a client's messages may wait, each counted with the cost of keeping it. */
const MAX_UNREAD_BYTES = 1024 * 1024;
const KEEPING_BYTES = 256;
const PING_EVERY_MS = 30_000;
/** For so many periods a ping may stay without an answer, five minutes: a client may read slowly, or be stopped for a while. */
const MAX_UNANSWERED = 10;
/** How many bytes may wait for a client that does not read, before its connection is closed. */
const MAX_UNSENT_BYTES = 16 * 1024 * 1024;

export interface SocketParts {
  readonly hub: Hub;
  readonly socket: WebSocket;
  /** What the WebSocket writes to. */
  readonly stream: Duplex;
  /** Over the Unix socket. It closes when the client's process ends, so a client that does not answer is a stopped one. */
  readonly isLocal: boolean;
  readonly turns: FairTurns;
  readonly texts: HubTexts;
}

/** What came in one message, or why it cannot be read. */
interface Received {
  readonly message?: unknown;
  readonly error?: TickpipeError;
  readonly bytes: number;
}

/** A WebSocket that is a client of the hub. Each of its messages is answered, also a bad one; it ends with its connection. */
export abstract class SocketClient implements SessionClient {
  readonly queue: ClientQueue;
  protected readonly hub: Hub;
  protected readonly session: HubSession;
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #limit: RequestLimit;
  readonly #pings: Timer;
  // One after the other: an unsubscribe must not overtake a subscribe, and answers come in the order of the requests.
  readonly #requests = new RequestQueue<Received>((received) => this.#takeTurn(received));
  readonly #leaving = new AbortController();
  readonly #isLocal: boolean;
  readonly #turns: FairTurns;
  #unreadBytes = 0;
  /** Periods since the ping that is not answered yet. */
  #unanswered = 0;

  /** Throws `TOO_MANY_CLIENTS`. */
  constructor({ hub, socket, stream, isLocal, turns }: SocketParts, encoding: RowEncoding, options: SessionOptions) {
    this.hub = hub;
    this.#socket = socket;
    this.#stream = stream;
    this.#isLocal = isLocal;
    this.#turns = turns;
    this.queue = new ClientQueue(stream, encoding);
    this.session = hub.openSession({ ...options, isElsewhere: !isLocal }, this);
    this.#limit = new RequestLimit(hub.clock, MESSAGES_PER_SECOND, MESSAGES_AT_ONCE);
    this.#pings = hub.clock.every(PING_EVERY_MS, () => this.#ping());
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    answerPings(socket);
    socket.on('pong', () => {
      this.#unanswered = 0;
    });
    // An unreadable frame closes the socket by itself; 'close' follows.
    socket.on('error', () => {});
    socket.on('close', () => this.#closed());
  }

  abstract send(message: HubMessage): void;

  /** Answers one message, when those before it were answered. */
  protected abstract receive(message: unknown): Promise<void>;

  /** Answers a message that need not wait for others; false for all that must. */
  protected abstract receiveAtOnce(message: unknown): boolean;

  /** Answers a message that could not be carried out. */
  protected abstract refuse(error: TickpipeError, message: unknown): void;

  /** Whatever goes with the connection besides its subscriptions. */
  protected ended(): void {}

  /** Aborts when the client is gone. */
  protected get signal(): AbortSignal {
    return this.#leaving.signal;
  }

  /** What is written and not read yet. */
  protected get queuedBytes(): number {
    return this.#stream.writableLength;
  }

  /** Calls back once everything written was read, or at the end of the connection. */
  protected whenRead(callback: () => void): void {
    this.#stream.once('drain', callback);
  }

  protected sendJson(message: object): void {
    this.sendText(JSON.stringify(message));
  }

  protected sendText(text: string | Buffer): void {
    if (this.#stream.writableLength > MAX_UNSENT_BYTES) this.#socket.terminate();
    else this.#socket.send(text, { binary: false });
  }

  #receive(data: Buffer, isBinary: boolean): void {
    this.#unanswered = 0;
    if (this.#unreadBytes > MAX_UNREAD_BYTES || !this.#limit.take()) {
      this.#refuseMore();
      return;
    }
    const cost = data.length + KEEPING_BYTES;
    this.#unreadBytes += cost;
    this.#turns.enter(this, data.length, () => {
      this.#unreadBytes -= cost;
      this.#read(data, isBinary);
    });
  }

  #read(data: Buffer, isBinary: boolean): void {
    const received = read(data, isBinary);
    if (received.error === undefined && this.receiveAtOnce(received.message)) return;
    if (!this.#requests.push(received, data.length)) this.#refuseMore();
  }

  #refuseMore(): void {
    this.refuse(new TickpipeError('RATE_LIMITED', 'too many messages in a second'), undefined);
  }

  /** Requests that waited for the feed together are not all carried out in one turn of the event loop. */
  #takeTurn(received: Received): Promise<void> {
    return new Promise((resolve) => {
      this.#turns.enter(this, received.bytes, () => void this.#answer(received).then(resolve));
    });
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
    // One at a time: a client that was stopped for long would have to answer all of them.
    if (this.#unanswered === 0) this.#socket.ping();
    this.#unanswered++;
  }

  #closed(): void {
    this.#pings.cancel();
    this.#requests.clear();
    this.#turns.leave(this);
    this.#leaving.abort(new HubLost('the client is gone'));
    this.hub.closeSession(this.session);
    this.ended();
  }
}

function read(data: Buffer, isBinary: boolean): Received {
  const bytes = data.length;
  if (isBinary) return { error: new TickpipeError('BAD_REQUEST', 'a message must be text'), bytes };
  try {
    checkJsonBounds(data);
    return { message: JSON.parse(String(data)) as unknown, bytes };
  } catch (error) {
    if (error instanceof TickpipeError) return { error, bytes };
    return { error: new TickpipeError('BAD_REQUEST', 'a message must be JSON'), bytes };
  }
}
