import { describe, expect, it } from 'vitest';
import { type LaidColumn, layOut } from '../../../src/lib/output/table/layout.ts';

const COLUMNS: readonly LaidColumn[] = [
  { title: 'symbol', align: 'left', rank: 0, leastWidth: 8 },
  { title: 'ltp', align: 'right', rank: 0 },
  { title: 'bid', align: 'right', rank: 2 },
  { title: 'vol', align: 'right', rank: 5 },
];
const ROWS = [
  [{ text: 'NSE:RELIANCE-EQ' }, { text: '1408.00' }, { text: '1407.90' }, { text: '299709', short: '299K' }],
  [{ text: 'NSE:SBIN-EQ' }, { text: '87.05' }, { text: '-' }, { text: '1204', short: '1204' }],
];
const draw = (width: number, header = true): string[] => layOut(COLUMNS, ROWS, { width, header, cut: '~' });

describe('layOut', () => {
  it('aligns numbers at the right and names at the left', () => {
    expect(draw(Number.POSITIVE_INFINITY)).toEqual([
      'symbol               ltp      bid     vol',
      'NSE:RELIANCE-EQ  1408.00  1407.90  299709',
      'NSE:SBIN-EQ        87.05        -    1204',
    ]);
  });

  it('takes short numbers only where the whole ones do not fit', () => {
    expect(draw(41)[1]).toBe('NSE:RELIANCE-EQ  1408.00  1407.90  299709');
    expect(draw(40)[1]).toBe('NSE:RELIANCE-EQ  1408.00  1407.90  299K');
  });

  it('leaves out columns of the highest rank, and cuts names before columns of the core', () => {
    expect(draw(38)[1]).toBe('NSE:RELIANCE-EQ  1408.00  1407.90');
    expect(draw(30)[1]).toBe('NSE:RELIANC~  1408.00  1407.90');
    expect(draw(26)[1]).toBe('NSE:REL~  1408.00  1407.90');
    expect(draw(25)[1]).toBe('NSE:RELIANCE-EQ  1408.00');
    expect(draw(3)[1]).toBe('NSE:RELIANCE-EQ  1408.00');
  });

  it('has no line without rows and header', () => {
    expect(layOut(COLUMNS, [], { width: 80, header: false, cut: '~' })).toEqual([]);
    expect(layOut(COLUMNS, [], { width: 80, header: true, cut: '~' })).toEqual(['symbol  ltp  bid  vol']);
  });

  it('lets no column become narrower than it was', () => {
    const widths = new Map<string, number>();
    const once = (text: string): string[] =>
      layOut([{ title: 'ltp', align: 'right', rank: 0 }], [[{ text }]], { width: 80, header: false, cut: '~', widths });
    expect(once('100.00')).toEqual(['100.00']);
    expect(once('99.95')).toEqual([' 99.95']);
  });

  it('pads before it colours, and counts wide characters as two columns', () => {
    const cells = [[{ text: '東京', paint: (text: string) => `<${text}>` }], [{ text: 'abcde' }]];
    const columns: readonly LaidColumn[] = [{ title: 'x', align: 'right', rank: 0 }];
    expect(layOut(columns, cells, { width: 80, header: false, cut: '~' })).toEqual([' <東京>', 'abcde']);
  });
});
