import type { Clock } from '../clock/clock.ts';
import { istDate } from '../clock/ist.ts';
import type { BarHistory } from '../history/bar-history.ts';
import type { Calendar } from '../market/trading-hours.ts';
import { SimulatedHistory } from './history/simulated-history.ts';
import { SimulatedMarket } from './market.ts';
import { Universe } from './universe.ts';
import { DEFAULT_GENERATED, DEFAULT_SEED } from './universe-options.ts';

/** The history of a simulated market of its own, which every simulator with the usual seed has up to the present day. */
export function openPrivateHistory(clock: Clock, calendar: Calendar): BarHistory {
  const universe = new Universe({ generated: DEFAULT_GENERATED }, istDate(clock.now()));
  const market = new SimulatedMarket(universe, DEFAULT_SEED, clock);
  return new SimulatedHistory({ candlesOf: (symbol) => market.candlesOf(symbol), clock, calendar });
}
