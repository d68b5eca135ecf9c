import { beforeEach, describe, expect, it } from 'vitest';
import { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import { SYMBOL_SLOTS } from '../../../src/lib/market/slots.ts';
import type { RowBatch } from '../../../src/lib/market/tick.ts';
import { ChangedFilter } from '../../../src/lib/output/pipeline/changed-filter.ts';
import { type PipelineOptions, TickPipeline } from '../../../src/lib/output/pipeline/pipeline.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { FakeOutput, FakeTick } from '../rows/fake-rows.ts';

let clock: ManualClock;
let output: FakeOutput;
let a: FakeTick;
let b: FakeTick;
let losses: number[];

beforeEach(() => {
  clock = new ManualClock();
  output = new FakeOutput();
  a = new FakeTick(0, 'A');
  b = new FakeTick(1, 'B');
  losses = [];
});

function build(options: Partial<PipelineOptions> = {}): TickPipeline {
  const pipeline = new TickPipeline({
    output,
    clock,
    onSlow: 'conflate',
    onSkipped: (rows) => losses.push(rows),
    ...options,
  });
  pipeline.expect([a, b]);
  pipeline.start();
  return pipeline;
}

function tell(pipeline: TickPipeline, tick: FakeTick, ltp: number): void {
  pipeline.tick(tick.set({ [SYMBOL_SLOTS.ltp]: ltp }));
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  return (await Promise.race([promise, Promise.resolve('pending')])) === 'pending';
}

describe('an output that shows what is awaited', () => {
  it('gets the expected subscriptions, and those that were removed', () => {
    const told: string[] = [];
    const tell = (what: string) => (list: readonly { symbol: string }[]) =>
      void told.push(`${what} ${list.map(({ symbol }) => symbol)}`);
    const pipeline = build({ output: Object.assign(output, { expect: tell('expect'), forget: tell('forget') }) });
    pipeline.forget([a]);
    pipeline.drop([b]);
    expect(told).toEqual(['expect A,B', 'forget A', 'forget B']);
  });
});

describe('a batch of raw rows', () => {
  const batchOf = (...ticks: readonly FakeTick[]): RowBatch => ({
    count: ticks.length,
    bytes: new Uint8Array(ticks.length),
    tickAt: (place) => ticks[place] as FakeTick,
    endAt: (place) => place + 1,
  });

  it('is printed at once when each of its symbols has had a row, and counts as its rows', async () => {
    const pipeline = build({ count: 7 });
    tell(pipeline, a, 1);
    expect(pipeline.batch(batchOf(a, b))).toBe(false);
    tell(pipeline, b, 2);
    expect(pipeline.batch(batchOf(a, b, a))).toBe(true);
    expect([output.rows, pipeline.rows]).toEqual([['A 1', 'B 2', 'batch of 3'], 5]);
    // More than may still be printed.
    expect(pipeline.batch(batchOf(a, b, a))).toBe(false);
    expect(pipeline.batch(batchOf(a, b))).toBe(true);
    expect(await pipeline.outcome).toMatchObject({ reason: 'count', rows: 7, missing: [] });
    expect(pipeline.batch(batchOf(a))).toBe(false);
    expect(output.rows).toHaveLength(4);
  });

  it('keeps a stream from being idle', async () => {
    const pipeline = build({ idleTimeoutMs: 1_000 });
    tell(pipeline, a, 1);
    clock.advance(900);
    expect(pipeline.batch(batchOf(a))).toBe(true);
    clock.advance(900);
    expect(await isPending(pipeline.outcome)).toBe(true);
    clock.advance(100);
    expect(await pipeline.outcome).toMatchObject({ reason: 'idle_timeout', rows: 2 });
  });

  it.each([
    ['a filter', { changed: new ChangedFilter(['ltp'], ['symbol']) }],
    ['conflation', { conflateMs: 100 }],
    ['a snapshot', { snapshot: true }],
  ])('comes row by row with %s', async (_, options) => {
    const pipeline = build(options);
    tell(pipeline, a, 1);
    expect(pipeline.batch(batchOf(a))).toBe(false);
    expect(output.rows).toEqual(['A 1']);
    pipeline.stop();
    await pipeline.outcome;
  });

  it('comes row by row while the reader is slow, and where the output wants it so', () => {
    const pipeline = build();
    tell(pipeline, a, 1);
    pipeline.writerListener.slow(true);
    expect(pipeline.batch(batchOf(a))).toBe(false);
    pipeline.writerListener.slow(false);
    output.takesBatches = false;
    expect([pipeline.batch(batchOf(a)), pipeline.rows]).toEqual([false, 1]);
  });
});

describe('limits', () => {
  it('makes every tick a row, until it is stopped', async () => {
    const pipeline = build();
    tell(pipeline, a, 1);
    tell(pipeline, b, 2);
    tell(pipeline, a, 3);
    expect(output.rows).toEqual(['A 1', 'B 2', 'A 3']);
    expect(await isPending(pipeline.outcome)).toBe(true);
    pipeline.stop();
    tell(pipeline, a, 4);
    pipeline.failed(new TickpipeError('FEED_UNREACHABLE', 'too late'));
    expect(await pipeline.outcome).toEqual({ reason: 'stopped', rows: 3, skipped: 0, expected: 2, missing: [] });
    expect(output.rows).toHaveLength(3);
  });

  it('ends after exactly so many rows, whatever follows', async () => {
    const pipeline = build({ count: 2, durationMs: 90_000, timeoutMs: 1_000, idleTimeoutMs: 1_000 });
    for (let price = 0; price < 10; price++) tell(pipeline, a, price);
    expect(output.rows).toEqual(['A 0', 'A 1']);
    expect(await pipeline.outcome).toMatchObject({
      reason: 'count',
      rows: 2,
      missing: [{ kind: 'symbol', symbol: 'B' }],
    });
    expect(clock.pending).toBe(0);
  });

  it('ends after the duration, naming what never ticked', async () => {
    const pipeline = build({ durationMs: 90_000 });
    tell(pipeline, b, 1);
    clock.advance(89_999);
    expect(await isPending(pipeline.outcome)).toBe(true);
    clock.advance(1);
    expect(await pipeline.outcome).toMatchObject({ reason: 'duration', expected: 2, missing: [{ symbol: 'A' }] });
  });

  it('measures its time from the first start only, and not at all once it has ended', async () => {
    const pipeline = build({ durationMs: 90_000 });
    const { pending } = clock;
    pipeline.start();
    expect(clock.pending).toBe(pending);
    pipeline.stop();
    await pipeline.outcome;
    pipeline.start();
    expect(clock.pending).toBe(0);
  });

  it('ends at a time of the wall clock', async () => {
    const pipeline = build({ untilMs: clock.now() + 3_600_000 });
    clock.jumpWall(3_600_000);
    clock.advance(1_000);
    expect(await pipeline.outcome).toMatchObject({ reason: 'until', rows: 0 });
  });

  it('times out without a first row, and only then', async () => {
    const silent = build({ timeoutMs: 10_000 });
    clock.advance(10_000);
    expect(await silent.outcome).toMatchObject({ reason: 'timeout', rows: 0 });
    const pipeline = build({ timeoutMs: 10_000 });
    tell(pipeline, a, 1);
    clock.advance(60_000);
    expect(await isPending(pipeline.outcome)).toBe(true);
  });

  it('times out when no row came for so long, the first included', async () => {
    const pipeline = build({ idleTimeoutMs: 5_000 });
    for (let second = 0; second < 20; second++) {
      tell(pipeline, a, second);
      clock.advance(1_000);
    }
    expect(await isPending(pipeline.outcome)).toBe(true);
    clock.advance(4_000);
    expect(await pipeline.outcome).toMatchObject({ reason: 'idle_timeout', rows: 20 });
    const silent = build({ idleTimeoutMs: 5_000 });
    clock.advance(5_000);
    expect(await silent.outcome).toMatchObject({ reason: 'idle_timeout', rows: 0 });
  });

  it('ends with the error of a feed that gave up', async () => {
    const pipeline = build();
    const error = new TickpipeError('CONNECTION_CONTESTED', 'taken');
    pipeline.failed(error);
    expect(await pipeline.outcome).toMatchObject({ reason: 'feed_failed', error });
  });
});

describe('a snapshot', () => {
  it('is the first row of each subscription', async () => {
    const pipeline = build({ snapshot: true });
    tell(pipeline, a, 1);
    tell(pipeline, a, 2);
    expect(await isPending(pipeline.outcome)).toBe(true);
    tell(pipeline, b, 3);
    tell(pipeline, b, 4);
    expect(output.rows).toEqual(['A 1', 'B 3']);
    expect(await pipeline.outcome).toEqual({ reason: 'snapshot', rows: 2, skipped: 0, expected: 2, missing: [] });
    await pipeline.end();
    expect(output.ends).toEqual([{ giveUpWhenStuck: false, whole: true }]);
  });

  it('names what is missing at the deadline, and is not whole', async () => {
    const pipeline = build({ snapshot: true, timeoutMs: 10_000 });
    tell(pipeline, a, 1);
    clock.advance(10_000);
    expect(await pipeline.outcome).toMatchObject({
      reason: 'timeout',
      rows: 1,
      missing: [{ kind: 'symbol', symbol: 'B' }],
    });
    await pipeline.end();
    expect(output.ends).toEqual([{ giveUpWhenStuck: false, whole: false }]);
  });

  it('is complete when the rest turns out unknown', async () => {
    const pipeline = build({ snapshot: true });
    tell(pipeline, a, 1);
    pipeline.forget([b]);
    expect(await pipeline.outcome).toMatchObject({ reason: 'snapshot', expected: 1, missing: [] });
  });

  it('waits past a row that is too old for a fresh one; a row without a time is fresh', async () => {
    const pipeline = build({ snapshot: true, maxAgeMs: 300_000, timeoutMs: 10_000 });
    const now = Math.floor(clock.now() / 1_000);
    pipeline.tick(a.set({ [SYMBOL_SLOTS.ltp]: 1, [SYMBOL_SLOTS.exchangeTime]: now - 301 }));
    expect(output.rows).toEqual([]);
    pipeline.tick(a.set({ [SYMBOL_SLOTS.ltp]: 2, [SYMBOL_SLOTS.exchangeTime]: now - 300 }));
    const book = new FakeTick(2, 'A', 'depth');
    const lite = new FakeTick(3, 'A', 'lite');
    pipeline.expect([book, lite]);
    pipeline.tick(book.set({ 3: 1 }));
    pipeline.tick(lite.set({ 0: 5, [SYMBOL_SLOTS.exchangeTime]: now - 9_999 }));
    pipeline.tick(b.set({ [SYMBOL_SLOTS.ltp]: 3, [SYMBOL_SLOTS.exchangeTime]: 0 }));
    expect(output.rows).toEqual(['A 2', 'A 0', 'A 5', 'B 3']);
    expect((await pipeline.outcome).reason).toBe('snapshot');
  });
});

describe('the end of what there is', () => {
  it('ends a stream, and says what gave no row', async () => {
    const pipeline = build();
    tell(pipeline, a, 1);
    pipeline.ended();
    expect(await pipeline.outcome).toMatchObject({ reason: 'ended', rows: 1, expected: 2, missing: [{ symbol: 'B' }] });
  });

  it('completes a snapshot of whatever comes, and no other', async () => {
    const open = new TickPipeline({ output, clock, onSlow: 'conflate', snapshot: true });
    open.start();
    for (const tick of [a, b, a]) tell(open, tick, 1);
    expect(await isPending(open.outcome)).toBe(true);
    open.ended();
    expect(await open.outcome).toMatchObject({ reason: 'snapshot', rows: 2, expected: 0, missing: [] });
    const pipeline = build({ snapshot: true });
    tell(pipeline, a, 1);
    pipeline.ended();
    expect((await pipeline.outcome).reason).toBe('ended');
  });
});

describe('conflation', () => {
  it('writes at most one row in a period, and what waits at the end', async () => {
    const pipeline = build({ conflateMs: 250 });
    tell(pipeline, a, 1);
    tell(pipeline, a, 2);
    tell(pipeline, a, 3);
    expect(output.rows).toEqual(['A 1']);
    expect(output.skips).toEqual(['A 2', 'A 3']);
    clock.advance(250);
    tell(pipeline, a, 4);
    pipeline.stop();
    expect(output.rows).toEqual(['A 1', 'A 3', 'A 4']);
    expect(await pipeline.outcome).toMatchObject({ rows: 3, skipped: 0 });
    expect(clock.pending).toBe(0);
  });

  it('does not pass the count at the end', async () => {
    const pipeline = build({ conflateMs: 250, count: 3 });
    tell(pipeline, a, 1);
    tell(pipeline, b, 1);
    tell(pipeline, a, 2);
    tell(pipeline, b, 2);
    clock.advance(250);
    expect(output.rows).toHaveLength(3);
    expect(await pipeline.outcome).toMatchObject({ reason: 'count', rows: 3 });
  });
});

describe('a slow reader', () => {
  it('gets the latest row of each subscription, after a row with the number of lost rows', async () => {
    const pipeline = build({ events: true });
    const { slow } = pipeline.writerListener;
    tell(pipeline, a, 1);
    slow(true);
    for (let price = 2; price < 10; price++) tell(pipeline, a, price);
    tell(pipeline, b, 5);
    expect(output.rows).toEqual(['A 1']);
    expect(output.skips).toHaveLength(9);
    slow(false);
    expect(output.rows).toEqual(['A 1', 'A 9', 'B 5']);
    expect(losses).toEqual([7]);
    expect(output.controls).toEqual([{ type: 'Skipped', rows: 7, at: clock.now() }]);
    tell(pipeline, a, 10);
    expect(output.rows).toHaveLength(4);
    pipeline.stop();
    expect(await pipeline.outcome).toMatchObject({ rows: 4, skipped: 7 });
  });

  it('costs nothing when no subscription ticked twice', () => {
    const pipeline = build({ events: true });
    pipeline.writerListener.slow(true);
    tell(pipeline, a, 1);
    pipeline.writerListener.slow(false);
    expect([output.rows, losses, output.controls]).toEqual([['A 1'], [], []]);
  });

  it('gets none of them with drop, and each is skipped at the encoder', () => {
    const pipeline = build({ onSlow: 'drop' });
    pipeline.writerListener.slow(true);
    tell(pipeline, a, 1);
    tell(pipeline, a, 2);
    pipeline.writerListener.slow(false);
    expect([output.rows, output.skips, losses]).toEqual([[], ['A 1', 'A 2'], [2]]);
  });

  it('ends the stream with exit', async () => {
    const pipeline = build({ onSlow: 'exit' });
    pipeline.writerListener.slow(true);
    expect(await pipeline.outcome).toMatchObject({ reason: 'too_slow', error: { code: 'OUTPUT_TOO_SLOW', exit: 7 } });
    await pipeline.end();
    expect(output.ends[0]?.giveUpWhenStuck).toBe(true);
  });

  it('gets the number of lost rows at the end, then the rows that were held', async () => {
    const pipeline = build({ events: true });
    pipeline.writerListener.slow(true);
    tell(pipeline, a, 1);
    tell(pipeline, a, 2);
    pipeline.stop();
    expect(output.rows).toEqual(['A 2']);
    expect(output.controls).toEqual([{ type: 'Skipped', rows: 1, at: clock.now() }]);
    expect(await pipeline.outcome).toMatchObject({ rows: 1, skipped: 1 });
  });

  it('does not count what becomes no row after all', async () => {
    const pipeline = build({ count: 2 });
    output.refuses = ({ state }) => state.values[0] === 1;
    for (let price = 0; price < 10; price++) tell(pipeline, a, price);
    expect(output.rows).toEqual(['A 0', 'A 2']);
    expect(await pipeline.outcome).toMatchObject({ reason: 'count', rows: 2 });
  });

  it('does not make more rows than the count', async () => {
    const pipeline = build({ count: 1 });
    pipeline.writerListener.slow(true);
    tell(pipeline, a, 1);
    tell(pipeline, b, 1);
    pipeline.writerListener.slow(false);
    expect(output.rows).toEqual(['A 1']);
    expect(await pipeline.outcome).toMatchObject({ reason: 'count', rows: 1 });
  });
});

describe('the output', () => {
  it('ends the stream without an error when its reader goes; waiting rows are dropped', async () => {
    const pipeline = build({ conflateMs: 250 });
    tell(pipeline, a, 1);
    tell(pipeline, a, 2);
    pipeline.writerListener.readerGone();
    const outcome = await pipeline.outcome;
    expect(outcome).toMatchObject({ reason: 'reader_gone', rows: 1 });
    expect(outcome).not.toHaveProperty('error');
    expect(output.rows).toEqual(['A 1']);
    expect(clock.pending).toBe(0);
  });

  it('ends the stream when it fails', async () => {
    const pipeline = build();
    const error = new TickpipeError('OUTPUT_FAILED', 'no space left');
    pipeline.writerListener.failed(error);
    expect(await pipeline.outcome).toMatchObject({ reason: 'output_failed', error });
  });

  it('pauses and resumes the source, while the stream lasts', () => {
    const pressure: boolean[] = [];
    const pipeline = build({ onPressure: (on) => pressure.push(on) });
    pipeline.writerListener.pressure(true);
    pipeline.writerListener.pressure(false);
    pipeline.stop();
    pipeline.writerListener.pressure(true);
    expect(pressure).toEqual([true, false]);
  });

  it('is ended impatiently after a stop, and again when asked', async () => {
    const pipeline = build({ count: 1 });
    tell(pipeline, a, 1);
    await pipeline.end();
    await pipeline.end({ giveUpWhenStuck: true });
    await build().end();
    expect(output.ends.map((end) => end.giveUpWhenStuck)).toEqual([false, true, true]);
  });
});

describe('control rows', () => {
  it('stand among the ticks in their order, and do not count', async () => {
    const pipeline = build({ events: true, count: 2 });
    tell(pipeline, a, 1);
    pipeline.state({ state: 'disconnected', at: 5, reason: 'server_closed' });
    pipeline.state({ state: 'live', at: 7 });
    pipeline.gap({ from: 4, to: 7, reason: 'server_closed', symbols: ['A', 'B'] });
    expect(output.controls).toEqual([
      { type: 'Status', state: 'disconnected', at: 5, reason: 'server_closed' },
      { type: 'Status', state: 'live', at: 7, reason: null },
      { type: 'Gap', from: 4, to: 7, reason: 'server_closed', symbols: ['A', 'B'] },
    ]);
    expect(await isPending(pipeline.outcome)).toBe(true);
    pipeline.stop();
    pipeline.state({ state: 'closed', at: 9 });
    expect(output.controls).toHaveLength(3);
  });

  it('of a gap that is found after the last row are written, until all is', async () => {
    const gap = { from: 4, to: 7, reason: 'stalled', symbols: ['A'] };
    const pipeline = build({ events: true, count: 1 });
    tell(pipeline, a, 1);
    expect(await pipeline.outcome).toMatchObject({ reason: 'count' });
    pipeline.gap(gap);
    pipeline.state({ state: 'disconnected', at: 5, reason: 'stalled' });
    expect(output.controls).toEqual([{ type: 'Gap', ...gap }]);
    await pipeline.end();
    pipeline.gap(gap);
    expect(output.controls).toHaveLength(1);
  });

  it('are not written any more when the reader is gone', () => {
    const pipeline = build({ events: true });
    pipeline.writerListener.readerGone();
    pipeline.gap({ from: 4, to: 7, reason: 'stalled', symbols: ['A'] });
    expect(output.controls).toEqual([]);
  });

  it('are not there unless asked for', () => {
    const pipeline = build();
    pipeline.gap({ from: 4, to: 7, reason: 'server_closed', symbols: [] });
    expect(output.controls).toEqual([]);
  });

  it('count as lost when there is no room', async () => {
    const pipeline = build({ events: true });
    output.hasRoom = false;
    pipeline.state({ state: 'live', at: 7 });
    pipeline.stop();
    expect(await pipeline.outcome).toMatchObject({ skipped: 1 });
  });
});
