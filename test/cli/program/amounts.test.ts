import { describe, expect, it } from 'vitest';
import { formatByteSize, formatCount, readByteSize } from '../../../src/lib/cli/program/amounts.ts';
import { InvalidValue } from '../../../src/lib/errors/invalid-value.ts';

describe('readByteSize', () => {
  it.each([
    ['1000', 1_000],
    ['64B', 64],
    ['256MB', 256_000_000],
    ['256mb', 256_000_000],
    ['1.5 GB', 1_500_000_000],
    ['64KiB', 65_536],
    ['2M', 2_000_000],
    ['1tib', 2 ** 40],
  ])('%s', (text, bytes) => {
    expect(readByteSize(text, 0)).toBe(bytes);
  });

  it.each(['', 'MB', '-1', '1e6', '10XB', '1 2MB', '1,5MB', '9'.repeat(20), '9999999 TB'])('refuses %j', (text) => {
    expect(() => readByteSize(text, 0)).toThrow(InvalidValue);
  });

  it('refuses a size that is too small', () => {
    expect(() => readByteSize('63kB', 64_000)).toThrow('expected 64.0 kB or more, not 63kB');
  });
});

it('formats counts as Intl does', () => {
  const samples = [0, 1, 12, 999, 1_000, 12_345, 999_999, 1_000_000, 2 ** 53 - 1];
  for (const sample of samples) {
    expect(formatCount(sample, 'row')).toBe(`${sample.toLocaleString('en')} row${sample === 1 ? '' : 's'}`);
  }
});

describe('amounts for people', () => {
  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1_000, '1.0 kB'],
    [99_950, '100.0 kB'],
    [256_000_000, '256 MB'],
    [1.5e15, '1500 TB'],
  ])('%d bytes', (bytes, text) => {
    expect(formatByteSize(bytes)).toBe(text);
  });

  it('counts with their noun', () => {
    expect([formatCount(0, 'row'), formatCount(1, 'row'), formatCount(1_234_567, 'row')]).toEqual([
      '0 rows',
      '1 row',
      '1,234,567 rows',
    ]);
  });
});
