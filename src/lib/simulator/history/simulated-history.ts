import type { Clock } from '../../clock/clock.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { BarHistory, BarHistoryRequest } from '../../history/bar-history.ts';
import { readCandles } from '../../history/candle-answer.ts';
import { ownerOf } from '../../history/candle-bar.ts';
import { FinishedBars } from '../../history/finished-bars.ts';
import { checkReach, endOfCandles, startOfCandle } from '../../history/history-ranges.ts';
import type { Bar } from '../../market/bar.ts';
import { createCalendar } from '../../market/calendar.ts';
import { CALENDAR_2026 } from '../../market/calendar-2026.ts';
import type { Calendar } from '../../market/trading-hours.ts';
import { CANDLE_LENGTHS, type CandleSource, makeCandles } from './candle-source.ts';

export interface SimulatedHistoryOptions {
  readonly candlesOf: (symbol: string) => CandleSource | undefined;
  readonly clock: Clock;
  /** Says when a bar ends; that of the program if not given. */
  readonly calendar?: Calendar;
}

/** The candles of a simulated market in this process: no call, and no limit of calls. */
export class SimulatedHistory implements BarHistory {
  readonly simulated = true;
  readonly #options: SimulatedHistoryOptions;

  constructor(options: SimulatedHistoryOptions) {
    this.#options = options;
  }

  async *read(request: BarHistoryRequest, signal: AbortSignal): AsyncGenerator<Bar[]> {
    const { candlesOf, clock, calendar = createCalendar([CALENDAR_2026]) } = this.#options;
    const { symbol, interval, oi, fromMs, toMs } = request;
    signal.throwIfAborted();
    const owner = ownerOf(symbol, calendar);
    checkReach(interval, fromMs, clock.now(), owner, calendar);
    const source = candlesOf(symbol);
    const length = CANDLE_LENGTHS.get(interval.resolution);
    if (source === undefined) throw new TickpipeError('UNKNOWN_SYMBOL', `unknown symbol: ${symbol}`);
    if (length === undefined) throw new TickpipeError('BUG', `no candles of ${interval.name}`);
    const wantedToMs = Math.min(endOfCandles(interval, toMs), clock.now());
    const wantedFromS = Math.floor(startOfCandle(interval, fromMs) / 1_000);
    const sent = makeCandles(source, length, wantedFromS, Math.floor(wantedToMs / 1_000), oi);
    const candles = readCandles({ s: 'ok', candles: sent }) ?? [];
    const finished = new FinishedBars(request, { symbol, interval, owner, calendar, simulated: true });
    const bars = finished.select(candles, clock.now());
    if (bars.length > 0) yield bars;
  }

  close(): void {}
}
