import { beforeEach, describe, expect, it } from 'vitest';
import { NO_VALUE } from '../../src/lib/hsm/wire.ts';
import { DEPTH_SLOTS as D, INDEX_SLOTS as I, SYMBOL_SLOTS as S } from '../../src/lib/market/slots.ts';
import { SimulatedMarket } from '../../src/lib/simulator/market.ts';
import type { Source } from '../../src/lib/simulator/source.ts';
import { generatedSymbol, Universe } from '../../src/lib/simulator/universe.ts';
import { ManualClock } from '../support/manual-clock.ts';

const STEPS = 300;
let clock: ManualClock;
let market: SimulatedMarket;

beforeEach(() => {
  clock = new ManualClock();
  market = new SimulatedMarket(new Universe({ generated: 50 }), 7, clock);
});

function sourceOf(topic: string, of = market): Source {
  const source = of.sourceOf(topic);
  if (source === undefined) throw new Error(`${topic} is unknown`);
  return source;
}

const at = (source: Source, slot: number): number => source.values[slot] as number;

function step(source: Source, of = market): void {
  source.mover.step(of.nowSeconds, () => undefined);
}

describe('the market', () => {
  it('is the same for a seed, whatever else is traded, and another for another seed', () => {
    const other = new SimulatedMarket(new Universe(), 7, clock);
    const third = new SimulatedMarket(new Universe(), 8, clock);
    const states = [market, other, third].map((each) => {
      const infy = sourceOf('sf|nse_cm|1594', each);
      if (each === other) for (let n = 0; n < 100; n++) step(sourceOf('sf|nse_cm|3045', each), each);
      const seen: number[][] = [];
      for (let n = 0; n < 50; n++) {
        step(infy, each);
        seen.push([...infy.values]);
      }
      return seen;
    });
    expect(states[1]).toEqual(states[0]);
    expect(states[2]).not.toEqual(states[0]);
  });

  it.each([
    ['sf|nse_cm|3045', 5],
    ['sf|nse_cm|2277', 50],
    ['sf|nse_cm|14366', 100],
    ['sf|cde_fo|9452', 25],
    ['sf|mcx_fo|472790', 100],
    ['sf|nse_fo|91244', 5],
    ['sf|nse_cm|1000001', 1],
  ])('keeps %s on the tick grid, between its circuits, with a spread', (topic, tick) => {
    const quote = sourceOf(topic);
    for (let n = 0; n < STEPS; n++) {
      const volume = at(quote, S.volume);
      step(quote);
      for (const slot of [S.ltp, S.bid, S.ask, S.high, S.low, S.open, S.upperCircuit, S.lowerCircuit, S.prevClose]) {
        expect(at(quote, slot) % tick).toBe(0);
      }
      expect(at(quote, S.bid)).toBeLessThan(at(quote, S.ask));
      expect(at(quote, S.ltp)).toBeGreaterThanOrEqual(at(quote, S.bid));
      expect(at(quote, S.ltp)).toBeLessThanOrEqual(at(quote, S.ask));
      expect(at(quote, S.low)).toBeLessThanOrEqual(at(quote, S.ltp));
      expect(at(quote, S.high)).toBeGreaterThanOrEqual(at(quote, S.ltp));
      expect(at(quote, S.low)).toBeGreaterThan(at(quote, S.lowerCircuit));
      expect(at(quote, S.high)).toBeLessThan(at(quote, S.upperCircuit));
      expect(at(quote, S.volume)).toBe(volume + at(quote, S.lastQty));
      expect(at(quote, S.bidSize)).toBeGreaterThan(0);
      expect(at(quote, S.askSize)).toBeGreaterThan(0);
    }
    expect(at(quote, S.yearLow)).toBeLessThanOrEqual(at(quote, S.low));
    expect(at(quote, S.yearHigh)).toBeGreaterThanOrEqual(at(quote, S.high));
    expect(at(quote, S.avgPrice)).toBeGreaterThan(at(quote, S.low) * 0.99);
    expect(at(quote, S.avgPrice)).toBeLessThan(at(quote, S.high) * 1.01);
  });

  it('keeps the book around the quote', () => {
    const quote = sourceOf('sf|nse_cm|3045');
    const book = sourceOf('dp|nse_cm|3045');
    for (let n = 0; n < STEPS; n++) {
      step(quote);
      expect(at(book, D.bidPrice)).toBe(at(quote, S.bid));
      expect(at(book, D.askPrice)).toBe(at(quote, S.ask));
      expect(at(book, D.bidQuantity)).toBe(at(quote, S.bidSize));
      expect(at(book, D.askQuantity)).toBe(at(quote, S.askSize));
      for (let level = 0; level < 5; level++) {
        expect(at(book, D.bidQuantity + level)).toBeGreaterThanOrEqual(at(book, D.bidOrders + level));
        expect(at(book, D.askOrders + level)).toBeGreaterThan(0);
        if (level === 0) continue;
        expect(at(book, D.bidPrice + level)).toBeLessThan(at(book, D.bidPrice + level - 1));
        expect(at(book, D.askPrice + level)).toBeGreaterThan(at(book, D.askPrice + level - 1));
      }
    }
  });

  it('takes times from the clock', () => {
    const quote = sourceOf('sf|nse_cm|3045');
    const start = Math.floor(clock.now() / 1_000);
    expect(at(quote, S.exchangeTime)).toBe(start);
    clock.advance(90_000);
    step(quote);
    expect(at(quote, S.exchangeTime)).toBe(start + 90);
    expect(at(quote, S.lastTradeTime)).toBe(start + 90);
  });

  it('gives open interest to contracts only', () => {
    expect(at(sourceOf('sf|nse_fo|37054'), S.oi)).toBeGreaterThan(0);
    expect(at(sourceOf('sf|nse_cm|3045'), S.oi)).toBe(NO_VALUE);
  });

  it('moves an index with its members', () => {
    const index = sourceOf('if|nse_cm|Nifty Bank');
    const member = sourceOf('sf|nse_cm|1333');
    const before = at(index, I.ltp);
    const memberBefore = at(member, S.ltp);
    const touched = new Set<string>();
    for (let n = 0; n < 200; n++) index.mover.step(market.nowSeconds, (mover) => touched.add(mover.symbol));
    expect(touched).toContain('NSE:HDFCBANK-EQ');
    expect(touched).toContain('NSE:NIFTYBANK-INDEX');
    expect(at(member, S.ltp)).not.toBe(memberBefore);
    expect(at(index, I.ltp)).not.toBe(before);
    expect(at(index, I.ltp) % 5).toBe(0);
    expect(at(index, I.high)).toBeGreaterThanOrEqual(at(index, I.ltp));
    expect(at(index, I.low)).toBeLessThanOrEqual(at(index, I.ltp));
  });

  it('raises an index by the weight of what rose', () => {
    const index = sourceOf('if|nse_cm|Nifty Bank');
    const member = sourceOf('sf|nse_cm|1333');
    const ratio = () => at(index, I.ltp) / at(index, I.prevClose);
    for (let n = 0; n < 500; n++) step(index);
    expect(Math.abs(ratio() - 1)).toBeLessThan(0.06);
    expect(at(member, S.volume)).toBeGreaterThan(0);
  });

  it('shows a quiet instrument that never trades', () => {
    const quote = sourceOf('sf|nse_cm|990001');
    expect(quote.mover.moves).toBe(false);
    const before = [...quote.values];
    step(quote);
    expect([...quote.values]).toEqual(before);
    expect(at(quote, S.volume)).toBe(0);
    expect(at(quote, S.lastTradeTime)).toBe(0);
    expect(at(quote, S.bid)).toBeGreaterThan(0);
  });

  it('shows a locked one: at its circuit, with no seller, trading on', () => {
    const quote = sourceOf('sf|nse_cm|990002');
    const book = sourceOf('dp|nse_cm|990002');
    for (let n = 0; n < 100; n++) step(quote);
    expect(at(quote, S.ltp)).toBe(at(quote, S.upperCircuit));
    expect(at(quote, S.bid)).toBe(at(quote, S.upperCircuit));
    expect(at(quote, S.ask)).toBe(0);
    expect(at(quote, S.askSize)).toBe(0);
    expect(at(quote, S.totalSellQty)).toBe(0);
    expect([...book.values.subarray(D.askPrice, D.askPrice + 5)]).toEqual([0, 0, 0, 0, 0]);
    expect([...book.values.subarray(D.askQuantity, D.askQuantity + 5)]).toEqual([0, 0, 0, 0, 0]);
  });

  it('shows one with nothing at all', () => {
    expect([...sourceOf('dp|nse_cm|990003').values]).toEqual(new Array(30).fill(0));
    const quote = sourceOf('sf|nse_cm|990003');
    expect([at(quote, S.ltp), at(quote, S.exchangeTime), at(quote, S.bid), at(quote, S.ask)]).toEqual([0, 0, 0, 0]);
  });

  it('has scales of several kinds', () => {
    expect(sourceOf('sf|nse_cm|3045').names).toMatchObject({ multiplier: 1, precision: 2 });
    expect(sourceOf('sf|cde_fo|9452').names).toMatchObject({ multiplier: 100, precision: 2 });
    expect(at(sourceOf('sf|cde_fo|9452'), S.prevClose)).toBe(892_525);
    expect(sourceOf('sf|nse_cm|14366').names).toMatchObject({ multiplier: 100, precision: 2 });
  });

  it('has a share whose counts are beyond 2^31, and stay below 2^32', () => {
    const quote = sourceOf('sf|nse_cm|990004');
    const book = sourceOf('dp|nse_cm|990004');
    const count = (source: Source, slot: number): number => at(source, slot) >>> 0;
    for (const slot of [S.volume, S.totalBuyQty, S.totalSellQty, S.bidSize, S.askSize]) {
      expect(count(quote, slot)).toBeGreaterThan(2_200_000_000);
    }
    for (let level = 0; level < 5; level++) {
      expect(count(book, D.bidQuantity + level)).toBeGreaterThan(2_200_000_000);
      expect(count(book, D.askQuantity + level)).toBeGreaterThan(2_200_000_000);
    }
    const before = count(quote, S.volume);
    step(quote);
    expect(count(quote, S.volume)).toBeGreaterThan(before);
    quote.values[S.volume] = 4_000_000_000 - 5;
    for (let n = 0; n < 100; n++) step(quote);
    expect(count(quote, S.volume)).toBeLessThanOrEqual(4_000_000_000);
    expect(count(quote, S.volume)).toBeGreaterThan(3_999_999_900);
  });

  it('keeps other volumes below 2^31', () => {
    const quote = sourceOf('sf|nse_cm|3045');
    quote.values[S.volume] = 2_000_000_000 - 5;
    for (let n = 0; n < 100; n++) step(quote);
    expect(at(quote, S.volume)).toBeLessThanOrEqual(2_000_000_000);
    expect(at(quote, S.volume)).toBeGreaterThan(1_999_999_900);
  });

  it('knows nothing behind a wrong topic', () => {
    for (const topic of ['sf|nse_cm|99999999', 'if|nse_cm|NIFTY50', 'dp|nse_cm|Nifty 50', 'xx|nse_cm|3045', 'sf', '']) {
      expect(market.sourceOf(topic), topic).toBeUndefined();
    }
  });
});

