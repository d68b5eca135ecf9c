import type { RawData, WebSocket } from 'ws';
import type { Clock, Timer } from '../../clock/clock.ts';
import { fromPlainError } from '../../errors/tickpipe-error.ts';
import type { BreakReason } from '../../feed/feed.ts';
import { type Interruption, InterruptionWatch } from '../../feed/interruption-watch.ts';
import { HubLost, HubUnreachable } from '../protocol/hub-errors.ts';
import type { HubMessage, HubRequest, HubState, MessageOf } from '../protocol/messages.ts';
import { readHubMessage } from './hub-message-reader.ts';

const HELLO_TIMEOUT_MS = 10_000;
/** A request has failed when the hub says nothing at all for so long: one that works on it tells of each attempt. */
const ANSWER_TIMEOUT_MS = 60_000;
/** A hub that is not even heard to ping for so long is gone. */
const SILENCE_MS = 75_000;
const LOOK_EVERY_MS = 1_000;
/** A connection that ends so soon after an interruption of this process was lost in it, unless the hub has answered since. */
const AFTERMATH_MS = 10_000;
const MS_PER_S = 1_000;

/** Why a connection ended, for programs and in words. */
export interface ConnectionEnd {
  readonly reason: Extract<BreakReason, 'hub_gone' | 'hub_silent' | 'program_stopped' | 'clock_jump'>;
  readonly detail: string;
}

const HUB_ENDED: ConnectionEnd = { reason: 'hub_gone', detail: new HubLost().message };

export interface HubConnectionListener {
  /** A message of NDJSON rows, only valid until this returns. */
  rows(message: Buffer): void;
  message(message: HubMessage): void;
  /** Something came that could not be used. */
  malformed(): void;
  /** Told once. */
  closed(end: ConnectionEnd): void;
}

export type Answer = MessageOf<'result'> | MessageOf<'listening'>;
type Unnumbered<T> = T extends HubRequest ? Omit<T, 'id'> : never;
export type UnnumberedRequest = Unnumbered<HubRequest>;

interface Pending<T> {
  resolve(answer: T): void;
  reject(error: unknown): void;
}

/** One WebSocket to a hub: requests and their answers, rows, and whether it is still there. */
export class HubConnection {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #listener: HubConnectionListener;
  readonly #pending = new Map<number, Pending<Answer> & { readonly askedAt: number }>();
  readonly #waiting = new Set<Pending<void>>();
  readonly #watch: Timer;
  readonly #interruptions: InterruptionWatch;
  /** The last interruption of this process, and its end in monotonic milliseconds. */
  #interrupted: ConnectionEnd | undefined;
  #interruptedAt = 0;
  #end: ConnectionEnd | undefined;
  #greeting: Pending<MessageOf<'hello'>> | undefined;
  #lastId = 0;
  #timesLive = 0;
  #waitsForToken = false;
  /** Monotonic milliseconds: when anything came, and when a message that is no rows came. */
  #heardAt: number;
  #saidAt: number;
  #isClosed = false;
  #isPaused = false;

  /** @param socket just opened, nothing of it read yet */
  constructor(socket: WebSocket, clock: Clock, listener: HubConnectionListener) {
    this.#socket = socket;
    this.#clock = clock;
    this.#listener = listener;
    this.#heardAt = clock.monotonic();
    this.#saidAt = this.#heardAt;
    this.#interruptions = new InterruptionWatch(clock);
    this.#watch = clock.every(LOOK_EVERY_MS, () => this.#look());
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('ping', () => this.#heard());
    socket.on('pong', () => this.#survived());
    // 'close' follows.
    socket.on('error', () => {});
    socket.on('close', () => this.#closed());
    if (socket.readyState === socket.CLOSED) this.#closed();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether the hub has said that it waits for a token. */
  get waitsForToken(): boolean {
    return this.#waitsForToken;
  }

  /** How often the hub said that its feed is live. */
  get timesLive(): number {
    return this.#timesLive;
  }

  /** Begins to read and resolves to the first message. Throws `HubLost`, or `HubUnreachable` when none comes. */
  hello(): Promise<MessageOf<'hello'>> {
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        this.#greeting = undefined;
        timer.cancel();
        end();
      };
      const timer = this.#clock.after(HELLO_TIMEOUT_MS, () => settle(() => reject(noAnswer())));
      this.#greeting = {
        resolve: (hello) => settle(() => resolve(hello)),
        reject: (error) => settle(() => reject(error)),
      };
      if (this.#isClosed) this.#greeting.reject(new HubLost());
      else this.#socket.resume();
    });
  }

  /** Sends a request and resolves to its answer. Throws the hub's refusal, `HubLost`, or `HubUnreachable` without an answer. */
  request(request: UnnumberedRequest): Promise<Answer> {
    if (this.#isClosed) return Promise.reject(new HubLost());
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, askedAt: this.#clock.monotonic() });
      this.#socket.send(JSON.stringify({ ...request, id }));
    });
  }

