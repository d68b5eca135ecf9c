import { BarBuilder, type BarBuilderOptions } from '../../src/lib/filters/bars/bar-builder.ts';
import { parseIntervals } from '../../src/lib/filters/bars/interval.ts';
import type { Bar } from '../../src/lib/market/bar.ts';
import type { Column } from '../../src/lib/market/columns.ts';
import type { Kind } from '../../src/lib/market/kinds.ts';
import { ALL_SLOTS, type Tick } from '../../src/lib/market/tick.ts';
import { WEEKDAYS } from '../../src/lib/market/trading-hours.ts';

/** A Monday, on which NSE trades from 09:15 to 15:30. */
export const DAY = '2026-11-23';

/** Epoch seconds of a time in India, `09:15:00` of `DAY` or `2026-11-24 09:15:00`. */
export function seconds(text: string): number {
  const [date, time] = text.includes(' ') ? (text.split(' ') as [string, string]) : [DAY, text];
  return Date.parse(`${date}T${time}+05:30`) / 1_000;
}

export interface RowValues {
  readonly kind?: Kind;
  readonly symbol?: string;
  readonly ltp?: number | null;
  readonly volume?: number;
  readonly high?: number;
  readonly low?: number;
  readonly oi?: number;
  /** When the last trade was; the same as the row's own time when it is left out. */
  readonly traded?: string | null;
  /** Epoch milliseconds; a tenth of a second behind the row's own time when it is left out. */
  readonly received_at?: number;
}

/** A row of numbers by column. @param time of the exchange, as `seconds` takes it */
export function makeRow(time: string, given: RowValues = {}): Tick {
  const { kind = 'symbol', symbol = 'NSE:SBIN-EQ', traded = time, received_at, ...values } = given;
  const numbers: Record<string, number | null | undefined> = {
    ...values,
    last_trade_time: traded === null ? null : seconds(traded),
    exchange_time: seconds(time),
  };
  const state = {
    topic: '',
    values: new Int32Array(0),
    known: 0,
    changed: ALL_SLOTS,
    multiplier: 1,
    precision: 2,
    receivedAt: received_at ?? seconds(time) * 1_000 + 100,
    columns: { numberOf: ({ name }: Column) => numbers[name] ?? null },
  };
  return { id: 0, kind, symbol, state };
}

export interface BarTest extends Partial<Omit<BarBuilderOptions, 'intervals'>> {
  readonly intervals?: string;
}

/** A builder, and the bars that it has given. */
export function makeBuilder({ intervals = '1m', ...options }: BarTest = {}): { builder: BarBuilder; bars: Bar[] } {
  const bars: Bar[] = [];
  const builder = new BarBuilder(
    {
      intervals: parseIntervals(intervals),
      calendar: WEEKDAYS,
      allHours: false,
      graceMs: 2_000,
      skipPartial: false,
      revise: false,
      fill: false,
      changesMs: undefined,
      ...options,
    },
    (bar) => bars.push(bar),
  );
  return { builder, bars };
}

/** What bars are for people: `09:15 o h l c volume`. */
export function showBars(bars: readonly Bar[]): string[] {
  return bars.map(({ start, open, high, low, close, volume }) =>
    [new Date((start + 19_800) * 1_000).toISOString().slice(11, 16), open, high, low, close, volume].join(' '),
  );
}
