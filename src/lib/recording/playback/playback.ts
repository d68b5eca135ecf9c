import { setImmediate as untilNextTurn } from 'node:timers/promises';
import { onAbort, pause } from '../../clock/abort.ts';
import type { Clock } from '../../clock/clock.ts';
import { beginOfRow, endOfRow, type RowRun } from '../../output/rows/row-block.ts';
import type { Losses } from './losses.ts';
import { Pace } from './pace.ts';
import type { Series } from './recording-index.ts';
import { type Note, SeriesCursor } from './series-cursor.ts';
import type { TimeRange } from './time-range.ts';

/** After so many rows the event loop gets a turn. */
const ROWS_PER_TURN = 512;

export interface PlaybackOptions {
  readonly series: readonly Series[];
  readonly range: TimeRange;
  readonly speed: number;
  readonly clock: Clock;
  readonly losses: Losses;
  readonly signal: AbortSignal;
}

/** Receives what a playback reads. Rows stand in `bytes` from `begin` to `end`, line end included, until the call returns. */
export interface PlaybackListener {
  /** Rows that follow each other. False, and nothing is done, when they have to come one by one. */
  run(run: RowRun): boolean;
  row(bytes: Buffer, begin: number, end: number): void;
  /** A row before the range: what was known when it begins. */
  known(bytes: Buffer, begin: number, end: number): void;
  note(note: Note): void;
  /** A warning. @param event a short name for programs */
  warning(event: string, message: string): void;
}

/** Plays series merged in the order of time, each in its own order, at the pace of the recording. */
export class Playback {
  readonly #options: PlaybackOptions;
  readonly #listener: PlaybackListener;
  /** In the order of their times, then of their ranks. */
  readonly #cursors: SeriesCursor[];
  readonly #pace: Pace;
  /** The rows of a run that the listener refused: they are delivered one by one. */
  #single: { readonly cursor: SeriesCursor; left: number } | undefined;
  #gate: { readonly opened: Promise<void>; readonly open: () => void } | undefined;

  constructor(options: PlaybackOptions, listener: PlaybackListener) {
    const { series, range, losses, clock, speed, signal } = options;
    this.#options = options;
    this.#listener = listener;
    this.#pace = new Pace(clock, speed);
    const onKnown = (row: Buffer): void => listener.known(row, 0, row.length);
    const warn = (event: string, message: string): void => listener.warning(event, message);
    this.#cursors = series
      .map((files, rank) => new SeriesCursor(files, rank, { range, losses, signal, onKnown, warn }))
      .sort((one, other) => (isBefore(one, other) ? -1 : 1));
  }

  /** Resolves at the end of the recordings, or when the signal fires. Throws `INPUT_MISSING`. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    const stopListening = onAbort(signal, () => this.resume());
    try {
      while (!signal.aborted && (await this.#playTurn())) await untilNextTurn();
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      stopListening();
      for (const cursor of this.#cursors) await cursor.close();
    }
  }

  pause(): void {
    if (this.#gate !== undefined || this.#options.signal.aborted) return;
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#gate = { opened, open };
  }

  resume(): void {
    this.#gate?.open();
    this.#gate = undefined;
  }

  /** Plays what is due, up to a turn's worth. False at the end. */
  async #playTurn(): Promise<boolean> {
    const { range, signal } = this.#options;
    for (let left = ROWS_PER_TURN; left > 0; left--) {
      const [cursor] = this.#cursors;
      if (cursor === undefined) return false;
      if (!cursor.isReady) {
        await this.#fetch(cursor);
        if (signal.aborted) return false;
        continue;
      }
      if (range.isOver(cursor.time)) return false;
      if (range.includes(cursor.time)) {
        if (this.#gate) await this.#gate.opened;
        const delay = this.#pace.delay(cursor.time);
        if (delay > 0) {
          await this.#wait(delay);
          return !signal.aborted;
        }
        if (signal.aborted) return false;
        left -= this.#deliver(cursor);
      } else {
        if (cursor.note === undefined) this.#known(cursor.row);
        cursor.step();
      }
      this.#sift();
    }
    return true;
  }

  async #fetch(cursor: SeriesCursor): Promise<void> {
    if (await cursor.fetch()) this.#sift();
    else await this.#cursors.shift()?.close();
  }

  /** Delivers what the cursor stands at, or many rows at once, and goes on behind it. Returns how many rows came beside the first. */
  #deliver(cursor: SeriesCursor): number {
    if (cursor.note) this.#listener.note(cursor.note);
    else {
      const run = this.#findRun(cursor);
      if (run.count > 1) {
        if (this.#listener.run(run)) {
          cursor.skip(run);
          return run.count - 1;
        }
        this.#single = { cursor, left: run.count };
      }
      this.#listener.row(run.block.bytes, beginOfRow(run.block, run.first), endOfRow(run.block, run.first));
    }
    cursor.step();
    return 0;
  }

  /** The rows that come before anything of another cursor; a single row unless the speed is `max`. */
  #findRun(cursor: SeriesCursor): RowRun {
    const single = this.#single;
    if (single?.cursor === cursor && --single.left > 0) return cursor.row;
    this.#single = undefined;
    const next = this.#cursors[1];
    if (this.#options.speed !== Number.POSITIVE_INFINITY) return cursor.row;
    return next ? cursor.run(next.time, cursor.rank < next.rank) : cursor.run(Number.POSITIVE_INFINITY, true);
  }

  #known({ block, first }: RowRun): void {
    this.#listener.known(block.bytes, beginOfRow(block, first), endOfRow(block, first));
  }

  /** Brings the first cursor to its place after its time has changed. */
  #sift(): void {
    const cursors = this.#cursors;
    const moved = cursors[0] as SeriesCursor;
    let at = 0;
    for (let next = cursors[1]; next !== undefined && isBefore(next, moved); next = cursors[at + 1]) {
      cursors[at++] = next;
    }
    cursors[at] = moved;
  }

  #wait(delayMs: number): Promise<void> {
    const { clock, signal } = this.#options;
    return pause(clock, delayMs, signal).catch(() => {});
  }
}

function isBefore(one: SeriesCursor, other: SeriesCursor): boolean {
  return one.time < other.time || (one.time === other.time && one.rank < other.rank);
}
