/*
 * How fast rows are encoded in this process, as ratios against JSON.stringify of row objects. Variants are checked for equal
 * bytes before they are measured. Run: npx tsx bench/encode.ts [rows]
 */
import { cpus } from 'node:os';
import type { Kind } from '../src/lib/market/kinds.ts';
import { toRow } from '../src/lib/market/row.ts';
import { SLOT_COUNTS, SYMBOL_SLOTS } from '../src/lib/market/slots.ts';
import { ALL_SLOTS, type Tick } from '../src/lib/market/tick.ts';
import { ByteBuffer } from '../src/lib/output/byte-buffer.ts';
import { createRowEncoder } from '../src/lib/output/row-encoder.ts';

const ROWS = Number(process.argv[2] ?? 2_000_000);
const SYMBOLS = 500;
const SEED = 20261123;
const CHECKED_ROWS = 20_000;
/** A writer takes rows in chunks of about this size. */
const CHUNK_BYTES = 64 * 1024;
const STARTED_AT = 1_795_428_683_755;
const ROWS_PER_MS = 1_000;

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
  readonly state: { -readonly [Key in keyof Tick['state']]: Tick['state'][Key] };
}

function createTicks(kind: Kind, slots: number): BenchTick[] {
  const random = createRandom(SEED);
  return Array.from({ length: SYMBOLS }, (_, id) => {
    const values = Int32Array.from({ length: slots }, () => 50_000 + random(400_000));
    for (const slot of [SYMBOL_SLOTS.lastTradeTime, SYMBOL_SLOTS.exchangeTime]) {
      if (kind === 'symbol') values[slot] = Math.floor(STARTED_AT / 1_000) - random(60);
    }
    const state = {
      topic: `sf|nse_cm|${id}`,
      values,
      known: ALL_SLOTS,
      changed: ALL_SLOTS,
      multiplier: 1,
      precision: 2,
    };
    return { id, kind, symbol: `NSE:BENCH${id}-EQ`, state: { ...state, receivedAt: STARTED_AT } };
  });
}

/** One message's changes, as often seen: price, time, volume, or one level of the book. */
type Change = (tick: BenchTick, random: (below: number) => number) => void;

function move({ state }: BenchTick, slot: number, by: number): void {
  state.values[slot] = (state.values[slot] as number) + by;
  state.changed |= 1 << slot;
}

const changeQuote: Change = (tick, random) => {
  if (random(3) === 0) {
    move(tick, SYMBOL_SLOTS.ltp, 5 * (random(7) - 3));
    move(tick, SYMBOL_SLOTS.lastQty, random(9) - 4);
    move(tick, SYMBOL_SLOTS.volume, 1 + random(200));
  }
  move(tick, random(2) === 0 ? SYMBOL_SLOTS.bid : SYMBOL_SLOTS.ask, 5 * (random(5) - 2));
  move(tick, random(2) === 0 ? SYMBOL_SLOTS.bidSize : SYMBOL_SLOTS.askSize, random(99) - 49);
  move(tick, SYMBOL_SLOTS.exchangeTime, random(2));
};

const changeBook: Change = (tick, random) => {
  const slots = SLOT_COUNTS.dp;
  for (let count = 1 + random(6); count > 0; count--) move(tick, random(slots), random(99) - 49);
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
  { name: 'LiteUpdate', kind: 'lite', slots: SLOT_COUNTS.sf, change: (tick, random) => move(tick, 0, random(9) - 4) },
];

/** Plays the same ticks for every variant. */
function play({ kind, slots, change }: Workload, rows: number, take: (tick: Tick) => void): void {
  const ticks = createTicks(kind, slots);
  const random = createRandom(SEED + 1);
  for (let row = 0; row < rows; row++) {
    const tick = ticks[random(SYMBOLS)] as BenchTick;
    tick.state.changed = 0;
    change(tick, random);
    tick.state.receivedAt = STARTED_AT + Math.floor(row / ROWS_PER_MS);
    take(tick);
  }
}

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
function encodeSome(variant: Variant, workload: Workload): Buffer {
  const { take, buffer } = variant(workload);
  play(workload, CHECKED_ROWS, take);
  return buffer.bytes.subarray(0, buffer.length);
}

function measure(variant: Variant, workload: Workload, rows: number): { seconds: number; bytes: number } {
  const { take, buffer } = variant(workload);
  let bytes = 0;
  const began = performance.now();
  play(workload, rows, (tick) => {
    take(tick);
    if (buffer.length < CHUNK_BYTES) return;
    bytes += buffer.length;
    buffer.length = 0;
  });
  return { seconds: (performance.now() - began) / 1_000, bytes: bytes + buffer.length };
}

function report(workload: Workload): void {
  const expected = encodeSome(jsonRows, workload);
  for (const variant of [patchedRows, wholeRows]) {
    if (!encodeSome(variant, workload).equals(expected)) throw new Error(`${workload.name}: the variants differ`);
  }
  // Making the ticks costs the same for all and is taken off.
  const idle = measure(nothing, workload, ROWS).seconds;
  const rate = (variant: Variant, rows: number): number => {
    measure(variant, workload, rows / 10);
    return rows / (measure(variant, workload, rows).seconds - (idle * rows) / ROWS);
  };
  const json = rate(jsonRows, ROWS / 10);
  const bytesPerRow = expected.length / CHECKED_ROWS;
  const show = (name: string, rowsPerSecond: number): void => {
    const ratio = (rowsPerSecond / json).toFixed(1);
    process.stdout.write(`  ${name.padEnd(32)} ${(rowsPerSecond / 1e6).toFixed(2)} million rows/s  ${ratio} x\n`);
  };
  process.stdout.write(`${workload.name}, ${bytesPerRow.toFixed(0)} bytes a row\n`);
  show('toRow and JSON.stringify', json);
  show('encoder, every slot changed', rate(wholeRows, ROWS));
  show('encoder, rows patched', rate(patchedRows, ROWS));
}

process.stdout.write(`${cpus()[0]?.model} x ${cpus().length}, Node ${process.version}, ${new Date().toISOString()}\n`);
for (const workload of WORKLOADS) report(workload);
