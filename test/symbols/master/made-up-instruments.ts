import fc from 'fast-check';
import { SOURCE_FILES } from '../../../src/lib/symbols/master/source-files.ts';
import type { ListedInstrument, MasterFileName } from '../../../src/lib/symbols/master/symbol-master.ts';

const UNDERLYINGS = ['NIFTY', 'BANKNIFTY', 'NIFTYNXT50', 'SBIN', 'M&M', 'GOLD', 'GOLDM', 'A1'] as const;
const COMPANIES = [
  'STATE BANK OF INDIA',
  'MAHINDRA & MAHINDRA LTD.',
  'Gold Bees',
  'NIFTY50-INDEX',
  'Ä ÖL',
  'ICE',
] as const;
const EXPIRIES = ['26D01', '26DEC', '27JAN'] as const;
const EXPIRES_AT_MS: Readonly<Record<(typeof EXPIRIES)[number], number>> = {
  '26D01': Date.parse('2026-12-01T15:30:00+05:30'),
  '26DEC': Date.parse('2026-12-29T15:30:00+05:30'),
  '27JAN': Date.parse('2027-01-26T15:30:00+05:30'),
};
const STRIKES = [2.5, 50, 1_000, 24_000, 24_100] as const;
const FYTOKEN_HEADS: Readonly<Record<string, string>> = {
  nse_cm: '1010000000',
  nse_fo: '1011261229',
  bse_cm: '1210000000',
  bse_fo: '1211261229',
};

const orNull = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(some, { freq: 4 });
/** Plain numbers, and those that only a text can hold. */
const token = fc.oneof(
  fc.integer({ min: 0, max: 99_999 }).map(String),
  fc.constantFrom('007', '4294967294', '4294967295', '99999999999999999999'),
);

function cash(name: MasterFileName): fc.Arbitrary<ListedInstrument> {
  const { exchange, segment } = SOURCE_FILES[name];
  return fc
    .record({
      underlying: orNull(fc.constantFrom(...UNDERLYINGS)),
      base: fc.constantFrom(...UNDERLYINGS, 'NIFTY50 EQL', 'BAJAJ-AUTO', 'CE', 'B'),
      series: fc.constantFrom('EQ', 'BE', 'A', 'INDEX'),
      name: fc.constantFrom(...COMPANIES),
      isin: orNull(fc.constantFrom('INE062A01020', 'INE101A01026')),
      tickSize: orNull(fc.constantFrom(0.01, 0.05)),
      session: orNull(fc.constantFrom('0915-1530|1815-1915:', '0900-1700:')),
      isActive: orNull(fc.boolean()),
      token,
    })
    .map(({ base, series, token: itsToken, ...rest }) => ({
      ...rest,
      symbol: `${exchange}:${base}-${series}`,
      exchange,
      segment,
      type: series === 'INDEX' ? ('index' as const) : ('equity' as const),
      expiresAtMs: null,
      strike: null,
      right: null,
      lotSize: series === 'INDEX' ? null : 1,
      fytoken: FYTOKEN_HEADS[segment] + itsToken,
    }));
}

function contract(name: MasterFileName): fc.Arbitrary<ListedInstrument> {
  const { exchange, segment } = SOURCE_FILES[name];
  return fc
    .record({
      underlying: fc.constantFrom(...UNDERLYINGS),
      expiry: fc.constantFrom(...EXPIRIES),
      strike: orNull(fc.constantFrom(...STRIKES)),
      right: fc.constantFrom('CE', 'PE'),
      /** How symbol and name are written: as FYERS does, or so that they cannot be cut. */
      form: fc.constantFrom('plain', 'plain', 'plain', 'odd name', 'odd symbol'),
      lotSize: orNull(fc.constantFrom(75, 1_000)),
      token,
    })
    .map(({ underlying, expiry, strike, right, form, lotSize, token: itsToken }): ListedInstrument => {
      const strikeText = form === 'odd symbol' && strike !== null ? `${strike}.0` : String(strike);
      const end = strike === null ? 'FUT' : `${strikeText}${right}`;
      const nameEnd = strike === null ? 'FUT' : form === 'odd name' ? `${strike}.00 ${right}` : `${strike} ${right}`;
      return {
        symbol: `${exchange}:${underlying}${expiry}${end}`,
        name: `${underlying} 29 Dec 26 ${nameEnd}`,
        exchange,
        segment,
        type: strike === null ? 'future' : 'option',
        isin: null,
        underlying,
        expiresAtMs: EXPIRES_AT_MS[expiry],
        strike,
        right: strike === null ? null : (right as 'CE' | 'PE'),
        lotSize,
        tickSize: 0.05,
        session: '0915-1540:',
        fytoken: FYTOKEN_HEADS[segment] + itsToken,
        isActive: null,
      };
    });
}

