/*
 * How fast `--where` judges rows in this process, as ratios against `JSON.parse` of the same rows: raw rows, as a hub and a recording give
 * them, with the copy of those that match; and live ticks. The same rows must match as with the condition in JavaScript, before anything
 * is measured. Run: npx tsx bench/where.ts
 */
import { TickWhere } from '../src/lib/filters/where/tick-where.ts';
import { HsmTopicState } from '../src/lib/hsm/topic-table.ts';
import { SLOT_COUNTS, SYMBOL_SLOTS } from '../src/lib/market/slots.ts';
import { ALL_SLOTS, type RowBatch, type Tick } from '../src/lib/market/tick.ts';
import { SelectedRows } from '../src/lib/output/pipeline/selected-rows.ts';
import { ByteBuffer } from '../src/lib/output/rows/byte-buffer.ts';
import { createRowEncoder } from '../src/lib/output/rows/row-encoder.ts';
import { type BenchOptions, type BenchRow, formatRate, runAsProgram } from './benchmark.ts';

const SYMBOLS = 500;
const ROWS = 20_000;
/** As many rows as a message of the hub has when it is busy. */
const BATCH_ROWS = 200;
const ROUNDS = { full: 30, quick: 8 } as const;
/** The best of so many runs counts: others of the machine only make it slower. */
const RUNS = 3;
const GOAL = 5;
const LIMIT = 3;

type Parsed = Readonly<Record<string, number | null>>;

interface Case {
  readonly what: string;
  readonly condition: string;
  /** The same, for the check. */
  readonly isMatch: (row: Parsed) => boolean;
}

const over = (value: number | null | undefined, limit: number): boolean => typeof value === 'number' && value > limit;

const CASES: readonly Case[] = [
  {
    what: 'two columns',
    condition: 'change_percent < -2 and volume > 1000000',
    isMatch: (row) =>
      typeof row['change_percent'] === 'number' && row['change_percent'] < -2 && over(row['volume'], 1e6),
  },
  { what: 'the first column', condition: 'ltp > 2500', isMatch: (row) => over(row['ltp'], 2_500) },
  {
    what: 'the last columns',
    condition: 'received_at - exchange_time * 1000 > 30000',
    isMatch: (row) => over((row['received_at'] as number) - (row['exchange_time'] as number) * 1_000, 30_000),
  },
];

interface BenchTick extends Tick {
  readonly state: HsmTopicState<never>;
}

/** Quotes with seeded values, which are other ones at each call. */
function createTicks(): { readonly ticks: readonly BenchTick[]; readonly move: (tick: BenchTick) => void } {
  let seed = 20_261_123;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((seed / 0x80000000) * below);
  };
  const move = ({ state }: BenchTick): void => {
    const price = 50_000 + random(400_000);
    for (let slot = 0; slot < SLOT_COUNTS.sf; slot++) state.values[slot] = price + random(2_000);
    state.values[SYMBOL_SLOTS.prevClose] = price + random(Math.floor(price / 10));
    state.values[SYMBOL_SLOTS.volume] = random(4_000_000);
    state.values[SYMBOL_SLOTS.lastTradeTime] = 1_795_428_600 + random(60);
    state.values[SYMBOL_SLOTS.exchangeTime] = 1_795_428_600 + random(60);
    state.receivedAt = 1_795_428_660_000;
    state.known = ALL_SLOTS;
    state.changed = ALL_SLOTS;
  };
  const ticks = Array.from({ length: SYMBOLS }, (_, id): BenchTick => {
    const state = new HsmTopicState<never>(`sf|nse_cm|${id}`, 'sf');
    return { id, kind: 'symbol', symbol: `NSE:BENCH${id}-EQ`, state };
  });
  return { ticks, move };
}

interface Rows {
  readonly bytes: Buffer;
  readonly lines: readonly string[];
  readonly batches: readonly RowBatch[];
}

