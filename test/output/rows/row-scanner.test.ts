import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KINDS, type Kind } from '../../../src/lib/market/kinds.ts';
import { isSymbol } from '../../../src/lib/market/symbols.ts';
import { RowScanner, RowScanners } from '../../../src/lib/output/rows/row-scanner.ts';
import { rowShape } from '../../../src/lib/output/rows/row-shape.ts';
import { makeTick } from '../../support/make-tick.ts';
import { workOutRow } from '../../support/worked-out-row.ts';

/** Whether a row of the contract stands in this text, and nothing else. */
function isRow(text: string): boolean {
  const bytes = Buffer.from(`${text}\n`);
  return new RowScanners().scan(bytes, 0, bytes.length) === bytes.length;
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

const SLOTS = { symbol: 21, index: 8, depth: 30, lite: 21 } as const;
const SYMBOLS: Record<Kind, string> = {
  symbol: 'NSE:SBIN-EQ',
  index: 'NSE:NIFTY50-INDEX',
  depth: 'NSE:M&M-EQ',
  lite: 'MCX:GOLD26DECFUT',
};

const madeRow = fc
  .record({
    kind: fc.constantFrom(...KINDS),
    values: fc.dictionary(
      fc.nat(29).map(String),
      fc.oneof(fc.integer({ min: -2_147_483_647, max: 2_147_483_647 }), fc.nat(10_000_000)),
    ),
    multiplier: fc.oneof(fc.constantFrom(1, 10, 100, 10_000), fc.integer({ min: 1, max: 65_535 })),
    precision: fc.nat(9),
    receivedAt: fc.nat(999_999_999_999_999),
    simulated: fc.boolean(),
  })
  .map(({ kind, values, multiplier, precision, receivedAt, simulated }) => {
    const own = Object.fromEntries(Object.entries(values).filter(([slot]) => Number(slot) < SLOTS[kind]));
    const tick = makeTick(0, kind, SYMBOLS[kind], { values: own, multiplier, precision, receivedAt });
    return { kind, text: `${JSON.stringify(workOutRow(tick, 'epoch', simulated))}\n` };
  });

/** What `JSON.parse` says of the value at a path, as `bid/0/price`. */
function valueAt(row: unknown, path: string): unknown {
  return path.split('/').reduce((value, key) => (value as Record<string, unknown>)[key], row);
}

/** What the scanner says of a row that it has taken. */
function expectSame(scanner: RowScanner, text: string): void {
  const row = JSON.parse(text) as Record<string, unknown>;
  expect(scanner.isSimulated).toBe('simulated' in row);
  for (const [place, { path, form }] of scanner.shape.values.entries()) {
    const value = valueAt(row, path);
    expect(scanner.placeOf(path)).toBe(place);
    if (form === 'symbol') {
      expect(scanner.text(place)).toBe(value);
      continue;
    }
    expect([path, scanner.number(place)]).toEqual([path, value ?? Number.NaN]);
    expect([path, scanner.text(place)]).toEqual([path, JSON.stringify(value)]);
  }
}

describe('a scanned row', () => {
  it('has the values that JSON.parse gives, wherever it stands', () => {
    fc.assert(
      fc.property(madeRow, fc.string(), fc.string(), ({ kind, text }, before, after) => {
        const bytes = Buffer.from(`${before}${text}${after}\n`);
        const begin = Buffer.byteLength(before);
        const scanner = new RowScanner(rowShape(kind));
        expect(scanner.scan(bytes, begin, bytes.length)).toBe(begin + text.length);
        expectSame(scanner, text);
        // The next row in other bytes, read by the same scanner.
        const copy = Buffer.from(text);
        expect(scanner.scan(copy, 0, copy.length)).toBe(copy.length);
        expectSame(scanner, text);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is none when it is cut anywhere, or ends behind the end', () => {
    fc.assert(
      fc.property(madeRow, fc.nat(), ({ text }, place) => {
        const at = place % (text.length - 1);
        const bytes = Buffer.from(text);
        const scanners = new RowScanners();
        expect(scanners.scan(bytes, 0, at)).toBe(-1);
        const cut = Buffer.from(`${text.slice(0, at)}\n${text}`);
        expect(scanners.scan(cut, 0, cut.length)).toBe(-1);
        expect(scanners.scan(bytes.subarray(0, at), 0, at)).toBe(-1);
      }),
      { numRuns: 500 },
    );
  });

  it('is what JSON.parse takes, too, with the same values, whatever bytes were changed', () => {
    const edit = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      drop: fc.nat(3),
      insert: fc.oneof(
        fc.constantFrom(
          '0',
          '9',
          '.',
          '-',
          'e',
          'e-7',
          '"',
          ',',
          '\n',
          '}',
          ' ',
          '\\',
          'null',
          'true',
          '\u0000',
          'é',
          '1.5e-8',
        ),
        fc.string({ maxLength: 3 }),
      ),
    });
    let taken = 0;
    fc.assert(
      fc.property(madeRow, fc.array(edit, { minLength: 1, maxLength: 3 }), ({ text }, edits) => {
        let changed = text;
        for (const { at, drop, insert } of edits) {
          const place = Math.floor(at * changed.length);
          changed = changed.slice(0, place) + insert + changed.slice(place + drop);
        }
        const bytes = Buffer.from(`${changed}\n`);
        const scanners = new RowScanners();
        const end = scanners.scan(bytes, 0, bytes.length);
        if (end < 0) return;
        taken++;
        const scanner = scanners.find(bytes, 0) as RowScanner;
        const row = bytes.toString('latin1', 0, end);
        expectSame(scanner, row);
        expect(`${JSON.stringify(JSON.parse(row))}\n`).toBe(row);
      }),
      { numRuns: 20_000, seed: 20_261_130 },
    );
    expect(taken).toBeGreaterThan(200);
  });
});