export const MADE_UP_FILES = ['NSE_CM', 'NSE_FO', 'BSE_CM', 'BSE_FO'] as const;
type MadeUpFile = (typeof MADE_UP_FILES)[number];

/** Instruments of one file, each symbol once or more. */
export function instrumentsOfFile(name: MadeUpFile, maxLength: number): fc.Arbitrary<ListedInstrument[]> {
  return fc.array(name.endsWith('CM') ? cash(name) : contract(name), { maxLength });
}

/** The first of each symbol: what a file keeps. */
export function firstOfEach(instruments: readonly ListedInstrument[]): ListedInstrument[] {
  const bySymbol = new Map<string, ListedInstrument>();
  for (const instrument of instruments)
    if (!bySymbol.has(instrument.symbol)) bySymbol.set(instrument.symbol, instrument);
  return [...bySymbol.values()];
}

/** Words that are likely to be found: parts of the texts above. */
export const someWord: fc.Arbitrary<string> = fc.oneof(
  // Of these an option's symbol or underlying is the beginning, and its strike the end.
  fc.constantFrom('NIFTY26DEC', 'SBIN26D01', 'NIFTY24000CE', 'M&M50PE', 'NIFTY26DEC24000', 'GOLD50', '26DEC50CE'),
  fc.constantFrom(
    ...UNDERLYINGS,
    ...STRIKES.map(String),
    'CE',
    'PE',
    'FUT',
    'NSE',
    'BSE',
    'EQ',
    'state',
    'bank',
    'b',
    'e',
    '2',
  ),
  fc
    .tuple(
      fc.constantFrom(
        'NIFTY26DEC24000CE',
        'NIFTY24000CE',
        'BANKNIFTYFUT',
        'STATEBANKOFINDIA',
        'NSE:SBIN-EQ',
        'INE062A01020',
        'NIFTY50 EQL-INDEX',
        'M&M29DEC2650PE',
        'A126D012.5PE',
        'BAJAJ-AUTO',
      ),
      fc.nat(16),
      fc.nat(16),
    )
    .map(([text, from, length]) => text.slice(from % text.length, (from % text.length) + 1 + length)),
  token,
);

/** A word that is made of the instruments at hand, or any word. */
export interface Pick {
  readonly instrument: number;
  readonly field: number;
  readonly from: number;
  readonly length: number;
  readonly other: string;
}

/** Mostly of one instrument, so that all words of a query may be found in it. */
export const somePicks: fc.Arbitrary<Pick[]> = fc
  .tuple(
    fc.nat(),
    fc.array(
      fc.record({
        field: fc.nat(),
        // Whole fields are as likely as parts of them.
        from: fc.oneof(fc.constant(0), fc.nat(30)),
        length: fc.oneof(fc.constant(100), fc.integer({ min: 1, max: 20 })),
        other: fc.oneof({ weight: 9, arbitrary: fc.constant('') }, { weight: 1, arbitrary: someWord }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([instrument, picks]) => picks.map((pick) => ({ ...pick, instrument })));

export function pickWords(instruments: readonly ListedInstrument[], picks: readonly Pick[]): string[] {
  const words = picks.map(({ instrument: number, field, from, length, other }) => {
    const instrument = instruments[number % Math.max(1, instruments.length)];
    if (other !== '' || instrument === undefined) return other;
    const { symbol, name, underlying, isin, strike, right } = instrument;
    const texts = [
      symbol.slice(4),
      symbol.slice(4).replace(/(?<=[A-Z])[\d.]+[CP]E$/, ''),
      underlying ?? '',
      ...name.split(' '),
      name.replaceAll(' ', ''),
      isin ?? '',
      String(strike ?? 'FUT'),
      right ?? 'FUT',
      `${underlying}${strike ?? ''}${right ?? 'FUT'}`,
    ].filter((text) => text !== '');
    const text = texts[field % texts.length] as string;
    return text.slice(from % text.length, (from % text.length) + length);
  });
  return words.map((word) => word.toUpperCase().replaceAll(' ', '')).filter((word) => word !== '');
}
