import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/lib/clock/clock.ts';
import type { FeedListener, Gap } from '../../../src/lib/feed/feed.ts';
import { KINDS, type Subscription } from '../../../src/lib/market/kinds.ts';
import { ByteBuffer } from '../../../src/lib/output/byte-buffer.ts';
import { createRowEncoder } from '../../../src/lib/output/row-encoder.ts';
import { catalogueRecordings } from '../../../src/lib/recording/playback/catalogue.ts';
import { RecordedFeed } from '../../../src/lib/recording/playback/recorded-feed.ts';
import { TimeRange } from '../../../src/lib/recording/playback/time-range.ts';
import { RawRecording } from '../../../src/lib/recording/writer/raw-recording.ts';
import { parseFaults } from '../../../src/lib/simulator/faults.ts';
import { openSimulatedFeed } from '../../../src/lib/simulator/sim-feed.ts';
import { makeFolder } from '../made-rows.ts';
import { writeRecording } from './recordings.ts';

const SUBSCRIPTIONS: readonly Subscription[] = [
  { kind: 'symbol', symbol: 'NSE:SBIN-EQ' },
  { kind: 'symbol', symbol: 'NSE:INFY-EQ' },
  { kind: 'lite', symbol: 'NSE:SBIN-EQ' },
  { kind: 'lite', symbol: 'NSE:TCS-EQ' },
  { kind: 'depth', symbol: 'NSE:SBIN-EQ' },
  { kind: 'index', symbol: 'NSE:NIFTY50-INDEX' },
];

/** Rows told by a feed, as they are printed. */
class RowCollector implements FeedListener {
  readonly #encoder = createRowEncoder({ format: 'ndjson', kinds: KINDS, time: 'epoch', simulated: true });
  readonly #into = new ByteBuffer();
  readonly #wanted: number;
  rows = 0;
  gaps = 0;
  onGap: (gap: Gap) => void = () => {};
  #reached: () => void = () => {};
  readonly enough = new Promise<void>((resolve) => {
    this.#reached = resolve;
  });

  constructor(wanted: number) {
    this.#wanted = wanted;
  }

  get text(): string {
    return this.#into.bytes.toString('utf8', 0, this.#into.length);
  }

  tick(tick: Parameters<FeedListener['tick']>[0]): void {
    if (tick.row) {
      this.#into.appendText(Buffer.from(tick.row).toString());
    } else this.#encoder.encode(tick, this.#into);
    if (++this.rows === this.#wanted) this.#reached();
  }

  ended(): void {
    this.#reached();
  }

  failed(): void {
    this.#reached();
  }

  state(): void {}

  gap(gap: Gap): void {
    this.gaps++;
    this.onGap(gap);
  }

  silent(): void {}
  refused(): void {}
}

async function playAll(root: string): Promise<RowCollector> {
  const collector = new RowCollector(Number.POSITIVE_INFINITY);
  const feed = new RecordedFeed(
    {
      name: 'raw',
      catalogue: await catalogueRecordings([root]),
      speed: Number.POSITIVE_INFINITY,
      loop: false,
      range: new TimeRange(),
      kinds: KINDS,
      everything: true,
      tellsKnown: false,
      clock: systemClock,
    },
    collector,
  );
  await feed.subscribe([]);
  await collector.enough;
  await feed.close();
  return collector;
}

describe('a raw recording', () => {
  test.each([true, false])('decodes to the rows that the feed gave, over several files (gzip: %s)', async (isGzip) => {
    const root = makeFolder();
    const recording = new RawRecording({
      directory: root,
      isGzip,
      rotateMs: 200,
      maxBytes: 1_000_000,
      clock: systemClock,
      run: '0a0b0c',
      feed: { name: 'the simulator', simulated: true },
      version: '0.0.0',
    });
    const live = new RowCollector(5_000);
    const feed = await openSimulatedFeed(
      {
        clock: systemClock,
        random: Math.random,
        stallTimeoutMs: 0,
        rate: 2_000,
        faults: parseFaults('drop@1s'),
        tap: {
          message: (at, connection, bytes) => recording.message(at, connection, bytes),
          subscribed: (topics) => recording.subscribed(topics),
        },
      },
      live,
    );
    live.onGap = ({ from, to, reason, symbols }) => recording.control({ type: 'Gap', from, to, reason, symbols });
    await feed.subscribe(SUBSCRIPTIONS);
    await live.enough;
    await feed.close();
    await recording.end();
    const catalogue = await catalogueRecordings([root]);
    expect(live.gaps).toBe(1);
    expect(catalogue.series).toHaveLength(1);
    expect(catalogue.series[0]?.length).toBeGreaterThan(1);
    expect(catalogue.simulated).toBe(true);
    expect(catalogue.kinds).toEqual([...KINDS]);
    const played = await playAll(root);
    expect(played.gaps).toBe(live.gaps);
    expect(played.rows).toBe(live.rows);
    expect(played.text).toBe(live.text);
  });

  test('without its header cannot be decoded, which is told', async () => {
    const root = makeFolder();
    const line = Buffer.from('{"at":1795408200000,"connection":1,"message":"AAAA"}\n');
    const file = writeRecording(root, { kind: 'raw', lines: [[line]], isGzip: false });
    writeFileSync(file.replace('.raw.jsonl', '.meta.jsonl'), '');
    expect((await playAll(root)).rows).toBe(0);
  });
});
