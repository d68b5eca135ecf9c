import { describe, expect, it } from 'vitest';
import { parseDuration, parseTimeToday } from '../../src/lib/clock/durations.ts';
import { InvalidValue } from '../../src/lib/errors/invalid-value.ts';

function errorOf(call: () => unknown): InvalidValue {
  try {
    call();
  } catch (error) {
    if (error instanceof InvalidValue) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('parseDuration', () => {
  it.each([
    ['250ms', 250],
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['10', 10_000],
    ['1.5', 1_500],
    ['0.3s', 300],
    ['1.1s', 1_100],
    [' 5M ', 300_000],
    ['0.0001s', 1],
  ])('reads %s as %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', 'abc', '5 m', '-5s', '1e3', '5x', 's', '.5s', '1..2s', 'Infinity', '0x10', '5m30'])(
    'refuses %j and does not name a flag',
    (text) => {
      const error = errorOf(() => parseDuration(text));
      expect(error.message).toBe(`${JSON.stringify(text)} is not a duration`);
      expect(error.hint).toContain('90s');
    },
  );

  it('takes 0 only where it has a meaning', () => {
    expect(errorOf(() => parseDuration('0s')).message).toBe('"0s" is zero');
    expect(parseDuration('0', 'allowed')).toBe(0);
  });

  it('refuses what no timer could hold, and answers a hostile text at once', () => {
    const tooLong = errorOf(() => parseDuration('999999999d'));
    expect(tooLong).toMatchObject({ message: '"999999999d" is too long', hint: 'the maximum is 10 years' });
    expect(errorOf(() => parseDuration('25d', 'allowed', 2_147_483_647)).hint).toBe('the maximum is 24 days');
    expect(errorOf(() => parseDuration('1'.repeat(100_000))).message.length).toBeLessThan(100);
  });
});

describe('parseTimeToday', () => {
  const morning = Date.parse('2026-11-23T10:00:00+05:30');

  it.each([
    ['15:30', '2026-11-23T15:30:00+05:30'],
    ['10:00:01', '2026-11-23T10:00:01+05:30'],
    ['23:59:59', '2026-11-23T23:59:59+05:30'],
  ])('reads %s as a time of today in India', (text, expected) => {
    expect(parseTimeToday(text, morning)).toBe(Date.parse(expected));
  });

  it('knows the day in India, where it may be tomorrow already', () => {
    const lateInLondon = Date.parse('2026-11-23T20:00:00Z');
    expect(parseTimeToday('9:15', lateInLondon)).toBe(Date.parse('2026-11-24T09:15:00+05:30'));
  });

  it('refuses a time that is past, saying what time it is', () => {
    for (const text of ['09:15', '10:00']) {
      const error = errorOf(() => parseTimeToday(text, morning));
      expect(error.message).toBe(`"${text}" is already past: it is 10:00:00 IST`);
    }
  });

  it.each(['24:00', '15', '15:60', '1530', '3pm', '15:30:61', '15:30 IST', '15:30+05:30', ''])('refuses %j', (text) => {
    expect(errorOf(() => parseTimeToday(text, morning)).message).toContain('is not a time of day');
  });
});
