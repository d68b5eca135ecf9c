import { pause } from '../../clock/abort.ts';
import type { Clock } from '../../clock/clock.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { BarHistory, BarHistoryRequest } from '../../history/bar-history.ts';
import type { Bar } from '../../market/bar.ts';
import { AttemptError } from '../../network/failure.ts';

/** Reads that are under way at once; the limit of calls holds them up further. */
const MAX_READS = 4;
/** A bar that the broker does not have yet is asked for again after these times, milliseconds. */
const LATER_MS = [3_000, 10_000] as const;
/** The broker needs so long after the end of a bar to have it. */
const SETTLE_MS = 2_000;
/** A refusal for the rate is waited for when it does not last longer. */
const MAX_WAIT_MS = 90_000;
const MAX_REFUSALS = 2;

export interface HistoryReadsOptions {
  readonly history: BarHistory;
  readonly clock: Clock;
}

/** Reads the history, some at once, not before the broker can have it. */
export class HistoryReads {
  readonly #options: HistoryReadsOptions;
  readonly #stop = new AbortController();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: HistoryReadsOptions) {
    this.#options = options;
  }

  /** Ends all reads: they reject. */
  close(): void {
    this.#stop.abort(new TickpipeError('HISTORY_FAILED', 'the bars ended before the history was read'));
    for (const start of this.#waiting.splice(0)) start();
    void this.#options.history.close();
  }

  /**
   * The bars of a span whose last one has ended, or will. Throws coded errors.
   * @param isAwaited whether there is a bar that the broker has to have: it is asked for again while it does not
   */
  async read(request: BarHistoryRequest, isAwaited: boolean): Promise<Bar[]> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    await this.#pauseUntil(request.toMs + SETTLE_MS);
    for (const laterMs of [...LATER_MS, undefined]) {
      const bars = await this.#inTurn(request);
      if (bars.length > 0 || !isAwaited || laterMs === undefined) return bars;
      await pause(clock, laterMs, signal);
    }
    return [];
  }

  async #pauseUntil(wallMs: number): Promise<void> {
    const { clock } = this.#options;
    const leftMs = wallMs - clock.now();
    // A time that is far ahead is an error of a clock.
    if (leftMs > 0 && leftMs < MAX_WAIT_MS) await pause(clock, leftMs, this.#stop.signal);
  }

  async #inTurn(request: BarHistoryRequest): Promise<Bar[]> {
    if (this.#running >= MAX_READS) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
    try {
      return await this.#readWhole(request);
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  async #readWhole(request: BarHistoryRequest): Promise<Bar[]> {
    const { history, clock } = this.#options;
    const { signal } = this.#stop;
    for (let refusals = 0; ; refusals++) {
      try {
        const all: Bar[] = [];
        for await (const bars of history.read(request, signal)) all.push(...bars);
        return all;
      } catch (error) {
        const waitMs = error instanceof AttemptError && error.code === 'RATE_LIMITED' ? error.retryAfterMs : undefined;
        if (waitMs === undefined || waitMs > MAX_WAIT_MS || refusals === MAX_REFUSALS) throw error;
        await pause(clock, waitMs, signal);
      }
    }
  }
}
