import { describe, expect, it } from 'vitest';
import { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import { type RecordColumn, RecordWhere, whereColumns } from '../../../src/lib/filters/where/record-where.ts';
import { TickWhere } from '../../../src/lib/filters/where/tick-where.ts';
import type { Kind } from '../../../src/lib/market/kinds.ts';
import { BAR } from '../../../src/lib/output/records/bar-record.ts';
import { numberColumn, withColumns } from '../../../src/lib/output/records/record-type.ts';

const COLUMNS: readonly RecordColumn[] = [
  { name: 'a', type: 'number' },
  { name: 'b', type: 'number' },
  { name: 'text', type: 'text' },
  { name: 'other', type: 'text' },
  { name: 'final', type: 'flag' },
  { name: 'simulated', type: 'mark' },
];

function matches(expression: string, row: object): boolean {
  return new RecordWhere(expression, COLUMNS).matches(row);
}

const errorOf = (read: () => unknown): TickpipeError => {
  try {
    read();
  } catch (error) {
    if (error instanceof TickpipeError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};
const errorOfTicks = (expression: string, kinds: readonly Kind[] = ['symbol', 'index']): TickpipeError =>
  errorOf(() => new TickWhere(expression, kinds));

describe('operators', () => {
  it.each([
    ['a + b * 2 == 9', { a: 3, b: 3 }],
    ['(a + b) * 2 == 12', { a: 3, b: 3 }],
    ['a - b - 1 == 1', { a: 5, b: 3 }],
    ['a / b / 2 == 2', { a: 12, b: 3 }],
    ['-a == -3 and - -a == 3 and 5--a == 8', { a: 3 }],
    ['-5 % 3 == -2 and 5 % -3 == 2', {}],
    ['not a == 4', { a: 3 }],
    ['not a == 4 and b == 1', { a: 3, b: 1 }],
    ['a == 1 or a == 3 and b == 1', { a: 1, b: 9 }],
    ['a in (1, b + 1) and a not in (4, 5)', { a: 3, b: 2 }],
    ['a>=3 and a<=3 and not(a>3)and(a<4)', { a: 3 }],
    ['abs(-2.5) == 2.5 and round(2.5) == 3 and round(-2.5) == -3 and round(0.49999999999999994) == 0', {}],
    ['min(a, 2, b) == 1 and max(a, 2, b) == 3', { a: 3, b: 1 }],
    ['1500000 == 1.5e6 and .5 == 5E-1', {}],
    ['text == "x" and text != "y" and text < "xa" and "b" > "a"', { text: 'x' }],
    ['text == "say \\"so\\" \\\\"', { text: 'say "so" \\' }],
    ['text in ("a", other)', { text: 'x', other: 'x' }],
    ['final and a > 1', { a: 2, final: true }],
    ['not final', { final: false }],
    ['simulated', { simulated: true }],
    ['not simulated', {}],
    ['a == 610.45', { a: 610.45 }],
  ])('%s', (expression, row) => expect(matches(expression, row)).toBe(true));

  it.each([
    ['a < 3', { a: 3 }],
    ['text == "X"', { text: 'x' }],
    ['a == 1 and (b == 1 or b == 2)', { a: 1, b: 3 }],
    ['simulated', {}],
  ])('%s is not true of %j', (expression, row) => expect(matches(expression, row)).toBe(false));
});

describe('null', () => {
  const NOTHING = { a: null, text: null, final: null };

  it.each([
    'a == 1',
    'a != 1',
    'a < 1',
    'a >= 1',
    'not a == 1',
    'not a != 1',
    'not not a == 1',
    'a == a',
    'not a == a',
    'a in (1, 2)',
    'a not in (1, 2)',
    '1 not in (2, a)',
    'a + 1 > 0',
    'abs(a) >= 0',
    'min(a, 1) < 2',
    'max(a, 1) > 0',
    'a * 0 == 0',
    'text == "x"',
    'text != "x"',
    'not text == "x"',
    'text < "x"',
    'text == other',
    'not text == other',
    'text not in ("x", "y")',
    'final',
    'not final',
    'a > 1 and a <= 1',
    'not (a > 1 and 1 == 1)',
    'a > 1 or final',
    'b == 1',
  ])('never matches: %s', (expression) => expect(matches(expression, NOTHING)).toBe(false));

  it.each(['a == 1 or 1 == 1', '1 == 1 or a == 1', 'not (a == 1 and 1 == 2)', '1 in (a, 1)', 'not (final and 1 > 2)'])(
    'is no hindrance where the rest decides: %s',
    (expression) => expect(matches(expression, NOTHING)).toBe(true),
  );
});

describe('a division by zero', () => {
  it('is unknown, is counted once a row, and reported for the first', () => {
    const reported: object[] = [];
    const where = new RecordWhere('a / b > 1 or a % b == 0 or a == 7', COLUMNS, (row) => reported.push(row));
    const rows = [
      { a: 1, b: 0 },
      { a: 3, b: 2 },
      { a: 7, b: 0 },
      { a: null, b: 0 },
    ];
    expect(rows.map((row) => where.matches(row))).toEqual([false, true, true, false]);
    expect([where.failures, reported]).toEqual([2, [{ a: 1, b: 0 }]]);
  });
});

describe('an error', () => {
  it.each([
    ['ltp = 5', 'unexpected =, at character 5: = 5', 'use == to compare'],
    ['ltp === 5', 'unexpected ===, at character 5: === 5', 'use == to compare'],
    ['ltp <> 5', 'unexpected <>, at character 5: <> 5', 'use != to compare'],
    [
      "symbol == 'NSE:SBIN-EQ'",
      "unexpected ', at character 11: 'NSE:SBIN-EQ'",
      'put texts in double quotes, and the whole expression in single ones',
    ],
    ['symbol == “NSE:SBIN-EQ”', 'unexpected “, at character 11: “NSE:SBIN-EQ”', 'put texts in plain double quotes'],
    ['ltp > 5 && ltp < 9', 'unexpected &&, at character 9: && ltp < 9', 'write and'],
    ['!ltp', 'unexpected !, at character 1: !ltp', 'write not'],
    ['ltp > 5 AND ltp < 9', 'unexpected AND, at character 9: AND ltp < 9', 'write and in small letters'],
    ['1 < ltp < 5', 'unexpected <, at character 9: < 5', 'write a < b and b < c for two comparisons'],
    [
      'ltp ^ 2 > 5',
      'unexpected ^, at character 5: ^ 2 > 5',
      'there are + - * / % and the functions abs, min, max, round',
    ],
    [
      'ltp > 5 ? 1',
      'unexpected ?, at character 9: ? 1',
      'an expression is one condition: join conditions with and, or',
    ],
    ['ltp > 5)', 'unexpected ), at character 8: )', 'join conditions with and, or'],
    ['(ltp > 5', 'something is missing, at the end', 'close the parenthesis with )'],
    ['', 'something is missing, at the end', 'tickpipe help where explains the language'],
    [
      'ltp in 5',
      'unexpected number 5, at character 8: 5',
      'in needs a list, as in symbol in ("NSE:SBIN-EQ", "NSE:INFY-EQ")',
    ],
    ['ltp not 5', 'unexpected number 5, at character 9: 5', 'not stands before a condition, or before in'],
    ['ltp > 5.', 'a wrong number, at character 7: 5.', 'write it in digits, as in 1500000, 0.05 or 1.5e6'],
    ['volume > 10k', 'a wrong number, at character 10: 10k', 'write it in digits, as in 1500000, 0.05 or 1.5e6'],
    ['ltp > 1e999', 'a number that is too large, at character 7: 1e999', 'tickpipe help where explains the language'],
    [
      'symbol == "NSE',
      'a text that does not end, at character 11: "NSE',
      'a text ends with a double quote; inside it \\" is a double quote and \\\\ a backslash',
    ],
    [
      'ltp',
      'a number where a condition should be, at character 1: ltp',
      'compare it with something, as in volume > 1000',
    ],
    [
      'ltp and 1 == 1',
      'a number where a condition should be, at character 1: ltp and 1 == 1',
      'a condition compares, as in volume > 1000',
    ],
    [
      'ltp > "5"',
      'a number compared with a text, at character 5: > "5"',
      'numbers stand without quotes, texts in double quotes',
    ],
    [
      'symbol + 1 > 2',
      'a text where a number should be, at character 1: symbol + 1 > 2',
      'tickpipe help where explains the language',
    ],
    [
      '(ltp > 1) == (bid > 1)',
      'two conditions cannot be compared, at character 11: == (bid > 1)',
      'join conditions with and, or',
    ],
    ['ltp != null', 'unexpected null, at character 8: null', 'null never matches, so nothing can be compared with it'],
    [
      'min(ltp) > 1',
      'min takes two values or more, at character 1: min(ltp) > 1',
      'tickpipe help where explains the language',
    ],
    [
      'abs(ltp, 1) > 1',
      'abs takes one value, at character 1: abs(ltp, 1) > 1',
      'tickpipe help where explains the language',
    ],
    ['abs > 1', 'abs is a function, at character 1: abs > 1', 'write abs(...)'],
    [
      'ltp(1) > 1',
      'ltp is a column, not a function, at character 1: ltp(1) > 1',
      'tickpipe help where explains the language',
    ],
    ['type == "SymbolUpdte"', 'type is never that text, at character 9: "SymbolUpdte"', 'did you mean "SymbolUpdate"?'],
    [
      'type in ("DepthUpdate")',
      'type is never that text, at character 10: "DepthUpdate")',
      'one of SymbolUpdate, IndexUpdate',
    ],
    ['ltp > 5 # high', 'unexpected #, at character 9: # high', 'tickpipe help where explains the language'],
    ['ltp > 5 😀', 'unexpected 😀, at character 9: 😀', 'tickpipe help where explains the language'],
  ])('of %j: %s', (expression, message, hint) => {
    const error = errorOfTicks(expression);
    expect([error.code, error.message, error.hint]).toEqual(['USAGE', `--where: ${message}`, hint]);
  });

  it('shows no more of a long expression than people read', () => {
    const { message } = errorOfTicks(`ltp = ${'1 + '.repeat(100)}1`);
    expect(message).toBe('--where: unexpected =, at character 5: = 1 + 1 + 1 + 1 + 1 + 1 ...');
  });

  it.each(['(', '-', 'not '])('ends a nest of %j before the stack does', (sign) => {
    expect(errorOfTicks(`${sign.repeat(20_000)}ltp > 1`).message).toContain('more than 100 levels');
  });

  it('ends an expression that is too long', () => {
    expect(errorOfTicks('1 + '.repeat(101)).message).toContain('more than 100 levels');
    expect(errorOfTicks(' '.repeat(131_073)).message).toContain('more than 131072 characters');
  });

  it('is none of a list of thousands of symbols', () => {
    const symbols = Array.from({ length: 5_000 }, (_, place) => `"NSE:SYM${place}-EQ"`);
    const where = new RecordWhere(`text in (${symbols.join(',')})`, COLUMNS);
    expect(['NSE:SYM4999-EQ', 'NSE:SYM5000-EQ'].map((text) => where.matches({ text }))).toEqual([true, false]);
  });
});

describe('a column', () => {
  it.each([
    ['vol > 5', 'volume'],
    ['chnge_percent < 1', 'change_percent'],
    ['spread_bp < 1', 'spread_bps'],
    ['maxx(ltp, 1) < 1', 'max'],
  ])('that is not there gets the nearest name: %s', (expression, nearest) => {
    const { code, hint } = errorOfTicks(expression);
    expect([code, hint]).toEqual(['UNKNOWN_FIELD', `did you mean ${nearest}?`]);
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'n', 's', 'o', 't', 'process'])(
    'is not %s',
    (name) => {
      expect(errorOfTicks(`${name} == 1`).code).toBe('UNKNOWN_FIELD');
      expect(errorOfTicks(`${name}(ltp) == 1`).code).toBe('UNKNOWN_FIELD');
    },
  );

  it('must be in rows of one of the kinds', () => {
    expect(() => new TickWhere('volume > 1', ['symbol', 'index'])).not.toThrow();
    expect(errorOfTicks('volume > 1', ['index']).code).toBe('UNKNOWN_FIELD');
    expect(errorOfTicks('day_position > 1', ['depth']).code).toBe('UNKNOWN_FIELD');
    expect(errorOfTicks('mid > 1', ['index']).code).toBe('UNKNOWN_FIELD');
    expect(() => new TickWhere('mid > 1 and bid_price_5 > 1', ['depth'])).not.toThrow();
  });

  it('is no side of a book, of which no number stands for all', () => {
    const { message, hint } = errorOfTicks('bid > 1', ['depth']);
    expect([message, hint]).toEqual([
      '--where: bid is no single value, at character 1: bid > 1',
      'bid_price_1 is the best price of that side',
    ]);
    expect(() => new TickWhere('bid > 1', ['symbol', 'depth'])).not.toThrow();
  });
});

describe('rows that are made of ticks', () => {
  const columns = whereColumns(withColumns(BAR, { rsi_14: numberColumn('', { nullWhen: 'too few bars' }) }));
  const bar = { ...BAR.sample, rsi_14: 25, extreme_unplaced: undefined };

  it.each([
    'close > open and final and not partial',
    'interval == "1m" and symbol in ("NSE:SBIN-EQ")',
    'rsi_14 < 30',
    'not extreme_unplaced',
    '(high - low) / vwap < 0.01 and end - start == 60',
  ])('%s', (expression) => expect(new RecordWhere(expression, columns).matches(bar)).toBe(true));

  it.each(['oi > 0 or not oi > 0', 'extreme_unplaced', 'clock == "received" or clock != "received"', 'revision < 1'])(
    '%s is not true where the key is null or not there',
    (expression) => expect(new RecordWhere(expression, columns).matches(bar)).toBe(false),
  );

  it('have no last price, and no mark of simulated prices: it is put behind them when they are printed', () => {
    for (const name of ['ltp > 1', 'simulated', 'mid > 1']) {
      expect(errorOf(() => new RecordWhere(name, columns)).code).toBe('UNKNOWN_FIELD');
    }
  });
});
