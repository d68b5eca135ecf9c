import type { Instrument } from '../market/topics.ts';

/** An instrument of which it is not known whether it is still the same. */
export interface StaleInstrument {
  readonly instrument: Instrument;
  /** When it was confirmed last, epoch milliseconds. */
  readonly checkedAtMs: number;
}

/** What is known of some symbols without asking. A symbol is in one of the two, or in none. */
export interface FoundInstruments {
  /** Confirmed within a day: as good as an answer of the token endpoint. */
  readonly fresh: ReadonlyMap<string, Instrument>;
  readonly stale: ReadonlyMap<string, StaleInstrument>;
  /** What the data socket calls the indices among them, where the symbol master says it: also of those that are in none. */
  readonly indexNames?: ReadonlyMap<string, string>;
}

/** Where instruments are known without asking: the cached symbol master. */
export interface ListedInstruments {
  /** Never rejects. @param isSimulated whether the session's token is the simulator's */
  find(symbols: readonly string[], isSimulated: boolean): Promise<FoundInstruments>;
}
