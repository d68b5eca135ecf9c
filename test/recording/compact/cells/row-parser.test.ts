import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KINDS, type Kind } from '../../../../src/lib/market/kinds.ts';
import { CellLayout, SIMULATED_CELL, SYMBOL_CELL } from '../../../../src/lib/recording/compact/cells/cell-layout.ts';
import { RowParser } from '../../../../src/lib/recording/compact/cells/row-cells.ts';
import { SymbolTable } from '../../../../src/lib/recording/compact/cells/symbol-table.ts';
import { lineOf, madeUpRow, makeRow, OPEN_MS, type Values } from '../recorded-days.ts';

const BARE = { symbol: 'NSE:SBIN-EQ', received_at: OPEN_MS };

function parse(kind: Kind, row: Values | string) {
  const layout = new CellLayout(kind);
  const symbols = new SymbolTable();
  const cells = new Float64Array(2 * layout.width);
  const bytes = Buffer.from(typeof row === 'string' ? row : lineOf(row));
  const isRow = new RowParser(layout, symbols).parse(bytes, 0, bytes.length, cells, layout.width) === bytes.length;
  const read = (name: string) => {
    const cell = layout.values.find(({ column }) => column.name === name);
    return cells[layout.width + (cell?.at ?? Number.NaN)];
  };
  return { isRow, cells: cells.subarray(layout.width), symbols, read, before: cells.subarray(0, layout.width) };
}

describe('a row is taken apart', () => {
  test.each(KINDS)('one of kind %s, each value to its cell', (kind) => {
    const row = madeUpRow(kind, 3);
    const { isRow, cells, symbols, before } = parse(kind, row);
    expect(isRow).toBe(true);
    expect(symbols.nameOf(cells[SYMBOL_CELL] as number)).toBe(row['symbol']);
    expect(cells[SIMULATED_CELL]).toBe(0);
    expect(cells.at(-1)).toBe(row['received_at']);
    expect([...before].every((cell) => cell === 0)).toBe(true);
  });

  test('numbers as they are, times as milliseconds, null as NaN', () => {
    const { read } = parse(
      'symbol',
      makeRow('symbol', { ...BARE, ltp: 610.45, volume: 0, exchange_time: 1_795_405_500 }),
    );
    expect(read('ltp')).toBe(610.45);
    expect(read('volume')).toBe(0);
    expect(read('exchange_time')).toBe(1_795_405_500_000);
    expect(read('open')).toBeNaN();
    expect(read('received_at')).toBe(OPEN_MS);
  });

  test('depth by its levels', () => {
    const values = { ...BARE, bid_price_1: 10.5, ask_orders_5: 7, ask_quantity_2: 300, imbalance: -0.25 };
    const { read } = parse('depth', makeRow('depth', values));
    expect(['bid_price_1', 'ask_orders_5', 'ask_quantity_2', 'imbalance'].map(read)).toEqual([10.5, 7, 300, -0.25]);
    expect(read('bid_price_2')).toBeNaN();
  });

  test('the mark of simulated prices', () => {
    expect(parse('lite', makeRow('lite', { ...BARE, simulated: true })).cells[SIMULATED_CELL]).toBe(1);
  });

  test('as JSON has it: the same numbers, whatever they are', () => {
    const price = fc.oneof(
      fc.constant(null),
      fc.integer().map((units) => units / 100),
      fc.constantFrom(0, 1e-7, -2.5),
    );
    const count = fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
    fc.assert(
      fc.property(price, price, count, fc.integer({ min: 1, max: 1e12 - 1 }), (ltp, change, volume, time) => {
        const row = makeRow('symbol', {
          ...BARE,
          ltp,
          change,
          volume,
          exchange_time: time,
          received_at: time * 1000 + 7,
        });
        const { read, isRow } = parse('symbol', row);
        expect(isRow).toBe(true);
        expect([read('ltp'), read('change'), read('volume')]).toEqual(
          [ltp, change, volume].map((value) => value ?? Number.NaN),
        );
        expect([read('exchange_time'), read('received_at')]).toEqual([time * 1000, time * 1000 + 7]);
      }),
    );
  });
});

describe('a row is refused', () => {
  test('of another kind', () => {
    expect(parse('symbol', madeUpRow('index', 1)).isRow).toBe(false);
    // One that has all columns of this kind, and more.
    expect(parse('lite', madeUpRow('symbol', 1)).isRow).toBe(false);
  });

  test.each([
    ['a price beyond what a double holds', '"ltp":1', '"ltp":1e999'],
    ['a zero below zero', '"ltp":1', '"ltp":-0'],
    ['a count with a fraction', '"volume":1', '"volume":1.5'],
    ['a count that is not exact', '"volume":1', '"volume":9007199254740993'],
    ['a time that is not exact', '"exchange_time":1', '"exchange_time":9007199254740000'],
    ['a row that never arrived', `"received_at":${OPEN_MS}`, '"received_at":null'],
    ['a text for a number', '"volume":1', '"volume":"1"'],
  ])('with %s', (_, from, to) => {
    const text = lineOf(makeRow('symbol', { ...BARE, ltp: 1, volume: 1, exchange_time: 1 }));
    expect(parse('symbol', text).isRow).toBe(true);
    expect(text).toContain(from);
    expect(parse('symbol', text.replace(from, to)).isRow).toBe(false);
  });
});
