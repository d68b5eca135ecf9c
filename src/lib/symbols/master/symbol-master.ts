import type { Segment } from '../../market/topics.ts';

/** The files of FYERS' symbol master, by the names that FYERS gives them. */
export const MASTER_FILES = ['NSE_CM', 'NSE_FO', 'NSE_CD', 'NSE_COM', 'BSE_CM', 'BSE_FO', 'MCX_COM'] as const;
export type MasterFileName = (typeof MASTER_FILES)[number];

export const INSTRUMENT_TYPES = ['equity', 'index', 'future', 'option'] as const;
export type InstrumentType = (typeof INSTRUMENT_TYPES)[number];

/** One row of the symbol master. `null` is what does not apply, or what the file does not give. */
export interface ListedInstrument {
  readonly symbol: string;
  readonly name: string;
  readonly exchange: 'NSE' | 'BSE' | 'MCX';
  readonly segment: Segment;
  readonly type: InstrumentType;
  readonly isin: string | null;
  /** The underlying of a derivative, as `NIFTY`; the name of an equity or index itself. */
  readonly underlying: string | null;
  /** The moment at which a contract ends, epoch milliseconds. */
  readonly expiresAtMs: number | null;
  readonly strike: number | null;
  readonly right: 'CE' | 'PE' | null;
  /** `null` where only the JSON file knows it and that was not fetched. */
  readonly lotSize: number | null;
  readonly tickSize: number | null;
  /** The sessions of a day as the file has them, `0915-1530|1815-1915:`. */
  readonly session: string | null;
  readonly fytoken: string;
}

export interface SearchQuery {
  /** The words, in any order and case. */
  readonly text: string;
  readonly exchange?: ListedInstrument['exchange'] | undefined;
  readonly type?: InstrumentType | undefined;
  readonly underlying?: string | undefined;
  /** `YYYY-MM-DD`, or a rule. */
  readonly expiry?: string | undefined;
  readonly strike?: number | undefined;
  readonly right?: 'CE' | 'PE' | undefined;
  readonly limit: number;
  /** Now, epoch milliseconds: a contract whose expiry has passed is never the nearest. */
  readonly nowMs: number;
}

/** What is known of one file of the master in the cache. */
export interface CachedMasterFile {
  readonly name: MasterFileName;
  readonly rows: number;
  /** When FYERS last confirmed it, epoch milliseconds. */
  readonly checkedAtMs: number;
}

/** The cached symbol master, opened for reading. All calls are synchronous and take no network. */
export interface SymbolMaster {
  readonly files: readonly CachedMasterFile[];
  readonly size: number;
  find(symbol: string): ListedInstrument | undefined;
  /** Ranked: exact symbol, exact ISIN or token, names that begin with the words, words anywhere. */
  search(query: SearchQuery): ListedInstrument[];
  /** The futures and options of an underlying that have not ended, in no order. */
  contractsOf(underlying: string, nowMs: number): ListedInstrument[];
  /** The symbols most like this one, best first: for `did you mean`. */
  nearest(symbol: string, limit: number): string[];
  /** Symbols that begin with the prefix, with the exchange or without it: for completion. */
  startingWith(prefix: string, limit: number): string[];
}
