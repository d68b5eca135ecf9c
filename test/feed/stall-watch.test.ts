import { describe, expect, it } from 'vitest';
import { StallWatch } from '../../src/lib/feed/stall-watch.ts';
import { Subscriptions, type WantedTopic, type WantedTopicState } from '../../src/lib/feed/subscriptions.ts';
import { HsmTopicState } from '../../src/lib/hsm/topic-table.ts';
import type { Kind } from '../../src/lib/market/kinds.ts';
import { INDEX_SLOTS, SYMBOL_SLOTS } from '../../src/lib/market/slots.ts';
import type { Instrument } from '../../src/lib/market/topics.ts';
import { type Calendar, WEEKDAYS } from '../../src/lib/market/trading-hours.ts';
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
  const book = new Subscriptions(new HsmTopicState<WantedTopic>('', 'sf'));
  const log: string[] = [];
  const asked: string[][] = [];
  const questions: string[] = [];
  const watch = new StallWatch(options.stallMs ?? STALL_MS, clock, options.calendar ?? WEEKDAYS, book, {
    ask: (question, entries) => {
      const topics = entries.map((entry) => entry.name);
      questions.push(`${question} ${topics}`);
      if (question === 'subscribe') asked.push(topics);
    },
    concluded: () => {},
    missed: (entries, from, to) => log.push(`missed ${entries.map((entry) => entry.name)} ${to - from}`),
    silent: (entries) => log.push(`silent ${entries.map((entry) => entry.name)}`),
    stalled: () => log.push('stalled'),
  });
  const stamp = (state: WantedTopicState): void => {
    state.receivedAt = clock.now();
    state.heardAt = clock.monotonic();
  };
  const goLive = (kind: Kind, instrument: Instrument): WantedTopicState => {
    const entry = book.add({ kind, symbol: instrument.symbol }, instrument);
    const state = new HsmTopicState<WantedTopic>(entry.name, entry.kind);
    Object.assign(entry, { state, stage: 'live', wasLive: true });
    state.attachment = entry;
    stamp(state);
    return state;
  };
  const wait = (ms: number): void => {
    for (let done = 0; done < ms; done += 1_000) {
      clock.advance(1_000);
      watch.beat();
    }
  };
  const receive = (state: WantedTopicState): void => {
    stamp(state);
    watch.messageRead();
  };
  const snapshot = (state: WantedTopicState, changed = 0): void => {
    state.changed = changed;
    stamp(state);
    if (state.attachment && watch.snapshot(state.attachment, state)) log.push(`newer ${state.topic}`);
    watch.messageRead();
    if (changed !== 0) log.push(`row ${state.topic}`);
  };
  return { clock, book, log, asked, questions, watch, goLive, wait, receive, snapshot };
}

