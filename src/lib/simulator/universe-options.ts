/** Made-up instruments that are there without being asked for: as many as one connection carries. */
export const DEFAULT_GENERATED = 5_000;
export const MAX_GENERATED = 100_000;
/** Rows of the symbol master that is made up without being asked for its size. */
export const DEFAULT_MASTER_ROWS = 20_000;
/** More than three times what FYERS has. */
export const MAX_MASTER_ROWS = 500_000;

/** What there is to trade: everything well known, and what the user asked for. */
export interface UniverseOptions {
  /** How many instruments to make up: `NSE:SIM0001-EQ` and so on. At most 100,000. */
  readonly generated?: number;
  /** How many rows the symbol master has, without `symbols`: made-up contracts and shares fill it up. */
  readonly masterRows?: number;
  /** Symbols to make known beside the well-known ones, in any spelling. Malformed ones throw `MALFORMED_SYMBOL`. */
  readonly symbols?: readonly string[];
}

/** Decides every price of a market. */
export const DEFAULT_SEED = 1;