  /** Resolves when the hub says that its feed is live, at the latest after this time. Throws `HubLost`. */
  untilLive(timeoutMs: number): Promise<void> {
    if (this.#isClosed) return Promise.reject(new HubLost());
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        this.#waiting.delete(waiting);
        timer.cancel();
        end();
      };
      const timer = this.#clock.after(timeoutMs, () => waiting.resolve());
      const waiting: Pending<void> = {
        resolve: () => settle(resolve),
        reject: (error) => settle(() => reject(error)),
      };
      this.#waiting.add(waiting);
    });
  }

  pause(): void {
    if (this.#isClosed) return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (this.#isClosed) return;
    this.#isPaused = false;
    // What was said meanwhile is only read now.
    this.#said();
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
    if (isBinary) {
      this.#heard();
      this.#listener.rows(data as Buffer);
      return;
    }
    this.#said();
    const message = readHubMessage(String(data));
    if (message === undefined) this.#listener.malformed();
    else this.#dispatch(message);
  }

  #dispatch(message: HubMessage): void {
    switch (message.type) {
      case 'hello':
        this.#waitsForToken = message.state.state === 'waiting_for_token';
        this.#greeting?.resolve(message);
        break;
      case 'result':
      case 'listening':
        this.#take(message.id)?.resolve(message);
        break;
      case 'error':
        this.#refuse(message);
        break;
      default:
        if (message.type === 'state') this.#follow(message.state);
        this.#listener.message(message);
    }
  }

  /** An error that the hub could not number may be the answer to any request. */
  #refuse(message: MessageOf<'error'>): void {
    const { id } = message;
    const error = fromPlainError(message);
    for (const refused of id === null ? [...this.#pending.keys()] : [id]) this.#take(refused)?.reject(error);
  }

  #take(id: number): Pending<Answer> | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #follow({ state }: HubState): void {
    this.#waitsForToken = state === 'waiting_for_token';
    if (state !== 'live') return;
    this.#timesLive++;
    for (const { resolve } of this.#waiting) resolve();
  }

  #heard(): void {
    this.#heardAt = this.#clock.monotonic();
  }

  #said(): void {
    this.#heard();
    this.#saidAt = this.#heardAt;
  }

  /** Notes an interruption of this process. Messages of the hub may wait unread, so its time to answer restarts. */
  #noteInterruption(): boolean {
    const now = this.#clock.monotonic();
    const interruption = this.#interruptions.look(this.#clock.now(), now);
    if (interruption === undefined) return false;
    this.#interrupted = describeInterruption(interruption);
    this.#interruptedAt = now;
    this.#said();
    return true;
  }

  /** Rows may have waited in the socket of a connection that is lost; an answer to what is asked now has not. */
  #survived(): void {
    this.#heard();
    this.#interrupted = undefined;
  }

  #look(): void {
    if (this.#noteInterruption()) {
      // After a sleep of the machine the hub's own feed breaks, which the hub reports.
      const { reason, detail } = this.#interrupted as ConnectionEnd;
      if (reason === 'program_stopped') this.#listener.message({ type: 'warning', event: reason, message: detail });
      this.#socket.ping();
    }
    if (this.#isPaused) return;
    const now = this.#clock.monotonic();
    if (now - this.#heardAt >= SILENCE_MS) {
      const detail = `the hub did not answer for ${Math.round((now - this.#heardAt) / MS_PER_S)} s`;
      this.#end = { reason: 'hub_silent', detail };
      this.#socket.terminate();
      return;
    }
    for (const [id, { askedAt, reject }] of this.#pending) {
      if (now - Math.max(askedAt, this.#saidAt) < ANSWER_TIMEOUT_MS) continue;
      this.#pending.delete(id);
      reject(noAnswer());
    }
  }

  #recentInterruption(): ConnectionEnd | undefined {
    return this.#clock.monotonic() - this.#interruptedAt < AFTERMATH_MS ? this.#interrupted : undefined;
  }

  #closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watch.cancel();
    this.#noteInterruption();
    const end = this.#end ?? this.#recentInterruption() ?? HUB_ENDED;
    this.#greeting?.reject(new HubLost(end.detail));
    for (const { reject } of this.#pending.values()) reject(new HubLost(end.detail));
    this.#pending.clear();
    for (const { reject } of this.#waiting) reject(new HubLost(end.detail));
    this.#listener.closed(end);
  }
}

function describeInterruption({ kind, ms }: Interruption): ConnectionEnd {
  const seconds = `${Math.round(ms / MS_PER_S)} s`;
  if (kind === 'clock_jump') return { reason: 'clock_jump', detail: `the machine slept for ${seconds}` };
  return { reason: 'program_stopped', detail: `this program was stopped for ${seconds}` };
}

const noAnswer = (): HubUnreachable => new HubUnreachable('the shared session did not answer');
