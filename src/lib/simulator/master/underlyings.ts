import { SOURCE_FILES } from '../../symbols/master/source-files.ts';
import type { MasterFileName } from '../../symbols/master/symbol-master.ts';
import {
  dayOfMonth,
  type Expiry,
  expiryMoment,
  FRIDAY,
  lastWeekday,
  type MonthRule,
  monthlyExpiries,
  THURSDAY,
  TUESDAY,
  tradingDaysBeforeEnd,
  weeklyExpiries,
} from './expiries.ts';
import { INSTRUMENT_TYPE } from './master-row.ts';

/** What contracts are made of, and which there are. Prices are rupees. */
export interface Underlying {
  readonly file: MasterFileName;
  readonly name: string;
  readonly token: string;
  readonly fytoken: string;
  readonly spot: number;
  readonly lotSize: number;
  readonly futureTick: number;
  readonly optionTick: number;
  /** From one strike to the next. */
  readonly strikeStep: number;
  readonly futureType: number;
  readonly optionType: number;
  readonly futures: readonly Expiry[];
  readonly options: readonly Expiry[];
  /** Its part of all options, and how many strikes it has at least on each side of the price. */
  readonly weight: number;
  readonly minSide: number;
}

/** A share or an index that is listed anyway. */
export interface ListedUnderlying {
  readonly fytoken: string;
  readonly previousClose: number;
}

export interface UnderlyingSources {
  /** `YYYY-MM-DD` in IST: no contract has ended before. */
  readonly date: string;
  /** What the universe lists under a symbol. */
  find(symbol: string): ListedUnderlying | undefined;
  /** Names of NSE's shares that have contracts, heaviest first. */
  readonly stocks: readonly string[];
  /** The lot of a contract that is listed anyway, by file and underlying: `NSE_FO NIFTY`. */
  readonly lots: ReadonlyMap<string, number>;
}

/** Every underlying, in the order of their tokens. */
export function listUnderlyings(sources: UnderlyingSources): Underlying[] {
  return [
    ...INDICES.flatMap((entry) => indexUnderlying(entry, sources)),
    ...sources.stocks.flatMap((name) => stockUnderlying(name, sources)),
    ...CURRENCIES.map((entry) => currencyUnderlying(entry, sources)),
    ...COMMODITIES.map((entry) => commodityUnderlying(entry, sources)),
  ];
}

interface IndexEntry {
  readonly file: 'NSE_FO' | 'BSE_FO';
  readonly name: string;
  readonly symbol: string;
  readonly strikeStep: number;
  readonly lotSize: number;
  readonly weekday: number;
  readonly weeks: number;
  /** Quarters after the three next months. */
  readonly quarters: number;
  readonly weight: number;
  readonly minSide: number;
}

const QUARTER_ENDS: ReadonlySet<number> = new Set([2, 5, 8, 11]);

const INDICES: readonly IndexEntry[] = [
  {
    file: 'NSE_FO',
    name: 'NIFTY',
    symbol: 'NSE:NIFTY50-INDEX',
    strikeStep: 50,
    lotSize: 75,
    weekday: TUESDAY,
    weeks: 5,
    quarters: 4,
    weight: 12,
    minSide: 45,
  },
  {
    file: 'NSE_FO',
    name: 'BANKNIFTY',
    symbol: 'NSE:NIFTYBANK-INDEX',
    strikeStep: 100,
    lotSize: 35,
    weekday: TUESDAY,
    weeks: 0,
    quarters: 3,
    weight: 6,
    minSide: 30,
  },
  {
    file: 'NSE_FO',
    name: 'FINNIFTY',
    symbol: 'NSE:FINNIFTY-INDEX',
    strikeStep: 50,
    lotSize: 65,
    weekday: TUESDAY,
    weeks: 0,
    quarters: 0,
    weight: 3,
    minSide: 20,
  },
  {
    file: 'NSE_FO',
    name: 'MIDCPNIFTY',
    symbol: 'NSE:MIDCPNIFTY-INDEX',
    strikeStep: 25,
    lotSize: 140,
    weekday: TUESDAY,
    weeks: 0,
    quarters: 0,
    weight: 3,
    minSide: 20,
  },
  {
    file: 'BSE_FO',
    name: 'SENSEX',
    symbol: 'BSE:SENSEX-INDEX',
    strikeStep: 100,
    lotSize: 20,
    weekday: THURSDAY,
    weeks: 4,
    quarters: 2,
    weight: 10,
    minSide: 30,
  },
  {
    file: 'BSE_FO',
    name: 'BANKEX',
    symbol: 'BSE:BANKEX-INDEX',
    strikeStep: 100,
    lotSize: 30,
    weekday: THURSDAY,
    weeks: 0,
    quarters: 0,
    weight: 2,
    minSide: 10,
  },
];

/** What contracts call an index: `NIFTY` for `NSE:NIFTY50-INDEX`. Undefined for one that has none. */
export function underlyingOfIndex(symbol: string): string | undefined {
  return INDICES.find((entry) => entry.symbol === symbol)?.name;
}

