import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/lib/clock/clock.ts';
import type { FeedEvent, FeedListener, Gap } from '../../../src/lib/feed/feed.ts';
import { DataFrameWriter } from '../../../src/lib/hsm/data-frame.ts';
import { encodeAuthAccepted } from '../../../src/lib/hsm/responses.ts';
import { KINDS, type Subscription } from '../../../src/lib/market/kinds.ts';
import type { Scale } from '../../../src/lib/market/price.ts';
import { ByteBuffer } from '../../../src/lib/output/rows/byte-buffer.ts';
import { createRowEncoder } from '../../../src/lib/output/rows/row-encoder.ts';
import { RecordedFeed } from '../../../src/lib/recording/playback/recorded-feed.ts';
import { indexRecordings } from '../../../src/lib/recording/playback/recording-index.ts';
import { TimeRange } from '../../../src/lib/recording/playback/time-range.ts';
import { RawRecording } from '../../../src/lib/recording/writer/raw-recording.ts';
import { parseFaults } from '../../../src/lib/simulator/faults.ts';
import { openSimulatedFeed } from '../../../src/lib/simulator/sim-feed.ts';
import { makeFolder, TEN } from '../made-rows.ts';
import { writeRecording } from './recordings.ts';

/** One data message: a quote and a book of sf|nse_cm|3045 and dp|nse_cm|3045, with counts beyond 2^31. */
const COUNTS_OVER_INT32 =
  '012b060000000100025300010e73667c6e73655f636d7c3330343515000003e8866c772580000000800000008000000080000000800000008000000080000000b2d05e0000000005800000009502f90080000000800000008000000080000000800000008000000080000000000003de0000000102066e73655f636d0433303435075342494e2d45515300020e64707c6e73655f636d7c333034351e000003e8000003e7000003e6000003e5000003e4000003e9000003ea000003eb000003ec000003ed832156000000000a0000000a0000000a0000000a0000000a0000000a0000000a0000000a0000000a000000010000000100000001000000010000000100000001000000010000000100000001000000010000000102066e73655f636d0433303435075342494e2d4551';

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

  readonly warnings: string[] = [];

  event(event: FeedEvent): void {
    if (event.type === 'warning') this.warnings.push(`${event.event}: ${event.message}`);
    if (event.type === 'finished' || event.type === 'failed') this.#reached();
    if (event.type !== 'gap') return;
    this.gaps++;
    this.onGap(event.gap);
  }
}

async function playAll(root: string): Promise<RowCollector> {
  const collector = new RowCollector(Number.POSITIVE_INFINITY);
  const feed = new RecordedFeed(
    {
      name: 'raw',
      index: await indexRecordings([root]),
      speed: Number.POSITIVE_INFINITY,
      loop: false,
      range: new TimeRange(),
      kinds: KINDS,
      everything: true,
      emitsKnown: false,
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
    const live = new RowCollector(1_500);
    const feed = await openSimulatedFeed(
      {
        clock: systemClock,
        random: () => 0.5,
        stallTimeoutMs: 0,
        rate: 2_000,
        faults: parseFaults('drop@300ms'),
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
    const index = await indexRecordings([root]);
    expect(live.gaps).toBe(1);
    expect(index.series).toHaveLength(1);
    expect(index.series[0]?.length).toBeGreaterThan(1);
    expect(index.simulated).toBe(true);
    expect(index.kinds).toEqual([...KINDS]);
    const played = await playAll(root);
    expect(played.gaps).toBe(live.gaps);
    expect(played.rows).toBe(live.rows);
    expect(played.text).toBe(live.text);
  });

  /** What is played of data frames, under a header that names these symbols. */
  async function playFrames(
    frames: readonly Buffer[],
    symbols: Readonly<Record<string, string>>,
  ): Promise<RowCollector> {
    const root = makeFolder();
    const lines = [encodeAuthAccepted(0), ...frames].map((bytes, at) =>
      Buffer.from(`{"at":${TEN + at},"connection":1,"message":"${bytes.toString('base64')}"}\n`),
    );
    const topics = Object.fromEntries(Object.entries(symbols).map(([topic, symbol]) => [topic, [symbol]]));
    const subscriptions = Object.entries(symbols).map(([topic, symbol]) => [
      topic.startsWith('dp') ? 'DepthUpdate' : 'SymbolUpdate',
      symbol,
    ]);
    writeRecording(root, {
      kind: 'raw',
      lines: [lines],
      isGzip: false,
      header: { subscriptions, topics, simulated: true },
    });
    return playAll(root);
  }

  function frameOf(topic: string, scale: Scale, values: readonly number[] = [1_000]): Buffer {
    const writer = new DataFrameWriter(4_096);
    writer.begin(1);
    writer.snapshot(1, Int32Array.from(values), {
      topic,
      ...scale,
      exchange: '',
      exchangeToken: '',
      tradingSymbol: '',
    });
    return Buffer.from(writer.finish());
  }

  test('has counts beyond 2^31', async () => {
    const { text } = await playFrames([Buffer.from(COUNTS_OVER_INT32, 'hex')], {
      'sf|nse_cm|3045': 'NSE:SBIN-EQ',
      'dp|nse_cm|3045': 'NSE:SBIN-EQ',
    });
    expect(text).toContain('"ltp":10,');
    expect(text).toContain('"prev_close":9.9,');
    expect(text).toContain('"volume":2255255333,');
    expect(text).toContain('"total_buy_qty":3000000000,"total_sell_qty":5,"oi":2500000000,');
    expect(text).toContain('"bid":[{"price":10,"quantity":2200000000,"orders":1}');
    // (2,200,000,040 - 50) / 2,200,000,090
    expect(text).toContain('"imbalance":1,');
  });

  test('reports scales that are not as they should be, by symbol and once', async () => {
    const symbols = { 'sf|nse_cm|1': 'NSE:A-EQ', 'sf|nse_cm|2': 'NSE:B-EQ' };
    const frames = [
      frameOf('sf|nse_cm|1', { multiplier: 0, precision: 2 }),
      frameOf('sf|nse_cm|1', { multiplier: 0, precision: 2 }, [1_001]),
      frameOf('sf|nse_cm|2', { multiplier: 1, precision: 10 }),
      frameOf('sf|nse_cm|3', { multiplier: 0, precision: 2 }),
    ];
    const { warnings, rows, text } = await playFrames(frames, symbols);
    expect(warnings).toEqual([
      'scale: the feed sent NSE:A-EQ with a multiplier of 0, which counts as 1: compare its prices with another source',
      'scale: the feed sent NSE:B-EQ with a scale that cannot be used: it has no rows',
    ]);
    expect(rows).toBe(2);
    expect(text).toContain('"ltp":10.01,');
  });

  test('makes no row of what is no symbol, whatever its header says', async () => {
    const symbols = { 'sf|nse_cm|1': '+1+CMD(X)', 'sf|nse_cm|2': 'NSE:B-EQ' };
    const frames = Object.keys(symbols).map((topic) => frameOf(topic, { multiplier: 1, precision: 2 }));
    const { text, rows } = await playFrames(frames, symbols);
    expect([rows, text.includes('CMD')]).toEqual([1, false]);
  });

  test('without its header cannot be decoded, which is reported', async () => {
    const root = makeFolder();
    const line = Buffer.from('{"at":1795408200000,"connection":1,"message":"AAAA"}\n');
    const file = writeRecording(root, { kind: 'raw', lines: [[line]], isGzip: false });
    writeFileSync(file.replace('.raw.jsonl', '.meta.jsonl'), '');
    expect((await playAll(root)).rows).toBe(0);
  });
});
