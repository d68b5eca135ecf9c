import { describe, expect, test } from 'vitest';
import { InvalidValue } from '../../../src/lib/errors/invalid-value.ts';
import { parseInterval, parseIntervals } from '../../../src/lib/filters/bars/interval.ts';

describe('an interval', () => {
  test.each([
    ['5s', { name: '5s', by: 'time', seconds: 5 }],
    [' 15m ', { name: '15m', by: 'time', seconds: 900 }],
    ['1h', { name: '1h', by: 'time', seconds: 3_600 }],
    ['1d', { name: '1d', by: 'session' }],
    ['500t', { name: '500t', by: 'ticks', count: 500 }],
    ['100000v', { name: '100000v', by: 'volume', volume: 100_000 }],
  ])('%s', (text, interval) => {
    expect(parseInterval(text)).toEqual(interval);
  });

  test.each(['', '1', 'm', '0m', '-1m', '1.5m', '1M', '1w', '1ms', '05m', '2d', '24h', '86400s', '1 m', '1m2s'])(
    'not %j',
    (text) => {
      expect(() => parseInterval(text)).toThrow(InvalidValue);
    },
  );

  test('several between commas, each once', () => {
    expect(parseIntervals('1m, 5m,1m').map(({ name }) => name)).toEqual(['1m', '5m']);
    expect(() => parseIntervals('1m,')).toThrow('"" is not an interval');
    expect(() => parseIntervals('1m,2m,3m,4m,5m,6m,7m,8m,9m')).toThrow('9 intervals are too many');
  });
});
