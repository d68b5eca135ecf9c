import { expect, onTestFinished } from 'vitest';
import type { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import type { FeedEvent, FeedListener, Gap } from '../../../src/lib/feed/feed.ts';
import { KINDS, type Kind } from '../../../src/lib/market/kinds.ts';
import type { RowBatch, Tick } from '../../../src/lib/market/tick.ts';
import { RecordedFeed, type RecordedFeedOptions } from '../../../src/lib/recording/playback/recorded-feed.ts';
import { indexRecordings } from '../../../src/lib/recording/playback/recording-index.ts';
import { TimeRange } from '../../../src/lib/recording/playback/time-range.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** Keeps what a feed delivers. */
export class Listener implements FeedListener {
  readonly rows: Buffer[] = [];
  /** When each row came, on the clock of the test. */
  readonly times: number[] = [];
  readonly gaps: { readonly gap: Gap; readonly rowsBefore: number }[] = [];
  readonly warnings: string[] = [];
  readonly states: string[] = [];
  skippedRows = 0;
  /** It has ended, or waits for something other than the clock. */
  isDone = false;
  onRow: (row: Buffer) => void = () => {};
  /** How many rows it takes at once, instead of ticks; more at once it refuses. */
  rowsTakenAtOnce = 0;
  #settle: (end: 'ended' | TickpipeError) => void = () => {};
  readonly end = new Promise<'ended' | TickpipeError>((resolve) => {
    this.#settle = resolve;
  });
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  get text(): string {
    return Buffer.concat(this.rows).toString();
  }

  tick(tick: Tick): void {
    this.#row(Buffer.from(tick.row as Uint8Array));
  }

  batch({ count, bytes, tickAt }: RowBatch): boolean {
    if (count > this.rowsTakenAtOnce) return false;
    const rows = Buffer.from(bytes).toString('latin1').match(/.*\n/g) ?? [];
    expect(rows).toHaveLength(count);
    for (const [place, row] of rows.entries()) {
      expect(row).toContain(`"symbol":"${tickAt(place).symbol}"`);
      this.#row(Buffer.from(row));
    }
    return true;
  }

  #row(row: Buffer): void {
    this.rows.push(row);
    this.times.push(this.#clock.monotonic());
    this.onRow(row);
  }

  event(event: FeedEvent): void {
    if (event.type === 'state') this.states.push(event.state.state);
    if (event.type === 'gap') this.gaps.push({ gap: event.gap, rowsBefore: this.rows.length });
    if (event.type === 'skipped') this.skippedRows += event.rows;
    if (event.type === 'warning') this.warnings.push(event.message);
    if (event.type === 'finished') this.#end('ended');
    if (event.type === 'failed') this.#end(event.error);
  }

  #end(end: 'ended' | TickpipeError): void {
    this.isDone = true;
    this.#settle(end);
  }
}

export interface Opened {
  readonly feed: RecordedFeed;
  readonly listener: Listener;
  readonly clock: ManualClock;
}

/** Opens a recording as a feed, with a clock of its own; closed after the test. */
export async function openFeed(
  paths: string | readonly string[],
  options: Partial<RecordedFeedOptions> & { types?: readonly Kind[] } = {},
): Promise<Opened> {
  const clock = new ManualClock();
  const listener = new Listener(clock);
  const index = await indexRecordings([paths].flat(), options.types);
  const feed = new RecordedFeed(
    {
      name: 'a recording',
      index,
      speed: Number.POSITIVE_INFINITY,
      loop: false,
      range: new TimeRange(),
      kinds: options.types ?? KINDS,
      everything: true,
      emitsKnown: false,
      clock,
      ...options,
    },
    listener,
  );
  onTestFinished(() => feed.close());
  return { feed, listener, clock };
}

/** Plays all of it as fast as it goes, row by row; and again, many rows at once, which must come to the same. */
export async function playAll(
  paths: string | readonly string[],
  options: Parameters<typeof openFeed>[1] = {},
): Promise<Listener> {
  const listener = await playOnce(paths, options, 0);
  for (const rowsTakenAtOnce of [3, Number.POSITIVE_INFINITY]) {
    const again = await playOnce(paths, options, rowsTakenAtOnce);
    expect(again.text).toBe(listener.text);
    expect(again.gaps).toEqual(listener.gaps);
    expect(again.warnings).toEqual(listener.warnings);
    expect(again.skippedRows).toBe(listener.skippedRows);
    expect(await again.end).toEqual(await listener.end);
  }
  return listener;
}

async function playOnce(
  paths: string | readonly string[],
  options: Parameters<typeof openFeed>[1],
  rowsTakenAtOnce: number,
): Promise<Listener> {
  const { feed, listener } = await openFeed(paths, options);
  listener.rowsTakenAtOnce = rowsTakenAtOnce;
  await feed.subscribe([]);
  await listener.end;
  await feed.close();
  return listener;
}

export const textOf = (rows: readonly Buffer[]): string => Buffer.concat(rows).toString();
