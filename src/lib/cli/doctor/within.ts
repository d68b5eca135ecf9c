import { raceAbort, TimeLimit } from '../../clock/abort.ts';
import type { Clock } from '../../clock/clock.ts';

/** Work that took longer than it may. */
export class Overdue extends Error {
  override readonly name = 'Overdue';
}

/** Does work that may take so long. Throws `Overdue` when it takes longer, the signal's reason, or what the work throws. */
export async function within<T>(
  limitMs: number,
  clock: Clock,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new TimeLimit(clock, limitMs, signal);
  try {
    return await raceAbort(work(limit.signal), limit.signal);
  } catch (error) {
    signal.throwIfAborted();
    throw limit.isOver ? new Overdue(`not done within ${limitMs} ms`, { cause: error }) : error;
  } finally {
    limit.end();
  }
}
