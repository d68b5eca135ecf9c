import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSymbol } from '../../../src/lib/market/symbols.ts';
import { checkRow } from '../../../src/lib/recording/reader/row-check.ts';
import { makeTick } from '../../support/make-tick.ts';
import { workOutRow } from '../../support/worked-out-row.ts';

/** Whether a row of the contract stands in this text, and nothing else. */
function isRow(text: string): boolean {
  const bytes = Buffer.from(`${text}\n`);
  return checkRow(bytes, 0, bytes.length) === bytes.length;
}

const NUMBERS = {
  ltp: '610.5',
  change: '-0.05',
  volume: '7',
  last_trade_time: '1795410681',
  received_at: '1795410683755',
} as const;

/** A row in which a number stands in this form. */
function rowWith(name: keyof typeof NUMBERS, form: string): string {
  const numbers = { ...NUMBERS, [name]: form };
  const row = JSON.stringify(workOutRow(makeTick(0, 'symbol', 'NSE:SBIN-EQ'), 'epoch'));
  return Object.entries(numbers).reduce(
    (text, [column, number]) => text.replace(new RegExp(`"${column}":[^,}]+`), `"${column}":${number}`),
    row,
  );
}

const lite = (symbol: string): string => `{"type":"LiteUpdate","symbol":"${symbol}","ltp":1,"received_at":5}`;

describe('a number', () => {
  it.each([
    ['ltp', ['0', '1', '-1', '0.5', '-0.000001', '610.45', '999999999999999', '99999999999999.9', '0.1234567890123']],
    ['ltp', ['1e-7', '-1.2e-7', '1.23456e-8', '1e-13', '30000000.05', 'null']],
    ['change', ['0', '-0.05', '1e-9', 'null']],
    ['volume', ['0', '5000000000', '999999999999999', '-2039711963', 'null']],
    ['last_trade_time', ['1795410681', '-1', '999999999999', 'null']],
    ['received_at', ['0', '1795410683755', '999999999999999']],
  ] as const)('of %s is in a form that is printed: %j', (name, forms) => {
    for (const form of forms) expect([form, isRow(rowWith(name, form))]).toEqual([form, true]);
  });

  it.each([
    [
      'ltp',
      ['1e5', '1E5', '1e-5', '1e-6', '10e-7', '1.0e-7', '0e-7', '1e-07', '1e-14', '1.2e-13', '1e+7', '1e', '1e-'],
    ],
    [
      'ltp',
      ['-0', '-0.0', '01', '00', '-01', '1.50', '1.0', '1.', '.5', '+1', 'NaN', 'Infinity', '-Infinity', '--1', '-'],
    ],
    [
      'ltp',
      ['0.0000001', '0.00000012', '0.12345678901234', '1000000000000000', '12345678901234.56', '"1"', 'true', ''],
    ],
    ['change', ['-0', '1.50', '+0.05', '1e2']],
    ['volume', ['1e5', '-0', '01', '1.5', '1.0', '+7', '1000000000000000', 'NaN', '7 ']],
    ['last_trade_time', ['1e9', '-0', '01', '1.5', '1000000000000']],
    ['received_at', ['1e12', '-1', '-0', '01', '1.5', 'null', '1000000000000000']],
  ] as const)('of %s in a form that is never printed makes it no row: %j', (name, forms) => {
    for (const form of forms) expect([form, isRow(rowWith(name, form))]).toEqual([form, false]);
  });

  it('is what is printed of any scale and any count', () => {
    const raw = fc.integer({ min: -2_147_483_647, max: 2_147_483_647 });
    const multiplier = fc.oneof(fc.constantFrom(1, 10, 100, 1_000, 10_000), fc.integer({ min: 1, max: 65_535 }));
    const values = fc.dictionary(fc.nat(29).map(String), raw);
    fc.assert(
      fc.property(values, multiplier, fc.nat(9), fc.boolean(), (given, scale, precision, simulated) => {
        for (const kind of ['symbol', 'index', 'depth', 'lite'] as const) {
          const slots = { symbol: 21, index: 8, depth: 30, lite: 21 }[kind];
          const own = Object.fromEntries(Object.entries(given).filter(([slot]) => Number(slot) < slots));
          const symbol = kind === 'index' ? 'NSE:NIFTY50-INDEX' : 'NSE:SBIN-EQ';
          const tick = makeTick(0, kind, symbol, { values: own, multiplier: scale, precision });
          const text = JSON.stringify(workOutRow(tick, 'epoch', simulated));
          expect([text, isRow(text)]).toEqual([text, true]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('that is taken is the same in decimal and in binary', () => {
    const digits = fc.stringMatching(/^-?[0-9]{1,17}(\.[0-9]{1,15})?(e-[0-9]{1,2})?$/);
    let taken = 0;
    fc.assert(
      fc.property(digits, (form) => {
        if (!isRow(rowWith('ltp', form))) return;
        taken++;
        expect(JSON.stringify(Number(form))).toBe(form);
      }),
      { numRuns: 5_000, seed: 20_261_123 },
    );
    expect(taken).toBeGreaterThan(500);
  });
});

describe('a symbol', () => {
  it.each([
    'NSE:SBIN-EQ',
    'NSE:M&M-EQ',
    'BSE:SENSEX-INDEX',
    'MCX:GOLD26DECFUT',
    'NSE:NIFTY50 EQL WGT-INDEX',
    'NSE:0-EQ',
    `NSE:${'A'.repeat(93)}-EQ`,
  ])('%s is one', (symbol) => expect(isRow(lite(symbol))).toBe(true));

  it.each([
    '+1+CMD(X)',
    '=1+1',
    '-1+CMD(X)',
    '@SUM(A1)',
    'SBIN-EQ',
    'NFO:SBIN-EQ',
    'NSE:',
    'NSE:=1',
    'NSE:+1',
    'NSE:SBIN',
    'NSE:SBIN-EQ ',
    'NSE:NIFTY50  EQL-INDEX',
    'NSE: SBIN-EQ',
    'NSE:NSE:SBIN-EQ',
    'nse:sbin-eq',
    `NSE:${'A'.repeat(94)}-EQ`,
    '',
  ])('%j is none', (symbol) => expect(isRow(lite(symbol))).toBe(false));

  it('is what the command line takes as one, and nothing else', () => {
    const part = fc.constantFrom(
      'NSE:',
      'BSE:',
      'MCX:',
      'NFO:',
      'A',
      'Z',
      '0',
      '9',
      '&',
      '-',
      '_',
      ' ',
      '+',
      '(',
      ':',
      'a',
    );
    const text = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
    const likely = fc.tuple(fc.constantFrom('NSE:', 'BSE:', 'MCX:'), text).map((parts) => parts.join(''));
    let symbols = 0;
    fc.assert(
      fc.property(fc.oneof(text, { arbitrary: likely, weight: 4 }), (symbol) => {
        if (isSymbol(symbol)) symbols++;
        expect([symbol, isRow(lite(symbol))]).toEqual([symbol, isSymbol(symbol)]);
      }),
      { numRuns: 5_000, seed: 20_261_123 },
    );
    expect(symbols).toBeGreaterThan(200);
  });
});