describe('the universe', () => {
  it('makes up as many instruments as asked for', () => {
    const universe = new Universe({ generated: 5_000 });
    expect(universe.bySymbol(generatedSymbol(1))?.instrument.symbol).toBe('NSE:SIM0001-EQ');
    expect(universe.bySymbol('NSE:SIM5000-EQ')).toBeDefined();
    expect(universe.bySymbol('NSE:SIM5001-EQ')).toBeUndefined();
    expect(universe.bySymbol('NSE:NOPE-EQ')).toBeUndefined();
  });

  it('knows symbols that were added, as the kind that their name shows', () => {
    const universe = new Universe({
      symbols: ['nse:abc-eq', 'MCX:TIN26DECFUT', 'NSE:ABC26DEC100CE', 'BSE:OURS-INDEX', 'BSE:ABC-A'],
    });
    expect(universe.bySymbol('NSE:ABC-EQ')?.instrument.segment).toBe('nse_cm');
    expect(universe.bySymbol('MCX:TIN26DECFUT')?.instrument.segment).toBe('mcx_fo');
    expect(universe.bySymbol('NSE:ABC26DEC100CE')?.instrument.segment).toBe('nse_fo');
    expect(universe.bySymbol('BSE:OURS-INDEX')).toMatchObject({ kind: 'index', instrument: { feedName: 'OURS' } });
    expect(universe.bySymbol('BSE:ABC-A')?.instrument.segment).toBe('bse_cm');
  });

  it('refuses a malformed symbol', () => {
    expect(() => new Universe({ symbols: ['nonsense'] })).toThrow(
      expect.objectContaining({ code: 'MALFORMED_SYMBOL' }),
    );
  });

  it('has over sixty well-known symbols, each with a topic of its own', () => {
    const universe = new Universe();
    const places = new Set<string>();
    let instruments = 0;
    for (const symbol of universe.symbols) {
      const listed = universe.bySymbol(symbol);
      if (listed?.kind !== 'instrument') continue;
      instruments++;
      places.add(`${listed.instrument.segment}|${listed.instrument.feedName}`);
    }
    expect(instruments).toBeGreaterThan(100);
    expect(places.size).toBe(instruments);
  });

  it('has one index behind the two symbols that share a feed name', () => {
    const next = market.moverOf('NSE:NIFTYNEXT50-INDEX');
    expect(next).toBeDefined();
    expect(market.moverOf('NSE:NIFTYNXT50-INDEX')).toBe(next);
    expect(sourceOf('if|nse_cm|Nifty Next 50').mover).toBe(next);
  });
});
