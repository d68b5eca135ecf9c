import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COLUMNS } from '../../../src/lib/market/columns.ts';
import { KINDS, type Kind } from '../../../src/lib/market/kinds.ts';
import { ByteBuffer } from '../../../src/lib/output/rows/byte-buffer.ts';
import type { RowEncoder } from '../../../src/lib/output/rows/encoder.ts';
import { createRowEncoder, type RowEncoderOptions } from '../../../src/lib/output/rows/row-encoder.ts';
import { RowScanners } from '../../../src/lib/output/rows/row-scanner.ts';
import { SlicingEncoder } from '../../../src/lib/output/rows/sliced-rows.ts';
import { RowTick } from '../../../src/lib/rows/row-tick.ts';
import { makeTick } from '../../support/make-tick.ts';
import { workOutRow } from '../../support/worked-out-row.ts';

const SYMBOLS: Record<Kind, string> = {
  symbol: 'NSE:M&M-EQ',
  index: 'NSE:NIFTY50 EQL WGT-INDEX',
  depth: 'NSE:SBIN-EQ',
  lite: 'MCX:GOLD26DECFUT',
};
const SLOTS = { symbol: 21, index: 8, depth: 30, lite: 21 } as const;

/** A row, as the contract prints it or with columns left out, as another version may send it. */
const madeRow = (simulated: boolean) =>
  fc
    .record({
      kind: fc.constantFrom(...KINDS),
      values: fc.dictionary(fc.nat(29).map(String), fc.integer({ min: -2_147_483_647, max: 2_147_483_647 })),
      multiplier: fc.oneof(fc.constantFrom(1, 100, 10_000), fc.integer({ min: 1, max: 65_535 })),
      precision: fc.nat(9),
      receivedAt: fc.integer({ min: 0, max: 4_000_000_000_000 }),
      isOurs: fc.integer({ min: 0, max: 3 }).map((chance) => chance > 0),
    })
    .map(({ kind, values, multiplier, precision, receivedAt, isOurs }) => {
      const own = Object.fromEntries(Object.entries(values).filter(([slot]) => Number(slot) < SLOTS[kind]));
      const tick = makeTick(0, kind, SYMBOLS[kind], { values: own, multiplier, precision, receivedAt });
      const row = workOutRow(tick, 'epoch', simulated);
      if (!isOurs) delete row[kind === 'depth' ? 'spread' : 'ltp'];
      return { kind, isOurs, text: `${JSON.stringify(row)}\n` };
    });

const names = [...new Set(KINDS.flatMap((kind) => COLUMNS[kind].map(({ name }) => name))), 'bid', 'ask', 'simulated'];
const options = fc.record({
  format: fc.constantFrom('ndjson', 'csv', 'raw'),
  time: fc.constantFrom('epoch', 'iso'),
  fields: fc.option(fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 8 }), { nil: undefined }),
  simulated: fc.boolean(),
}) satisfies fc.Arbitrary<Omit<RowEncoderOptions, 'kinds'>>;

function encode(encoder: RowEncoder, tick: RowTick): string {
  const buffer = new ByteBuffer(16);
  encoder.encode(tick, buffer);
  return buffer.bytes.toString('latin1', 0, buffer.length);
}

function encodeAll(encoder: SlicingEncoder, rows: string): string | undefined {
  const buffer = new ByteBuffer(16);
  if (!encoder.encodeRows(Buffer.from(rows), buffer)) return undefined;
  return buffer.bytes.toString('latin1', 0, buffer.length);
}

describe('raw rows', () => {
  it('are printed out of their bytes as they are printed out of their values, one by one and many at once', () => {
    const given = options.chain((one) =>
      fc.tuple(fc.constant(one), fc.array(madeRow(one.simulated), { minLength: 1, maxLength: 6 })),
    );
    fc.assert(
      fc.property(given, ([one, rows]) => {
        const all = { ...one, kinds: KINDS };
        const plain = createRowEncoder(all);
        const slicing = new SlicingEncoder(createRowEncoder(all), all);
        expect(slicing.header).toBe(plain.header);
        const scanners = new RowScanners();
        const ticks = (): Record<Kind, RowTick> => {
          const tickOf = (kind: Kind): RowTick =>
            new RowTick(KINDS.indexOf(kind), { kind, symbol: SYMBOLS[kind] }, scanners, () => {
              throw new Error('unreadable');
            });
          return { symbol: tickOf('symbol'), index: tickOf('index'), depth: tickOf('depth'), lite: tickOf('lite') };
        };
        const [first, second] = [ticks(), ticks()];
        let printed = '';
        for (const { kind, text } of rows) {
          for (const tick of [first[kind], second[kind]]) tick.take(Buffer.from(text), 0, text.length);
          const expected = encode(plain, first[kind]);
          expect(encode(slicing, second[kind])).toBe(expected);
          printed += expected;
        }
        const atOnce = encodeAll(slicing, rows.map(({ text }) => text).join(''));
        expect(atOnce).toBe(rows.every(({ isOurs }) => isOurs) ? printed : undefined);
      }),
      { numRuns: 1_000 },
    );
  });
});
