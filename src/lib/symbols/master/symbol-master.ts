import type { Clock } from '../../clock/clock.ts';
import type { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { Segment } from '../../market/topics.ts';
import type { Outgoing } from '../../network/route.ts';

/*
 * The face of the symbol master. Three functions make one:
 *   readSymbolMaster({ env })       what the cache has, at once and without a network (read-cache.ts)
 *   loadSymbolMaster(options)       the same after each file was confirmed today, where that is due (load-master.ts)
 *   refreshSymbolMaster(options)    asks for files and says what came of it (refresh-master.ts)
 */

/** The files of FYERS' symbol master, by the names that FYERS gives them. */
export const MASTER_FILES = ['NSE_CM', 'NSE_FO', 'NSE_CD', 'NSE_COM', 'BSE_CM', 'BSE_FO', 'MCX_COM'] as const;
export type MasterFileName = (typeof MASTER_FILES)[number];

export const EXCHANGES = ['NSE', 'BSE', 'MCX'] as const;
export type Exchange = (typeof EXCHANGES)[number];

export const INSTRUMENT_TYPES = ['equity', 'index', 'future', 'option'] as const;
/** Everything of the cash market that is no index is an `equity`: shares, funds, bonds. */
export type InstrumentType = (typeof INSTRUMENT_TYPES)[number];

export type OptionRight = 'CE' | 'PE';

/** One row of the symbol master. `null` is what does not apply, or what the file does not give. */
export interface ListedInstrument {
  readonly symbol: string;
  readonly name: string;
  readonly exchange: Exchange;
  readonly segment: Segment;
  readonly type: InstrumentType;
  readonly isin: string | null;
  /** The underlying of a derivative, as `NIFTY`; the name of an equity or index itself. */
  readonly underlying: string | null;
  /** The moment at which a contract ends, epoch milliseconds. */
  readonly expiresAtMs: number | null;
  readonly strike: number | null;
  readonly right: OptionRight | null;
  /** `null` where only the JSON file knows it and that was not fetched, and for what has no lots. */
  readonly lotSize: number | null;
  readonly tickSize: number | null;
  /** The sessions of a day as the file has them, `0915-1530|1815-1915:`. */
  readonly session: string | null;
  readonly fytoken: string;
  /** Whether it may be traded, as the JSON file says; `null` where that was not fetched. */
  readonly isActive: boolean | null;
}

/** `YYYY-MM-DD`, or a rule: `weekly` is the nearest that is not the last of its month, `monthly` the nearest that is. */
export type ExpiryFilter = string;

export interface SearchQuery {
  /** The words, in any order and case. Empty: everything that passes the filters. */
  readonly text: string;
  readonly exchange?: Exchange | undefined;
  readonly type?: InstrumentType | undefined;
  /** `NIFTY`, `NIFTY50`, `NSE:NIFTY50-INDEX`: see `underlyingOf`. */
  readonly underlying?: string | undefined;
  readonly expiry?: ExpiryFilter | undefined;
  readonly strike?: number | undefined;
  readonly right?: OptionRight | undefined;
  readonly limit: number;
  /** Now, epoch milliseconds: a contract whose expiry has passed is never the nearest, and comes last. */
  readonly nowMs: number;
}

/** What is known of one file of the master in the cache. */
export interface CachedMasterFile {
  readonly name: MasterFileName;
  readonly rows: number;
  /** Rows of the source that could not be used. */
  readonly skippedRows: number;
  /** When FYERS last confirmed it, epoch milliseconds. */
  readonly checkedAtMs: number;
  /** When this content was fetched, epoch milliseconds. */
  readonly fetchedAtMs: number;
}

/** A symbol master, opened for reading. All calls are synchronous and take no network. */
export interface SymbolMaster {
  readonly files: readonly CachedMasterFile[];
  /** How many instruments it has. */
  readonly size: number;
  /** @param symbol in its one spelling, as `normalizeSymbol` makes it */
  find(symbol: string): ListedInstrument | undefined;
  /** What the data socket calls an index, by FYERS' table beside the master; `undefined` where that does not have it. */
  indexName(symbol: string): string | undefined;
  /** Ranked: exact symbol, exact ISIN or token, underlying or name that begins with the words, words anywhere. */
  search(query: SearchQuery): ListedInstrument[];
  /**
   * The underlying that a user means, in the master's spelling: `NIFTY` for `nifty`, `NIFTY50`, `NSE:NIFTY50-INDEX` and
   * `NSE:NIFTY26DECFUT`; `undefined` when nothing has such an underlying.
   */
  underlyingOf(text: string): string | undefined;
  /** The underlyings of contracts that begin with the prefix, in capitals: for completion. */
  underlyingsStartingWith(prefix: string): string[];
  /** The futures and options of an underlying that have not ended: futures first, near expiries first, by strike, call first. */
  contractsOf(underlying: string, nowMs: number): ListedInstrument[];
  /** Symbols most like this one, best first: for `did you mean`. None that has expired, and none that is far from it. */
  nearest(symbol: string, limit: number, nowMs: number): string[];
  /**
   * Symbols that begin with the prefix, with the exchange or without it: for completion. None that has expired. Of more than
   * `limit`, some of each exchange and of each character that may follow, so that they begin alike only where all do.
   */
  startingWith(prefix: string, limit: number, nowMs: number): string[];
}

/** What becomes of one file in a refresh. */
export interface RefreshedFile {
  readonly name: MasterFileName;
  /**
   * `updated`: a new content is in the cache. `unchanged`: the server confirmed the cached one. `fresh`: it was confirmed
   * today already and not asked for. `kept`: the refresh failed and the cached one stays. `missing`: it failed and there is none.
   */
  readonly outcome: 'updated' | 'unchanged' | 'fresh' | 'kept' | 'missing';
  readonly rows: number;
  /** Epoch milliseconds; undefined when it is missing. */
  readonly checkedAtMs: number | undefined;
  /** Why it failed, or why it is in use but not in the cache, or lacks lots. */
  readonly problem: TickpipeError | undefined;
}

export interface RefreshProgress {
  readonly name: MasterFileName;
  /** Bytes of this file so far, as they came over the network. */
  readonly receivedBytes: number;
  /** Of the answer; undefined when the server does not say. */
  readonly totalBytes: number | undefined;
}

export interface RefreshOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly outgoing: Outgoing;
  /** Which files; all when left out. */
  readonly files?: readonly MasterFileName[] | undefined;
  /** Asks also for what was confirmed today. */
  readonly force?: boolean | undefined;
  readonly onProgress?: ((progress: RefreshProgress) => void) | undefined;
  /** Another process is at it; this one waits for its result. */
  readonly onWaiting?: (() => void) | undefined;
}
