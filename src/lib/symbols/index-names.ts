import names from './index-names.json' with { type: 'json' };

const FEED_NAMES: ReadonlyMap<string, string> = new Map(Object.entries(names));

/**
 * What the data socket calls an index, by its symbol: `NSE:NIFTYBANK-INDEX` is `Nifty Bank`. Two symbols may share a name.
 * `undefined` for an index the table lacks. The table is FYERS' public index_hsm_mapping.json of 2026; a later one that is cached with
 * the symbol master counts before it.
 */
export function indexFeedName(symbol: string): string | undefined {
  return FEED_NAMES.get(symbol);
}

/** The symbols of all indices in the table. */
export function listIndexSymbols(): IterableIterator<string> {
  return FEED_NAMES.keys();
}
