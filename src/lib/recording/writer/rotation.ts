/**
 * When a file that begins at `startMs` is full by time: at the next multiple of the period since midnight in India, at
 * midnight at the latest. Epoch milliseconds.
 */
import { DAY_MS, IST_OFFSET_MS } from '../../clock/ist.ts';
export function nextRotation(startMs: number, periodMs: number): number {
  const ist = startMs + IST_OFFSET_MS;
  const midnight = ist - (ist % DAY_MS);
  const end = midnight + (Math.floor((ist - midnight) / periodMs) + 1) * periodMs;
  return Math.min(end, midnight + DAY_MS) - IST_OFFSET_MS;
}
