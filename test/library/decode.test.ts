import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock/clock.ts';
import { DataFrameWriter } from '../../src/lib/hsm/data-frame.ts';
import { encodeAuthAccepted } from '../../src/lib/hsm/responses.ts';
import { openSimulatedFeed } from '../../src/lib/simulator/sim-feed.ts';
import { decode, type Row } from '../../src/library/index.ts';
import { RowFeed } from '../../src/library/row-feed.ts';

/** Rows of a feed on a simulator, and the messages that they came in. */
async function collect(count: number) {
  const messages: { bytes: Buffer; receivedAt: number }[] = [];
  const topics = new Map<string, string>();
  const feed = await RowFeed.open((inbox) =>
    openSimulatedFeed(
      {
        clock: systemClock,
        random: Math.random,
        stallTimeoutMs: 0,
        rate: 2_000,
        tap: {
          message: (receivedAt, _, message) => messages.push({ bytes: Buffer.from(message), receivedAt }),
          subscribed: (all) => {
            for (const [topic, [subscription]] of all) if (subscription) topics.set(topic, subscription.symbol);
          },
        },
      },
      inbox,
    ),
  );
  await feed.subscribe([
    { kind: 'symbol', symbol: 'NSE:SBIN-EQ' },
    { kind: 'depth', symbol: 'NSE:INFY-EQ' },
    { kind: 'index', symbol: 'NSE:NIFTY50-INDEX' },
  ]);
  const rows: Row[] = [];
  for await (const row of feed) if (rows.push(row) === count) break;
  return { messages, rows, topics };
}

describe('decode', () => {
  test('gives the rows that a feed gives of the same messages', async () => {
    const { messages, rows, topics } = await collect(300);
    const decoded = [...decode(messages, { symbolOf: (topic) => topics.get(topic), simulated: true })];
    expect(decoded[0]?.answer).toMatchObject({ type: 'auth', ok: true });
    expect(decoded.flatMap((message) => message.rows).slice(0, 300)).toEqual(rows);
    expect(new Set(rows.map(({ type }) => type))).toEqual(new Set(['SymbolUpdate', 'DepthUpdate', 'IndexUpdate']));
    expect(decoded.some(({ ackDue }) => ackDue !== undefined)).toBe(true);
    expect(decoded.reduce((sum, { unusable }) => sum + unusable, 0)).toBe(0);
  });

  test('takes messages as they come, each when it is asked for', async () => {
    const { messages, topics } = await collect(20);
    let given = 0;
    async function* stream() {
      for (const message of messages) {
        given++;
        yield message;
      }
    }
    const options = { symbolOf: (topic: string) => topics.get(topic) };
    const decoded = decode(stream(), options);
    await decoded.next();
    expect(given).toBe(1);
    const rest = [];
    for await (const message of decoded) rest.push(...message.rows);
    expect(rest).toEqual([...decode(messages, options)].flatMap(({ rows }) => rows));
  });

  test('puts the topic in the place of a symbol that it does not know', () => {
    const [, message] = [...decode([encodeAuthAccepted(0), snapshotOf('sf|nse_cm|3045')])];
    expect(message?.rows).toMatchObject([{ type: 'SymbolUpdate', symbol: 'sf|nse_cm|3045', ltp: 610.5 }]);
    expect(message?.rows[0]).not.toHaveProperty('simulated');
  });

  test('gives copies, and stamps what has no time', () => {
    const [first, second] = decode([snapshotOf('sf|nse_cm|1'), snapshotOf('sf|nse_cm|2')]);
    expect([first?.rows[0]?.symbol, second?.rows[0]?.symbol]).toEqual(['sf|nse_cm|1', 'sf|nse_cm|2']);
    expect(Math.abs((first?.receivedAt ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(first?.rows[0]?.received_at).toBe(first?.receivedAt);
  });

  test('counts what it cannot use, and never throws', () => {
    const cut = snapshotOf('sf|nse_cm|3045').subarray(0, 30);
    const decoded = [...decode([new Uint8Array(0), Uint8Array.of(0, 1, 99), cut, snapshotOf('sf|nse_cm|3045')])];
    expect(decoded.map(({ unusable }) => unusable)).toEqual([1, 1, 1, 0]);
    expect(decoded.map(({ rows }) => rows.length)).toEqual([0, 0, 0, 1]);
  });
});

function snapshotOf(topic: string): Uint8Array {
  const writer = new DataFrameWriter(4_096);
  writer.begin(1);
  const names = {
    topic,
    multiplier: 100,
    precision: 0,
    exchange: 'NSE',
    exchangeToken: '3045',
    tradingSymbol: 'SBIN-EQ',
  };
  writer.snapshot(1, Int32Array.of(61_050), names);
  return new Uint8Array(writer.finish());
}