function indexUnderlying(entry: IndexEntry, { date, find, lots }: UnderlyingSources): Underlying[] {
  const { file, name, weekday, weeks, quarters } = entry;
  const index = find(entry.symbol);
  if (index === undefined) return [];
  const segment = SOURCE_FILES[file].segment;
  const rule = lastWeekday(weekday);
  const months = monthlyExpiries(date, segment, rule, 3);
  const later = monthlyExpiries(date, segment, rule, quarters + 1, (month) => QUARTER_ENDS.has(month)).filter(
    (expiry) => !months.some(({ code }) => code === expiry.code),
  );
  const monthly = [...months, ...later.slice(0, quarters)];
  return [
    {
      ...entry,
      ...placeOf(index.fytoken),
      spot: index.previousClose,
      lotSize: lots.get(`${file} ${name}`) ?? entry.lotSize,
      futureTick: name === 'BANKNIFTY' ? 0.2 : 0.1,
      optionTick: 0.05,
      futureType: INSTRUMENT_TYPE.indexFuture,
      optionType: INSTRUMENT_TYPE.indexOption,
      futures: months,
      options: [...weeklyExpiries(date, segment, weekday, weeks, monthly), ...monthly].sort(byDate),
    },
  ];
}

/** A step of about one percent. */
const STRIKE_STEPS = [0.5, 1, 2.5, 5, 10, 20, 50, 100, 250, 500, 1_000];
/** What a lot of a share is worth, about. */
const LOT_VALUE = 700_000;
/** Larger ones would make volumes that 32 bits do not hold. */
const MAX_LOT = 5_000;
const SMALLEST_LOT = 15;

function madeUpLot(spot: number): number {
  return Math.min(MAX_LOT, Math.round(LOT_VALUE / spot / 25) * 25) || SMALLEST_LOT;
}

function stockUnderlying(name: string, { date, find, lots }: UnderlyingSources): Underlying[] {
  const share = find(`NSE:${name}-EQ`);
  if (share === undefined) return [];
  const spot = share.previousClose;
  const months = monthlyExpiries(date, 'nse_fo', lastWeekday(TUESDAY), 3);
  return [
    {
      file: 'NSE_FO',
      name,
      ...placeOf(share.fytoken),
      spot,
      lotSize: lots.get(`NSE_FO ${name}`) ?? madeUpLot(spot),
      futureTick: spot < 1_000 ? 0.05 : 0.1,
      optionTick: 0.05,
      strikeStep: STRIKE_STEPS.find((step) => step >= spot * 0.007) ?? 1_000,
      futureType: INSTRUMENT_TYPE.stockFuture,
      optionType: INSTRUMENT_TYPE.stockOption,
      futures: months,
      options: months,
      weight: 1,
      minSide: 3,
    },
  ];
}

/** Name, token, price, months, weeks, from strike to strike. */
type CurrencyEntry = readonly [
  name: string,
  token: number,
  spot: number,
  months: number,
  weeks: number,
  strikeStep: number,
  weight: number,
];

const CURRENCIES: readonly CurrencyEntry[] = [
  ['USDINR', 1, 89.25, 12, 6, 0.25, 6],
  ['EURINR', 2, 103.42, 3, 0, 0.25, 1],
  ['GBPINR', 3, 117.65, 3, 0, 0.25, 1],
  ['JPYINR', 4, 57.3, 3, 0, 0.25, 1],
];
const CURRENCY_TICK = 0.0025;

function currencyUnderlying(
  [name, token, spot, months, weeks, strikeStep, weight]: CurrencyEntry,
  { date, lots }: UnderlyingSources,
): Underlying {
  const monthly = monthlyExpiries(date, 'cde_fo', tradingDaysBeforeEnd(2, 'cde_fo'), months);
  return {
    file: 'NSE_CD',
    name,
    token: String(token),
    fytoken: `1012000000${token}`,
    spot,
    lotSize: lots.get(`NSE_CD ${name}`) ?? 1_000,
    futureTick: CURRENCY_TICK,
    optionTick: CURRENCY_TICK,
    strikeStep,
    futureType: INSTRUMENT_TYPE.currencyFuture,
    optionType: INSTRUMENT_TYPE.currencyOption,
    futures: monthly,
    options: [...weeklyExpiries(date, 'cde_fo', FRIDAY, weeks, monthly), ...monthly].sort(byDate),
    weight,
    minSide: 6,
  };
}

interface CommodityEntry {
  readonly file?: 'NSE_COM';
  readonly name: string;
  readonly token: number;
  readonly spot: number;
  readonly lotSize: number;
  readonly tick: number;
  readonly rule: MonthRule;
  readonly months?: readonly number[];
  /** From strike to strike; without it there are only futures. */
  readonly strikeStep?: number;
  /** Options end so many days of the month earlier than futures. */
  readonly optionRule?: MonthRule;
}

