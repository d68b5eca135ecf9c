import { EXCHANGES, type Exchange, type SymbolMaster } from '../../symbols/master/symbol-master.ts';
import { joinWords } from '../../text/join-words.ts';
import { findNearest } from '../../text/nearest.ts';

/** Symbols that exist, as far as is known without a network. */
export interface KnownSymbols {
  has(symbol: string): boolean;
  /** The symbols most like this one, best first; none that is far from it. @param symbol with its exchange, in upper case */
  nearest(symbol: string, limit: number): readonly string[];
  /** The symbols that words mean, best first, where words can be looked up. */
  search?(words: string, limit: number): readonly string[];
}

/** What other programs call the exchanges and their segments. */
const EXCHANGE_NAMES: Readonly<Record<string, Exchange>> = {
  NFO: 'NSE',
  CDS: 'NSE',
  NCDEX: 'NSE',
  NSE_CM: 'NSE',
  NSE_FO: 'NSE',
  NSE_EQ: 'NSE',
  NSE_INDEX: 'NSE',
  NS: 'NSE',
  BFO: 'BSE',
  BCD: 'BSE',
  BSE_CM: 'BSE',
  BSE_FO: 'BSE',
  BSE_EQ: 'BSE',
  BSE_INDEX: 'BSE',
  BO: 'BSE',
  MCX_FO: 'MCX',
  MCX_COM: 'MCX',
};

/** What people call an index that FYERS calls otherwise, without blanks. Names of contracts among them: `BANKNIFTY26DECFUT`. */
const INDEX_NAMES: Readonly<Record<string, string>> = {
  NIFTY: 'NSE:NIFTY50-INDEX',
  CNXNIFTY: 'NSE:NIFTY50-INDEX',
  BANKNIFTY: 'NSE:NIFTYBANK-INDEX',
  CNXBANK: 'NSE:NIFTYBANK-INDEX',
  NIFTYFIN: 'NSE:FINNIFTY-INDEX',
  NIFTYFINSERVICE: 'NSE:FINNIFTY-INDEX',
  MIDCAPNIFTY: 'NSE:MIDCPNIFTY-INDEX',
  VIX: 'NSE:INDIAVIX-INDEX',
  NIFTYVIX: 'NSE:INDIAVIX-INDEX',
  SENSEX50: 'BSE:SNSX50-INDEX',
};

/** The endings of symbols of each exchange: an index, then series of shares, the usual one first. */
const ENDINGS: Readonly<Record<Exchange, readonly string[]>> = {
  NSE: ['INDEX', 'EQ', 'BE', 'BZ', 'SM', 'ST'],
  BSE: ['INDEX', 'A', 'B', 'X', 'T', 'XT', 'M', 'MT', 'F', 'E', 'Z'],
  MCX: [],
};
const ENDING = /-(?:INDEX|[A-Z]{1,2}|[A-Z]\d)$/;

/** What a text that is no symbol, or an unknown one, says. */
interface Meaning {
  /** The exchanges to look at, the likeliest first. */
  readonly exchanges: readonly Exchange[];
  /** Whether the first of them stands in the text. */
  readonly namesExchange: boolean;
  /** As it stands behind the exchange, in upper case. */
  readonly name: string;
  /** The same without its ending, and without blanks. */
  readonly base: string;
  /** Without its hyphen; an empty string when it has none. */
  readonly ending: string;
}

/**
 * The symbols that were most likely meant by a text that is no symbol, or by a symbol that is unknown; the best first, none when
 * nothing is like it. Nothing is subscribed because of it: it is for hints.
 */
export function suggestSymbols(text: string, known: readonly KnownSymbols[], limit: number): string[] {
  const meaning = readMeaning(text);
  if (meaning.base === '') return [];
  // The text itself is no suggestion: the broker may refuse a symbol that its symbol master has.
  const isOther = (symbol: string): boolean => symbol !== text.trim().toUpperCase();
  const exists = (symbol: string): boolean => isOther(symbol) && known.some((one) => one.has(symbol));
  const spelled = listSpellings(meaning).find(exists);
  if (spelled !== undefined) return [spelled];
  // Words, as in `state bank`, or `nifty 24000 ce`.
  if (meaning.name.includes(' ') && meaning.ending === '') {
    const found = known.flatMap((one) => one.search?.(meaning.name, limit) ?? []);
    if (found.length > 0) return [...new Set(found)].slice(0, limit);
  }
  const asked = `${meaning.exchanges[0]}:${meaning.base}${meaning.ending === '' ? '' : `-${meaning.ending}`}`;
  const nearest = [...new Set(known.flatMap((one) => one.nearest(asked, limit + 1)))].filter(isOther);
  const same = nearest.filter((symbol) => meaning.namesExchange && symbol.startsWith(`${meaning.exchanges[0]}:`));
  return (same.length > 0 ? same : nearest).slice(0, limit);
}

