import { numberOf } from '../../market/column-value.ts';
import type { Tick } from '../../market/tick.ts';
import { numericColumnNamed } from '../rows/field-selection.ts';

/**
 * Whether the exchange gave this row at most `maxAgeMs` ago. A row without an exchange time is fresh: nothing says that it
 * is not. @param now epoch milliseconds
 */
export function isFresh(tick: Tick, maxAgeMs: number, now: number): boolean {
  const column = numericColumnNamed(tick.kind, 'exchange_time');
  const seconds = column && numberOf(column, tick.state);
  return !seconds || now - seconds * 1_000 <= maxAgeMs;
}
