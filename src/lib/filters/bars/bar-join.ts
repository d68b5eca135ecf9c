import type { Bar } from '../../market/bar.ts';
import type { FilterOutput, FilterSurroundings } from '../tick-filter.ts';

/** Joins the bars that are made of ticks with those of the broker. */
export interface BarJoin {
  /** Whether the first row of a symbol has come. */
  has(symbol: string): boolean;
  /**
   * The first row of a symbol has come.
   * @param atMs by the clock of the rows, epoch milliseconds
   * @param forming the bars that it opened
   */
  begin(symbol: string, atMs: number, forming: readonly Bar[]): void;
  /** A bar that was made of ticks. */
  take(bar: Bar): void;
  /** @param fromMs,toMs epoch milliseconds */
  gap(fromMs: number, toMs: number, symbols: Iterable<string>): void;
  /** A gap of every symbol. */
  gapOfAll(fromMs: number, toMs: number): void;
  /** Resolves when no answer is waited for; undefined when none is. */
  settle(): Promise<void> | undefined;
  /** Prints the bars that wait, and asks for nothing any more. Safe twice. */
  end(): void;
}

/** What becomes of the bars of a join. */
export interface JoinedBars {
  readonly give: (bar: Bar) => void;
  /** Leaves out bars of which a part was not seen: the broker's version of them is the first. */
  readonly skipPartial: boolean;
}

/** How the bars of a run are joined with those of the broker. */
export interface BarJoinPlan {
  /** Undefined where the feed has no way to the broker's bars, which was reported. */
  createJoin(
    output: Pick<FilterOutput<Bar>, 'warn' | 'hold'>,
    surroundings: FilterSurroundings,
    bars: JoinedBars,
  ): BarJoin | undefined;
}
