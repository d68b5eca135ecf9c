import { DAY_MS, istMidnight } from '../../clock/ist.ts';
import { SOURCE_FILES } from '../../symbols/master/source-files.ts';
import type { Expiry } from './expiries.ts';
import { type MasterRow, SEGMENT_DIGITS } from './master-row.ts';
import { contractEnd, type Underlying } from './underlyings.ts';

const RIGHTS = ['CE', 'PE'] as const;
const MONTH_NAMES = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** A contract costs so many ticks at least: the simulated market needs room between its circuits. */
const MIN_PRICE_TICKS = 80;
/** What a future is above the spot, for a day until its end. */
const CARRY_A_DAY = 0.0002;
/** How far a price goes in a year, as a part of it: about a volatility of 15 %. */
const YEARLY_MOVE = 0.15;
const YEAR_DAYS = 365;

/** What all contracts of a day share. */
interface ContractDay {
  readonly code: string;
  /** `YYMMDD`, as it is in fytokens. */
  readonly digits: string;
  readonly date: string;
  readonly endsAtMs: number;
  /** Days from today on, with both. */
  readonly days: number;
}

/** What decides over a contract. */
interface Contract {
  readonly day: ContractDay;
  readonly option: { readonly strike: number; readonly right: 'CE' | 'PE' } | undefined;
}

/** All contracts of one underlying: futures first, then the options by expiry, strike and right. Their tokens follow each other. */
export class ContractBlock {
  readonly underlying: Underlying;
  readonly count: number;
  readonly firstToken: number;
  readonly #futureDays: readonly ContractDay[];
  readonly #optionDays: readonly ContractDay[];
  /** The number of the lowest strike, in steps from zero, and of how many there are. */
  readonly #lowest: number;
  readonly #strikes: number;

  /** @param side strikes on each side of the one that is nearest to the price @param date today, `YYYY-MM-DD` in IST */
  constructor(underlying: Underlying, side: number, firstToken: number, date: string) {
    this.underlying = underlying;
    this.firstToken = firstToken;
    const readDay = (expiry: Expiry): ContractDay => ({
      code: expiry.code,
      digits: expiry.date.slice(2).replaceAll('-', ''),
      date: expiry.date,
      endsAtMs: contractEnd(underlying, expiry),
      days: 1 + (istMidnight(expiry.date) - istMidnight(date)) / DAY_MS,
    });
    this.#futureDays = underlying.futures.map(readDay);
    this.#optionDays = underlying.options.map(readDay);
    const { spot, strikeStep, futures, options } = underlying;
    const middle = strikeStep === 0 ? 0 : Math.round(spot / strikeStep);
    this.#lowest = Math.max(1, middle - side);
    this.#strikes = options.length === 0 ? 0 : middle + side - this.#lowest + 1;
    this.count = futures.length + options.length * this.#strikes * RIGHTS.length;
  }

  /** @param number from 0, below `count` */
  at(number: number): MasterRow {
    return this.#rowOf(number, this.#contractAt(number));
  }

  findByToken(token: number): MasterRow | undefined {
    const number = token - this.firstToken;
    return number >= 0 && number < this.count ? this.at(number) : undefined;
  }

  /** @param text what follows the exchange in a symbol */
  findByName(text: string): MasterRow | undefined {
    const { name, futures, options } = this.underlying;
    if (!text.startsWith(name)) return undefined;
    const rest = text.slice(name.length);
    const future = futures.findIndex(({ code }) => rest === `${code}FUT`);
    if (future >= 0) return this.at(future);
    for (const [position, { code }] of options.entries()) {
      if (!rest.startsWith(code)) continue;
      const right = RIGHTS.findIndex((ending) => rest.endsWith(ending));
      const strike = Number(rest.slice(code.length, -2)) / this.underlying.strikeStep - this.#lowest;
      if (right < 0 || !Number.isInteger(strike) || strike < 0 || strike >= this.#strikes) continue;
      const row = this.at(futures.length + (position * this.#strikes + strike) * RIGHTS.length + right);
      if (row.symbol.endsWith(`:${text}`)) return row;
    }
    return undefined;
  }

  #contractAt(number: number): Contract {
    const { strikeStep } = this.underlying;
    const future = this.#futureDays[number];
    if (future !== undefined) return { day: future, option: undefined };
    const place = number - this.#futureDays.length;
    const line = Math.floor(place / RIGHTS.length);
    const day = this.#optionDays[Math.floor(line / this.#strikes)] as ContractDay;
    const strike = Number(((this.#lowest + (line % this.#strikes)) * strikeStep).toFixed(4));
    return { day, option: { strike, right: RIGHTS[place % RIGHTS.length] ?? 'CE' } };
  }

  #rowOf(number: number, { day, option }: Contract): MasterRow {
    const { file, name, token, fytoken, lotSize, futureTick, optionTick, futureType, optionType } = this.underlying;
    const end = option === undefined ? 'FUT' : `${option.strike}${option.right}`;
    const words = option === undefined ? 'FUT' : `${option.strike} ${option.right}`;
    return {
      symbol: `${SOURCE_FILES[file].exchange}:${name}${day.code}${end}`,
      fytoken: `${SEGMENT_DIGITS[file]}${day.digits}${this.firstToken + number}`,
      name: contractName(name, day.date, words),
      instrumentType: option === undefined ? futureType : optionType,
      lotSize,
      tickSize: option === undefined ? futureTick : optionTick,
      isin: '',
      expiresAtMs: day.endsAtMs,
      underlying: name,
      underlyingToken: token,
      underlyingFytoken: fytoken,
      strike: option?.strike,
      right: option?.right,
      series: '',
      previousClose: this.#priceOf({ day, option }),
    };
  }

  /** A price that fits those around it: intrinsic value, and time value that is highest at the money and grows with time. */
  #priceOf({ day: { days }, option }: Contract): number {
    const { spot, futureTick, optionTick } = this.underlying;
    if (option === undefined) return onGrid(spot * (1 + CARRY_A_DAY * days), futureTick);
    const { strike, right } = option;
    const move = spot * YEARLY_MOVE * Math.sqrt(days / YEAR_DAYS);
    const intrinsic = Math.max(0, right === 'CE' ? spot - strike : strike - spot);
    const distance = (strike - spot) / move;
    const timeValue = 0.4 * move * Math.exp(-(distance * distance) / 2 - Math.abs(distance) / 4);
    return Math.max(onGrid(intrinsic + timeValue, optionTick), onGrid(MIN_PRICE_TICKS * optionTick, optionTick));
  }
}

/** A contract in words, `NIFTY 29 Dec 26 24000 CE`. @param date `YYYY-MM-DD` @param end `FUT`, or strike and right */
export function contractName(underlying: string, date: string, end: string): string {
  return `${underlying} ${date.slice(8)} ${MONTH_NAMES[Number(date.slice(5, 7)) - 1]} ${date.slice(2, 4)} ${end}`;
}

/** On the grid of ticks, without the noise of binary fractions. */
export function onGrid(price: number, tick: number): number {
  return Number((Math.round(price / tick) * tick).toFixed(4));
}
