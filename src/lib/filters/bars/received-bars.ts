import type { Bar } from '../../market/bar.ts';
import type { ReceivedRecord } from '../../rows/parsed-line.ts';
import type { CreateFilter, TickFilter } from '../tick-filter.ts';

/** Takes bars that another program has made as they are, beside those that are made of ticks. */
export function withReceivedBars(create: CreateFilter<Bar>): CreateFilter<Bar> {
  return (output, surroundings) => {
    const inner = create(output, surroundings);
    let unread = 0;
    const record = (row: ReceivedRecord): void => {
      const bar = readBar(row);
      if (bar) output.emit(bar);
      else unread++;
    };
    const end = (): void => {
      inner.end();
      if (unread === 0) return;
      const what = unread === 1 ? '1 row of type Bar lacks' : `${unread} rows of type Bar lack`;
      output.warn(`${what} a symbol, an interval, times or prices: left out`, { event: 'bars', unread });
    };
    const filter: TickFilter = {
      tick: (tick) => inner.tick(tick),
      control: (row) => inner.control(row),
      record,
      settle: () => inner.settle?.(),
      end,
    };
    return filter;
  };
}

/** A row of type `Bar`; undefined when a value is missing that a picture needs. Times may be ISO 8601. */
export function readBar(row: ReceivedRecord): Bar | undefined {
  const { symbol, interval } = row;
  const [start, end] = [readSeconds(row['start']), readSeconds(row['end'])];
  const prices = [row['open'], row['high'], row['low'], row['close']];
  if (typeof symbol !== 'string' || typeof interval !== 'string') return undefined;
  if (start === undefined || end === undefined || !prices.every(isNumber)) return undefined;
  const [open, high, low, close] = prices as [number, number, number, number];
  return {
    symbol,
    interval,
    start,
    end,
    open,
    high,
    low,
    close,
    volume: isNumber(row['volume']) ? row['volume'] : null,
    vwap: isNumber(row['vwap']) ? row['vwap'] : null,
    ticks: isNumber(row['ticks']) ? row['ticks'] : 0,
    oi: isNumber(row['oi']) ? row['oi'] : null,
    final: row['final'] !== false,
    partial: row['partial'] === true,
    gap_ms: isNumber(row['gap_ms']) ? row['gap_ms'] : 0,
    received_at: isNumber(row['received_at']) ? row['received_at'] : end * 1_000,
  };
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function readSeconds(value: unknown): number | undefined {
  const seconds = typeof value === 'string' ? Date.parse(value) / 1_000 : value;
  return isNumber(seconds) ? seconds : undefined;
}
