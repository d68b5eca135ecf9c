import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, onTestFinished } from 'vitest';
import type { FeedEvent } from '../../../src/lib/feed/feed.ts';
import { BAR_NEEDS, createBarFilter } from '../../../src/lib/filters/bars/bar-filter.ts';
import { parseIntervals } from '../../../src/lib/filters/bars/interval.ts';
import { parseIndicators } from '../../../src/lib/filters/indicators/indicator.ts';
import { IndicatorColumns } from '../../../src/lib/filters/indicators/indicator-columns.ts';
import { barsWith } from '../../../src/lib/filters/indicators/indicator-record.ts';
import type { TickFilter } from '../../../src/lib/filters/tick-filter.ts';
import { HubFeed } from '../../../src/lib/hub/client/hub-feed.ts';
import { connectHub } from '../../../src/lib/hub/daemon/connect-hub.ts';
import { HubServer } from '../../../src/lib/hub/server/hub-server.ts';
import type { Tick } from '../../../src/lib/market/tick.ts';
import { WEEKDAYS } from '../../../src/lib/market/trading-hours.ts';
import { createRecordEncoder } from '../../../src/lib/output/records/record-encoder.ts';
import type { ControlRow } from '../../../src/lib/output/rows/control-rows.ts';
import { RecordedFeed } from '../../../src/lib/recording/playback/recorded-feed.ts';
import { indexRecordings } from '../../../src/lib/recording/playback/recording-index.ts';
import { TimeRange } from '../../../src/lib/recording/playback/time-range.ts';
import { PipedFeed, type PipedListener } from '../../../src/lib/rows/piped-feed.ts';
import { FakeFeed } from '../../hub/core/fake-feed.ts';
import { writeRecording } from '../../recording/playback/recordings.ts';
import {
  MARKET_SYMBOLS,
  type MarketEvent,
  MarketTicks,
  makeMarket,
  printMarket,
  withReason,
} from '../../support/bar-market.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { seededRandom } from '../../support/random.ts';

/*
 * Random ticks with gaps, late rows, corrections, trades outside the session and changes of the day give the same bytes on every road:
 * live, from stdin in pieces of any size, from a recording at any speed, and through the hub.
 */

const KINDS = ['symbol', 'index'] as const;
const SUBSCRIPTIONS = MARKET_SYMBOLS.map(({ kind, symbol }) => ({ kind, symbol }));

/** What a run of `bars` is given. */
export interface RoadOptions {
  readonly intervals: string;
  readonly revise: boolean;
  readonly fill: boolean;
  readonly changesMs: number | undefined;
  readonly allHours: boolean;
  readonly graceMs: number;
}

/** A filter at the end of a feed, and the lines that it gives. */
class BarLines implements PipedListener {
  readonly lines: string[] = [];
  readonly warnings: string[] = [];
  /** Ticks and gaps that came. */
  events = 0;
  isFinished = false;
  readonly #filter: TickFilter;

  constructor(options: RoadOptions, isLive: boolean) {
    const indicators = parseIndicators('ema:3,rsi:5,atr:4,vwap');
    const columns = new IndicatorColumns(indicators);
    const encoder = createRecordEncoder(barsWith(indicators), 'ndjson');
    const { intervals, ...rest } = options;
    const create = createBarFilter({
      ...rest,
      intervals: parseIntervals(intervals),
      calendar: WEEKDAYS,
      skipPartial: false,
      addColumns: (bar) => columns.add(bar),
    });
    this.#filter = create(
      {
        emit: (bar) => this.lines.push(encoder.encode({ ...bar })),
        preview: () => {},
        hold: () => {},
        warn: (message) => this.warnings.push(message),
      },
      // A clock that stands still: a live feed that is never silent.
      { clock: new ManualClock(), isLive, isLiveTable: false, isSimulated: () => false },
    );
  }

  tick(tick: Tick): void {
    this.events++;
    this.#filter.tick(tick);
  }

  control(row: ControlRow): void {
    if (row.type === 'Gap') this.events++;
    this.#filter.control(row);
  }

  record(): void {}

  event(event: FeedEvent): void {
    if (event.type === 'gap') this.control({ type: 'Gap', ...event.gap });
    if (event.type === 'failed') throw event.error;
    if (event.type === 'finished') this.isFinished = true;
  }

  end(): { readonly bars: string; readonly warnings: readonly string[] } {
    this.#filter.end();
    return { bars: this.lines.join(''), warnings: this.warnings };
  }
}

function playLive(events: readonly MarketEvent[], options: RoadOptions) {
  const into = new BarLines(options, true);
  const market = new MarketTicks();
  for (const event of events) {
    if ('gap' in event) into.control({ type: 'Gap', ...withReason(event.gap) });
    else into.tick(market.take(event));
  }
  return into.end();
}

