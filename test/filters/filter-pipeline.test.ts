import { describe, expect, test } from 'vitest';
import { FilterPipeline, type FilterPipelineOptions } from '../../src/lib/filters/filter-pipeline.ts';
import type { FilterOutput, TickFilter } from '../../src/lib/filters/tick-filter.ts';
import type { ControlRow } from '../../src/lib/output/rows/control-rows.ts';
import { makeTick } from '../support/make-tick.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** A row for each tick, and one more at the end. */
class Echo implements TickFilter {
  readonly output: FilterOutput<Row>;
  readonly acted: string[] = [];
  ticks = 0;
  ends = 0;

  constructor(output: FilterOutput<Row>) {
    this.output = output;
  }

  tick({ symbol }: { readonly symbol: string }): void {
    this.ticks++;
    this.output.emit({ symbol, number: this.ticks });
    // A filter goes on with its work after a row.
    if (this.ends > 0) throw new Error('ended in the middle of its work');
  }

  control({ type }: ControlRow): void {
    this.acted.push(type);
  }

  end(): void {
    this.ends++;
    this.output.emit({ symbol: 'end', number: this.ticks });
  }
}

interface Row {
  readonly symbol: string;
  readonly number: number;
}

const A = makeTick(0, 'symbol', 'NSE:A-EQ');
const B = makeTick(1, 'symbol', 'NSE:B-EQ');
const gap = { from: 1, to: 2, reason: 'stalled', symbols: ['NSE:A-EQ'] };

function start(options: Partial<FilterPipelineOptions<Row>> = {}) {
  const clock = new ManualClock();
  const printed: unknown[] = [];
  let filter: Echo | undefined;
  const pipeline = new FilterPipeline<Row>({
    clock,
    onSlow: 'conflate',
    events: true,
    output: {
      row: ({ symbol, number }) => printed.push(`${symbol} ${number}`),
      control: (row) => printed.push(row) > 0,
      end: async () => 'flushed',
    },
    create: (output) => {
      filter = new Echo(output);
      return filter;
    },
    surroundings: { clock, isLive: false, isLiveTable: false, isSimulated: () => false },
    warn: () => {},
    keyOf: ({ symbol }) => symbol,
    ...options,
  });
  pipeline.start();
  return { pipeline, printed, clock, filter: filter as Echo };
}

