import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataFrameWriter, type SnapshotNames } from '../../src/lib/hsm/data-frame.ts';
import { HsmDecoder } from '../../src/lib/hsm/decoder.ts';
import { encodeAuthAccepted } from '../../src/lib/hsm/responses.ts';
import { NO_VALUE } from '../../src/lib/hsm/wire.ts';
import type { TopicKind } from '../../src/lib/market/kinds.ts';
import { SLOT_COUNTS } from '../../src/lib/market/slots.ts';

function namesOf(topic: string): SnapshotNames {
  return { topic, multiplier: 1, precision: 2, exchange: 'nse_cm', exchangeToken: '3045', tradingSymbol: 'SBIN-EQ' };
}

function decodeAll(frames: readonly Buffer[], ackEvery = 10) {
  const ticks: { topic: string; values: number[]; changed: number }[] = [];
  const decoder = new HsmDecoder<null>({
    control: () => undefined,
    snapshot: () => undefined,
    tick: ({ topic, values, changed }) => ticks.push({ topic, values: [...values], changed }),
    ackDue: () => undefined,
  });
  decoder.decode(encodeAuthAccepted(ackEvery), 1);
  for (const frame of frames) decoder.decode(frame, 1);
  return { ticks, decoder };
}

const valuesOf = (kind: TopicKind): fc.Arbitrary<Int32Array> =>
  fc
    .array(fc.integer({ min: NO_VALUE + 1, max: 0x7fff_ffff }), {
      minLength: SLOT_COUNTS[kind],
      maxLength: SLOT_COUNTS[kind],
    })
    .map((list) => Int32Array.from(list));

describe('DataFrameWriter', () => {
  it('writes a snapshot and an update byte for byte', () => {
    const writer = new DataFrameWriter(100);
    writer.begin(7);
    writer.snapshot(258, Int32Array.of(1, -2), {
      topic: 'sf|a|1',
      multiplier: 100,
      precision: 4,
      exchange: 'a',
      exchangeToken: '1',
      tradingSymbol: 'B',
    });
    expect(writer.update(258, Int32Array.of(1, 5, 9), Int32Array.of(1, 4, 9))).toBe(true);
    expect(writer.finish().toString('hex')).toBe(
      [
        '0031',
        '06',
        '00000007',
        '0002',
        '53',
        '0102',
        '06',
        '73667c617c31',
        '02',
        '00000001',
        'fffffffe',
        '0000',
        '0064',
        '04',
        '0161',
        '0131',
        '0142',
        '55',
        '0102',
        '02',
        '80000000',
        '00000005',
      ].join(''),
    );
  });

  it('is decoded to the same values, on every kind of topic, with and without message numbers', () => {
    for (const kind of ['sf', 'if', 'dp'] as const) {
      fc.assert(
        fc.property(valuesOf(kind), valuesOf(kind), fc.boolean(), (first, second, numbered) => {
          const writer = new DataFrameWriter(0);
          const sent = Int32Array.from(first);
          writer.begin(numbered ? 1 : undefined);
          writer.snapshot(9, first, namesOf(`${kind}|nse_cm|3045`));
          const snapshot = Buffer.from(writer.finish());
          writer.begin(numbered ? 2 : undefined);
          const differs = writer.update(9, second, sent);
          const { ticks, decoder } = decodeAll([snapshot, writer.finish()], numbered ? 10 : 0);
          expect(decoder.counters.malformed).toBe(0);
          expect(ticks[0]?.values).toEqual([...first]);
          expect(ticks[1]?.values).toEqual(differs ? [...second] : undefined);
          expect([...sent]).toEqual([...second]);
        }),
        { numRuns: 50 },
      );
    }
  });

  it('writes nothing when nothing differs', () => {
    const writer = new DataFrameWriter(0);
    writer.begin(1);
    expect(writer.update(1, Int32Array.of(1, 2), Int32Array.of(1, 2))).toBe(false);
    expect(writer.lite(1, Int32Array.of(1, 2), Int32Array.of(1, 9), 1)).toBe(false);
    expect(writer.packets).toBe(0);
    expect([...writer.finish()]).toEqual([0, 7, 6, 0, 0, 0, 1, 0, 0]);
  });

  it('writes lite packets, and leaves the other fields owed', () => {
    const writer = new DataFrameWriter(0);
    const sent = Int32Array.of(5, 6);
    writer.begin(1);
    expect(writer.lite(3, Int32Array.of(7, 8), sent, 1)).toBe(true);
    expect([...writer.finish().subarray(9)]).toEqual([0x4c, 0, 3, 0, 0, 0, 7]);
    expect([...sent]).toEqual([7, 6]);
  });

  it('wraps the length prefix over 65,535 bytes, and the client does not mind', () => {
    const writer = new DataFrameWriter(200_000);
    const values = new Int32Array(SLOT_COUNTS.sf).fill(4);
    writer.begin(1);
    for (let id = 1; id <= 600; id++) writer.snapshot(id, values, namesOf(`sf|nse_cm|${id}`));
    const frame = writer.finish();
    expect(frame.length).toBeGreaterThan(0xffff);
    expect(frame.readUInt16BE(0)).toBe((frame.length - 2) & 0xffff);
    expect(decodeAll([frame]).ticks).toHaveLength(600);
  });

  it('says when it is full before a packet could pass its end', () => {
    const writer = new DataFrameWriter(6_000);
    const long = 'x'.repeat(250);
    writer.begin(1);
    let packets = 0;
    while (writer.hasRoom) {
      writer.snapshot(1, new Int32Array(255), {
        ...namesOf(`sf|${long}`),
        exchange: long,
        exchangeToken: long,
        tradingSymbol: long,
      });
      packets++;
    }
    writer.raw(Buffer.alloc(64));
    expect(packets).toBe(2);
    expect(writer.finish().length).toBeLessThanOrEqual(6_000);
    expect(() => writer.raw(Buffer.alloc(6_000))).toThrow(RangeError);
  });

  it('refuses a name over 255 bytes', () => {
    const writer = new DataFrameWriter(0);
    writer.begin(1);
    expect(() => writer.snapshot(1, new Int32Array(1), namesOf('x'.repeat(256)))).toThrow(RangeError);
  });
});
