import { describe, expect, it } from 'vitest';
import { readRetryAfterMs } from '../../src/lib/network/retry-after.ts';

const NOW = Date.parse('2026-11-23T10:00:00+05:30');

describe('readRetryAfterMs', () => {
  it.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': ' 7 ' }, 7_000],
    [{ 'retry-after': new Date(NOW + 5_000).toUTCString() }, 5_000],
    [{ 'retry-after': new Date(NOW - 5_000).toUTCString() }, 0],
    [{ 'x-retry-after-ms': '1500' }, 1_500],
    [{ 'x-retry-after-ms': '1500', 'retry-after': '2' }, 1_500],
    [{ 'x-retry-after-ms': 'soon', 'retry-after': '2' }, 2_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '' }, undefined],
    [{}, undefined],
  ])('%j', (headers, waitMs) => {
    expect(readRetryAfterMs(headers, NOW)).toBe(waitMs);
  });
});
