import type { WebSocket } from 'ws';
import { pause } from '../../clock/abort.ts';
import type { Clock } from '../../clock/clock.ts';
import { type ErrorCode, EXIT } from '../../errors/catalogue.ts';
import { codedError, TickpipeError } from '../../errors/tickpipe-error.ts';
import type { BreakReason, FeedState } from '../../feed/feed.ts';
import { ReconnectPolicy } from '../../feed/reconnect-policy.ts';
import { HubLost, HubUnreachable } from '../protocol/hub-errors.ts';
import type { HubMessage, MessageOf } from '../protocol/messages.ts';
import { type Answer, type ConnectionEnd, HubConnection, type UnnumberedRequest } from './hub-connection.ts';

/** Failures that another attempt would only repeat. */
const FINAL_EXITS: ReadonlySet<number> = new Set([EXIT.usage, EXIT.token, EXIT.limit, EXIT.configuration]);
/** Of those whose exit is a token's: no other token comes while this runs. */
const FINAL_CODES: ReadonlySet<ErrorCode> = new Set(['TOKEN_CHANGED_KIND', 'HUB_TOKEN_REFUSED']);
/** Between looks at whether there is another token. */
const LOOK_FOR_TOKEN_MS = 5_000;

export interface HubLinkOptions {
  /** Opens a WebSocket to the hub, starting one where that is meant; nothing of it may be read yet. Throws coded errors. */
  readonly connect: (signal: AbortSignal) => Promise<WebSocket>;
  /** Called on every connection with what the hub said of itself; resolves to whether it took a newer token. */
  readonly greet?: ((hello: MessageOf<'hello'>, signal: AbortSignal) => Promise<boolean>) | undefined;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Attempts in a row before it gives up; undefined for no end. */
  readonly maxRetries?: number | undefined;
  /** Goes on when the token is refused or expired, until there is another. */
  readonly waitsForToken?: boolean | undefined;
}

export type SendRequest = (request: UnnumberedRequest) => Promise<Answer>;
type Hello = MessageOf<'hello'>;

export interface HubLinkListener {
  rows(message: Buffer): void;
  message(message: HubMessage): void;
  malformed(): void;
  /** The connection has ended. The link connects again, to another hub if need be. */
  lost(reason: BreakReason): void;
  state(state: FeedState): void;
  /** There is a hub again: asks it for everything wanted. What it throws makes another attempt. */
  returned(hello: Hello, request: SendRequest): Promise<void>;
  /** It has given up; nothing follows. */
  failed(error: TickpipeError): void;
}

/** A connection to the hub that comes back by itself, with a new hub if need be. */
export class ReconnectingHubConnection {
  readonly #options: HubLinkOptions;
  readonly #policy: ReconnectPolicy;
  readonly #life = new AbortController();
  #listener: HubLinkListener | undefined;
  #connection: HubConnection | undefined;
  /** Resolves to the next connection while there is none. */
  #returning: Promise<void> | undefined;
  #isPaused = false;
  /** What came before there was a listener. */
  #early: ((listener: HubLinkListener) => void)[] = [];

  /** Connects and waits for the hub to say who it is. Throws coded errors, or the signal's reason. */
  static async open(
    options: HubLinkOptions,
    signal: AbortSignal,
  ): Promise<{ link: ReconnectingHubConnection; hello: Hello }> {
    const link = new ReconnectingHubConnection(options);
    const hello = await link.#connect(signal, async () => {});
    return { link, hello };
  }

  private constructor(options: HubLinkOptions) {
    this.#options = options;
    this.#policy = new ReconnectPolicy(options.clock, options.random, options.maxRetries);
  }

