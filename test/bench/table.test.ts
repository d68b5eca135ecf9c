import { describe, expect, test } from 'vitest';
import type { BenchRow } from '../../bench/benchmark.ts';
import { formatFigure, formatTable, missesLimit } from '../../bench/table.ts';

const row = (figure: number, better: BenchRow['better'], limit?: number): BenchRow => {
  return { what: 'something', figure, unit: 'x', better, ...(limit === undefined ? {} : { limit }) };
};

describe('the table of benchmarks', () => {
  test('a figure on its limit holds, one beyond it fails, in either direction', () => {
    expect(missesLimit(row(1.8, 'smaller', 1.8))).toBe(false);
    expect(missesLimit(row(1.81, 'smaller', 1.8))).toBe(true);
    expect(missesLimit(row(0.5, 'larger', 0.5))).toBe(false);
    expect(missesLimit(row(0.49, 'larger', 0.5))).toBe(true);
  });

  test('a figure that is no number fails; without a limit nothing fails', () => {
    expect(missesLimit(row(Number.NaN, 'smaller', 1.8))).toBe(true);
    expect(missesLimit(row(Number.NaN, 'larger', 1.8))).toBe(true);
    expect(missesLimit(row(99, 'smaller'))).toBe(false);
  });

  test('figures have the digits that count', () => {
    expect([0.0851, 0.262, 1.036, 13.44, 264.2].map((figure) => formatFigure(figure, 'x'))).toEqual([
      '0.085',
      '0.26',
      '1.04',
      '13.4',
      '264',
    ]);
    expect(formatFigure(113.6, 'MB')).toBe('114 MB');
  });

  test('each row says what was reached', () => {
    const rows: readonly BenchRow[] = [
      { what: 'quote', figure: 2.2, unit: 'x', better: 'smaller', goal: 2.3, limit: 3, measured: '90 ms' },
      { what: 'fan-out', figure: 0.7, unit: 'x', better: 'larger', goal: 0.9, limit: 0.6 },
      { what: 'memory', figure: 210, unit: 'MB', better: 'smaller', limit: 200 },
      { what: 'delay', figure: 1, unit: 'ms', better: 'smaller' },
    ];
    expect(formatTable(rows).split('\n')).toEqual([
      '| what    |  figure |  goal |    limit | result       | measured |',
      '| ------- | ------: | ----: | -------: | ------------ | -------- |',
      '| quote   |    2.20 | ≤ 2.3 |      ≤ 3 | goal reached | 90 ms    |',
      '| fan-out |    0.70 | ≥ 0.9 |    ≥ 0.6 | goal missed  |          |',
      '| memory  |  210 MB |       | ≤ 200 MB | FAILS        |          |',
      '| delay   | 1.00 ms |       |          |              |          |',
      '',
    ]);
  });
});
