/*
 * How long it takes to draw the live table of 500 symbols, which happens up to ten times a second, as ratios against JSON.stringify of
 * all their rows once. What is drawn is compared with the rows first. Run: npx tsx bench/paint.ts
 */

import { systemClock } from '../src/lib/clock/clock.ts';
import { HsmTopicState } from '../src/lib/hsm/topic-table.ts';
import { toRow } from '../src/lib/market/row.ts';
import { SYMBOL_SLOTS } from '../src/lib/market/slots.ts';
import { ALL_SLOTS, type Tick } from '../src/lib/market/tick.ts';
import { TableView } from '../src/lib/output/table/table-view.ts';
import { UNICODE_GLYPHS } from '../src/lib/output/terminal/glyphs.ts';
import { stripPaint } from '../src/lib/output/terminal/paint.ts';
import { type BenchOptions, type BenchRow, runAsProgram } from './benchmark.ts';

const SYMBOLS = 500;
const DRAWS = { full: 2_000, quick: 500 } as const;
const WARM_UP = 100;
const ROW_STYLE = { time: 'epoch', simulated: true } as const;
/** Prices move between two drawings. */
const TICKS_PER_DRAW = 500;
const SIZES = [
  [80, 24],
  [200, 60],
] as const;

type BenchTick = Tick & { readonly state: HsmTopicState<never> };

function createTicks(): BenchTick[] {
  return Array.from({ length: SYMBOLS }, (_, id) => {
    const state = new HsmTopicState<never>(`sf|nse_cm|${id}`, 'sf');
    for (let slot = 0; slot < state.values.length; slot++) state.values[slot] = 50_000 + id * 31 + slot;
    state.known = ALL_SLOTS;
    state.precision = 2;
    state.receivedAt = Date.now();
    return { id, kind: 'symbol', symbol: `NSE:BENCH${id}-EQ`, state };
  });
}

function createView(ticks: readonly Tick[]): TableView {
  const view = new TableView({
    kinds: ['symbol', 'index'],
    time: 'epoch',
    simulated: true,
    header: true,
    color: true,
    glyphs: UNICODE_GLYPHS,
    clock: systemClock,
    spark: true,
    isLive: true,
  });
  view.setKeys(true);
  for (const tick of ticks) view.tick(tick);
  return view;
}

/** Throws unless the prices of the lines are those of the rows. */
function checkDrawing(view: TableView, ticks: readonly Tick[]): void {
  const lines = stripPaint(view.render(200, SYMBOLS + 10)).split('\n');
  for (const tick of ticks) {
    const { ltp } = toRow(tick, ROW_STYLE) as { ltp: number };
    const line = lines.find((text) => text.startsWith(`${tick.symbol} `));
    if (line?.includes(` ${ltp.toFixed(2)} `) !== true) throw new Error(`the line of ${tick.symbol} is ${line}`);
  }
}

/** Milliseconds of processor time for one call. */
function measure(count: number, work: () => void): number {
  for (let call = 0; call < WARM_UP; call++) work();
  const before = process.cpuUsage();
  for (let call = 0; call < count; call++) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / count;
}

function moveAll(ticks: readonly BenchTick[], view: TableView, round: number): void {
  for (let moved = 0; moved < TICKS_PER_DRAW; moved++) {
    const tick = ticks[moved % ticks.length] as BenchTick;
    tick.state.values[SYMBOL_SLOTS.ltp] = 50_000 + ((round * 7 + moved) % 900);
    tick.state.receivedAt = Date.now();
    view.tick(tick);
  }
}

export async function benchPaint({ quick }: BenchOptions): Promise<readonly BenchRow[]> {
  const count = quick ? DRAWS.quick : DRAWS.full;
  const ticks = createTicks();
  const view = createView(ticks);
  checkDrawing(view, ticks);
  const rowsMs = measure(count, () => {
    for (const tick of ticks) JSON.stringify(toRow(tick, ROW_STYLE));
  });
  let round = 0;
  const ticksMs = measure(count, () => moveAll(ticks, view, round++));
  return SIZES.map(([width, height]) => {
    const bothMs = measure(count, () => {
      moveAll(ticks, view, round++);
      view.render(width, height);
    });
    const drawMs = Math.max(0, bothMs - ticksMs);
    return {
      what: `table of ${SYMBOLS} symbols, ${width} x ${height}: one drawing, against JSON.stringify of all rows`,
      figure: drawMs / rowsMs,
      unit: 'x',
      better: 'smaller',
      goal: height === 24 ? 0.3 : 0.5,
      limit: height === 24 ? 0.8 : 1.2,
      measured: `${drawMs.toFixed(2)} ms, 10 a second: ${drawMs.toFixed(1)} % of a core`,
    };
  });
}

await runAsProgram(import.meta.url, benchPaint);
