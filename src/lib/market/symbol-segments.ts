import { isIndexSymbol } from './symbols.ts';
import type { Segment } from './topics.ts';

/** Futures and options end so; what stands between is for the symbol lookup, never for a pattern. */
const DERIVATIVE = /(?:FUT|\d(?:CE|PE))$/;
/** Currency pairs with contracts at NSE and BSE. */
const CURRENCY_PAIR = /^(?:USDINR|EURINR|GBPINR|JPYINR|EURUSD|GBPUSD|USDJPY)\d/;

/**
 * The segment of a symbol by its name alone: enough for hours, never for a topic. A derivative of NSE that is not of a currency
 * pair is taken for one of equities, as nearly all are.
 */
export function segmentOfName(symbol: string): Segment {
  const [exchange, name = ''] = symbol.split(':');
  if (exchange === 'MCX') return 'mcx_fo';
  const isBse = exchange === 'BSE';
  if (isIndexSymbol(symbol) || !DERIVATIVE.test(name)) return isBse ? 'bse_cm' : 'nse_cm';
  if (CURRENCY_PAIR.test(name)) return isBse ? 'bcs_fo' : 'cde_fo';
  return isBse ? 'bse_fo' : 'nse_fo';
}