describe('a filter in the pipeline', () => {
  test('rows, then what is left at the end of the feed', async () => {
    const { pipeline, printed, filter } = start();
    pipeline.tick(A);
    pipeline.tick(B);
    pipeline.ended();
    expect(await pipeline.outcome).toMatchObject({ reason: 'ended', rows: 3, skipped: 0 });
    expect(printed).toEqual(['NSE:A-EQ 1', 'NSE:B-EQ 2', 'end 2']);
    filter.output.emit({ symbol: 'late', number: 0 });
    expect(printed).toHaveLength(3);
    expect(filter.ends).toBe(1);
  });

  test('control rows are acted on, and passed on', () => {
    const { pipeline, printed, filter } = start();
    pipeline.state({ state: 'live', at: 5 });
    pipeline.tick(A);
    pipeline.gap(gap);
    pipeline.skippedBefore(3, 9);
    expect(filter.acted).toEqual(['Status', 'Gap', 'Skipped']);
    expect(printed).toEqual([
      { type: 'Status', state: 'live', at: 5, reason: null },
      'NSE:A-EQ 1',
      { type: 'Gap', ...gap },
      { type: 'Skipped', rows: 3, at: 9 },
    ]);
    expect(pipeline.skipped).toBe(3);
  });

  test('without --events they are acted on all the same', () => {
    const { pipeline, printed, filter } = start({ events: false });
    pipeline.gap(gap);
    expect(filter.acted).toEqual(['Gap']);
    expect(printed).toEqual([]);
  });

  test('--count ends it between two ticks, not in the middle of one', async () => {
    const { pipeline, printed, filter } = start({ count: 2 });
    pipeline.tick(A);
    pipeline.tick(A);
    pipeline.tick(A);
    expect(await pipeline.outcome).toMatchObject({ reason: 'count', rows: 2 });
    expect(printed).toEqual(['NSE:A-EQ 1', 'NSE:A-EQ 2']);
    expect(filter).toMatchObject({ ticks: 2, ends: 1 });
  });

  test('--count that a timer of the filter reaches', async () => {
    const { pipeline, filter } = start({ count: 1 });
    filter.output.emit({ symbol: 'timer', number: 0 });
    expect(filter.ends).toBe(0);
    expect(await pipeline.outcome).toMatchObject({ reason: 'count', rows: 1 });
    expect(filter.ends).toBe(1);
  });

  test('a slow reader costs rows, but the filter sees every tick', async () => {
    const { pipeline, printed, filter } = start();
    pipeline.tick(A);
    pipeline.writerListener.slow(true);
    for (let count = 0; count < 5; count++) pipeline.tick(A);
    pipeline.tick(B);
    pipeline.writerListener.slow(false);
    expect(filter.ticks).toBe(7);
    expect(printed).toEqual([
      'NSE:A-EQ 1',
      { type: 'Skipped', rows: 4, at: expect.any(Number) },
      'NSE:A-EQ 6',
      'NSE:B-EQ 7',
    ]);
    pipeline.stop();
    expect(await pipeline.outcome).toMatchObject({ reason: 'stopped', skipped: 4, rows: 4 });
  });

  test('--on-slow drop', () => {
    const { pipeline, printed } = start({ onSlow: 'drop' });
    pipeline.writerListener.slow(true);
    pipeline.tick(A);
    pipeline.writerListener.slow(false);
    expect(printed).toEqual([{ type: 'Skipped', rows: 1, at: expect.any(Number) }]);
  });

  test('what the end gives while the reader is slow is printed', async () => {
    const { pipeline, printed } = start();
    pipeline.writerListener.slow(true);
    pipeline.tick(A);
    pipeline.ended();
    expect(printed).toEqual(['NSE:A-EQ 1', 'end 1']);
    expect(await pipeline.outcome).toMatchObject({ reason: 'ended', rows: 2 });
  });

  test('a reader that has left: the filter is ended, nothing is printed', async () => {
    const { pipeline, printed, filter } = start();
    pipeline.writerListener.readerGone();
    pipeline.tick(A);
    expect(await pipeline.outcome).toMatchObject({ reason: 'reader_gone', rows: 0 });
    expect(filter).toMatchObject({ ticks: 0, ends: 1 });
    expect(printed).toEqual([]);
  });

  test('a symbol counts as seen by its ticks, not by the rows made of them', async () => {
    const { pipeline } = start();
    pipeline.expect([A, B]);
    pipeline.tick(A);
    pipeline.ended();
    const { expected, missing } = await pipeline.outcome;
    expect(expected).toBe(2);
    expect(missing.map(({ symbol }) => symbol)).toEqual(['NSE:B-EQ']);
  });

  test('no row within --timeout; none for --idle-timeout', async () => {
    const quiet = start({ timeoutMs: 1_000 });
    quiet.clock.advance(1_000);
    expect(await quiet.pipeline.outcome).toMatchObject({ reason: 'timeout' });
    const idle = start({ idleTimeoutMs: 1_000 });
    idle.pipeline.tick(A);
    idle.clock.advance(999);
    idle.pipeline.tick(A);
    idle.clock.advance(2_000);
    expect(await idle.pipeline.outcome).toMatchObject({ reason: 'idle_timeout', rows: 3 });
  });
});

describe('rows that do not match', () => {
  const where = { matches: ({ number }: Row) => number % 2 === 1 };

  test('are not printed, do not count, and leave a table of one line for each key', async () => {
    const left: string[] = [];
    const shown: unknown[] = [];
    const output = {
      row: (row: Row) => shown.push(row.number),
      preview: (row: Row) => shown.push(`preview ${row.number}`),
      leave: (row: Row) => left.push(`${row.symbol} ${row.number}`),
      end: async () => 'flushed' as const,
    };
    const { pipeline, filter } = start({ where, output, count: 2 });
    for (const tick of [A, B, A]) pipeline.tick(tick);
    expect(await pipeline.outcome).toMatchObject({ reason: 'count', rows: 2 });
    expect([shown, left]).toEqual([[1, 3], ['NSE:B-EQ 2']]);
    filter.output.preview({ symbol: 'late', number: 5 });
    expect(shown).toHaveLength(2);
    const other = start({ where, output });
    other.filter.output.preview({ symbol: 'X', number: 7 });
    other.filter.output.preview({ symbol: 'X', number: 8 });
    expect([shown.at(-1), left.at(-1)]).toEqual(['preview 7', 'X 8']);
  });

  test('are not lost while the reader is slow', () => {
    const { pipeline, printed } = start({ where });
    pipeline.writerListener.slow(true);
    for (const tick of [A, A, A, A]) pipeline.tick(tick);
    pipeline.writerListener.slow(false);
    expect(printed).toEqual([{ type: 'Skipped', rows: 1, at: expect.any(Number) }, 'NSE:A-EQ 3']);
  });
});