const CRUDE_RULE = dayOfMonth(19);
const METAL_RULE = dayOfMonth(31);
const BULLION_RULE = dayOfMonth(5);
const GAS_RULE = dayOfMonth(25);

const COMMODITIES: readonly CommodityEntry[] = [
  {
    name: 'CRUDEOIL',
    token: 294,
    spot: 5_300,
    lotSize: 100,
    tick: 1,
    rule: CRUDE_RULE,
    strikeStep: 50,
    optionRule: dayOfMonth(16),
  },
  {
    name: 'CRUDEOILM',
    token: 401,
    spot: 5_300,
    lotSize: 10,
    tick: 1,
    rule: CRUDE_RULE,
    strikeStep: 50,
    optionRule: dayOfMonth(16),
  },
  {
    name: 'NATURALGAS',
    token: 295,
    spot: 402.3,
    lotSize: 1_250,
    tick: 0.1,
    rule: GAS_RULE,
    strikeStep: 5,
    optionRule: dayOfMonth(23),
  },
  { name: 'NATGASMINI', token: 402, spot: 402.3, lotSize: 250, tick: 0.1, rule: GAS_RULE },
  {
    name: 'GOLD',
    token: 114,
    spot: 124_650,
    lotSize: 100,
    tick: 1,
    rule: BULLION_RULE,
    months: [1, 3, 5, 7, 9, 11],
    strikeStep: 1_000,
    optionRule: dayOfMonth(2),
  },
  {
    name: 'GOLDM',
    token: 116,
    spot: 124_580,
    lotSize: 10,
    tick: 1,
    rule: BULLION_RULE,
    strikeStep: 500,
    optionRule: dayOfMonth(2),
  },
  {
    name: 'SILVER',
    token: 115,
    spot: 156_420,
    lotSize: 30,
    tick: 1,
    rule: BULLION_RULE,
    months: [2, 4, 6, 8, 11],
    strikeStep: 1_000,
    optionRule: dayOfMonth(2),
  },
  { name: 'SILVERM', token: 117, spot: 156_600, lotSize: 5, tick: 1, rule: METAL_RULE, months: [1, 3, 5, 7, 10] },
  { name: 'COPPER', token: 118, spot: 1_004.85, lotSize: 2_500, tick: 0.05, rule: METAL_RULE },
  { name: 'ZINC', token: 119, spot: 303.45, lotSize: 5_000, tick: 0.05, rule: METAL_RULE },
  { name: 'ALUMINIUM', token: 120, spot: 268.4, lotSize: 5_000, tick: 0.05, rule: METAL_RULE },
  { name: 'LEAD', token: 121, spot: 181.55, lotSize: 5_000, tick: 0.05, rule: METAL_RULE },
  { file: 'NSE_COM', name: 'CRUDEOIL', token: 11, spot: 5_301, lotSize: 100, tick: 1, rule: CRUDE_RULE },
  { file: 'NSE_COM', name: 'NATURALGAS', token: 12, spot: 402.4, lotSize: 1_250, tick: 0.1, rule: GAS_RULE },
  { file: 'NSE_COM', name: 'GOLD1G', token: 13, spot: 12_470, lotSize: 1, tick: 1, rule: METAL_RULE },
];

const COMMODITY_MONTHS = 5;

function commodityUnderlying(entry: CommodityEntry, { date, lots }: UnderlyingSources): Underlying {
  const { name, token, spot, tick, strikeStep, months } = entry;
  const file = entry.file ?? 'MCX_COM';
  const segment = SOURCE_FILES[file].segment;
  const accepts = (month: number): boolean => months === undefined || months.includes(month);
  const expiries = (rule: MonthRule): Expiry[] => monthlyExpiries(date, segment, rule, COMMODITY_MONTHS, accepts);
  return {
    file,
    name,
    token: String(token),
    fytoken: `${file === 'MCX_COM' ? '1120' : '1020'}000000${token}`,
    spot,
    lotSize: lots.get(`${file} ${name}`) ?? entry.lotSize,
    futureTick: tick,
    optionTick: tick === 1 ? 0.5 : 0.05,
    strikeStep: strikeStep ?? 0,
    futureType: INSTRUMENT_TYPE.commodityFuture,
    optionType: INSTRUMENT_TYPE.commodityOption,
    futures: expiries(entry.rule),
    options: entry.optionRule === undefined ? [] : expiries(entry.optionRule),
    weight: strikeStep === undefined ? 0 : 2,
    minSide: strikeStep === undefined ? 0 : 8,
  };
}

function placeOf(fytoken: string): { token: string; fytoken: string } {
  return { token: fytoken.slice(10), fytoken };
}

function byDate(left: Expiry, right: Expiry): number {
  return left.date < right.date ? -1 : 1;
}

/** When a contract of an underlying ends, epoch milliseconds. */
export function contractEnd({ file }: Underlying, { date }: Expiry): number {
  return expiryMoment(SOURCE_FILES[file].segment, date);
}
