import type { Clock } from '../clock/clock.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import type { Instrument } from '../market/topics.ts';
import type { AwaitedData } from './awaited-data.ts';
import { ReconnectPolicy } from './reconnect-policy.ts';
import { type Break, Supervisor } from './supervisor.ts';

export type Instruments = ReadonlyMap<string, Instrument | 'unknown'>;
export type ResolveSymbols<T> = (symbols: readonly string[], token: T, signal: AbortSignal) => Promise<Instruments>;

export interface RetryingLookupOptions<T> {
  readonly resolve: ResolveSymbols<T>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly maxRetries?: number | undefined;
}

/** A symbol lookup that fails is a feed that cannot be reached: it is tried again as a connection would be. */
export class RetryingLookup<T> {
  readonly #options: RetryingLookupOptions<T>;
  readonly #report: (state: Break) => void;
  readonly #awaited: AwaitedData;
  readonly #abort = new AbortController();
  /** What ends the lookups that are under way. */
  readonly #ends = new Set<() => void>();

  /** @param report called with each failure that is followed by another attempt */
  constructor(options: RetryingLookupOptions<T>, report: (state: Break) => void, awaited: AwaitedData) {
    this.#options = options;
    this.#report = report;
    this.#awaited = awaited;
  }

  get isUnderWay(): boolean {
    return this.#ends.size > 0;
  }

  /** What each symbol is. Throws the last failure when the retries are used up, or a failure that would not pass. */
  async resolve(symbols: readonly string[], readToken: () => T): Promise<Instruments> {
    const { clock, random, maxRetries, resolve } = this.#options;
    const { signal } = this.#abort;
    const wanted = [...new Set(symbols)];
    /** What the last attempt failed with, while the next one is waited for. */
    let failure: TickpipeError | undefined;
    let end = (): void => {};
    const found = new Promise<Instruments>((succeed, fail) => {
      const policy = new ReconnectPolicy(clock, random, maxRetries);
      const options = { clock, policy, awaited: this.#awaited, failureReason: 'lookup_failed' } as const;
      const supervisor = new Supervisor(options, {
        open: async () => {
          failure = undefined;
          try {
            succeed(await resolve(wanted, readToken(), signal));
          } catch (error) {
            // No other attempt follows once it is closed.
            if (signal.aborted) fail(error);
            throw error;
          }
        },
        broken: (state, cause) => {
          failure = cause;
          this.#report(state);
        },
        gaveUp: fail,
      });
      end = () => {
        supervisor.close();
        if (failure) fail(failure);
      };
      this.#ends.add(end);
      void supervisor.start();
    });
    return found.finally(() => this.#ends.delete(end));
  }

  /** Ends all lookups. One that waits for another attempt throws its last failure. @param reason what the others throw */
  close(reason = new TickpipeError('FEED_UNREACHABLE', 'the feed was closed before it knew the symbols')): void {
    this.#abort.abort(reason);
    for (const end of this.#ends) end();
  }
}
