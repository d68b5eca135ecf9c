import { describe, expect, it } from 'vitest';
import { StallWatch } from '../../src/lib/feed/stall-watch.ts';
import { type BookState, SubscriptionBook, type TopicEntry } from '../../src/lib/feed/subscription-book.ts';
import { HsmTopicState } from '../../src/lib/hsm/topic-state.ts';
import type { Kind } from '../../src/lib/market/kinds.ts';
import { type Calendar, WEEKDAYS } from '../../src/lib/market/sessions.ts';
import { INDEX_SLOTS, SYMBOL_SLOTS } from '../../src/lib/market/slots.ts';
import type { Instrument } from '../../src/lib/market/topics.ts';
import { ManualClock } from '../support/manual-clock.ts';

const STALL_MS = 30_000;
const IN_SESSION = '2026-11-23T10:00:00+05:30';
const equity = (symbol: string, token: string): Instrument => ({ symbol, segment: 'nse_cm', feedName: token });

/** A watch over topics that have been live, on a clock that the test moves second by second. */
const holidayOn = (holiday: string): Calendar => ({
  dayOf: (date) => (date === holiday ? { name: 'a holiday', sessions: [] } : undefined),
  knows: () => true,
});

function setUp(options: { at?: string; stallMs?: number; calendar?: Calendar } = {}) {
  const clock = new ManualClock(Date.parse(options.at ?? IN_SESSION));
  const book = new SubscriptionBook(new HsmTopicState<TopicEntry>('', 'sf'));
  const log: string[] = [];
  const asked: string[][] = [];
  const watch = new StallWatch(options.stallMs ?? STALL_MS, clock, options.calendar ?? WEEKDAYS, book, {
    resubscribe: (entries) => asked.push(entries.map((entry) => entry.topic)),
    missed: (entries, from, to) => log.push(`missed ${entries.map((entry) => entry.topic)} ${to - from}`),
    silent: (entries) => log.push(`silent ${entries.map((entry) => entry.topic)}`),
    stalled: () => log.push('stalled'),
  });
  const goLive = (kind: Kind, instrument: Instrument): BookState => {
    const entry = book.add({ kind, symbol: instrument.symbol }, instrument);
    const state = new HsmTopicState<TopicEntry>(entry.topic, entry.kind);
    Object.assign(entry, { state, stage: 'live', wasLive: true });
    state.attachment = entry;
    state.receivedAt = clock.now();
    return state;
  };
  const wait = (ms: number): void => {
    for (let done = 0; done < ms; done += 1_000) {
      clock.advance(1_000);
      watch.beat();
    }
  };
  const receive = (state: BookState): void => {
    state.receivedAt = clock.now();
    watch.dataArrived();
  };
  const snapshot = (state: BookState, changed = 0): void => {
    state.changed = changed;
    state.receivedAt = clock.now();
    if (state.attachment) watch.snapshot(state.attachment, state);
    watch.dataArrived();
  };
  return { clock, book, log, asked, watch, goLive, wait, receive, snapshot };
}

function setExchangeTime(state: BookState, seconds: number): void {
  const slot = state.kind === 'if' ? INDEX_SLOTS.exchangeTime : SYMBOL_SLOTS.exchangeTime;
  state.values[slot] = seconds;
  state.known |= 1 << slot;
}

describe('the hours of a topic', () => {
  it.each([
    ['NSE:USDINR26NOVFUT', 0],
    ['NSE:EURUSD26NOVFUT', 1],
  ])('of the currency segment at 18:00 are those of its pair: %s', (symbol, probes) => {
    const { asked, goLive, wait } = setUp({ at: '2026-11-23T18:00:00+05:30' });
    goLive('symbol', { symbol, segment: 'cde_fo', feedName: '1' });
    wait(STALL_MS);
    expect(asked).toHaveLength(probes);
  });
});

