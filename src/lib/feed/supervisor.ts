import type { Clock, Timer } from '../clock/clock.ts';
import { type ErrorCode, EXIT } from '../errors/catalogue.ts';
import { codedError, type TickpipeError, toPlainError } from '../errors/tickpipe-error.ts';
import { AttemptError } from '../network/failure.ts';
import type { AwaitedData } from './awaited-data.ts';
import type { BreakReason, FeedState } from './feed.ts';
import type { ReconnectPolicy } from './reconnect-policy.ts';

/** How often to check for a new token while the current one is unusable. */
export const CHECK_TOKEN_MS = 5_000;
/** Statuses of failures that another attempt would only repeat. */
const FINAL_EXITS: ReadonlySet<number> = new Set([EXIT.usage, EXIT.token, EXIT.limit, EXIT.configuration]);
/** Errors of a token that no other token mends. */
const FINAL_TOKEN_CODES: ReadonlySet<ErrorCode> = new Set(['TOKEN_CHANGED_KIND', 'HUB_TOKEN_REFUSED']);

/** Calls while there may be another token; undefined where none can come. `close` ends it. */
export type WatchToken = (changed: () => void) => { close(): void } | undefined;

/** Nothing is open, and another attempt follows. */
export type Break = Extract<FeedState, { readonly state: 'disconnected' }>;

/** What a supervisor keeps open. */
export interface Supervised {
  /**
   * Makes an attempt. What it throws ends the attempt; `Supervisor.ended` reports an end that comes later.
   * @param isCurrent whether the attempt still counts: a break from elsewhere, or `close`, puts an end to it
   */
  open(isCurrent: () => boolean): Promise<void>;
  /** Drops what is open, if anything is, and reports the break. @param cause what the attempt failed with, where that is known */
  broken(state: Break, cause: TickpipeError | undefined): void;
  /** No attempt follows. */
  gaveUp(error: TickpipeError): void;
  /** Whether there is another token than the one that was refused. */
  hasAnotherToken?(): Promise<boolean>;
}

export interface SupervisorOptions {
  readonly clock: Clock;
  /** How often, and after which waits, a failure that may pass is followed by another attempt. */
  readonly policy: ReconnectPolicy;
  /** Until when commands wait for data; without it no wait is shortened. */
  readonly awaited?: AwaitedData | undefined;
  /** Why nothing is open after an attempt that failed. */
  readonly failureReason: BreakReason;
  /** Waits for another token when one is refused or expires, instead of giving up. */
  readonly waitsForToken?: boolean | undefined;
  /** Notices another token at once while one is waited for; without it the supervisor only asks again and again. */
  readonly watchToken?: WatchToken | undefined;
}

/** Whether another attempt would only fail as this one did. */
export function isFinal({ exit }: TickpipeError): boolean {
  return FINAL_EXITS.has(exit);
}

/** Whether the feed goes on as soon as there is another token. */
export function isMendedByToken({ exit, code }: TickpipeError): boolean {
  return exit === EXIT.token && !FINAL_TOKEN_CODES.has(code);
}

