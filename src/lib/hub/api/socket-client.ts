import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { Timer } from '../../clock/clock.ts';
import { codedError, TickpipeError } from '../../errors/tickpipe-error.ts';
import type { Hub } from '../hub.ts';
import type { HubSession, SessionClient, SessionOptions } from '../hub-session.ts';
import { Outlet, type RowEncoding } from '../outlet.ts';
import type { HubMessage } from '../rows-protocol.ts';
import { RateLimit } from './rate-limit.ts';

const MESSAGES_PER_SECOND = 100;
const MESSAGES_AT_ONCE = 1_000;
const PING_EVERY_MS = 30_000;
/** What a client that does not read may be told before it is given up. */
const MAX_TOLD_BYTES = 16 * 1024 * 1024;

export interface SocketParts {
  readonly hub: Hub;
  readonly socket: WebSocket;
  /** What the WebSocket writes to. */
  readonly stream: Duplex;
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
  #isAlive = true;
  /** Messages that have no answer yet. */
  #waiting = 0;
  #turn: Promise<void> = Promise.resolve();

  /** Throws `TOO_MANY_CLIENTS`. */
  constructor({ hub, socket, stream }: SocketParts, encoding: RowEncoding, options: SessionOptions) {
    this.hub = hub;
    this.#socket = socket;
    this.#stream = stream;
    this.outlet = new Outlet(stream, encoding);
    this.session = hub.openSession(options, this);
    this.#limit = new RateLimit(hub.clock, MESSAGES_PER_SECOND, MESSAGES_AT_ONCE);
    this.#pings = hub.clock.every(PING_EVERY_MS, () => this.#ping());
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    // An unreadable frame closes the socket by itself; 'close' follows.
    socket.on('error', () => {});
    socket.on('close', () => this.#closed());
  }

  abstract tell(message: HubMessage): void;

  /** Answers one message. */
  protected abstract receive(message: unknown): Promise<void>;

  /** Tells that a message could not be followed. */
  protected abstract refuse(error: TickpipeError, message: unknown): void;

  /** Whatever goes with the connection besides its subscriptions. */
  protected ended(): void {}

  protected send(message: object): void {
    if (this.#stream.writableLength > MAX_TOLD_BYTES) this.#socket.terminate();
    else this.#socket.send(JSON.stringify(message));
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#isAlive = true;
    if (!this.#limit.take() || this.#waiting >= MESSAGES_AT_ONCE) {
      this.refuse(new TickpipeError('RATE_LIMITED', 'too many messages in a second'), undefined);
      return;
    }
    // One after the other: what unsubscribes must not overtake what subscribes, and answers tell by their order what they answer.
    this.#waiting++;
    this.#turn = this.#turn.then(() => this.#answer(data, isBinary));
  }

  async #answer(data: RawData, isBinary: boolean): Promise<void> {
    let message: unknown;
    try {
      if (isBinary) throw new TickpipeError('BAD_REQUEST', 'a message must be text');
      message = parseJson(String(data));
      await this.receive(message);
    } catch (error) {
      this.refuse(codedError(error, 'the hub failed'), message);
    } finally {
      this.#waiting--;
    }
  }

  #ping(): void {
    if (!this.#isAlive) this.#socket.terminate();
    else {
      this.#isAlive = false;
      this.#socket.ping();
    }
  }

  #closed(): void {
    this.#pings.cancel();
    this.hub.closeSession(this.session);
    this.ended();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TickpipeError('BAD_REQUEST', 'a message must be JSON');
  }
}