describe('StallWatch', () => {
  it('notices a socket that stays open and mute', () => {
    const { goLive, wait, asked, log } = setUp();
    goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    wait(29_000);
    expect(asked).toEqual([]);
    wait(1_000);
    expect(asked).toEqual([['sf|nse_cm|3045']]);
    wait(4_000);
    expect(log).toEqual([]);
    wait(1_000);
    expect(log).toEqual(['stalled']);
  });

  it('takes an equal snapshot as a quiet market and waits twice as long, at most ten minutes', () => {
    const { clock, goLive, wait, asked, log, snapshot } = setUp();
    const state = goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    setExchangeTime(state, 1_700_000_000);
    const waits: number[] = [];
    let last = clock.monotonic();
    while (waits.length < 7) {
      wait(1_000);
      if (asked.length <= waits.length) continue;
      waits.push((clock.monotonic() - last) / 1_000);
      last = clock.monotonic();
      snapshot(state);
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 600, 600]);
    expect(log).toEqual([]);
  });

  it('tells a gap when the snapshot has a newer exchange time', () => {
    const { goLive, wait, log, snapshot } = setUp();
    const state = goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    setExchangeTime(state, 1_700_000_000);
    wait(30_000);
    setExchangeTime(state, 1_700_000_020);
    snapshot(state, 1 << SYMBOL_SLOTS.exchangeTime);
    wait(5_000);
    expect(log).toEqual(['missed sf|nse_cm|3045 30000']);
  });

  it('tells a gap of depth, which has no exchange time, when anything changed', () => {
    const { goLive, wait, log, snapshot } = setUp();
    const state = goLive('depth', equity('NSE:SBIN-EQ', '3045'));
    wait(30_000);
    snapshot(state, 1);
    wait(5_000);
    expect(log).toEqual(['missed dp|nse_cm|3045 30000']);
  });

  it('asks for a symbol that stalls alone and names it once, and does not give up the connection for it', () => {
    const { goLive, wait, asked, log, receive } = setUp();
    goLive('symbol', equity('NSE:STALLED-EQ', '1'));
    const busy = goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    for (let second = 0; second < 600; second++) {
      receive(busy);
      wait(1_000);
    }
    expect(log).toEqual(['silent sf|nse_cm|1']);
    expect(new Set(asked.flat())).toEqual(new Set(['sf|nse_cm|1']));
    expect(asked).toHaveLength(4);
  });

  it('names a symbol again that fell silent after it had been heard of, and none that answers or was dropped', () => {
    const { book, goLive, wait, log, receive, snapshot } = setUp();
    const silent = goLive('symbol', equity('NSE:STALLED-EQ', '1'));
    const quiet = goLive('symbol', equity('NSE:QUIET-EQ', '2'));
    goLive('symbol', equity('NSE:DROPPED-EQ', '4'));
    const busy = goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    for (let second = 0; second < 300; second++) {
      receive(busy);
      if (second === 30) book.remove({ kind: 'symbol', symbol: 'NSE:DROPPED-EQ' });
      if (second % 30 === 1) snapshot(quiet);
      if (second === 120) receive(silent);
      wait(1_000);
    }
    expect(log).toEqual(['silent sf|nse_cm|1', 'silent sf|nse_cm|1']);
  });

  it.each([
    ['before the session', '2026-11-23T08:00:00+05:30'],
    ['after the session', '2026-11-23T15:30:00+05:30'],
    ['on a Sunday', '2026-11-22T11:00:00+05:30'],
  ])('asks for nothing %s', (_name, at) => {
    const { goLive, wait, asked, log } = setUp({ at });
    goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    wait(600_000);
    expect(asked).toEqual([]);
    expect(log).toEqual([]);
  });

  it('asks for nothing on a holiday of the calendar', () => {
    const { goLive, wait, asked } = setUp({ calendar: holidayOn('2026-11-23') });
    goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    wait(600_000);
    expect(asked).toEqual([]);
  });

  it('never reconnects on a holiday it does not know, as long as snapshots come', () => {
    const { goLive, wait, asked, log, snapshot } = setUp();
    const state = goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    let answered = 0;
    for (let second = 0; second < 5 * 3_600; second++) {
      wait(1_000);
      if (asked.length > answered) {
        answered = asked.length;
        snapshot(state);
      }
    }
    expect(log).toEqual([]);
    expect(asked.length).toBeGreaterThan(5);
  });

  it('counts only silence inside the session: an opening is given its time', () => {
    const { goLive, wait, asked } = setUp({ at: '2026-11-23T09:14:00+05:30' });
    goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    wait(89_000);
    expect(asked).toEqual([]);
    wait(1_000);
    expect(asked).toHaveLength(1);
  });

  it('knows each segment by its own hours', () => {
    const { goLive, wait, asked } = setUp({ at: '2026-11-23T20:00:00+05:30' });
    goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    goLive('symbol', { symbol: 'MCX:GOLD26DECFUT', segment: 'mcx_fo', feedName: '7' });
    wait(30_000);
    expect(asked).toEqual([['sf|mcx_fo|7']]);
  });

  it('takes an index that was never snapshotted as a wrong name, not as a stall', () => {
    const { clock, book, wait, log } = setUp();
    const entry = book.add(
      { kind: 'index', symbol: 'NSE:WRONG-INDEX' },
      { symbol: 'NSE:WRONG-INDEX', segment: 'nse_cm', feedName: 'WRONG' },
    );
    Object.assign(entry, { stage: 'acknowledged', acknowledgedAt: clock.now() });
    wait(600_000);
    expect(log).toEqual([]);
  });

  it('is off with a timeout of 0', () => {
    const { goLive, wait, asked } = setUp({ stallMs: 0 });
    goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    wait(3_600_000);
    expect(asked).toEqual([]);
  });

  it('forgets a probe of an old connection', () => {
    const { goLive, wait, watch, log } = setUp();
    goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    wait(30_000);
    watch.reset();
    wait(20_000);
    expect(log).toEqual([]);
  });
});
