import type { Clock } from '../clock/clock.ts';
import { DAY_MS } from '../clock/ist.ts';
import { readSessionColumn } from '../market/session-column.ts';
import { tradingSegmentOf } from '../market/symbol-segments.ts';
import type { ListedHours } from '../market/trading-hours.ts';
import { fileOfInstrument } from './master/source-files.ts';
import type { SymbolMaster } from './master/symbol-master.ts';

/** Exchanges change their hours now and then: an older master is not believed. */
const MAX_AGE_MS = 7 * DAY_MS;
/** Another process may have refreshed the master: what was read is read again after this time. */
const KEPT_MS = 3_600_000;

export interface MasterHoursOptions {
  /** Opens the cached master, without a network; `undefined` when there is none. It may throw. */
  readonly readMaster: () => SymbolMaster | undefined;
  readonly clock: Clock;
}

/** The trading hours of instruments by the session column of the cached symbol master. */
export class MasterHours {
  readonly #options: MasterHoursOptions;
  readonly #hours = new Map<string, ListedHours | undefined>();
  /** An opened master takes memory, and is needed only for symbols that were not asked for before. */
  #master: WeakRef<SymbolMaster> | undefined;
  #hasMaster = true;
  #readAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: MasterHoursOptions) {
    this.#options = options;
  }

  /** `undefined` where no master is cached, it does not have the symbol, or what it says cannot be used. Never throws. */
  find(symbol: string): ListedHours | undefined {
    const now = this.#options.clock.monotonic();
    if (now - this.#readAtMs >= KEPT_MS) {
      this.#hours.clear();
      this.#master = undefined;
      this.#hasMaster = true;
      this.#readAtMs = now;
    }
    if (!this.#hours.has(symbol)) this.#hours.set(symbol, this.#read(symbol));
    return this.#hours.get(symbol);
  }

  #read(symbol: string): ListedHours | undefined {
    try {
      const master = this.#open();
      const listed = master?.find(symbol);
      const sessions = listed?.session ? readSessionColumn(listed.session) : undefined;
      if (master === undefined || listed === undefined || sessions === undefined) return undefined;
      const file = fileOfInstrument(listed);
      const checkedAtMs = master.files.find(({ name }) => name === file)?.checkedAtMs ?? Number.NEGATIVE_INFINITY;
      if (this.#options.clock.now() - checkedAtMs > MAX_AGE_MS) return undefined;
      return { segment: tradingSegmentOf(symbol, listed.segment), sessions };
    } catch {
      // A cache that cannot be read is none. doctor reports it.
      this.#hasMaster = false;
      return undefined;
    }
  }

  #open(): SymbolMaster | undefined {
    const opened = this.#master?.deref();
    if (opened !== undefined || !this.#hasMaster) return opened;
    const master = this.#options.readMaster();
    this.#hasMaster = master !== undefined;
    this.#master = master && new WeakRef(master);
    return master;
  }
}
