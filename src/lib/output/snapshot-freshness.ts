import type { Kind } from '../market/kinds.ts';
import { INDEX_SLOTS, SYMBOL_SLOTS } from '../market/slots.ts';
import type { Tick } from '../market/tick.ts';

/** Where a row's `exchange_time` stands; books and lite rows have none. */
const EXCHANGE_TIME_SLOTS: Record<Kind, number | undefined> = {
  symbol: SYMBOL_SLOTS.exchangeTime,
  index: INDEX_SLOTS.exchangeTime,
  depth: undefined,
  lite: undefined,
};

/**
 * Whether the exchange gave this row at most `maxAgeMs` ago. A row without an exchange time is fresh: nothing says that it
 * is not. @param now epoch milliseconds
 */
export function isFresh(tick: Tick, maxAgeMs: number, now: number): boolean {
  const slot = EXCHANGE_TIME_SLOTS[tick.kind];
  if (slot === undefined || (tick.state.known & (1 << slot)) === 0) return true;
  const seconds = tick.state.values[slot] as number;
  return seconds === 0 || now - seconds * 1_000 <= maxAgeMs;
}
