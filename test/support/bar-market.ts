import type { Kind } from '../../src/lib/market/kinds.ts';
import { INDEX_SLOTS, SYMBOL_SLOTS } from '../../src/lib/market/slots.ts';
import { ByteBuffer } from '../../src/lib/output/rows/byte-buffer.ts';
import { createRowEncoder } from '../../src/lib/output/rows/row-encoder.ts';
import { type MadeTick, makeTick, setValues } from './make-tick.ts';

/** Something that a feed delivers: values of a symbol that changed, or a gap. Times in epoch milliseconds. */
export type MarketEvent =
  | { readonly at: number; readonly symbol: number; readonly values: Readonly<Record<number, number>> }
  | { readonly at: number; readonly gap: { readonly from: number; readonly to: number; readonly symbols: string[] } };

export interface MarketOptions {
  readonly random: () => number;
  /** When each day's rows begin, epoch milliseconds. */
  readonly begins: readonly number[];
  readonly rowsPerDay: number;
  readonly hasFaults: boolean;
}

export const MARKET_SYMBOLS: readonly { readonly kind: Kind; readonly symbol: string }[] = [
  { kind: 'symbol', symbol: 'NSE:SBIN-EQ' },
  { kind: 'symbol', symbol: 'NSE:INFY-EQ' },
  { kind: 'symbol', symbol: 'NSE:M&M-EQ' },
  { kind: 'index', symbol: 'NSE:NIFTY50-INDEX' },
];

interface Quote {
  price: number;
  volume: number;
  traded: number;
  high: number;
  low: number;
}

/**
 * A market with all that bars have to stand: trades between snapshots that make a high or a low, quotes without a trade, and with faults also
 * rows that come late, corrections of the volume, gaps, and trades outside the session.
 */
export function makeMarket({ random, begins, rowsPerDay, hasFaults }: MarketOptions): MarketEvent[] {
  const events: MarketEvent[] = [];
  const shown: string[] = [];
  const below = (count: number): number => Math.floor(random() * count);
  for (const begin of begins) {
    const quotes = MARKET_SYMBOLS.map((): Quote => {
      const price = 50_000 + below(50_000);
      return { price, volume: below(1_000), traded: Math.floor(begin / 1_000) - below(3), high: price, low: price };
    });
    let at = begin;
    for (let row = 0; row < rowsPerDay; row++) {
      // No two rows have one time: which of them came first would not be recorded.
      at += 1 + (random() < 0.02 ? below(hasFaults ? 20_000 : 9_000) : below(250));
      const symbol = below(quotes.length);
      const quote = quotes[symbol] as Quote;
      if (hasFaults && random() < 0.004) {
        const to = at + 1 + below(8_000);
        const symbols = MARKET_SYMBOLS.filter(() => random() < 0.7).map(({ symbol: name }) => name);
        if (symbols.length > 0) events.push({ at: to, gap: { from: at, to, symbols } });
        at = to;
      }
      const second = Math.floor(at / 1_000);
      const seen = { ...quote };
      if (random() < 0.7) {
        trade(quote, second, below);
        seen.traded = quote.traded;
        seen.volume = quote.volume;
        seen.price = quote.price;
        seen.high = quote.high;
        seen.low = quote.low;
        if (hasFaults && random() < 0.03) seen.traded -= below(12);
        if (hasFaults && random() < 0.01) seen.volume = quote.volume = Math.max(0, quote.volume - below(300));
      }
      const isIndex = MARKET_SYMBOLS[symbol]?.kind === 'index';
      const values = isIndex ? indexValues(seen, second) : symbolValues(seen, second);
      // A message in which nothing changed gives no row.
      if (JSON.stringify(values) === shown[symbol]) continue;
      shown[symbol] = JSON.stringify(values);
      events.push({ at, symbol, values });
    }
  }
  return events;
}

/** One trade that the row shows, and a few that it does not. */
function trade(quote: Quote, second: number, below: (count: number) => number): void {
  for (let count = 1 + below(3); count > 0; count--) {
    quote.price += below(61) - 30;
    quote.volume += 1 + below(200);
    quote.high = Math.max(quote.high, quote.price);
    quote.low = Math.min(quote.low, quote.price);
  }
  quote.traded = second;
}

function symbolValues({ price, volume, traded, high, low }: Quote, second: number): Record<number, number> {
  return {
    [SYMBOL_SLOTS.ltp]: price,
    [SYMBOL_SLOTS.volume]: volume,
    [SYMBOL_SLOTS.lastTradeTime]: traded,
    [SYMBOL_SLOTS.exchangeTime]: second,
    [SYMBOL_SLOTS.high]: high,
    [SYMBOL_SLOTS.low]: low,
  };
}

function indexValues({ price, high, low }: Quote, second: number): Record<number, number> {
  return {
    [INDEX_SLOTS.ltp]: price,
    [INDEX_SLOTS.exchangeTime]: second,
    [INDEX_SLOTS.high]: high,
    [INDEX_SLOTS.low]: low,
  };
}

/** The ticks of a market, as the decoder would give them: one object for each symbol. */
export class MarketTicks {
  readonly ticks: MadeTick[] = MARKET_SYMBOLS.map(({ kind, symbol }, id) => makeTick(id, kind, symbol));

  /** The tick of an event, changed as it says. */
  take({ at, symbol, values }: Extract<MarketEvent, { symbol: number }>): MadeTick {
    const tick = this.ticks[symbol] as MadeTick;
    tick.state.receivedAt = at;
    setValues(tick.state, values);
    return tick;
  }
}

/** The same as rows in the order in which they came, with a Gap row for each gap. */
export function printMarket(events: readonly MarketEvent[]): Buffer[] {
  const encoder = createRowEncoder({ format: 'ndjson', kinds: ['symbol', 'index'], time: 'epoch', simulated: false });
  const market = new MarketTicks();
  return events.map((event) => {
    if ('gap' in event) return Buffer.from(`${JSON.stringify({ type: 'Gap', ...withReason(event.gap) })}\n`);
    const into = new ByteBuffer(1_024);
    encoder.encode(market.take(event), into);
    return Buffer.from(into.bytes.subarray(0, into.length));
  });
}

/** In the order of the contract. */
export function withReason({ from, to, symbols }: { from: number; to: number; symbols: string[] }) {
  return { from, to, reason: 'stalled' as const, symbols };
}
