import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { DataFrameWriter } from '../../src/lib/hsm/data-frame.ts';
import { HsmDecoder } from '../../src/lib/hsm/decoder.ts';
import { encodeAck } from '../../src/lib/hsm/requests.ts';
import { encodeAuthAccepted } from '../../src/lib/hsm/responses.ts';
import { FRAME, NO_VALUE } from '../../src/lib/hsm/wire.ts';
import type { Kind } from '../../src/lib/market/kinds.ts';
import { toRow } from '../../src/lib/market/row.ts';
import { buildFieldDictionary } from '../support/field-dictionary.ts';

/*
 * The official SDKs' known defects, each by a name (docs/protocol.md, "Defects of the SDKs"). Those of connections and state
 * across them are in test/feed/live-feed.test.ts, those of time zones in test/e2e/rows.test.ts.
 */

const NAMES = { exchange: 'NSE', exchangeToken: '1', tradingSymbol: 'X' };

/** The row of one snapshot, read by a decoder that was told this field order. */
function rowOf(options: {
  readonly kind: Kind;
  readonly topic: string;
  readonly values: readonly number[];
  readonly multiplier?: number;
  readonly precision?: number;
  readonly dictionary?: string;
}): Record<string, unknown> {
  const { kind, topic, values, multiplier = 1, precision = 2, dictionary } = options;
  let row: unknown;
  const decoder = new HsmDecoder<never>({
    control: () => {},
    snapshot: () => {},
    tick: (state) => {
      row = toRow({ id: 0, kind, symbol: 'X', state }, { simulated: false, time: 'epoch' });
    },
    ackDue: () => {},
  });
  const writer = new DataFrameWriter(4_096);
  writer.begin(1);
  writer.snapshot(1, Int32Array.from(values), { ...NAMES, topic, multiplier, precision });
  decoder.decode(encodeAuthAccepted(1, dictionary), 1_795_428_683_755);
  decoder.decode(writer.finish(), 1_795_428_683_755);
  return row as Record<string, unknown>;
}

describe('defects of the official SDKs that tickpipe does not have', () => {
  it('JavaScript: sets process.env.TZ and patches Array.prototype', async () => {
    const before = [process.env['TZ'], Object.getOwnPropertyNames(Array.prototype).join()];
    await import('../../src/lib/feed/live-feed.ts');
    await import('../../src/lib/output/rows/row-encoder.ts');
    await import('../../src/lib/cli/stream/stream-run.ts');
    expect([process.env['TZ'], Object.getOwnPropertyNames(Array.prototype).join()]).toEqual(before);
  });

  it('JavaScript: every number of every tick goes through strings and objects', () => {
    const updates = 20_000;
    let ticks = 0;
    const decoder = new HsmDecoder<never>({
      control: () => {},
      snapshot: () => {},
      tick: () => ticks++,
      ackDue: () => {},
    });
    const topics = [1, 2, 3, 4];
    const values = topics.map(() => new Int32Array(21).fill(100));
    const sent = values.map((row) => Int32Array.from(row));
    const writer = new DataFrameWriter(1024 * 1024);
    writer.begin(1);
    for (const id of topics) {
      writer.snapshot(id, new Int32Array(21).fill(100), { ...NAMES, topic: `sf|a|${id}`, multiplier: 1, precision: 2 });
    }
    decoder.decode(Buffer.from(writer.finish()), 1);
    writer.begin(2);
    for (let n = 0; n < updates; n++) {
      const row = values[n % topics.length] as Int32Array;
      for (const slot of [0, 1, 2, 6, 7]) row[slot] = n + 1_000;
      writer.update((n % topics.length) + 1, row, sent[n % topics.length] as Int32Array);
    }
    const frame = Buffer.from(writer.finish());
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    // The first rounds are the compiler's.
    for (let round = 0; round < 20; round++) decoder.decode(frame, 1);
    ticks = 0;
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let round = 0; round < 5; round++) decoder.decode(frame, 1);
    const bytesPerTick = (process.memoryUsage().heapUsed - before) / ticks;
    expect(ticks).toBe(5 * updates);
    // The smallest object is 16 bytes.
    expect(bytesPerTick).toBeLessThan(4);
  });

  it('Python: an index without a value shows -21474836.48', () => {
    const values = [2_601_945, NO_VALUE, NO_VALUE, NO_VALUE, NO_VALUE, NO_VALUE, NO_VALUE, NO_VALUE];
    const row = rowOf({ kind: 'index', topic: 'if|nse_cm|Nifty 50', values });
    expect(row).toMatchObject({ ltp: 26_019.45, prev_close: null, open: null, high: null, change: null });
    expect(JSON.stringify(row)).not.toContain('21474836');
  });

  it('Python and Go: the order of fields is hard-coded', () => {
    const dictionary = buildFieldDictionary({ index: ['i103', 'i102', 'i999', 'i105'] });
    const row = rowOf({ kind: 'index', topic: 'if|nse_cm|X', values: [100, 200, 300, 400], dictionary });
    expect(row).toMatchObject({ prev_close: 1, ltp: 2, high: 4, open: null });
  });

  it('Go: acknowledges with the wrong frame type', () => {
    expect(encodeAck(7).toString('hex')).toBe('0009030101000400000007');
    expect(encodeAck(7)[2]).toBe(FRAME.ack);
  });

  it('Rust: ignores multiplier and precision', () => {
    const values = [834_525, ...new Array<number>(20).fill(NO_VALUE)];
    expect(rowOf({ kind: 'symbol', topic: 'sf|cde_fo|1', values, precision: 4 })['ltp']).toBe(83.4525);
    expect(rowOf({ kind: 'symbol', topic: 'sf|nse_cm|1', values, multiplier: 100 })['ltp']).toBe(83.4525);
    expect(rowOf({ kind: 'symbol', topic: 'sf|nse_cm|1', values, precision: 0 })['ltp']).toBe(834_525);
  });

  it('JavaScript: rounds to the precision, which loses every second tick of a currency future', () => {
    const values = [965_475, ...new Array<number>(19).fill(NO_VALUE), 964_825];
    const row = rowOf({ kind: 'symbol', topic: 'sf|cde_fo|1', values, multiplier: 100, precision: 2 });
    expect(row).toMatchObject({ ltp: 96.5475, prev_close: 96.4825, change: 0.065, change_percent: 0.07 });
  });

  it('JavaScript: shows a volume beyond 2^31 below zero', () => {
    const volume = 2_255_255_333;
    const values = [1_000, volume, ...new Array<number>(19).fill(NO_VALUE)];
    expect(rowOf({ kind: 'symbol', topic: 'sf|nse_cm|1', values })).toMatchObject({ ltp: 10, volume });
  });

  it('all: circuits are zeroed, open interest and 52-week values dropped', () => {
    const values = Array.from({ length: 21 }, (_, slot) => (slot + 1) * 100);
    expect(rowOf({ kind: 'symbol', topic: 'sf|nse_fo|1', values })).toMatchObject({
      oi: 1_300,
      year_high: 16,
      year_low: 17,
      lower_circuit: 18,
      upper_circuit: 19,
    });
  });
});
