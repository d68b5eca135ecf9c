import { describe, expect, test } from 'vitest';
import { reportOf } from '../../../src/lib/cli/program/error-report.ts';
import { type ReportLevel, renderErrorReport } from '../../../src/lib/cli/program/reporter.ts';
import { CATALOGUE } from '../../../src/lib/errors/catalogue.ts';
import { InvalidValue } from '../../../src/lib/errors/invalid-value.ts';
import { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';

const NORMAL = { level: 'normal', format: 'text' } as const;

/** Made as oclif's parser makes them. */
function parserError(message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { oclif: { exit: 2 }, ...more });
}

describe('reportOf', () => {
  test('our errors keep their code, hint and status', () => {
    expect(reportOf(new TickpipeError('TOKEN_EXPIRED', 'over', { hint: 'again' }))).toEqual({
      code: 'TOKEN_EXPIRED',
      message: 'over',
      hint: 'again',
      exit: 4,
    });
  });

  test('names --verbose in a hint, except with --verbose', () => {
    const report = reportOf(new TickpipeError('TIMEOUT', 'no row came'));
    const hintAt = (level: ReportLevel): string => renderErrorReport(report, { level, format: 'text' });
    expect(hintAt('warnings')).toBe('error: no row came\nhint: the market may be closed; see --verbose\n');
    expect(hintAt('verbose')).toBe('error: no row came\nhint: the market may be closed\n');
    const json = JSON.parse(renderErrorReport(report, { level: 'verbose', format: 'json' })) as { hint: string };
    expect(json.hint).toBe('the market may be closed');
  });

  test('a usage error names the help of its command, unless it has its own hint', () => {
    expect(reportOf(new TickpipeError('USAGE', 'no'), 'tickpipe quote').hint).toBe('see tickpipe quote --help');
    expect(reportOf(new TickpipeError('USAGE', 'no', { hint: 'so' }), 'tickpipe quote').hint).toBe('so');
    expect(reportOf(new TickpipeError('USAGE', 'no')).hint).toBe(CATALOGUE.USAGE.hint);
  });

  test.each([
    [new InvalidValue('expected more').at('--count'), '--count: expected more'],
    [parserError('Flag --count expects a value'), '--count expects a value'],
    [parserError('Parsing --seed \n\tExpected an integer\nSee more help with --help'), '--seed: Expected an integer'],
    [parserError('x', { args: ['one', 'two'] }), 'unexpected argument: one two'],
    [
      parserError('Missing 1 required arg:\nhow  why\nSee more help with --help', {
        args: [{ name: 'how', description: 'why' }],
      }),
      'missing HOW: why',
    ],
    [parserError('x', { flags: ['--conut=5'], parse: { input: { flags: { count: {} } } } }), 'unknown flag: --conut'],
  ])('usage: %s', (error, message) => {
    expect(reportOf(error)).toMatchObject({ code: 'USAGE', exit: 2, message });
  });

  test.each([
    [new TypeError('x is undefined'), 'x is undefined'],
    [new RangeError(), 'RangeError'],
    ['text', 'thrown: text'],
    [undefined, 'thrown: undefined'],
    [parserError('gone', { code: 'MODULE_NOT_FOUND' }), 'gone'],
  ])('anything else is a bug: %s', (thrown, message) => {
    expect(reportOf(thrown)).toMatchObject({ code: 'BUG', exit: 1, message });
  });
});

describe('renderErrorReport', () => {
  const report = {
    code: 'USAGE',
    message: 'two\nlines',
    hint: 'try',
    exit: 2,
    stack: 'Error: x\n    at here',
  } as const;

  test('two lines of text', () => expect(renderErrorReport(report, NORMAL)).toBe('error: two lines\nhint: try\n'));

  test('the stack with --verbose only', () => {
    expect(renderErrorReport(report, { ...NORMAL, level: 'verbose' })).toBe(
      'error: two lines\nhint: try\nError: x\n    at here\n',
    );
  });

  test('one JSON object with the keys of the contract', () => {
    expect(renderErrorReport(report, { level: 'normal', format: 'json' })).toBe(
      '{"type":"error","code":"USAGE","message":"two lines","hint":"try","exit":2}\n',
    );
  });
});
