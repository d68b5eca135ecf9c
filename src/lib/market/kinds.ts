/** What a subscription asks for, and so which row comes out of it. */
export const KINDS = ['symbol', 'index', 'depth', 'lite'] as const;
export type Kind = (typeof KINDS)[number];

export const ROW_TYPES = {
  symbol: 'SymbolUpdate',
  index: 'IndexUpdate',
  depth: 'DepthUpdate',
  lite: 'LiteUpdate',
} as const satisfies Record<Kind, string>;
export type RowType = (typeof ROW_TYPES)[Kind];

/** One thing to subscribe: a kind of row of one symbol. */
export interface Subscription {
  readonly kind: Kind;
  readonly symbol: string;
}

/** One text for a subscription, to find it by. */
export function subscriptionKey({ kind, symbol }: Subscription): string {
  return `${kind} ${symbol}`;
}

/** What a topic on the wire carries: `sf` full quotes, `if` an index, `dp` a five-level book. */
export type TopicKind = 'sf' | 'if' | 'dp';

/** The symbols of subscriptions, each once. */
export function symbolsOf(subscriptions: readonly Subscription[]): string[] {
  return [...new Set(subscriptions.map(({ symbol }) => symbol))];
}
