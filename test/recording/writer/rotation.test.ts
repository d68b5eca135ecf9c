import { describe, expect, it } from 'vitest';
import { nextRotation } from '../../../src/lib/recording/writer/recording-files.ts';

const HOUR = 3_600_000;
const ist = (text: string): number => Date.parse(`${text}+05:30`);

describe('the next rotation', () => {
  it.each([
    ['2026-11-23T09:15:00', HOUR, '2026-11-23T10:00:00'],
    ['2026-11-23T09:59:59.999', HOUR, '2026-11-23T10:00:00'],
    ['2026-11-23T10:00:00', HOUR, '2026-11-23T11:00:00'],
    ['2026-11-23T10:00:00', HOUR / 4, '2026-11-23T10:15:00'],
    ['2026-11-23T00:00:00', 24 * HOUR, '2026-11-24T00:00:00'],
    // A period that does not divide the day begins anew at midnight.
    ['2026-11-23T23:00:00', 7 * HOUR, '2026-11-24T00:00:00'],
    ['2026-11-23T23:59:00', 48 * HOUR, '2026-11-24T00:00:00'],
  ])('of a file that begins at %s, every %d ms, is %s', (start, period, end) => {
    expect(nextRotation(ist(start), period)).toBe(ist(end));
  });
});
