import { pause } from '../clock/abort.ts';
import type { Clock } from '../clock/clock.ts';
import { TickpipeError, toPlainError } from '../errors/tickpipe-error.ts';
import type { Instrument } from '../market/topics.ts';
import { AttemptError } from '../network/failure.ts';
import type { AwaitedData } from './awaited-data.ts';
import type { FeedState } from './feed.ts';
import { ReconnectPolicy } from './reconnect-policy.ts';

export type Instruments = ReadonlyMap<string, Instrument | 'unknown'>;
export type ResolveSymbols<T> = (symbols: readonly string[], token: T, signal: AbortSignal) => Promise<Instruments>;

/** A lookup failed and is tried again. */
export type LookupBreak = Extract<FeedState, { readonly state: 'disconnected' }>;

export interface PersistentLookupOptions<T> {
  readonly resolve: ResolveSymbols<T>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly maxRetries?: number | undefined;
}

/** A symbol lookup that fails is a feed that cannot be reached: it is tried again as a connection would be. */
export class RetryingLookup<T> {
  readonly #options: PersistentLookupOptions<T>;
  readonly #tellState: (state: LookupBreak) => void;
  readonly #awaited: AwaitedData;
  readonly #abort = new AbortController();
  #underWay = 0;

  constructor(options: PersistentLookupOptions<T>, tellState: (state: LookupBreak) => void, awaited: AwaitedData) {
    this.#options = options;
    this.#tellState = tellState;
    this.#awaited = awaited;
  }

  get isUnderWay(): boolean {
    return this.#underWay > 0;
  }

  /** What each symbol is. Throws the last failure when the retries are used up or it is closed, or a failure that would not pass. */
  async resolve(symbols: readonly string[], readToken: () => T): Promise<Instruments> {
    this.#underWay++;
    try {
      return await this.#resolve([...new Set(symbols)], readToken);
    } finally {
      this.#underWay--;
    }
  }

  async #resolve(symbols: readonly string[], readToken: () => T): Promise<Instruments> {
    const { clock, random, maxRetries, resolve } = this.#options;
    const policy = new ReconnectPolicy(clock, random, maxRetries);
    for (;;) {
      try {
        return await resolve(symbols, readToken(), this.#abort.signal);
      } catch (error) {
        if (!(error instanceof AttemptError) || this.#abort.signal.aborted) throw error;
        const verdict = policy.nextRetry(error.message, error);
        if ('error' in verdict) throw error;
        // A wait that the server asked for is not cut.
        const delayMs = error.retryAfterMs ? verdict.delayMs : this.#awaited.cutPause(verdict.delayMs);
        const at = clock.now();
        const retryAt = at + delayMs;
        this.#tellState({
          state: 'disconnected',
          at,
          reason: 'lookup_failed',
          detail: error.message,
          retryAt,
          error: toPlainError(error),
        });
        await pause(clock, delayMs, this.#abort.signal).catch(() => {
          throw error;
        });
      }
    }
  }

  /** Ends lookups and waits that are going on: they throw this. */
  close(reason = new TickpipeError('FEED_UNREACHABLE', 'the feed was closed before it knew the symbols')): void {
    this.#abort.abort(reason);
  }
}