/**
 * Keeps something open: makes an attempt, waits after each end as the policy says, makes the next one. Waits for another token
 * where one is needed. Gives up when another attempt would only meet the same. Knows no socket.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #supervised: Supervised;
  #timer: Timer | undefined;
  /** When the next attempt is due, monotonic milliseconds; undefined when its delay may not be shortened. */
  #dueAtMs: number | undefined;
  /** Counts attempts and breaks. Results of an earlier turn are ignored. */
  #turn = 0;
  #isWaitingForToken = false;
  #tokenWatch: ReturnType<WatchToken>;
  #isClosed = false;

  constructor(options: SupervisorOptions, supervised: Supervised) {
    this.#options = options;
    this.#supervised = supervised;
  }

  get isWaitingForToken(): boolean {
    return this.#isWaitingForToken;
  }

  /** Makes an attempt now, instead of the next one. Resolves when it is made, whatever it comes to. */
  async start(): Promise<void> {
    this.#endTokenWait();
    const isCurrent = this.#beginTurn();
    try {
      await this.#supervised.open(isCurrent);
    } catch (error) {
      if (isCurrent()) this.#attemptFailed(error);
    }
  }

  /** What was open has ended. @param cause where the failure has a code of its own */
  ended(reason: BreakReason, detail: string, cause?: AttemptError): void {
    const { clock, policy, awaited } = this.#options;
    const verdict = policy.ended(reason, detail, cause);
    if ('error' in verdict) {
      this.fail(verdict.error);
      return;
    }
    const { isAtOnce = false } = verdict;
    // A wait that the server asked for is not shortened.
    const mayBeShortened = awaited !== undefined && !cause?.retryAfterMs;
    const delayMs = mayBeShortened ? awaited.cutPause(verdict.delayMs) : verdict.delayMs;
    const isCurrent = this.#break(reason, detail, cause, delayMs, () => {
      if (isAtOnce) return;
      if (mayBeShortened) this.#dueAtMs = clock.monotonic() + delayMs;
      this.#setTimer(delayMs, () => void this.start());
    });
    if (isAtOnce && isCurrent()) void this.start();
  }

  /** It cannot go on as it is: waits for another token where that helps, else gives up. */
  fail(error: unknown): void {
    if (this.#isClosed) return;
    const coded = codedError(error, 'the feed failed');
    if (!this.#options.waitsForToken || !isMendedByToken(coded)) {
      this.stop();
      this.#supervised.gaveUp(coded);
      return;
    }
    this.#isWaitingForToken = true;
    this.#tokenWatch ??= this.#options.watchToken?.(() => void this.checkToken());
    this.#break('token', coded.message, coded, CHECK_TOKEN_MS, () => this.#checkTokenLater());
  }

  /** Makes the next attempt sooner, as `AwaitedData` says now. Returns the delay that is left; undefined when it stays as it is. */
  shorten(): number | undefined {
    const { clock, awaited } = this.#options;
    if (this.#dueAtMs === undefined || awaited === undefined) return undefined;
    const leftMs = this.#dueAtMs - clock.monotonic();
    const delayMs = awaited.cutPause(leftMs);
    if (delayMs >= leftMs) return undefined;
    this.#dueAtMs = clock.monotonic() + delayMs;
    this.#setTimer(delayMs, () => void this.start());
    return delayMs;
  }

  /** Another token may be there: while one is waited for, it goes on at once if so. Resolves when the attempt is made, if one is. */
  async checkToken(): Promise<void> {
    if (!this.#isWaitingForToken) return;
    const isCurrent = this.#beginTurn();
    const isThere = (await this.#supervised.hasAnotherToken?.()) ?? false;
    if (!isCurrent()) return;
    if (isThere) await this.start();
    else this.#checkTokenLater();
  }

  /** Ends the attempt, or the wait, that is under way. `start` makes another attempt. */
  stop(): void {
    this.#endTokenWait();
    this.#beginTurn();
  }

  close(): void {
    this.#isClosed = true;
    this.stop();
  }

  #attemptFailed(error: unknown): void {
    if (error instanceof AttemptError) this.ended(this.#options.failureReason, error.message, error);
    else this.fail(error);
  }

  /** Reports a break. The function says whether it is still current. @param startWait begins the wait for the next attempt */
  #break(
    reason: BreakReason,
    detail: string,
    cause: TickpipeError | undefined,
    delayMs: number,
    startWait: () => void,
  ): () => boolean {
    const isCurrent = this.#beginTurn();
    // First: the listener that gets the break may close the feed.
    startWait();
    const at = this.#options.clock.now();
    const error = cause && { error: toPlainError(cause) };
    this.#supervised.broken({ state: 'disconnected', at, reason, detail, retryAt: at + delayMs, ...error }, cause);
    return isCurrent;
  }

  #endTokenWait(): void {
    this.#isWaitingForToken = false;
    this.#tokenWatch?.close();
    this.#tokenWatch = undefined;
  }

  #checkTokenLater(): void {
    this.#setTimer(CHECK_TOKEN_MS, () => void this.checkToken());
  }

  /** Begins a turn: ends the wait and ignores the attempt that is under way. The function says whether this turn is still current. */
  #beginTurn(): () => boolean {
    const turn = ++this.#turn;
    this.#dueAtMs = undefined;
    this.#timer?.cancel();
    return () => turn === this.#turn && !this.#isClosed;
  }

  #setTimer(delayMs: number, callback: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(delayMs, callback);
  }
}
