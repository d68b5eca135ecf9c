import { EXIT, SEE_VERBOSE } from '../../errors/catalogue.ts';
import { fromPlainError, type PlainError, TickpipeError } from '../../errors/tickpipe-error.ts';
import { symbolsOf } from '../../market/kinds.ts';
import type { EndReason, Outcome } from '../../output/pipeline/outcome.ts';

/** Ends by which every symbol should have given a row. */
const PLANNED_ENDS: ReadonlySet<EndReason> = new Set(['count', 'duration', 'until', 'snapshot', 'ended']);

/** Why a feed does not deliver: in words, and as the error that says what to do where it has a code of its own. */
export interface Failure {
  readonly detail: string;
  readonly error?: PlainError | undefined;
}

/** What, beside its outcome, decides how a stream ended. Times in milliseconds. */
export interface EndingCircumstances {
  /** How many symbols the feed did not know: they are told already, and make a good end a partial one. */
  readonly unknown: number;
  /** The first row of each symbol is wanted, by a deadline. */
  readonly snapshot: boolean;
  /** Whether the feed ever delivered: a market that is silent and a network that is down are different news. */
  readonly wasLive: boolean;
  /** Why there is no connection, or no answer about the symbols. */
  readonly failure?: Failure | undefined;
  readonly timeout?: number | undefined;
  readonly idleTimeout?: number | undefined;
  readonly maxAge?: number | undefined;
  /** Which markets of the symbols without rows are closed; empty when none is known to be. */
  readonly markets?: string | undefined;
  /** Simulated prices have no market hours. */
  readonly isSimulated?: boolean | undefined;
}

/**
 * The status of a stream that has ended and been written out. Throws the error that ended it, `TIMEOUT`, `IDLE_TIMEOUT`,
 * `NEVER_TICKED` when the planned end came without a row of some symbol, or, when a snapshot's deadline came without a
 * connection, the cause of that, `FEED_UNREACHABLE` where it has no code of its own.
 */
export function exitStatusOf(outcome: Outcome, circumstances: EndingCircumstances): number {
  const { reason, error, missing, expected, rows } = outcome;
  const { unknown, timeout = 0, idleTimeout = 0 } = circumstances;
  if (error) throw error;
  if (reason === 'idle_timeout') {
    throw timedOut('IDLE_TIMEOUT', `no row came for ${inSeconds(idleTimeout)}`, circumstances);
  }
  const none = expected > 0 && missing.length === expected;
  const isOutOfReach = !circumstances.wasLive || (none && circumstances.failure?.error !== undefined);
  if (reason === 'timeout' && circumstances.snapshot && isOutOfReach) throw unreachable(circumstances);
  if (reason === 'timeout' && (none || missing.length === 0)) {
    throw timedOut('TIMEOUT', `no ${rowWords(circumstances)} came within ${inSeconds(timeout)}`, circumstances);
  }
  if (missing.length > 0 && (PLANNED_ENDS.has(reason) || reason === 'timeout')) {
    // A count smaller than the number of symbols asks for any rows, not for a row of each.
    if (reason !== 'count' || rows >= expected) {
      if (none && reason === 'ended') {
        throw new TickpipeError('TIMEOUT', 'no row came before the end of the recording', {
          hint: 'play it from its beginning, or ask for what it has: tickpipe replay PATH --snapshot shows it',
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

/** Why rows may be missing though the feed delivers; the catalogue's hint where nothing is known. */
function hintOf({ markets, isSimulated }: EndingCircumstances): { hint?: string } {
  if (markets) return { hint: markets };
  return isSimulated
    ? { hint: `the simulator keeps no market hours: this symbol has no trades there${SEE_VERBOSE}` }
    : {};
}

function neverTicked({ missing }: Outcome, circumstances: EndingCircumstances): TickpipeError {
  // All of them, as those that are unknown: a script reads which of its list are missing.
  const message = `no ${rowWords(circumstances)} of ${symbolsOf(missing).join(', ')}`;
  return new TickpipeError('NEVER_TICKED', message, hintOf(circumstances));
}

/** A row that came but was too old is as missing as one that never came, and the message must not hide which it may be. */
function rowWords({ maxAge }: EndingCircumstances): string {
  return maxAge === undefined ? 'row' : `row younger than ${inSeconds(maxAge)}`;
}

function inSeconds(ms: number): string {
  return `${ms / 1_000} s`;
}
