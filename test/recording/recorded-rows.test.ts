import { describe, expect, test } from 'vitest';
import { KINDS } from '../../src/lib/market/kinds.ts';
import { declareRow, findOtherRows, type OtherRows, UNDECLARED_ROWS } from '../../src/lib/recording/recorded-rows.ts';

const LITE = { type: 'LiteUpdate', symbol: 'symbol', ltp: 'price', received_at: 'time' };

describe('the rows that a header declares', () => {
  // When rows get another column, this test is to say which kinds have it. UNDECLARED_ROWS stays as it is.
  test.each(KINDS)(
    'are, without a declaration, those of the first version, which are those of this one: %s',
    (kind) => {
      expect(declareRow(kind)).toEqual(UNDECLARED_ROWS[kind]);
      expect(Object.keys(declareRow(kind))).toEqual(Object.keys(UNDECLARED_ROWS[kind]));
      expect(findOtherRows(kind)).toBeUndefined();
      expect(findOtherRows(kind, declareRow(kind))).toBeUndefined();
    },
  );

  test('show the form of each value in its place', () => {
    expect(declareRow('lite')).toEqual(LITE);
    expect(JSON.stringify(declareRow('depth'))).toContain(
      '"bid":[{"price":"price","quantity":"integer","orders":"integer"},',
    );
  });

  test('may have other columns, in another order', () => {
    const { received_at, ltp, ...first } = LITE;
    const other = findOtherRows('lite', {
      ...first,
      received_at,
      vwap: 'price',
      lots: [{ size: 'integer' }],
    }) as OtherRows;
    expect(other.unknownColumns).toEqual(['vwap', 'lots']);
    expect(other.shape).toEqual({
      kind: 'lite',
      texts: ['{"type":"LiteUpdate","symbol":"', '","received_at":', ',"vwap":', ',"lots":[{"size":'],
      values: [
        { path: 'symbol', form: 'symbol' },
        { path: 'received_at', form: 'time' },
        { path: 'vwap', form: 'price' },
        { path: 'lots/0/size', form: 'integer' },
      ],
      end: '}]}\n',
      simulatedEnd: '}],"simulated":true}\n',
    });
  });

  test.each([
    ['of another type', { ...LITE, type: 'SymbolUpdate' }, 'its rows are of another type'],
    [
      'whose type does not stand first',
      { ltp: 'price', type: 'LiteUpdate', symbol: 'symbol', received_at: 'time' },
      'its rows are of another type',
    ],
    ['without a symbol', { ...LITE, symbol: undefined }, 'its rows have no symbol'],
    ['without a time', { ...LITE, received_at: 'seconds' }, 'its rows have no received_at'],
    [
      'with values of an unknown form',
      { ...LITE, note: 'text' },
      'the column note has values of a form that this version does not know',
    ],
    [
      'with a second symbol',
      { ...LITE, of: 'symbol' },
      'the column of has values of a form that this version does not know',
    ],
    ['with a known column of another form', { ...LITE, ltp: 'integer' }, 'the column ltp has values of another form'],
    ['with a column that is no text', { ...LITE, vwap: 5 }, 'the column vwap is not declared'],
    ['with a column that has no name', { ...LITE, pair: ['price', 'price'] }, 'the column pair/1 has no name'],
    ['with a column of a name that none has', { ...LITE, 'a"b': 'price' }, '"a\\"b" is not the name of a column'],
    [
      'of too many columns',
      { ...LITE, all: Array.from({ length: 2_000 }, () => ({ price: 'price' })) },
      'its rows have too many columns',
    ],
  ])('are refused, %s', (_, row, why) => expect(findOtherRows('lite', row)).toBe(why));
});