function readMeaning(text: string): Meaning {
  const plain = text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/["'`]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  const colon = plain.indexOf(':');
  // Yahoo's names: SBIN.NS.
  const [, before, suffix] = /^(.+)\.(NS|BO)$/.exec(plain) ?? [];
  const exchange = toExchange(colon < 0 ? (suffix ?? '') : plain.slice(0, colon).trim());
  const name = colon < 0 ? (before ?? plain) : plain.slice(colon + 1).trim();
  const ending = ENDING.exec(name)?.[0].slice(1) ?? '';
  const base = (ending === '' ? name : name.slice(0, -ending.length - 1)).replaceAll(' ', '');
  const others = EXCHANGES.filter((one) => one !== exchange);
  const exchanges = exchange === undefined ? EXCHANGES : [exchange, ...others];
  return { exchanges, namesExchange: exchange !== undefined, name, base, ending };
}

function toExchange(text: string): Exchange | undefined {
  return EXCHANGES.find((one) => one === text) ?? EXCHANGE_NAMES[text];
}

/** Symbols in which the text may only have been spelled in another way, the likeliest first. */
function listSpellings({ exchanges, name, base, ending }: Meaning): string[] {
  const index = ending === '' || ending === 'INDEX' ? INDEX_NAMES[base] : undefined;
  // A hyphen may belong to the name: BAJAJ-AUTO.
  const bases = ending === '' ? [base] : [base, name];
  return [
    ...(index === undefined ? [] : [index]),
    ...exchanges.flatMap((exchange) => [
      ...[name, name.replaceAll(' ', '')].map((one) => `${exchange}:${one}`),
      ...ENDINGS[exchange].flatMap((one) => bases.map((base) => `${exchange}:${base}-${one}`)),
    ]),
  ];
}

/** What a symbol master knows. @param nowMs epoch milliseconds: contracts that have ended are not suggested */
export function knownToMaster(master: SymbolMaster, nowMs: number): KnownSymbols {
  return {
    has: (symbol) => master.find(symbol) !== undefined,
    nearest: (symbol, limit) => master.nearest(symbol, limit, nowMs),
    search: (text, limit) => master.search({ text, limit, nowMs }).map(({ symbol }) => symbol),
  };
}

/** More mistakes than one in a short name make another name. */
const LONG_NAME = 6;

/** A list of symbols, such as the table of index names. */
export class ListedSymbols implements KnownSymbols {
  readonly #symbols: ReadonlySet<string>;
  #byName: ReadonlyMap<string, string> | undefined;

  constructor(symbols: Iterable<string>) {
    this.#symbols = new Set(symbols);
  }

  has(symbol: string): boolean {
    return this.#symbols.has(symbol);
  }

  /** By the name alone: whose exchange or ending is wrong, too, is still recognized. */
  nearest(symbol: string): readonly string[] {
    const name = nameOf(symbol);
    const isIndex = symbol.endsWith('-INDEX');
    const ending = ENDING.exec(symbol)?.[0];
    // A share is no index: those of a list with shares have the same ending.
    this.#byName ??= new Map([...this.#symbols].reverse().map((one) => [nameOf(one), one]));
    const names = [...this.#byName].filter(([, one]) => ending === undefined || isIndex === one.endsWith('-INDEX'));
    const found = findNearest(
      name,
      names.map(([one]) => one),
      name.length < LONG_NAME ? 1 : 2,
    );
    const nearest = found === undefined || name.length < 3 ? undefined : this.#byName.get(found);
    return nearest === undefined ? [] : [nearest];
  }
}

/** `NIFTYBANK` of `NSE:NIFTYBANK-INDEX`. */
function nameOf(symbol: string): string {
  return symbol
    .slice(symbol.indexOf(':') + 1)
    .replace(ENDING, '')
    .replaceAll(' ', '');
}

/** `did you mean NSE:SBIN-EQ?`, of several symbols all of them. */
export function describeSuggestions(symbols: readonly string[]): string | undefined {
  return symbols.length === 0 ? undefined : `did you mean ${joinWords(symbols, 'or')}?`;
}
