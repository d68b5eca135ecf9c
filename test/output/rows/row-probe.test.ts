import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNumeric } from '../../../src/lib/market/column-value.ts';
import { COLUMNS } from '../../../src/lib/market/columns.ts';
import { KINDS, type Kind } from '../../../src/lib/market/kinds.ts';
import { SAMPLE_ROWS } from '../../../src/lib/market/sample-rows.ts';
import { readNumber } from '../../../src/lib/output/rows/read-number.ts';
import { RowProbe } from '../../../src/lib/output/rows/row-probe.ts';
import { pathOf } from '../../../src/lib/output/rows/row-shape.ts';
import { makeTick } from '../../support/make-tick.ts';
import { workOutRow } from '../../support/worked-out-row.ts';

const raw = fc.dictionary(
  fc.integer({ min: 0, max: 29 }).map(String),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  {
    maxKeys: 30,
  },
);

/** The numbers of a row as `JSON.parse` gives them, by path. */
function numbersOf(row: unknown, path: string): number {
  const value = path.split('/').reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], row);
  return value === null ? Number.NaN : (value as number);
}

describe('numbers of a raw row', () => {
  it.each(KINDS)('of kind %s are those of JSON.parse, whichever are read', (kind) => {
    const paths = COLUMNS[kind].filter((column) => isNumeric(column) || column.from === 'receivedAt').map(pathOf);
    fc.assert(
      fc.property(raw, fc.shuffledSubarray(paths), fc.integer({ min: 0, max: 9 }), (given, some, precision) => {
        const slots = kind === 'index' ? 7 : kind === 'depth' ? 29 : 20;
        const values = Object.fromEntries(Object.entries(given).filter(([slot]) => Number(slot) <= slots));
        const row = workOutRow(makeTick(0, kind, 'NSE:M&M-EQ', { values, precision }), 'epoch');
        const bytes = Buffer.from(`before\n${JSON.stringify(row)}\n${JSON.stringify(row)}\n`);
        const end = bytes.indexOf(0x0a, 7) + 1;
        const numbers = new Float64Array(some.length);
        expect(new RowProbe(kind, some).read(bytes, 7, end, numbers)).toBe(true);
        expect([...numbers]).toEqual(some.map((path) => numbersOf(row, path)));
      }),
      { numRuns: 200 },
    );
  });
});

describe('a row of another form', () => {
  const read = (kind: Kind, path: string, line: string): boolean => {
    const bytes = Buffer.from(`${line}\n`);
    return new RowProbe(kind, [path]).read(bytes, 0, bytes.length, new Float64Array(1));
  };

  it.each([
    ['of another kind', SAMPLE_ROWS.IndexUpdate],
    ['without the column', SAMPLE_ROWS.SymbolUpdate.replace(/"volume":\d+,/, '')],
    ['with blanks', SAMPLE_ROWS.SymbolUpdate.replaceAll(':', ': ')],
    ['that ends early', SAMPLE_ROWS.SymbolUpdate.slice(0, 100)],
    ['that ends within the symbol', '{"type":"SymbolUpdate","symbol":"NSE:SBIN'],
    ['with the key in a text', '{"type":"SymbolUpdate","symbol":"NSE:\\",\\"volume\\":5,\\"x\\":\\""}'],
    ['that is none', 'x'],
    ['that is empty', ''],
  ])('%s is not read', (_, line) => expect(read('symbol', 'volume', line)).toBe(false));

  it('of a book is not read when a level lacks a key', () => {
    expect(read('depth', 'ask/0/price', SAMPLE_ROWS.DepthUpdate)).toBe(true);
    expect(read('depth', 'ask/0/price', SAMPLE_ROWS.DepthUpdate.replace(/,"orders":\d+/, ''))).toBe(false);
  });

  it.each(COLUMNS.symbol.filter(isNumeric).map(({ name }) => name))(
    'with more columns, or fewer, gives its own %s or none',
    (name) => {
      const row = JSON.parse(SAMPLE_ROWS.SymbolUpdate) as Record<string, number>;
      const entries = Object.entries(row);
      for (let place = 0; place <= entries.length; place++) {
        for (const more of [
          [['turnover', 1]],
          [
            ['turnover', 'a,b:c}'],
            ['days', null],
          ],
        ]) {
          const longer = { ...Object.fromEntries([...entries.slice(0, place), ...more, ...entries.slice(place)]) };
          const shorter = Object.fromEntries(entries.filter((_, at) => at !== place || entries[at]?.[0] === name));
          for (const other of [longer, shorter]) {
            const bytes = Buffer.from(`${JSON.stringify(other)}\n`);
            const numbers = new Float64Array(1);
            const isRead = new RowProbe('symbol', [name]).read(bytes, 0, bytes.length, numbers);
            if (isRead) expect([other, numbers[0]]).toEqual([other, row[name] ?? Number.NaN]);
          }
        }
      }
    },
  );
});

it('a column that rows of the kind lack is a bug of the caller', () => {
  expect(() => new RowProbe('index', ['volume'])).toThrow(RangeError);
});

it.each([
  '0',
  '-1',
  '610.45',
  '123456789012345',
  '1234567890123456',
  '12345678901234567890',
  '0.1234567890123',
  '1e-7',
  '-1.5e-9',
])('reads %s exactly', (text) => {
  const bytes = Buffer.from(`[${text}]`);
  expect(readNumber(bytes, 1, bytes.length - 1)).toBe(JSON.parse(text));
});

it('reads null as NaN', () => expect(readNumber(Buffer.from('null'), 0, 4)).toBeNaN());
