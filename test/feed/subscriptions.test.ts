import { describe, expect, it } from 'vitest';
import { Subscriptions, type WantedTopic } from '../../src/lib/feed/subscriptions.ts';
import { TickRouter } from '../../src/lib/feed/tick-router.ts';
import { HsmTopicState } from '../../src/lib/hsm/topic-table.ts';
import type { Kind } from '../../src/lib/market/kinds.ts';
import { ALL_SLOTS } from '../../src/lib/market/tick.ts';
import type { Instrument } from '../../src/lib/market/topics.ts';

const SBIN: Instrument = { symbol: 'NSE:SBIN-EQ', segment: 'nse_cm', feedName: '3045' };
const NEXT50: Instrument = { symbol: 'NSE:NIFTYNEXT50-INDEX', segment: 'nse_cm', feedName: 'Nifty Next 50' };
const NXT50: Instrument = { symbol: 'NSE:NIFTYNXT50-INDEX', segment: 'nse_cm', feedName: 'Nifty Next 50' };

function newBook(): Subscriptions {
  return new Subscriptions(new HsmTopicState<WantedTopic>('', 'sf'));
}

function add(book: Subscriptions, kind: Kind, instrument: Instrument): WantedTopic {
  return book.add({ kind, symbol: instrument.symbol }, instrument);
}

describe('Subscriptions', () => {
  it('lets one topic stand for several symbols', () => {
    const book = newBook();
    const entry = add(book, 'index', NEXT50);
    expect(add(book, 'index', NXT50)).toBe(entry);
    expect(entry.name).toBe('if|nse_cm|Nifty Next 50');
    expect(book.size).toBe(1);
    book.remove({ kind: 'index', symbol: NEXT50.symbol });
    expect(book.topic(entry.name)).toBe(entry);
    book.remove({ kind: 'index', symbol: NXT50.symbol });
    expect(book.size).toBe(0);
  });

  it('wants the lite channel only while nobody wants the symbol in full', () => {
    const book = newBook();
    const entry = add(book, 'lite', SBIN);
    expect(entry.wantedChannel).toBe('lite');
    expect(add(book, 'symbol', SBIN)).toBe(entry);
    expect(entry.wantedChannel).toBe('full');
    book.remove({ kind: 'symbol', symbol: SBIN.symbol });
    expect(entry.wantedChannel).toBe('lite');
  });

  it('counts a subscription once, and depth apart from quotes', () => {
    const book = newBook();
    add(book, 'symbol', SBIN);
    add(book, 'symbol', SBIN);
    add(book, 'depth', SBIN);
    expect(book.size).toBe(2);
    expect(book.countWith([{ kind: 'symbol', symbol: SBIN.symbol }])).toBe(2);
    expect(book.countWith([{ kind: 'symbol', symbol: 'NSE:INFY-EQ' }])).toBe(3);
  });

  it('says which acknowledged topics stay silent, each once', () => {
    const book = newBook();
    const entry = add(book, 'index', NEXT50);
    entry.stage = 'acknowledged';
    entry.acknowledgedAt = 1_000;
    expect(book.takeSilent(999)).toEqual([]);
    expect(book.takeSilent(1_000)).toEqual([{ kind: 'index', symbol: NEXT50.symbol }]);
    expect(book.takeSilent(2_000)).toEqual([]);
  });
});

describe('TickRouter', () => {
  function setUp() {
    const book = newBook();
    const told: string[] = [];
    const router = new TickRouter(book, (tick) => told.push(`${tick.kind} ${tick.symbol}`));
    const state = new HsmTopicState<WantedTopic>('sf|nse_cm|3045', 'sf');
    const snapshot = (changed: number): void => {
      state.changed = changed;
      const entry = router.bind(state);
      if (entry) router.snapshot(entry, state);
      if (changed !== 0) router.tick(state);
    };
    const update = (changed: number): void => {
      state.changed = changed;
      router.tick(state);
    };
    const take = (): string[] => told.splice(0);
    return { book, router, snapshot, update, take };
  }

  it('tells full rows of every change, lite rows of the last price only', () => {
    const { book, snapshot, update, take } = setUp();
    add(book, 'symbol', SBIN);
    add(book, 'lite', SBIN);
    snapshot(ALL_SLOTS);
    expect(take()).toEqual(['symbol NSE:SBIN-EQ', 'lite NSE:SBIN-EQ']);
    update(0b10);
    expect(take()).toEqual(['symbol NSE:SBIN-EQ']);
    update(0b11);
    expect(take()).toEqual(['symbol NSE:SBIN-EQ', 'lite NSE:SBIN-EQ']);
  });

  it('tells a topic nobody asked for, or wants any more, to nobody', () => {
    const { book, snapshot, update, take } = setUp();
    snapshot(ALL_SLOTS);
    update(1);
    expect(take()).toEqual([]);
    add(book, 'symbol', SBIN);
    snapshot(0);
    expect(take()).toEqual(['symbol NSE:SBIN-EQ']);
    book.remove({ kind: 'symbol', symbol: SBIN.symbol });
    update(1);
    expect(take()).toEqual([]);
  });

  it('gives who joins a live topic its first row from what is known, once', () => {
    const { book, router, snapshot, take } = setUp();
    add(book, 'symbol', SBIN);
    snapshot(ALL_SLOTS);
    take();
    const entry = add(book, 'lite', SBIN);
    router.emitWaiting(entry);
    router.emitWaiting(entry);
    expect(take()).toEqual(['lite NSE:SBIN-EQ']);
  });

  it('gives who waits for a snapshot that changes other fields its first row all the same', () => {
    const { book, snapshot, take } = setUp();
    add(book, 'symbol', SBIN);
    snapshot(ALL_SLOTS);
    take();
    add(book, 'lite', SBIN);
    snapshot(0b100);
    expect(take()).toEqual(['lite NSE:SBIN-EQ', 'symbol NSE:SBIN-EQ']);
  });

  it('tells who waits for a snapshot nothing of the updates before it', () => {
    const { book, snapshot, update, take } = setUp();
    add(book, 'lite', SBIN);
    snapshot(ALL_SLOTS);
    take();
    add(book, 'symbol', SBIN);
    update(1);
    expect(take()).toEqual(['lite NSE:SBIN-EQ']);
  });

  it('gives no row for a snapshot that tells nothing new', () => {
    const { book, snapshot, take } = setUp();
    add(book, 'symbol', SBIN);
    snapshot(ALL_SLOTS);
    take();
    snapshot(0);
    expect(take()).toEqual([]);
  });
});
