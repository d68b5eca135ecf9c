import type { WebSocket } from 'ws';
import type { Clock } from '../../clock/clock.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { BreakReason, FeedState } from '../../feed/feed.ts';
import { ReconnectPolicy } from '../../feed/reconnect-policy.ts';
import { type Break, CHECK_TOKEN_MS, isFinal, isMendedByToken, Supervisor } from '../../feed/supervisor.ts';
import { HubLost, HubUnreachable } from '../protocol/hub-errors.ts';
import type { HubMessage, MessageOf } from '../protocol/messages.ts';
import { type Answer, type ConnectionEnd, HubConnection, type UnnumberedRequest } from './hub-connection.ts';

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
  readonly #supervisor: Supervisor;
  readonly #life = new AbortController();
  #listener: HubLinkListener | undefined;
  #connection: HubConnection | undefined;
  /** Resolves to the next connection while there is none. */
  #returning: Promise<void> | undefined;
  #returned: () => void = () => {};
  /** Why the last connection ended. */
  #lossReason: BreakReason = 'hub_gone';
  /** The error of the token that is waited for. */
  #tokenError: ErrorCode | undefined;
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
    const { clock, random, maxRetries, waitsForToken } = options;
    // At once after a connection that was good; hubs that keep leaving are asked ever more rarely.
    this.#policy = new ReconnectPolicy(clock, random, maxRetries, undefined, true);
    this.#supervisor = new Supervisor(
      { clock, policy: this.#policy, failureReason: 'hub_gone', waitsForToken },
      {
        open: (isCurrent) => this.#reconnect(isCurrent),
        broken: (state, cause) => this.#broken(state, cause),
        gaveUp: (error) => this.#gaveUp(error),
        // Whether there is another token shows when it is tried.
        hasAnotherToken: async () => true,
      },
    );
  }

  /** Sets the listener, which gets what came before, too. */
  listen(listener: HubLinkListener): void {
    this.#listener = listener;
    for (const deliver of this.#early.splice(0)) deliver(listener);
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
    this.#supervisor.close();
    this.#connection?.close();
    this.#returned();
  }

  #deliver(deliver: (listener: HubLinkListener) => void): void {
    if (this.#life.signal.aborted) return;
    if (this.#listener) deliver(this.#listener);
    else this.#early.push(deliver);
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
    let reported: ErrorCode | undefined;
    for (;;) {
      const { timesLive, waitsForToken } = connection;
      try {
        return await connection.request(request);
      } catch (error) {
        const isAwaited = this.#options.waitsForToken && error instanceof TickpipeError && isMendedByToken(error);
        if (!isAwaited) throw error;
        const { code, message } = error;
        // While its feed is live the hub does not report that a single request waits for a token.
        const isReported = waitsForToken || connection.waitsForToken;
        if (!isReported && code !== reported) this.#warn(`${message}; waiting for another token`);
        reported = code;
        // It may be live by now.
        if (connection.timesLive === timesLive) await connection.untilLive(CHECK_TOKEN_MS);
      }
    }
  }

  #lost(connection: HubConnection, { reason, detail }: ConnectionEnd): void {
    if (connection !== this.#connection || this.#life.signal.aborted) return;
    this.#lossReason = reason;
    this.#tokenError = undefined;
    this.#returning = new Promise((resolve) => {
      this.#returned = resolve;
    });
    this.#deliver((listener) => listener.lost(reason));
    this.#supervisor.ended(reason, detail);
  }

  /** Connects again. For requests and rows the loss lasts until everything wanted is subscribed. */
  async #reconnect(isCurrent: () => boolean): Promise<void> {
    const { signal } = this.#life;
    const { clock } = this.#options;
    if (this.#tokenError === undefined) {
      this.#state({ state: 'connecting', at: clock.now(), attempt: this.#policy.attempts });
    }
    this.#policy.connecting();
    try {
      await this.#connect(signal, async (hello, request) => this.#listener?.returned(hello, request));
    } catch (error) {
      if (!isCurrent() || !(error instanceof TickpipeError) || isFinal(error)) throw error;
      this.#supervisor.ended(this.#lossReason, error.message);
      return;
    }
    this.#returning = undefined;
    this.#returned();
  }

  /** A night may pass until there is another token: that it is waited for is reported once. */
  #broken({ error: _, ...state }: Break, cause: TickpipeError | undefined): void {
    const tokenError = state.reason === 'token' ? cause?.code : undefined;
    const isReported = tokenError !== undefined && tokenError === this.#tokenError;
    this.#tokenError = tokenError;
    if (!isReported) this.#state(state);
  }

  #gaveUp(error: TickpipeError): void {
    this.#deliver((listener) => listener.failed(error));
    this.close(error);
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
