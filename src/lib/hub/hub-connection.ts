import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import type { Clock, Timer } from '../clock/clock.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import type { HubMessage, HubRequest, MessageOf } from './rows-protocol.ts';

/** A hub that has said nothing for so long, not even a ping, is gone. */
const SILENCE_MS = 75_000;
const LOOK_EVERY_MS = 5_000;
const HELLO_TIMEOUT_MS = 10_000;

/** What comes from the hub is ours, and is checked as far as being a message. */
const messageSchema = z.looseObject({ type: z.string() });

export interface HubConnectionListener {
  rows(message: Buffer): void;
  message(message: HubMessage): void;
  /** Told once, also when it never opened. */
  closed(): void;
  /** Something came that could not be used. */
  malformed(): void;
}

export type Answer = MessageOf<'result'> | MessageOf<'listening'>;
type Unnumbered<T> = T extends HubRequest ? Omit<T, 'id'> : never;
export type UnnumberedRequest = Unnumbered<HubRequest>;

/** One WebSocket to a hub: requests and their answers, rows, and whether it is still there. */
export class HubConnection {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #listener: HubConnectionListener;
  readonly #pending = new Map<number, { resolve(answer: Answer): void; reject(error: TickpipeError): void }>();
  readonly #watch: Timer;
  #hello: ((hello: MessageOf<'hello'>) => void) | undefined;
  #lastId = 0;
  #heardAt: number;
  #isClosed = false;
  #isPaused = false;

  /** @param socket just opened, nothing of it read yet */
  constructor(socket: WebSocket, clock: Clock, listener: HubConnectionListener) {
    this.#socket = socket;
    this.#clock = clock;
    this.#listener = listener;
    this.#heardAt = clock.monotonic();
    this.#watch = clock.every(LOOK_EVERY_MS, () => this.#look());
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('ping', () => this.#heard());
    socket.on('error', () => {});
    socket.on('close', () => this.#closed());
  }

  /** The first message. Throws `HUB_UNAVAILABLE` when the connection ends before, or nothing comes. */
  hello(): Promise<MessageOf<'hello'>> {
    return new Promise((resolve, reject) => {
      const gone = (): void => reject(new TickpipeError('HUB_UNAVAILABLE', 'the shared session did not answer'));
      if (this.#isClosed) {
        gone();
        return;
      }
      const timer = this.#clock.after(HELLO_TIMEOUT_MS, () => this.#socket.terminate());
      this.#socket.once('close', () => {
        timer.cancel();
        gone();
      });
      this.#hello = (hello) => {
        timer.cancel();
        resolve(hello);
      };
      this.#socket.resume();
    });
  }

  /** Sends a request and resolves to its answer. Throws the hub's refusal, or `HUB_UNAVAILABLE` when the connection ends. */
  request(request: UnnumberedRequest): Promise<Answer> {
    if (this.#isClosed) return Promise.reject(gone());
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ ...request, id }));
    });
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#heard();
    this.#socket.resume();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#socket.close();
    // A hub that does not answer the farewell is not waited for.
    this.#socket.terminate();
    this.#closed();
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#isClosed) return;
    this.#heard();
    if (isBinary) {
      this.#listener.rows(data as Buffer);
      return;
    }
    const message = parseMessage(String(data));
    if (message === undefined) this.#listener.malformed();
    else this.#dispatch(message);
  }

  #dispatch(message: HubMessage): void {
    if (message.type === 'hello') {
      this.#hello?.(message);
      this.#hello = undefined;
    } else if (message.type === 'result' || message.type === 'listening') this.#take(message.id)?.resolve(message);
    else if (message.type === 'error') {
      const { id, code, message: text, hint } = message;
      this.#take(id)?.reject(new TickpipeError(code, text, { hint }));
    } else this.#listener.message(message);
  }

  #take(id: number | null): { resolve(answer: Answer): void; reject(error: TickpipeError): void } | undefined {
    if (id === null) return undefined;
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #heard(): void {
    this.#heardAt = this.#clock.monotonic();
  }

  #look(): void {
    if (this.#isPaused || this.#clock.monotonic() - this.#heardAt < SILENCE_MS) return;
    this.#socket.terminate();
  }

  #closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watch.cancel();
    for (const { reject } of this.#pending.values()) reject(gone());
    this.#pending.clear();
    this.#listener.closed();
  }
}

const gone = (): TickpipeError => new TickpipeError('HUB_UNAVAILABLE', 'the shared session ended');

function parseMessage(text: string): HubMessage | undefined {
  try {
    const parsed = messageSchema.safeParse(JSON.parse(text));
    return parsed.success ? (parsed.data as unknown as HubMessage) : undefined;
  } catch {
    return undefined;
  }
}
