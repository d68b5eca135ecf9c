/*
 * How fast rows are encoded in this process, as ratios against JSON.stringify of row objects. Variants are checked for equal
 * bytes before they are measured. Run: npx tsx bench/encode.ts
 */
import { HsmTopicState } from '../src/lib/hsm/topic-table.ts';
import type { Kind } from '../src/lib/market/kinds.ts';
import { toRow } from '../src/lib/market/row.ts';
import { SLOT_COUNTS, SYMBOL_SLOTS } from '../src/lib/market/slots.ts';
import { ALL_SLOTS, type Tick } from '../src/lib/market/tick.ts';
import { ByteBuffer } from '../src/lib/output/rows/byte-buffer.ts';
import { createRowEncoder } from '../src/lib/output/rows/row-encoder.ts';
import { type BenchOptions, type BenchRow, formatRate, runAsProgram } from './benchmark.ts';

const ROWS = { full: 1_000_000, quick: 300_000 } as const;
const SYMBOLS = 500;
const SEED = 20261123;
const CHECKED_ROWS = 20_000;
const SCRIPT_ROWS = 50_000;
/** A writer takes rows in chunks of about this size. */
const CHUNK_BYTES = 64 * 1024;
const STARTED_AT = 1_795_428_683_755;
const ROWS_PER_MS = 1_000;
/** The best of so many runs counts: others of the machine only make it slower. */
const RUNS = 3;

/** Mulberry32: small, seeded, good enough for made-up prices. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

interface BenchTick extends Tick {
  readonly state: HsmTopicState<never>;
}

function createTicks(kind: Kind, slots: number): BenchTick[] {
  const random = createRandom(SEED);
  return Array.from({ length: SYMBOLS }, (_, id) => {
    const values = Int32Array.from({ length: slots }, () => 50_000 + random(400_000));
    for (const slot of [SYMBOL_SLOTS.lastTradeTime, SYMBOL_SLOTS.exchangeTime]) {
      if (kind === 'symbol') values[slot] = Math.floor(STARTED_AT / 1_000) - random(60);
    }
    // The decoder's own state: objects of another shape would measure the look-up of their properties.
    const state = new HsmTopicState<never>(
      `${kind === 'depth' ? 'dp' : 'sf'}|nse_cm|${id}`,
      kind === 'depth' ? 'dp' : 'sf',
    );
    state.values.set(values);
    state.known = ALL_SLOTS;
    state.changed = ALL_SLOTS;
    state.receivedAt = STARTED_AT;
    return { id, kind, symbol: `NSE:BENCH${id}-EQ`, state };
  });
}

/** Collects one message's changes, as often seen: price, time, volume, or some of the book. */
type Change = (move: (slot: number, by: number) => void, random: (below: number) => number) => void;

const changeQuote: Change = (move, random) => {
  if (random(3) === 0) {
    move(SYMBOL_SLOTS.ltp, 5 * (random(7) - 3));
    move(SYMBOL_SLOTS.lastQty, random(9) - 4);
    move(SYMBOL_SLOTS.volume, 1 + random(200));
  }
  move(random(2) === 0 ? SYMBOL_SLOTS.bid : SYMBOL_SLOTS.ask, 5 * (random(5) - 2));
  move(random(2) === 0 ? SYMBOL_SLOTS.bidSize : SYMBOL_SLOTS.askSize, random(99) - 49);
  move(SYMBOL_SLOTS.exchangeTime, random(2));
};

const changeBook: Change = (move, random) => {
  for (let count = 1 + random(6); count > 0; count--) move(random(SLOT_COUNTS.dp), random(99) - 49);
};

interface Workload {
  readonly name: string;
  readonly kind: Kind;
  readonly slots: number;
  readonly change: Change;
}

const WORKLOADS: readonly Workload[] = [
  { name: 'SymbolUpdate', kind: 'symbol', slots: SLOT_COUNTS.sf, change: changeQuote },
  { name: 'DepthUpdate', kind: 'depth', slots: SLOT_COUNTS.dp, change: changeBook },
  { name: 'LiteUpdate', kind: 'lite', slots: SLOT_COUNTS.sf, change: (move, random) => move(0, random(9) - 4) },
];

/** What happens, made before anything is measured: tick, number of changes, then slot and value of each. */
function createScript({ kind, slots, change }: Workload): Int32Array {
  const ticks = createTicks(kind, slots);
  const random = createRandom(SEED + 1);
  const script: number[] = [];
  for (let row = 0; row < SCRIPT_ROWS; row++) {
    const { id, state } = ticks[random(SYMBOLS)] as BenchTick;
    const changes: number[] = [];
    change((slot, by) => {
      const value = (state.values[slot] as number) + by;
      if (by === 0) return;
      state.values[slot] = value;
      changes.push(slot, value);
    }, random);
    script.push(id, changes.length / 2, ...changes);
  }
  return Int32Array.from(script);
}