  /** Names the one who is told, also of what came before. */
  listen(listener: HubLinkListener): void {
    this.#listener = listener;
    for (const tell of this.#early.splice(0)) tell(listener);
  }

  /**
   * Asks until a hub answers: one that leaves meanwhile is followed by another, and one that lacks a token is waited for where
   * that is meant. Throws the hub's refusal.
   */
  async request(request: UnnumberedRequest): Promise<Answer> {
    const { signal } = this.#life;
    for (;;) {
      await this.#returning;
      signal.throwIfAborted();
      if (this.#connection === undefined) throw new HubLost();
      try {
        return await this.#ask(this.#connection, request);
      } catch (error) {
        if (!(error instanceof HubLost)) throw error;
      }
    }
  }

  /** Sends a request once. Throws the hub's refusal, or `HubLost` when there is no hub or it ends before it answers. */
  async requestNow(request: UnnumberedRequest): Promise<Answer> {
    if (this.#returning !== undefined || this.#connection === undefined) throw new HubLost();
    return this.#connection.request(request);
  }

  pause(on: boolean): void {
    this.#isPaused = on;
    if (on) this.#connection?.pause();
    else this.#connection?.resume();
  }

  dataArrived(): void {
    this.#policy.dataArrived();
  }

  close(reason: TickpipeError = new HubUnreachable('the feed was closed')): void {
    if (this.#life.signal.aborted) return;
    this.#life.abort(reason);
    this.#connection?.close();
  }

  #deliver(tell: (listener: HubLinkListener) => void): void {
    if (this.#life.signal.aborted) return;
    if (this.#listener) tell(this.#listener);
    else this.#early.push(tell);
  }

  /** Another connection takes the place of the present one. @param prepare does what comes before it is used */
  async #connect(signal: AbortSignal, prepare: (hello: Hello, request: SendRequest) => Promise<void>): Promise<Hello> {
    const socket = await this.#options.connect(signal);
    const connection: HubConnection = new HubConnection(socket, this.#options.clock, {
      rows: (message) => this.#deliver((listener) => listener.rows(message)),
      message: (message) => this.#deliver((listener) => listener.message(message)),
      malformed: () => this.#deliver((listener) => listener.malformed()),
      closed: (end) => this.#lost(connection, end),
    });
    const stop = (): void => connection.close();
    signal.addEventListener('abort', stop, { once: true });
    try {
      signal.throwIfAborted();
      const hello = await connection.hello();
      await greet(this.#options, hello, signal);
      await prepare(hello, (request) => this.#ask(connection, request));
      signal.throwIfAborted();
      // It may have ended while nothing was asked of it.
      if (connection.isClosed) throw new HubLost();
      this.#connection = connection;
      if (this.#isPaused) connection.pause();
      return hello;
    } catch (error) {
      connection.close();
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #ask(connection: HubConnection, request: UnnumberedRequest): Promise<Answer> {
    let told: ErrorCode | undefined;
    for (;;) {
      const { timesLive, waitsForToken } = connection;
      try {
        return await connection.request(request);
      } catch (error) {
        if (!this.#isAwaited(error)) throw error;
        const { code, message } = codedError(error, 'the token is of no use');
        // While its feed is live the hub does not report that a single request waits for a token.
        const isSaid = waitsForToken || connection.waitsForToken;
        if (!isSaid && code !== told) this.#warn(`${message}; waiting for another token`);
        told = code;
        // It may be live by now.
        if (connection.timesLive === timesLive) await connection.untilLive(LOOK_FOR_TOKEN_MS);
      }
    }
  }

  /** Whether another token would help, and one is waited for. */
  #isAwaited(error: unknown): boolean {
    if (!this.#options.waitsForToken || !(error instanceof TickpipeError)) return false;
    return error.exit === EXIT.token && !FINAL_CODES.has(error.code);
  }

  #lost(connection: HubConnection, end: ConnectionEnd): void {
    if (connection !== this.#connection || this.#life.signal.aborted) return;
    this.#deliver((listener) => listener.lost(end.reason));
    this.#returning = this.#comeBack(end).then(
      () => {
        this.#returning = undefined;
      },
      (error) => {
        this.#deliver((listener) => listener.failed(codedError(error, 'the shared session failed')));
        this.close(codedError(error, 'the shared session failed'));
      },
    );
  }

  async #comeBack(end: ConnectionEnd): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#life;
    let told: ErrorCode | undefined;
    for (let failure: TickpipeError = new HubLost(end.detail); ; ) {
      const { reason, delayMs } = this.#nextAttempt(failure, end);
      // A night may pass until there is another token: that it is waited for is told once.
      const isTold = reason === 'token' && failure.code === told;
      told = failure.code;
      const at = clock.now();
      if (!isTold) this.#state({ state: 'disconnected', at, reason, detail: failure.message, retryAt: at + delayMs });
      if (delayMs > 0) await pause(clock, delayMs, signal);
      signal.throwIfAborted();
      if (reason !== 'token') this.#state({ state: 'connecting', at: clock.now(), attempt: this.#policy.attempts });
      this.#policy.connecting();
      try {
        await this.#connect(signal, async (hello, request) => this.#listener?.returned(hello, request));
        return;
      } catch (error) {
        if (!(error instanceof TickpipeError)) throw error;
        if (FINAL_EXITS.has(error.exit) && !this.#isAwaited(error)) throw error;
        signal.throwIfAborted();
        failure = error;
      }
    }
  }

  /** Those who wait for a token do so for as long as it takes. */
  #nextAttempt(failure: TickpipeError, end: ConnectionEnd): { reason: BreakReason; delayMs: number } {
    if (this.#isAwaited(failure)) return { reason: 'token', delayMs: LOOK_FOR_TOKEN_MS };
    return { reason: end.reason, delayMs: this.#nextDelayMs(failure.message) };
  }

  /** At once after a connection that was good; hubs that keep leaving are asked ever more rarely. */
  #nextDelayMs(detail: string): number {
    const isFirst = this.#policy.attempts === 0;
    const verdict = this.#policy.nextRetry(detail);
    if ('error' in verdict) throw verdict.error;
    return isFirst ? 0 : verdict.delayMs;
  }

  #warn(message: string): void {
    this.#deliver((listener) => listener.message({ type: 'warning', event: 'token', message }));
  }

  #state(state: FeedState): void {
    this.#deliver((listener) => listener.state(state));
  }
}

/** Throws the hub's failure when it waits for a token and does not take ours. */
async function greet(options: HubLinkOptions, hello: Hello, signal: AbortSignal): Promise<void> {
  const isAdopted = (await options.greet?.(hello, signal)) ?? false;
  const { state } = hello;
  if (state.state !== 'waiting_for_token' || isAdopted || options.waitsForToken) return;
  throw new TickpipeError(state.code, state.message);
}
