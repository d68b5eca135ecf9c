import { describe, expect, test } from 'vitest';
import { fillFileName } from '../../../src/lib/output/writer/file-name.ts';

/** 2026-12-31 20:05:09 UTC, a new year in India. */
const AT = Date.UTC(2026, 11, 31, 20, 5, 9, 987);

describe('the name of an output file', () => {
  test.each([
    ['snap-%F-%H%M.csv', 'snap-2027-01-01-0135.csv'],
    ['%Y/%m/%d/%y%j.csv', '2027/01/01/27001.csv'],
    ['%H:%M:%S %T %R', '01:35:09 01:35:09 01:35'],
    ['%a %b %s', `Fri Jan ${Math.floor(AT / 1_000)}`],
    ['50%%.csv', '50%.csv'],
    ['%%F.csv', '%F.csv'],
    ['plain.csv', 'plain.csv'],
  ])('%s is %s', (name, filled) => {
    expect(fillFileName(name, AT)).toBe(filled);
  });

  test('the last day of a leap year is its 366th', () => {
    expect(fillFileName('%j', Date.UTC(2028, 11, 31, 12))).toBe('366');
  });

  test.each(['50%.csv', '%q.csv', 'end%', '%😀'])(
    '%s is a usage error that says how a percent sign is written',
    (name) => {
      const error = expect.objectContaining({
        code: 'USAGE',
        message: expect.stringMatching(/^--output: %.* in ".*" is no field of a date or time$/u),
        hint: expect.stringContaining('write %% for a percent sign; there are %% %F %T'),
      });
      expect(() => fillFileName(name, AT)).toThrow(error);
    },
  );
});
