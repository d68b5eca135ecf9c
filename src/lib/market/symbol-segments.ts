import { isIndexSymbol } from './symbols.ts';
import type { Segment } from './topics.ts';
import type { TradingSegment } from './trading-hours.ts';

/** Futures and options end so; what stands between is for the symbol lookup, never for a pattern. */
const DERIVATIVE = /(?:FUT|\d(?:CE|PE))$/;
/** Currency pairs with contracts at NSE and BSE. */
const RUPEE_PAIR = /^(?:USDINR|EURINR|GBPINR|JPYINR)\d/;
/** Those without the rupee trade longer. */
const CROSS_PAIR = /^(?:EURUSD|GBPUSD|USDJPY)\d/;
/** Indices with contracts: no commodity and no bond is called so. */
const INDEX_CONTRACT = /^(?:NIFTY|BANKNIFTY|FINNIFTY|MIDCPNIFTY|NIFTYNXT50|SENSEX|SENSEX50|BANKEX)\d/;

/**
 * What a symbol may be by its name alone, the likeliest first. A derivative of NSE may be one of shares, of a commodity or of
 * a bond: `GOLDM26DECFUT` and `718GS203326DECFUT` are spelled as that of a share.
 */
export function segmentsOfName(symbol: string): readonly [TradingSegment, ...TradingSegment[]] {
  const [exchange, name = ''] = symbol.split(':');
  if (exchange === 'MCX') return ['mcx_fo'];
  const isBse = exchange === 'BSE';
  if (isIndexSymbol(symbol) || !DERIVATIVE.test(name)) return [isBse ? 'bse_cm' : 'nse_cm'];
  if (CROSS_PAIR.test(name)) return ['cross_currency'];
  if (RUPEE_PAIR.test(name)) return [currencySegment(symbol)];
  if (INDEX_CONTRACT.test(name)) return [isBse ? 'bse_fo' : 'nse_fo'];
  return isBse ? ['bse_fo', 'bcs_fo'] : ['nse_fo', 'nse_com', 'cde_fo'];
}

/** The market whose hours hold for an instrument of a known segment. */
export function tradingSegmentOf(symbol: string, segment: Segment): TradingSegment {
  const isCurrency = segment === 'cde_fo' || segment === 'bcs_fo';
  return isCurrency && CROSS_PAIR.test(symbol.slice(symbol.indexOf(':') + 1)) ? 'cross_currency' : segment;
}

function currencySegment(symbol: string): Segment {
  return symbol.startsWith('BSE:') ? 'bcs_fo' : 'cde_fo';
}
