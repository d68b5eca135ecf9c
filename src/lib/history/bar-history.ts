import type { Bar } from '../market/bar.ts';
import type { HistoryInterval } from './history-interval.ts';
import type { Span } from './history-ranges.ts';

/** Which bars of the broker: those that begin in the span. */
export interface BarHistoryRequest extends Span {
  readonly symbol: string;
  readonly interval: HistoryInterval;
  /** Whether the bars have the open interest. */
  readonly oi: boolean;
}

/** The broker's own candles as bars, wherever they come from: the broker itself, a simulator, a hub. */
export interface BarHistory {
  /** Whether the prices are made up. */
  readonly simulated: boolean;
  /**
   * The bars that have ended, in the order of time and each once, in batches. Throws `USAGE` for candles of seconds that the broker does not keep
   * any more, `UNKNOWN_SYMBOL`, other coded errors, and the signal's reason.
   */
  read(request: BarHistoryRequest, signal: AbortSignal): AsyncIterable<readonly Bar[]>;
  /** Ends its connections. */
  close(): Promise<void> | void;
}
