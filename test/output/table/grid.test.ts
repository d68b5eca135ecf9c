import { describe, expect, it } from 'vitest';
import { type GridColumn, renderGrid } from '../../../src/lib/output/table/grid.ts';

const COLUMNS: readonly GridColumn[] = [
  { title: 'symbol', align: 'left', rank: 0 },
  { title: 'ltp', align: 'right', rank: 0 },
  { title: 'volume', align: 'right', rank: 2 },
  { title: 'age', align: 'right', rank: 1 },
];
const ROWS = [
  ['NSE:SBIN-EQ', '610.50', '1200', '0.1s'],
  ['NSE:M&M-EQ', '\x1b[32m1,610.5\x1b[0m', '7', '2m'],
];

describe('renderGrid', () => {
  it('aligns numbers to the right, colours or not', () => {
    expect(renderGrid(COLUMNS, ROWS, { width: 80, header: true })).toBe(
      [
        'symbol           ltp  volume   age',
        'NSE:SBIN-EQ   610.50    1200  0.1s',
        'NSE:M&M-EQ   \x1b[32m1,610.5\x1b[0m       7    2m',
      ].join('\n'),
    );
  });

  it('aligns wide characters, emoji and combining marks by the columns that they take', () => {
    const columns: readonly GridColumn[] = [
      { title: 'name', align: 'left', rank: 0 },
      { title: 'ltp', align: 'right', rank: 0 },
    ];
    const rows = [
      ['東京証券', '1'],
      ['👍', '22'],
      ['cafe\u0301', '333'],
      ['plain', '4'],
    ];
    expect(renderGrid(columns, rows, { width: 80, header: true }).split('\n')).toEqual([
      'name      ltp',
      '東京証券    1',
      '👍         22',
      'cafe\u0301      333',
      'plain       4',
    ]);
  });

  it('has no header when none is wanted', () => {
    expect(renderGrid(COLUMNS, ROWS, { width: 80, header: false }).split('\n')).toHaveLength(2);
  });

  it.each([
    [34, ['symbol', 'ltp', 'volume', 'age']],
    [33, ['symbol', 'ltp', 'age']],
    [20, ['symbol', 'ltp']],
    [5, ['symbol', 'ltp']],
  ])('in %d columns leaves out what matters least, never what must stand', (width, titles) => {
    const [head] = renderGrid(COLUMNS, ROWS, { width, header: true }).split('\n');
    expect(head?.split(/ +/)).toEqual(titles);
  });

  it('is its header when there are no rows', () => {
    expect(renderGrid(COLUMNS, [], { width: 80, header: true })).toBe('symbol  ltp  volume  age');
    expect(renderGrid(COLUMNS, [], { width: 80, header: false })).toBe('');
  });
});
