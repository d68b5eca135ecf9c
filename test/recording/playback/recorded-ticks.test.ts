import { describe, expect, test } from 'vitest';
import { RecordedTicks } from '../../../src/lib/recording/playback/recorded-ticks.ts';
import { makeRow, TEN } from '../made-rows.ts';

describe('a book of ticks', () => {
  test('has one for each kind and symbol, from its first row on', () => {
    const book = new RecordedTicks(['symbol', 'lite']);
    const rows = (['symbol', 'lite', 'depth'] as const).map((kind) => makeRow(kind, 'NSE:M&M-EQ', TEN));
    const [quote, lite, depth] = rows.map((row) => book.tickOf(row, 0, row.length));
    expect([quote?.kind, lite?.kind, depth]).toEqual(['symbol', 'lite', undefined]);
    expect(quote?.symbol).toBe('NSE:M&M-EQ');
    expect(book.tickOf(rows[0] as Buffer, 0, (rows[0] as Buffer).length)).toBe(quote);
    expect(book.add({ kind: 'symbol', symbol: 'NSE:M&M-EQ' })).toBe(quote);
    expect(new Set([...book.ticks()].map(({ id }) => id)).size).toBe(2);
  });

  test('is bounded: a file of invented symbols does not fill the memory', () => {
    const book = new RecordedTicks(['lite']);
    const fill = (): void => {
      for (let at = 0; at <= 100_000; at++) book.add({ kind: 'lite', symbol: `NSE:S${at}-EQ` });
    };
    expect(fill).toThrow(expect.objectContaining({ code: 'TOO_MANY_SYMBOLS' }));
  });
});
