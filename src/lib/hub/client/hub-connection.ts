import type { RawData, WebSocket } from 'ws';
import type { Clock, Timer } from '../../clock/clock.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';
import { fromPlainError, TickpipeError } from '../../errors/tickpipe-error.ts';
import type { BreakReason } from '../../feed/feed.ts';
import { type Interruption, InterruptionWatch } from '../../feed/interruption-watch.ts';
import { CHECK_TOKEN_MS, isMendedByToken } from '../../feed/supervisor.ts';
import { HubLost, HubUnreachable } from '../protocol/hub-errors.ts';
import {
  type HubEvent,
  type HubMessage,
  type HubRequest,
  type HubState,
  type MessageOf,
  toHubEvent,
} from '../protocol/messages.ts';
import { readHubMessage } from '../protocol/read-message.ts';

const HELLO_TIMEOUT_MS = 10_000;
/** A request has failed when no message comes for so long: a hub that works on it reports each attempt. */
const ANSWER_TIMEOUT_MS = 60_000;
/** A hub from which nothing comes for so long, not even a ping, is gone. */
const SILENCE_MS = 75_000;
const LOOK_EVERY_MS = 1_000;
/** How long the hub may take to say whether it checks silent symbols, and then to finish that. */
const CONCLUDE_ANSWER_MS = 1_000;
const CONCLUDE_MS = 6_000;
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
  event(event: HubEvent): void;
  /** A message could not be used. */
  malformed(): void;
  /** Called once, at the end. */
  closed(end: ConnectionEnd): void;
}

export type Answer = MessageOf<'result'> | MessageOf<'listening'>;
type Unnumbered<T> = T extends HubRequest ? Omit<T, 'id'> : never;
export type UnnumberedRequest = Unnumbered<HubRequest>;

interface Pending<T> {
  resolve(answer: T): void;
  reject(error: unknown): void;
}

/** One WebSocket to a hub: requests and their answers, rows and events, and whether the hub is still there. */
export class HubConnection {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #listener: HubConnectionListener;
  readonly #waitsForToken: boolean;
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
  /** How often the hub said that its feed is live. */
  #timesLive = 0;
  /** The last state of the hub. */
  #hubState: HubState['state'] | undefined;
  /** What came after hello and before `start`. */
  #held: [data: RawData, isBinary: boolean][] | undefined;
  /** Called when the hub answers that it checks silent symbols. */
  #concluding: () => void = () => {};
  /** Monotonic milliseconds: when anything came, and when a text message came. */
  #heardAt: number;
  #saidAt: number;
  #isClosed = false;
  #isPaused = false;

  /**
   * @param socket just opened, nothing of it read yet
   * @param waitsForToken whether requests wait for another token where the hub needs one
   */
  constructor(socket: WebSocket, clock: Clock, listener: HubConnectionListener, waitsForToken = false) {
    this.#socket = socket;
    this.#clock = clock;
    this.#listener = listener;
    this.#waitsForToken = waitsForToken;
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

  /**
   * Begins to read and resolves to the first message. What follows it is kept until `start`. Throws `HubLost`, or `HubUnreachable`
   * when no message comes.
   */
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

  /** The listener gets rows and events from now on, those that were kept at once. Answers come only from now on. */
  start(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const [data, isBinary] of held) this.#receive(data, isBinary);
  }

  /**
   * Sends a request and resolves to its answer. Where the hub needs another token, and the command waits for one, it asks again until it
   * is answered. Throws the hub's refusal, `HubLost`, or `HubUnreachable` without an answer.
   */
  async request(request: UnnumberedRequest): Promise<Answer> {
    let reported: ErrorCode | undefined;
    for (;;) {
      const [timesLive, hubState] = [this.#timesLive, this.#hubState];
      try {
        return await this.#send(request);
      } catch (error) {
        if (!this.#waitsForToken || !(error instanceof TickpipeError) || !isMendedByToken(error)) throw error;
        const { code, message } = error;
        // While its feed is live the hub does not report that a single request waits for a token.
        const isReported = hubState === 'waiting_for_token' || this.#hubState === 'waiting_for_token';
        if (!isReported && code !== reported) {
          this.#listener.event({ type: 'warning', event: 'token', message: `${message}; waiting for another token` });
        }
        reported = code;
        // The hub may be live by now.
        if (this.#timesLive === timesLive) await this.#untilLive(CHECK_TOKEN_MS);
      }
    }
  }

  /**
   * Asks the hub to report each loss that its check of silent symbols finds. It answers at once unless there is such a check.
   * Resolves after some seconds also without an answer.
   */
  conclude(): Promise<void> {
    return new Promise((resolve) => {
      let timer = this.#clock.after(CONCLUDE_ANSWER_MS, resolve);
      this.#concluding = () => {
        timer.cancel();
        timer = this.#clock.after(CONCLUDE_MS, resolve);
      };
      this.#send({ action: 'conclude' })
        .catch(() => {})
        .finally(() => {
          this.#concluding = () => {};
          timer.cancel();
          resolve();
        });
    });
  }

  #send(request: UnnumberedRequest): Promise<Answer> {
    if (this.#isClosed) return Promise.reject(new HubLost());
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, askedAt: this.#clock.monotonic() });
      this.#socket.send(JSON.stringify({ ...request, id }));
    });
  }

  /** Resolves when the hub says that its feed is live, at the latest after this time. Throws `HubLost`. */
  #untilLive(timeoutMs: number): Promise<void> {
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
    // Messages that came meanwhile are read only now.
    this.#said();
    this.#socket.resume();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#socket.close();
    // Ends at once, without the hub's answer to the close frame.
    this.#socket.terminate();
    this.#closed();
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#isClosed) return;
    if (isBinary) this.#heard();
    else this.#said();
    if (this.#held) {
      // A message is only valid until this returns.
      this.#held.push([Buffer.from(data as Buffer), isBinary]);
      return;
    }
    if (isBinary) {
      this.#listener.rows(data as Buffer);
      return;
    }
    const message = readHubMessage(String(data));
    if (message === undefined) this.#listener.malformed();
    else this.#dispatch(message);
  }

  #dispatch(message: HubMessage): void {
    switch (message.type) {
      case 'hello':
        if (this.#greeting === undefined) break;
        this.#hubState = message.state.state;
        this.#held = [];
        this.#greeting.resolve(message);
        break;
      case 'result':
      case 'listening':
        this.#take(message.id)?.resolve(message);
        break;
      case 'error':
        this.#refuse(message);
        break;
      case 'concluding':
        this.#concluding();
        break;
      default:
        if (message.type === 'state') this.#follow(message.state);
        this.#listener.event(toHubEvent(message));
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
    this.#hubState = state;
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

  /** The hub answered a ping that followed the interruption: the connection is not lost. Rows may only have waited in the socket. */
  #survived(): void {
    this.#heard();
    this.#interrupted = undefined;
  }

  #look(): void {
    if (this.#noteInterruption()) {
      // After a sleep of the machine the hub's own feed breaks, which the hub reports.
      const { reason, detail } = this.#interrupted as ConnectionEnd;
      if (reason === 'program_stopped') this.#listener.event({ type: 'warning', event: reason, message: detail });
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
