import { beforeEach, describe, expect, it } from 'vitest';
import { SYMBOL_SLOTS } from '../../../src/lib/market/slots.ts';
import type { RowBatch, Tick } from '../../../src/lib/market/tick.ts';
import { ChangedFilter } from '../../../src/lib/output/pipeline/changed-filter.ts';
import { type PipelineOptions, TickPipeline } from '../../../src/lib/output/pipeline/pipeline.ts';
import type { RowFilter } from '../../../src/lib/output/rows/row-filter.ts';
import { OrderedOutput } from '../../../src/lib/output/writer/row-output.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { FakeOutput, FakeTick } from '../rows/fake-rows.ts';

const ltpOf = (tick: Tick): number => tick.state.values[SYMBOL_SLOTS.ltp] as number;

/** Rows from 100 up. A raw row is one byte: its price. */
const FROM_100: RowFilter = {
  matches: (tick) => ltpOf(tick) >= 100,
  matchesRow: ({ bytes }, place) => (bytes[place] === 255 ? undefined : (bytes[place] as number) >= 100),
};

let clock: ManualClock;
let output: FakeOutput;
let a: FakeTick;
let b: FakeTick;

beforeEach(() => {
  clock = new ManualClock();
  output = new FakeOutput();
  a = new FakeTick(0, 'A');
  b = new FakeTick(1, 'B');
});

function build(options: Partial<PipelineOptions> = {}): TickPipeline {
  const pipeline = new TickPipeline({ output, clock, onSlow: 'conflate', where: FROM_100, ...options });
  pipeline.expect([a, b]);
  pipeline.start();
  return pipeline;
}

function send(pipeline: TickPipeline, tick: FakeTick, ...prices: number[]): void {
  for (const price of prices) pipeline.tick(tick.set({ [SYMBOL_SLOTS.ltp]: price }));
}

describe('rows that do not match', () => {
  it('are skipped, do not count, and their symbols are not missing', async () => {
    const pipeline = build({ count: 2 });
    send(pipeline, a, 99, 100);
    send(pipeline, b, 1);
    send(pipeline, a, 101, 102);
    expect([output.rows, output.skips]).toEqual([
      ['A 100', 'A 101'],
      ['A 99', 'B 1'],
    ]);
    expect(await pipeline.outcome).toMatchObject({ reason: 'count', rows: 2, missing: [] });
  });

  it('leave an output that shows only what matches now', () => {
    const left: string[] = [];
    const pipeline = build({ output: Object.assign(output, { leave: (tick: Tick) => left.push(tick.symbol) }) });
    send(pipeline, a, 100, 99, 101);
    expect([output.rows, left, output.skips]).toEqual([['A 100', 'A 101'], ['A'], []]);
  });

  it('do not keep a stream from being idle, and are no first row', async () => {
    const idle = build({ idleTimeoutMs: 1_000 });
    const late = build({ timeoutMs: 1_000 });
    send(idle, a, 100);
    for (let step = 0; step < 3; step++) {
      clock.advance(400);
      for (const pipeline of [idle, late]) send(pipeline, a, 99);
    }
    expect(await idle.outcome).toMatchObject({ reason: 'idle_timeout', rows: 1 });
    expect(await late.outcome).toMatchObject({ reason: 'timeout', rows: 0 });
  });

  it('change nothing for --changed, which compares with the row printed last', () => {
    const pipeline = build({ changed: new ChangedFilter(['ltp'], ['symbol']) });
    send(pipeline, a, 100, 99, 100, 101);
    expect(output.rows).toEqual(['A 100', 'A 101']);
  });
});

describe('a snapshot', () => {
  it('is complete when each symbol has answered, and has the rows that match', async () => {
    const pipeline = build({ snapshot: true });
    send(pipeline, a, 99, 500);
    send(pipeline, b, 100);
    expect(output.rows).toEqual(['B 100']);
    expect(await pipeline.outcome).toMatchObject({ reason: 'snapshot', rows: 1, missing: [] });
  });

  it('in order is judged again at the end, when the values may be others', async () => {
    const pipeline = build({ snapshot: true, output: new OrderedOutput(output, [a, b], FROM_100) });
    send(pipeline, a, 100);
    send(pipeline, a, 99);
    send(pipeline, b, 101);
    await pipeline.outcome;
    await pipeline.end();
    expect(output.rows).toEqual(['B 101']);
  });
});

describe('a row that waited', () => {
  it('for its period is printed only when it still matches', () => {
    const pipeline = build({ conflateMs: 1_000 });
    send(pipeline, a, 100, 101, 99);
    send(pipeline, b, 200, 201);
    clock.advance(1_000);
    expect(output.rows).toEqual(['A 100', 'B 200', 'B 201']);
    send(pipeline, a, 102);
    expect(output.rows.at(-1)).toBe('A 102');
  });

  it('for a slow reader is printed only when it still matches, and other rows are not lost', () => {
    const losses: number[] = [];
    const pipeline = build({ onSkipped: (rows) => losses.push(rows) });
    send(pipeline, a, 100);
    pipeline.writerListener.slow(true);
    send(pipeline, a, 101, 99, 98);
    send(pipeline, b, 97, 200, 201);
    pipeline.writerListener.slow(false);
    expect([output.rows, losses]).toEqual([['A 100', 'B 201'], [1]]);
  });
});

describe('a batch of raw rows', () => {
  /** What the output takes of batches, as the bytes that are rows. */
  let taken: number[][];

  const batchOf = (...prices: number[]): RowBatch => ({
    count: prices.length,
    bytes: Uint8Array.from(prices),
    tickAt: (place) => (place % 2 === 0 ? a : b),
    endAt: (place) => place + 1,
  });

  function buildSeen(options: Partial<PipelineOptions> = {}): TickPipeline {
    taken = [];
    const batch = ({ count, bytes }: Pick<RowBatch, 'count' | 'bytes'>): boolean => {
      expect(count).toBe(bytes.length);
      taken.push([...bytes]);
      return true;
    };
    const pipeline = build({ output: Object.assign(output, { batch }), ...options });
    send(pipeline, a, 1);
    send(pipeline, b, 1);
    return pipeline;
  }

  it('is printed without the rows that do not match, at once', () => {
    const pipeline = buildSeen();
    for (const prices of [
      [100, 101],
      [1, 2, 3],
      [1, 100, 101, 2, 102],
      [100, 1],
      [1, 100],
    ]) {
      expect(pipeline.batch(batchOf(...prices))).toBe(true);
    }
    expect(taken).toEqual([[100, 101], [100, 101, 102], [100], [100]]);
    expect([pipeline.rows, output.rows]).toEqual([7, []]);
  });

  it('ends the stream at the last row that counts', async () => {
    const pipeline = buildSeen({ count: 3 });
    expect(pipeline.batch(batchOf(100, 1, 101))).toBe(true);
    expect(pipeline.batch(batchOf(1, 1, 102, 103, 1))).toBe(true);
    expect(taken).toEqual([[100, 101], [102]]);
    expect(await pipeline.outcome).toMatchObject({ reason: 'count', rows: 3 });
    expect(pipeline.batch(batchOf(100))).toBe(false);
  });

  it('comes row by row when one of its rows is of another form, or the output takes no batch', () => {
    const pipeline = buildSeen();
    expect(pipeline.batch(batchOf(100, 255))).toBe(false);
    expect(taken).toEqual([]);
    const other = build({ output: new OrderedOutput(new FakeOutput(), [a, b]) });
    send(other, a, 1);
    send(other, b, 1);
    expect(other.batch(batchOf(100))).toBe(false);
  });
});