/** Plays the same ticks for every variant, the script over and over. */
function play({ kind, slots }: Workload, script: Int32Array, rows: number, take: (tick: Tick) => void): void {
  const ticks = createTicks(kind, slots);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    if (at === script.length) at = 0;
    const tick = ticks[script[at++] as number] as BenchTick;
    const { state } = tick;
    let changed = 0;
    for (let left = script[at++] as number; left > 0; left--) {
      const slot = script[at++] as number;
      state.values[slot] = script[at++] as number;
      changed |= 1 << slot;
    }
    state.changed = changed;
    state.receivedAt = STARTED_AT + Math.floor(row / ROWS_PER_MS);
    take(tick);
  }
}

/** Of patched rows against no encoder. Both take processor time only, so other programs hardly change the ratio. */
const BOUNDS: Readonly<Record<string, Pick<BenchRow, 'goal' | 'limit'>>> = {
  SymbolUpdate: { goal: 0.25, limit: 0.07 },
  DepthUpdate: { limit: 0.055 },
  LiteUpdate: { limit: 0.07 },
};

type Variant = (workload: Workload) => { take: (tick: Tick) => void; buffer: ByteBuffer };

const patchedRows: Variant = ({ kind }) => {
  const encoder = createRowEncoder({ format: 'ndjson', kinds: [kind], time: 'epoch', simulated: false });
  const buffer = new ByteBuffer(2 * CHUNK_BYTES);
  return { buffer, take: (tick) => encoder.encode(tick, buffer) };
};

const wholeRows: Variant = ({ kind }) => {
  const encoder = createRowEncoder({ format: 'ndjson', kinds: [kind], time: 'epoch', simulated: false });
  const buffer = new ByteBuffer(2 * CHUNK_BYTES);
  const take = (tick: Tick): void => {
    (tick as BenchTick).state.changed = ALL_SLOTS;
    encoder.encode(tick, buffer);
  };
  return { buffer, take };
};

const jsonRows: Variant = () => {
  const buffer = new ByteBuffer(2 * CHUNK_BYTES);
  const take = (tick: Tick): void =>
    buffer.appendText(`${JSON.stringify(toRow(tick, { simulated: false, time: 'epoch' }))}\n`);
  return { buffer, take };
};

const nothing: Variant = () => ({ buffer: new ByteBuffer(16), take: () => {} });

/** All bytes of the first rows. */
function encodeSome(variant: Variant, workload: Workload, script: Int32Array): Buffer {
  const { take, buffer } = variant(workload);
  play(workload, script, CHECKED_ROWS, take);
  return buffer.bytes.subarray(0, buffer.length);
}

function measureSeconds(variant: Variant, workload: Workload, script: Int32Array, rows: number): number {
  const { take, buffer } = variant(workload);
  const began = performance.now();
  play(workload, script, rows, (tick) => {
    take(tick);
    if (buffer.length > CHUNK_BYTES) buffer.length = 0;
  });
  return (performance.now() - began) / 1_000;
}

function compareVariants(workload: Workload, rows: number): readonly BenchRow[] {
  const script = createScript(workload);
  const expected = encodeSome(jsonRows, workload, script);
  for (const variant of [patchedRows, wholeRows]) {
    if (!encodeSome(variant, workload, script).equals(expected)) throw new Error(`${workload.name}: variants differ`);
  }
  const rate = (variant: Variant, count: number): number => {
    measureSeconds(variant, workload, script, count / 4);
    return count / Math.min(...Array.from({ length: RUNS }, () => measureSeconds(variant, workload, script, count)));
  };
  const json = rate(jsonRows, rows / 20);
  const whole = rate(wholeRows, rows / 2);
  const patched = rate(patchedRows, rows);
  const bare = rate(nothing, rows);
  const compare = (what: string, encoded: number, base: number, bounds: Pick<BenchRow, 'goal' | 'limit'>): BenchRow => {
    return { what, figure: encoded / base, unit: 'x', better: 'larger', ...bounds, measured: formatRate(encoded) };
  };
  const { name } = workload;
  return [
    compare(`${name}, patched rows, against no encoder`, patched, bare, BOUNDS[name] ?? {}),
    compare(`${name}, patched rows, against JSON.stringify`, patched, json, {}),
    compare(`${name}, every slot changed, against JSON.stringify`, whole, json, {}),
  ];
}

export async function benchEncode({ quick }: BenchOptions): Promise<readonly BenchRow[]> {
  return WORKLOADS.flatMap((workload) => compareVariants(workload, quick ? ROWS.quick : ROWS.full));
}

await runAsProgram(import.meta.url, benchEncode);