function createRows(): Rows {
  const { ticks, move } = createTicks();
  const encoder = createRowEncoder({ format: 'ndjson', kinds: ['symbol'], time: 'epoch', simulated: false });
  const buffer = new ByteBuffer();
  const ends: number[] = [];
  for (let row = 0; row < ROWS; row++) {
    const tick = ticks[row % SYMBOLS] as BenchTick;
    move(tick);
    encoder.encode(tick, buffer);
    ends.push(buffer.length);
  }
  const bytes = Buffer.from(buffer.bytes.subarray(0, buffer.length));
  const batches: RowBatch[] = [];
  for (let first = 0; first < ROWS; first += BATCH_ROWS) {
    const begin = first === 0 ? 0 : (ends[first - 1] as number);
    batches.push({
      count: BATCH_ROWS,
      bytes: bytes.subarray(begin, ends[first + BATCH_ROWS - 1]),
      tickAt: (place) => ticks[(first + place) % SYMBOLS] as BenchTick,
      endAt: (place) => (ends[first + place] as number) - begin,
    });
  }
  return { bytes, lines: bytes.toString('latin1').split('\n').slice(0, -1), batches };
}

function selectAll(batches: readonly RowBatch[], condition: string): Buffer {
  const selected = new SelectedRows(new TickWhere(condition, ['symbol']));
  return Buffer.concat(
    batches.map((batch) => Buffer.from(selected.select(batch, Number.POSITIVE_INFINITY)?.bytes ?? [])),
  );
}

/** Rows a second of processor time, in the best run. */
function measure(rounds: number, rowsPerRound: number, round: () => void): number {
  round();
  let best = 0;
  for (let run = 0; run < RUNS; run++) {
    const before = process.cpuUsage();
    for (let number = 0; number < rounds; number++) round();
    const { user, system } = process.cpuUsage(before);
    best = Math.max(best, (rounds * rowsPerRound * 1e6) / (user + system));
  }
  return best;
}

export async function benchWhere({ quick }: BenchOptions): Promise<readonly BenchRow[]> {
  const rounds = quick ? ROUNDS.quick : ROUNDS.full;
  const { lines, batches } = createRows();
  const rows: BenchRow[] = [];
  let prices = 0;
  const parseRate = measure(Math.ceil(rounds / 4), ROWS, () => {
    for (const line of lines) prices += (JSON.parse(line) as Parsed)['ltp'] ?? 0;
  });
  const add = (what: string, rate: number): void => {
    rows.push({
      what,
      figure: rate / parseRate,
      unit: 'x',
      better: 'larger',
      goal: GOAL,
      limit: LIMIT,
      measured: `${formatRate(rate)} against ${formatRate(parseRate)}`,
    });
  };
  for (const { what, condition, isMatch } of CASES) {
    const expected = lines.filter((line) => isMatch(JSON.parse(line) as Parsed));
    const found = selectAll(batches, condition).toString('latin1');
    if (expected.length === 0 || found !== expected.map((line) => `${line}\n`).join('')) {
      throw new Error(`${condition} selects other rows than the same in JavaScript`);
    }
    const selected = new SelectedRows(new TickWhere(condition, ['symbol']));
    const rate = measure(rounds, ROWS, () => {
      for (const batch of batches) prices += selected.select(batch, Number.POSITIVE_INFINITY)?.count ?? 0;
    });
    add(`--where of raw rows, ${what}, against JSON.parse`, rate);
  }
  const { ticks, move } = createTicks();
  for (const tick of ticks) move(tick);
  const where = new TickWhere((CASES[0] as Case).condition, ['symbol']);
  const rate = measure(rounds, ROWS, () => {
    for (let row = 0; row < ROWS; row++) prices += where.matches(ticks[row % SYMBOLS] as BenchTick) ? 1 : 0;
  });
  add('--where of live ticks, two columns, against JSON.parse', rate);
  if (!Number.isFinite(prices)) throw new Error('no prices');
  return rows;
}

await runAsProgram(import.meta.url, benchWhere);