async function playPiped(bytes: Buffer, random: () => number, options: RoadOptions) {
  const input = new PassThrough();
  const into = new BarLines(options, false);
  const feed = new PipedFeed({ input, clock: new ManualClock(), kinds: KINDS, needs: BAR_NEEDS, records: [] }, into);
  await feed.subscribe([]);
  for (let at = 0; at < bytes.length; ) {
    const next = at + 1 + Math.floor(random() ** 4 * 70_000);
    input.write(bytes.subarray(at, next));
    at = next;
    if (random() < 0.2) await new Promise(setImmediate);
  }
  input.end();
  await expect.poll(() => into.isFinished).toBe(true);
  return into.end();
}

async function playRecorded(folder: string, speed: number, options: RoadOptions) {
  const clock = new ManualClock();
  const into = new BarLines(options, false);
  const feed = new RecordedFeed(
    {
      name: 'a recording',
      index: await indexRecordings([folder], KINDS),
      speed,
      loop: false,
      range: new TimeRange(),
      kinds: KINDS,
      everything: false,
      emitsKnown: false,
      clock,
    },
    into,
  );
  onTestFinished(() => feed.close());
  await feed.subscribe(SUBSCRIPTIONS);
  while (!into.isFinished) {
    clock.advance(60_000);
    await new Promise(setImmediate);
  }
  return into.end();
}

async function playThroughHub(events: readonly MarketEvent[], options: RoadOptions) {
  const folder = mkdtempSync(path.join(tmpdir(), 'bars-'));
  const socketPath = path.join(folder, 'hub.sock');
  let source: FakeFeed | undefined;
  const server = await HubServer.open({
    openFeed: async (listener) => {
      source = new FakeFeed(listener);
      return source;
    },
    clock: new ManualClock(),
    calendar: WEEKDAYS,
    version: '1.2.3',
    webFolder: path.join(import.meta.dirname, '../../../src/web'),
    onBug: (error) => {
      throw error;
    },
  });
  onTestFinished(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await server.listen({ path: socketPath }, { isTrusted: true, allowOrigins: [] });
  const into = new BarLines(options, true);
  const feed = await HubFeed.open(
    {
      connect: (signal) => connectHub({ socketPath }, { query: new URLSearchParams(), signal }),
      clock: new ManualClock(),
      random: () => 0,
      nameOf: ({ feed: name }) => name,
      signal: new AbortController().signal,
    },
    into,
  );
  onTestFinished(() => feed.close());
  await feed.subscribe(SUBSCRIPTIONS);
  const upstream = source as FakeFeed;
  upstream.become({ state: 'live', at: 0 });
  const market = new MarketTicks();
  for (const [at, event] of events.entries()) {
    if ('gap' in event) upstream.listener.event({ type: 'gap', gap: withReason(event.gap) });
    else upstream.listener.tick(market.take(event));
    // Many rows of one turn come in one message.
    if (at % 97 === 0) await new Promise(setImmediate);
    if (at % 1_000 === 999) await expect.poll(() => into.events).toBe(at + 1);
  }
  await expect.poll(() => into.events).toBe(events.length);
  return into.end();
}

function writeMarket(events: readonly MarketEvent[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'bars-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const rows = printMarket(events);
  const notes = events.flatMap((event) => ('gap' in event ? [{ type: 'Gap', ...withReason(event.gap) }] : []));
  for (const kind of KINDS) {
    const lines = rows.filter((row) => row.includes(kind === 'symbol' ? '"SymbolUpdate"' : '"IndexUpdate"'));
    writeRecording(folder, { kind, lines: [lines], startsAt: events[0]?.at as number, notes });
  }
  return folder;
}

export const SETTINGS: readonly RoadOptions[] = [
  { intervals: '1m', revise: false, fill: false, changesMs: undefined, allHours: false, graceMs: 2_000 },
  { intervals: '15s,1m,7t,900v,1d', revise: true, fill: true, changesMs: 1_000, allHours: false, graceMs: 2_000 },
  { intervals: '1s,3m', revise: true, fill: false, changesMs: 0, allHours: true, graceMs: 0 },
  { intervals: '1m,90s', revise: false, fill: true, changesMs: 250, allHours: false, graceMs: 7_000 },
];

/** Plays a market on every road, checks that all give the same, and returns it. */
export async function playEverywhere(seed: number, options: RoadOptions, rowsPerDay: number): Promise<string> {
  const random = seededRandom(seed);
  const days = ['2026-11-23T09:13:00', '2026-11-23T15:28:30', '2026-11-24T09:14:30'];
  const begins = days.map((text) => Date.parse(`${text}+05:30`));
  const events = makeMarket({ random, begins, rowsPerDay, hasFaults: true });
  const live = playLive(events, options);
  const piped = Buffer.concat(printMarket(events));
  expect(await playPiped(piped, random, options)).toEqual(live);
  const folder = writeMarket(events);
  for (const speed of [1, 60, Number.POSITIVE_INFINITY]) {
    expect(await playRecorded(folder, speed, options)).toEqual(live);
  }
  expect(await playThroughHub(events, options)).toEqual(live);
  return `${live.bars}${live.warnings.join('\n')}`;
}
