import type { Clock } from '../clock/clock.ts';
import type { ErrorCode } from '../errors/catalogue.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import type { AttemptError } from '../network/failure.ts';
import type { BreakReason } from './feed.ts';

/** The limit of the first delay between two attempts, and of the longest. */
const FIRST_LIMIT_MS = 500;
const LAST_LIMIT_MS = 30_000;
/** A connection that has carried data for so long is good: attempts are counted anew after it. */
const PROVEN_AFTER_MS = 10_000;
/** A server that closes so soon after it accepted the token may have given the place to another connection. */
const CONTESTED_WITHIN_MS = 15_000;
const CONTESTED_CLOSES = 6;
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Of the first attempt: without an answer there is time for a second within the 10 s that `quote` takes. */
const FIRST_HANDSHAKE_TIMEOUT_MS = 4_000;

/** How many consecutive refusals of one kind end a feed that was never let in. */
const MAX_REFUSALS: Readonly<Partial<Record<ErrorCode, number>>> = {
  SOCKET_REFUSED: 6,
  PROXY_REFUSED: 6,
  // More than three in a day block the app.
  RATE_LIMITED: 3,
};
/** The longest wait that a server may ask for; beyond it the feed gives up. */
const MAX_ASKED_WAIT_MS = 10 * 60_000;

/** When the next attempt begins, or why there is none. `isAtOnce`: it needs no timer. */
export type Verdict = { readonly delayMs: number; readonly isAtOnce?: boolean } | { readonly error: TickpipeError };

/** Whether a server has ever let us in: shared by the feeds that follow each other in a process. */
export interface AdmissionRecord {
  wasLetIn: boolean;
}

/** Delays between attempts: exponential with full jitter, each uniform between 0 and a limit that doubles from 0.5 s to 30 s. */
export class Backoff {
  readonly #random: () => number;
  #attempts = 0;

  /** @param random uniform in [0, 1) */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Attempts since the last reset. */
  get attempts(): number {
    return this.#attempts;
  }

  /** Milliseconds to wait before the next attempt. */
  nextDelayMs(): number {
    const limit = Math.min(FIRST_LIMIT_MS * 2 ** this.#attempts, LAST_LIMIT_MS);
    this.#attempts++;
    return Math.round(this.#random() * limit);
  }

  reset(): void {
    this.#attempts = 0;
  }
}

/** Decides what follows the end of a connection. Its owner reports what happens on each: it keeps no socket. */
export class ReconnectPolicy {
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #maxRetries: number | undefined;
  readonly #record: AdmissionRecord;
  readonly #isFirstAtOnce: boolean;
  #contestedCloses = 0;
  #refusals = 0;
  #lastRefusal: ErrorCode | undefined;
  /** Connections on which the token was accepted. */
  #admissions = 0;
  /** Monotonic milliseconds, of this connection. */
  #authenticatedAt: number | undefined;
  #firstDataAt: number | undefined;

  /**
   * @param maxRetries attempts in a row before giving up; undefined for no end
   * @param isFirstAtOnce whether the first attempt after a good connection needs no wait
   */
  constructor(
    clock: Clock,
    random: () => number,
    maxRetries: number | undefined,
    record: AdmissionRecord = { wasLetIn: false },
    isFirstAtOnce = false,
  ) {
    this.#isFirstAtOnce = isFirstAtOnce;
    this.#record = record;
    this.#clock = clock;
    this.#backoff = new Backoff(random);
    this.#maxRetries = maxRetries;
  }

  /** Consecutive attempts that failed. */
  get attempts(): number {
    return this.#backoff.attempts;
  }

  /** Connections after the first. Failed attempts are not counted. */
  get reconnects(): number {
    return Math.max(0, this.#admissions - 1);
  }

  /** How long the next connection may take to be let in. */
  get handshakeTimeoutMs(): number {
    return this.attempts === 0 ? FIRST_HANDSHAKE_TIMEOUT_MS : HANDSHAKE_TIMEOUT_MS;
  }

  connecting(): void {
    this.#authenticatedAt = undefined;
    this.#firstDataAt = undefined;
  }

  authenticated(): void {
    this.#admissions++;
    this.#record.wasLetIn = true;
    this.#authenticatedAt = this.#clock.monotonic();
  }

  dataArrived(): void {
    this.#firstDataAt ??= this.#clock.monotonic();
    if (this.#clock.monotonic() - this.#firstDataAt >= PROVEN_AFTER_MS) this.#backoff.reset();
  }

  /** @param cause what the attempt failed with, where that is known */
  ended(reason: BreakReason, detail: string, cause?: AttemptError): Verdict {
    if (this.#isContested(reason)) {
      const message = `the server closed ${CONTESTED_CLOSES} connections in a row just after it accepted the token`;
      return { error: new TickpipeError('CONNECTION_CONTESTED', message) };
    }
    // A machine that woke up tries at once. Without a network the attempt fails, and the next one waits.
    return reason === 'clock_jump' && !this.#isFirstAtOnce ? { delayMs: 0 } : this.nextRetry(detail, cause);
  }

  /** The delay before the next attempt. */
  nextRetry(detail: string, cause?: AttemptError): Verdict {
    if (cause && this.#isFinal(cause)) return { error: cause };
    if (this.#maxRetries !== undefined && this.#backoff.attempts >= this.#maxRetries) {
      return { error: cause ?? new TickpipeError('FEED_UNREACHABLE', `cannot reach the feed: ${detail}`) };
    }
    const isAtOnce = this.#isFirstAtOnce && this.attempts === 0;
    const delayMs = this.#backoff.nextDelayMs();
    return isAtOnce ? { delayMs: 0, isAtOnce } : { delayMs: Math.max(delayMs, cause?.retryAfterMs ?? 0) };
  }

  /**
   * Whether another attempt would fail in the same way. A feed that was let in once does not give up for refusals that may pass:
   * a server restarts, a network asks for a login first. For one that was never let in a setting is wrong, which the user must know.
   */
  #isFinal({ code, isPassing, retryAfterMs = 0 }: AttemptError): boolean {
    if (this.#record.wasLetIn) return !isPassing && code === 'SOCKET_REFUSED';
    if (!isPassing || retryAfterMs > MAX_ASKED_WAIT_MS) return true;
    this.#refusals = code === this.#lastRefusal ? this.#refusals + 1 : 1;
    this.#lastRefusal = code;
    return this.#refusals >= (MAX_REFUSALS[code] ?? Number.POSITIVE_INFINITY);
  }

  #isContested(reason: BreakReason): boolean {
    if (this.#authenticatedAt === undefined) return false;
    const soon = this.#clock.monotonic() - this.#authenticatedAt < CONTESTED_WITHIN_MS;
    this.#contestedCloses = reason === 'server_closed' && soon ? this.#contestedCloses + 1 : 0;
    return this.#contestedCloses >= CONTESTED_CLOSES;
  }
}
