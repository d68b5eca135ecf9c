import type { Bar } from '../market/bar.ts';
import type { Candle } from './candle-answer.ts';
import { type CandleContext, toBar } from './candle-bar.ts';
import type { Span } from './history-ranges.ts';

/** A bar that ended less than this ago may still lack its last trades. */
const GRACE_MS = 2_000;

/** Makes bars of candles that come in parts: those that begin in a span and have ended, each once. */
export class FinishedBars {
  readonly #span: Span;
  readonly #context: CandleContext;
  /** Epoch seconds. */
  #lastStart = Number.NEGATIVE_INFINITY;

  constructor(span: Span, context: CandleContext) {
    this.#span = span;
    this.#context = context;
  }

  /** @param candles in the order of time @param nowMs epoch milliseconds */
  select(candles: readonly Candle[], nowMs: number): Bar[] {
    const { fromMs, toMs } = this.#span;
    const bars: Bar[] = [];
    for (const candle of candles) {
      const bar = toBar(candle, this.#context, nowMs);
      const startMs = bar.start * 1_000;
      if (startMs < fromMs || startMs >= toMs || bar.start <= this.#lastStart) continue;
      if (bar.end * 1_000 + GRACE_MS > nowMs) continue;
      this.#lastStart = bar.start;
      bars.push(bar);
    }
    return bars;
  }
}
