import { EXIT } from '../errors/catalogue.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import type { EndReason, Outcome } from '../output/outcome.ts';
import { nameSome, symbolsOf } from './feed-report.ts';

/** Ends by which every symbol should have given a row. */
const PLANNED_ENDS: ReadonlySet<EndReason> = new Set(['count', 'duration', 'until', 'snapshot']);

/**
 * The status of a stream that has ended and been written out. Throws the error that ended it, `TIMEOUT`, `IDLE_TIMEOUT`, or
 * `NEVER_TICKED` when the planned end came without a row of some symbol.
 * @param unknown how many symbols the feed did not know: they are told already, and make a good end a partial one
 */
export function settleEnding(outcome: Outcome, unknown: number, waitedMs: number | undefined): number {
  const { reason, error, missing, expected, rows } = outcome;
  if (error) throw error;
  if (reason === 'idle_timeout') throw new TickpipeError('IDLE_TIMEOUT', 'no row came for the idle timeout');
  const none = expected > 0 && missing.length === expected;
  if (reason === 'timeout' && (none || missing.length === 0)) {
    throw new TickpipeError('TIMEOUT', `no row came within ${(waitedMs ?? 0) / 1_000} s`);
  }
  if (missing.length > 0 && (PLANNED_ENDS.has(reason) || reason === 'timeout')) {
    // A count smaller than the number of symbols asks for any rows, not for a row of each.
    if (reason !== 'count' || rows >= expected) throw neverTicked(outcome, none);
  }
  const isGood = reason === 'reader_gone' || unknown === 0;
  return isGood ? EXIT.done : EXIT.partly;
}

function neverTicked({ missing }: Outcome, none: boolean): TickpipeError {
  return none
    ? new TickpipeError('TIMEOUT', 'no row came before the end')
    : new TickpipeError('NEVER_TICKED', `no row of ${nameSome(symbolsOf(missing))}`);
}