function setExchangeTime(state: WantedTopicState, seconds: number): void {
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
  it('notices a socket that stays open and mute, whatever it is asked, for 5 s each', () => {
    const { goLive, wait, questions, log } = setUp();
    goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    wait(29_000);
    expect(questions).toEqual([]);
    wait(1_000);
    expect(questions).toEqual(['subscribe sf|nse_cm|3045']);
    wait(4_000);
    expect(questions).toHaveLength(1);
    wait(1_000);
    expect(questions.slice(1)).toEqual(['snapshot sf|nse_cm|3045']);
    wait(5_000);
    expect(questions.slice(2)).toEqual(['renew sf|nse_cm|3045']);
    wait(4_000);
    expect(log).toEqual([]);
    wait(1_000);
    expect(log).toEqual(['stalled']);
  });

  it.each([1, 2, 3])('takes an answer to question %i, without a snapshot, as a connection that lives', (number) => {
    const { goLive, wait, watch, questions, log } = setUp();
    goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    wait(30_000);
    while (questions.length < number) wait(1_000);
    watch.answered();
    wait(20_000);
    expect(questions.map((question) => question.split(' ')[0])).toEqual(['subscribe', 'snapshot', 'renew']);
    // It is named, and nothing more follows from it.
    expect(log).toEqual(['silent sf|nse_cm|3045']);
  });

  it('goes on soon after an answer that brings no snapshot', () => {
    const { goLive, wait, watch, questions } = setUp();
    goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    wait(30_000);
    watch.answered();
    wait(2_000);
    watch.answered();
    wait(2_000);
    expect(questions).toHaveLength(3);
  });

  it('asks less and less often about topics of which it gets answers only', () => {
    const { clock, goLive, wait, watch, asked, questions, log } = setUp();
    goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    const waits: number[] = [];
    let last = clock.monotonic();
    let answered = 0;
    while (waits.length < 7) {
      wait(1_000);
      for (; answered < questions.length; answered++) watch.answered();
      if (asked.length <= waits.length) continue;
      waits.push((clock.monotonic() - last) / 1_000);
      last = clock.monotonic();
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 600, 600]);
    expect(log).toEqual(['silent sf|nse_cm|3045']);
  });

  it('asks no further about a topic that is heard of again, or was dropped', () => {
    const { book, goLive, wait, questions, log, receive } = setUp();
    const state = goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    goLive('symbol', equity('NSE:DROPPED-EQ', '4'));
    wait(32_000);
    receive(state);
    book.remove({ kind: 'symbol', symbol: 'NSE:DROPPED-EQ' });
    wait(20_000);
    expect(questions).toEqual(['subscribe sf|nse_cm|3045,sf|nse_cm|4']);
    expect(log).toEqual([]);
  });

  it('goes by the monotonic clock: a wall clock that is set asks nothing and ends nothing', () => {
    const { clock, goLive, wait, questions, log } = setUp({ at: '2026-11-23T12:00:00+05:30' });
    goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    clock.jumpWall(3_600_000);
    wait(29_000);
    expect(questions).toEqual([]);
    clock.jumpWall(-7_200_000);
    wait(1_000);
    expect(questions).toHaveLength(1);
    clock.jumpWall(3_600_000);
    wait(4_000);
    expect(questions).toHaveLength(1);
    clock.jumpWall(-3_600_000);
    wait(11_000);
    expect(log).toEqual(['stalled']);
  });

  it('has no time pass for a process that does not run', () => {
    const { clock, goLive, wait, watch, questions, log } = setUp();
    goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    wait(30_000);
    clock.advance(90_000);
    watch.beat();
    expect(questions).toHaveLength(1);
    watch.answered();
    wait(20_000);
    expect(log).toEqual(['silent sf|nse_cm|3045']);
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

  it('reports a gap when the snapshot has a newer exchange time', () => {
    const { goLive, wait, log, snapshot } = setUp();
    const state = goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    setExchangeTime(state, 1_700_000_000);
    wait(30_000);
    setExchangeTime(state, 1_700_000_020);
    snapshot(state, 1 << SYMBOL_SLOTS.exchangeTime);
    wait(5_000);
    expect(log).toEqual(['newer sf|nse_cm|3045', 'missed sf|nse_cm|3045 30000', 'row sf|nse_cm|3045']);
  });

  it('reports a gap whose end is not before its beginning when the clock is set back meanwhile', () => {
    const { clock, goLive, wait, log, snapshot } = setUp({ at: '2026-11-23T12:00:00+05:30' });
    const state = goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    setExchangeTime(state, 1_700_000_000);
    wait(30_000);
    clock.jumpWall(-3_600_000);
    setExchangeTime(state, 1_700_000_020);
    snapshot(state, 1 << SYMBOL_SLOTS.exchangeTime);
    expect(log).toContain('missed sf|nse_cm|3045 30000');
  });

  it('makes one gap of all that a message shows to be newer', () => {
    const { goLive, wait, watch, log } = setUp();
    const states = ['1', '2', '3'].map((token) => goLive('symbol', equity(`NSE:${token}-EQ`, token)));
    for (const state of states) setExchangeTime(state, 1_700_000_000);
    wait(30_000);
    for (const [at, state] of states.entries()) {
      state.changed = at < 2 ? 1 << SYMBOL_SLOTS.exchangeTime : 0;
      if (at < 2) setExchangeTime(state, 1_700_000_020);
      if (state.attachment) watch.snapshot(state.attachment, state);
    }
    watch.messageRead();
    expect(log).toEqual(['missed sf|nse_cm|1,sf|nse_cm|2 0']);
  });

  it('reports no gap of a topic of which nothing had come', () => {
    const { clock, book, wait, log, watch } = setUp();
    const entry = book.add({ kind: 'symbol', symbol: 'NSE:NEW-EQ' }, equity('NSE:NEW-EQ', '9'));
    Object.assign(entry, { stage: 'acknowledged', acknowledgedAt: clock.monotonic() });
    wait(30_000);
    const state = new HsmTopicState<WantedTopic>(entry.name, entry.kind);
    Object.assign(state, { attachment: entry, changed: 1, receivedAt: clock.now(), heardAt: clock.monotonic() });
    Object.assign(entry, { state, stage: 'live' });
    expect(watch.snapshot(entry, state)).toBe(false);
    watch.messageRead();
    expect(log).toEqual([]);
  });

  it('reports a gap of depth, which has no exchange time, when anything changed', () => {
    const { goLive, wait, log, snapshot } = setUp();
    const state = goLive('depth', equity('NSE:SBIN-EQ', '3045'));
    wait(30_000);
    snapshot(state, 1);
    wait(5_000);
    expect(log).toEqual(['newer dp|nse_cm|3045', 'missed dp|nse_cm|3045 30000', 'row dp|nse_cm|3045']);
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

  it('asks in the hours of the instrument itself, where the calendar has them', () => {
    const hours = new Map(Object.entries({ 'MCX:MINT': [9, 17], 'MCX:CRUDE': [9, 23] }));
    const hour = 3_600_000;
    const calendar: Calendar = {
      ...WEEKDAYS,
      listed: (symbol) => {
        const [open = 0, close = 0] = hours.get(symbol) ?? [];
        return { segment: 'mcx_fo', sessions: [[open * hour, close * hour]] };
      },
    };
    const { goLive, wait, asked } = setUp({ at: '2026-11-23T17:00:00+05:30', calendar });
    for (const symbol of hours.keys()) goLive('symbol', { symbol, segment: 'mcx_fo', feedName: symbol });
    wait(60_000);
    expect(asked.flat()).toEqual(['sf|mcx_fo|MCX:CRUDE']);
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
    Object.assign(entry, { stage: 'acknowledged', acknowledgedAt: clock.monotonic() });
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

describe('StallWatch at the end of the feed', () => {
  it('has nothing to conclude while no topic is asked about', async () => {
    const { clock, goLive, wait, watch } = setUp();
    goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    wait(29_000);
    expect(watch.isProbing).toBe(false);
    await watch.conclude();
    expect(clock.pending).toBe(0);
  });

  /** A probe that is under way, and whether what waits for its conclusion has been let go. */
  const conclude = () => {
    const made = setUp();
    const state = made.goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    setExchangeTime(state, 1_700_000_000);
    made.wait(30_000);
    const done = made.watch.conclude();
    return { ...made, state, done };
  };

  it('asks what is left to ask at once, and is done with the snapshot, and reports the loss it shows', async () => {
    const { clock, questions, log, state, done, snapshot } = conclude();
    expect(questions.map((question) => question.split(' ')[0])).toEqual(['subscribe', 'snapshot', 'renew']);
    setExchangeTime(state, 1_700_000_020);
    snapshot(state, 1 << SYMBOL_SLOTS.exchangeTime);
    await done;
    expect(log).toContain('missed sf|nse_cm|3045 30000');
    expect(clock.pending).toBe(0);
  });

  it('waits a second after an answer', async () => {
    const { clock, log, done, watch } = conclude();
    watch.answered();
    clock.advance(999);
    expect(watch.isProbing).toBe(true);
    clock.advance(1);
    await done;
    expect(log).toEqual(['silent sf|nse_cm|3045']);
    expect(clock.pending).toBe(0);
  });

  it('waits 5 s for a mute socket, which is a stall', async () => {
    const { clock, log, done, watch } = conclude();
    clock.advance(4_999);
    watch.beat();
    expect(log).toEqual([]);
    clock.advance(1);
    await done;
    expect(log).toEqual(['stalled']);
    expect(clock.pending).toBe(0);
  });

  it('waits for no connection that ends meanwhile', async () => {
    const { clock, done, watch } = conclude();
    watch.reset();
    await done;
    expect(clock.pending).toBe(0);
  });

  it('waits for no topic that is heard of again, or was dropped', async () => {
    const made = setUp();
    const state = made.goLive('symbol', equity('NSE:SBIN-EQ', '3045'));
    made.goLive('symbol', equity('NSE:DROPPED-EQ', '4'));
    made.wait(31_000);
    made.receive(state);
    made.book.remove({ kind: 'symbol', symbol: 'NSE:DROPPED-EQ' });
    await made.watch.conclude();
    expect(made.questions).toHaveLength(1);
    expect(made.clock.pending).toBe(0);
  });

  it('waits once, however many ask', async () => {
    const { questions, done, watch, snapshot, state } = conclude();
    const again = watch.conclude();
    snapshot(state);
    await Promise.all([done, again]);
    expect(questions).toHaveLength(3);
  });
});
