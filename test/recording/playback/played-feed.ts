import { onTestFinished } from 'vitest';
import type { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import type { FeedEvent, FeedListener, Gap } from '../../../src/lib/feed/feed.ts';
import { KINDS, type Kind } from '../../../src/lib/market/kinds.ts';
import type { Tick } from '../../../src/lib/market/tick.ts';
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
    const row = Buffer.from(tick.row as Uint8Array);
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

/** Plays all of it as fast as it goes. */
export async function playAll(
  paths: string | readonly string[],
  options: Parameters<typeof openFeed>[1] = {},
): Promise<Listener> {
  const { feed, listener } = await openFeed(paths, options);
  await feed.subscribe([]);
  await listener.end;
  return listener;
}

export const textOf = (rows: readonly Buffer[]): string => Buffer.concat(rows).toString();
