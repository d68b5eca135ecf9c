import { EXIT, SEE_VERBOSE } from '../../errors/catalogue.ts';
import { fromPlainError, type PlainError, TickpipeError } from '../../errors/tickpipe-error.ts';
import { symbolsOf } from '../../market/kinds.ts';
import type { EndReason, Outcome } from '../../output/pipeline/outcome.ts';

/** Ends at which every symbol should have had a row. */
const PLANNED_ENDS: ReadonlySet<EndReason> = new Set(['count', 'duration', 'until', 'snapshot', 'ended']);

/** Why a feed is not live: as a text, and as an error with a hint if the cause has its own code. */
export interface Failure {
  readonly detail: string;
  readonly error?: PlainError | undefined;
}

/** The facts beside the outcome that decide the status of a stream. Times in milliseconds. */
export interface EndingCircumstances {
  /** How many symbols the feed did not know. They were reported before, and make the status 3. */
  readonly unknown: number;
  /** The stream wants only the first row of each symbol, before a deadline. */
  readonly snapshot: boolean;
  /** Only rows that match `--where` are printed; others have come all the same. */
  readonly isFiltered?: boolean | undefined;
  /** Whether the feed was ever live: a silent market and a broken network need different messages. */
  readonly wasLive: boolean;
  /** Why there is no connection, or no answer about the symbols. */
  readonly failure?: Failure | undefined;
  readonly timeout?: number | undefined;
  readonly idleTimeout?: number | undefined;
  readonly maxAge?: number | undefined;
  /** The closed markets of the symbols without rows; empty when no market is known to be closed. */
  readonly markets?: string | undefined;
  /** Simulated prices have no market hours. */
  readonly isSimulated?: boolean | undefined;
}

/**
 * The status of a stream that has ended and was written completely. Throws the error that ended it; `TIMEOUT`; `IDLE_TIMEOUT`;
 * `NEVER_TICKED` when a planned end came without a row of some symbol. When the deadline of a snapshot came without a connection,
 * throws the cause of that, or `FEED_UNREACHABLE` if the cause has no code.
 */
export function exitStatusOf(outcome: Outcome, circumstances: EndingCircumstances): number {
  const { reason, error, missing, expected, rows } = outcome;
  const { unknown, timeout = 0, idleTimeout = 0 } = circumstances;
  if (error) throw error;
  const none = expected > 0 && missing.length === expected;
  if (reason === 'idle_timeout') {
    if (circumstances.isFiltered && !none) throw unmatched('IDLE_TIMEOUT', `for ${inSeconds(idleTimeout)}`);
    throw timedOut('IDLE_TIMEOUT', `no row came for ${inSeconds(idleTimeout)}`, circumstances);
  }
  const isOutOfReach = !circumstances.wasLive || (none && circumstances.failure?.error !== undefined);
  if (reason === 'timeout' && circumstances.snapshot && isOutOfReach) throw unreachable(circumstances);
  if (reason === 'timeout' && !circumstances.snapshot && circumstances.isFiltered && !none) {
    throw unmatched('TIMEOUT', `within ${inSeconds(timeout)}`);
  }
  if (reason === 'timeout' && (none || missing.length === 0)) {
    throw timedOut('TIMEOUT', `no ${rowWords(circumstances)} came within ${inSeconds(timeout)}`, circumstances);
  }
  if (missing.length > 0 && (PLANNED_ENDS.has(reason) || reason === 'timeout')) {
    // A count smaller than the number of symbols asks for any rows, not for a row of each.
    if (reason !== 'count' || rows >= expected) {
      if (none && reason === 'ended') {
        throw new TickpipeError('TIMEOUT', 'no row came before the end of the recording', {
          hint: 'play it from its beginning; tickpipe replay PATH --snapshot shows which rows it has',
        });
      }
      if (none) throw timedOut('TIMEOUT', 'no row came before the end', circumstances);
      throw neverTicked(outcome, circumstances);
    }
  }
  const isGood = reason === 'reader_gone' || unknown === 0;
  return isGood ? EXIT.done : EXIT.partly;
}

function unreachable({ timeout = 0, failure }: EndingCircumstances): TickpipeError {
  if (failure?.error) return fromPlainError(failure.error);
  const what = `no connection to the feed within ${inSeconds(timeout)}`;
  return new TickpipeError('FEED_UNREACHABLE', failure === undefined ? what : `${what}: ${failure.detail}`);
}

function timedOut(code: 'TIMEOUT' | 'IDLE_TIMEOUT', what: string, circumstances: EndingCircumstances): TickpipeError {
  const { wasLive, failure } = circumstances;
  if (wasLive) return new TickpipeError(code, what, hintOf(circumstances));
  const cause = failure?.detail ?? 'the feed was not reached';
  return new TickpipeError(code, `${what}: ${cause}`, {
    hint: failure?.error?.hint ?? `check the network${SEE_VERBOSE}`,
  });
}

/** Rows have come, but none that is printed. */
function unmatched(code: 'TIMEOUT' | 'IDLE_TIMEOUT', when: string): TickpipeError {
  return new TickpipeError(code, `no row that matches --where came ${when}`, {
    hint: 'without --where all rows are printed',
  });
}

/** A hint why rows are missing although the feed is live. Without one the catalogue's hint applies. */
function hintOf({ markets, isSimulated }: EndingCircumstances): { hint?: string } {
  if (markets) return { hint: markets };
  return isSimulated
    ? { hint: `the simulator has no market hours: this symbol has no trades there${SEE_VERBOSE}` }
    : {};
}

function neverTicked({ missing }: Outcome, circumstances: EndingCircumstances): TickpipeError {
  // Names all of them, as for unknown symbols: a script can read which symbols of its list are missing.
  const message = `no ${rowWords(circumstances)} of ${symbolsOf(missing).join(', ')}`;
  return new TickpipeError('NEVER_TICKED', message, hintOf(circumstances));
}

/** A row that is too old counts as missing, so the message names the limit. */
function rowWords({ maxAge }: EndingCircumstances): string {
  return maxAge === undefined ? 'row' : `row younger than ${inSeconds(maxAge)}`;
}

function inSeconds(ms: number): string {
  return `${ms / 1_000} s`;
}
