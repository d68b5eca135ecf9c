import { describe, expect, it } from 'vitest';
import type { Tick, TopicState } from '../../../src/lib/market/tick.ts';
import { ByteBuffer } from '../../../src/lib/output/rows/byte-buffer.ts';
import { PassthroughEncoder } from '../../../src/lib/output/rows/passthrough-encoder.ts';
import { createRowEncoder } from '../../../src/lib/output/rows/row-encoder.ts';
import { makeTick, setValues } from '../../support/make-tick.ts';
import { FakeEncoder } from './fake-rows.ts';

/** A tick with a row of its own, of which nobody may ask the values. */
function readyTick(row: string): Tick {
  return {
    id: 0,
    kind: 'lite',
    symbol: 'NSE:SBIN-EQ',
    row: Buffer.from(row),
    get state(): TopicState {
      throw new Error('parsed');
    },
  };
}

const textOf = (buffer: ByteBuffer): string => buffer.bytes.toString('utf8', 0, buffer.length);

describe('PassthroughEncoder', () => {
  it('copies raw rows as they are and asks for no values', () => {
    const encoder = new PassthroughEncoder(
      createRowEncoder({ format: 'ndjson', kinds: ['lite'], time: 'epoch', simulated: false }),
    );
    const buffer = new ByteBuffer(4);
    const rows = ['{"a":1}\n', `{"b":"${'x'.repeat(5_000)}"}\n`, '{"c":"\u20b9"}\n'];
    for (const row of rows) {
      encoder.skip(readyTick(row));
      encoder.encode(readyTick(row), buffer);
    }
    expect(textOf(buffer)).toBe(rows.join(''));
  });

  it('encodes the others, with what was skipped', () => {
    const plain = createRowEncoder({ format: 'ndjson', kinds: ['lite'], time: 'epoch', simulated: true });
    const encoder = new PassthroughEncoder(plain);
    const buffer = new ByteBuffer();
    const tick = makeTick(3, 'lite', 'NSE:INFY-EQ', { values: { 0: 150_000 }, receivedAt: 5 });
    encoder.encode(tick, buffer);
    setValues(tick.state, { 0: 150_010 });
    encoder.skip(tick);
    setValues(tick.state, {});
    encoder.encode(tick, buffer);
    const row = (ltp: number): string =>
      `{"type":"LiteUpdate","symbol":"NSE:INFY-EQ","ltp":${ltp},"received_at":5,"simulated":true}\n`;
    expect(textOf(buffer)).toBe(row(1_500) + row(1_500.1));
  });

  it('has the header of the other rows and forgets what they forget', () => {
    const inner = new FakeEncoder('head\n');
    const forgotten: Tick[] = [];
    inner.forget = (...ticks: Tick[]): void => void forgotten.push(...ticks);
    const encoder = new PassthroughEncoder(inner);
    const tick = readyTick('{}\n');
    encoder.skip(tick);
    encoder.forget(tick);
    expect(inner.skipped).toEqual([]);
    expect(encoder.header).toBe('head\n');
    expect(forgotten).toEqual([tick]);
  });
});
