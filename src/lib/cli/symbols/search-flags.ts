import { InvalidValue } from '../../errors/invalid-value.ts';
import {
  EXCHANGES,
  type Exchange,
  INSTRUMENT_TYPES,
  type InstrumentType,
  type OptionRight,
} from '../../symbols/master/symbol-master.ts';
import { integerFlag, valueFlag } from '../command/flags.ts';
import { readChoice } from '../program/flag-values.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1_000_000;
const RIGHTS = ['CE', 'PE'] as const satisfies readonly OptionRight[];
const EXPIRY_RULES = ['nearest', 'weekly', 'monthly'] as const;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const PRICE = /^\d{1,9}(?:\.\d{1,6})?$/;

/** A price over 0. Throws `InvalidValue`. */
function readPrice(text: string): number {
  const price = PRICE.test(text.trim()) ? Number(text) : Number.NaN;
  if (price > 0) return price;
  throw new InvalidValue(`expected a price such as 24000 or 83.25, not ${JSON.stringify(text.slice(0, 100))}`);
}

/** A date, or a rule in any case. Throws `InvalidValue`. */
export function readExpiry(text: string): string {
  const word = text.trim().toLowerCase();
  const rule = EXPIRY_RULES.find((one) => one === word);
  if (rule !== undefined) return rule;
  const isDate = DATE.test(word) && !Number.isNaN(Date.parse(word)) && new Date(word).toISOString().startsWith(word);
  if (isDate) return word;
  const expected = `a date such as 2026-12-29, or one of ${EXPIRY_RULES.join(', ')}`;
  throw new InvalidValue(`expected ${expected}, not ${JSON.stringify(text.slice(0, 100))}`);
}

/** @param summary what of an exchange a command takes */
export const exchangeFlag = (summary: string) =>
  valueFlag<Exchange>((text) => readChoice(text.toUpperCase(), EXCHANGES))({
    summary,
    helpValue: EXCHANGES.join('|'),
  });

/** Which instruments `symbols search` finds. */
export const searchFlags = {
  exchange: exchangeFlag('only instruments of this exchange'),
  kind: valueFlag<InstrumentType>((text) => readChoice(text.toLowerCase(), INSTRUMENT_TYPES))({
    summary: 'only instruments of this kind',
    helpValue: INSTRUMENT_TYPES.join('|'),
  }),
  underlying: valueFlag((text) => text)({
    summary: 'only contracts on this share, index, commodity or currency, and itself: NIFTY or NSE:NIFTY50-INDEX',
    helpValue: '<name>',
  }),
  expiry: valueFlag(readExpiry)({
    summary: 'only contracts that end on this day; weekly is the nearest that is not the last of its month',
    helpValue: 'DATE|nearest|weekly|monthly',
  }),
  strike: valueFlag(readPrice)({
    summary: 'only options with this strike price',
    helpValue: '<price>',
  }),
  right: valueFlag<OptionRight>((text) => readChoice(text.toUpperCase(), RIGHTS))({
    summary: 'only calls or only puts',
    helpValue: RIGHTS.join('|'),
  }),
  limit: integerFlag(
    1,
    MAX_LIMIT,
  )({
    summary: 'at most this many instruments',
    helpValue: '<n>',
    default: DEFAULT_LIMIT,
  }),
};

const DEFAULT_STRIKES = 10;
const MAX_STRIKES = 10_000;

/** Which options `symbols chain` lists. */
export const chainFlags = {
  expiry: valueFlag(readExpiry)({
    summary: 'the expiry: its date, or a rule; weekly is the nearest that is not the last of its month',
    helpValue: 'DATE|nearest|weekly|monthly',
    default: 'nearest',
  }),
  around: valueFlag(readPrice)({
    summary:
      'the strikes nearest to this price; without it, to the last price of the underlying when a shared session has it live',
    helpValue: '<price>',
  }),
  strikes: valueFlag<number>((text) =>
    text.trim().toLowerCase() === 'all' ? Number.POSITIVE_INFINITY : readStrikes(text),
  )({
    summary: 'how many strikes below the money and how many above it, or all',
    helpValue: '<n>|all',
    default: DEFAULT_STRIKES,
  }),
};

function readStrikes(text: string): number {
  const count = /^\d{1,5}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (count <= MAX_STRIKES) return count;
  throw new InvalidValue(
    `expected a whole number from 0 to ${MAX_STRIKES}, or all, not ${JSON.stringify(text.slice(0, 100))}`,
  );
}
