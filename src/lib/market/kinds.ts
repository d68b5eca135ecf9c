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

/** A subscription in messages and files: `["SymbolUpdate","NSE:SBIN-EQ"]`. */
export type WireSubscription = [type: RowType, symbol: string];

const KINDS_BY_TYPE = Object.fromEntries(Object.entries(ROW_TYPES).map(([kind, type]) => [type, kind])) as Record<
  RowType,
  Subscription['kind']
>;

export function kindOfType(type: RowType): Subscription['kind'] {
  return KINDS_BY_TYPE[type];
}

export function toWire(subscriptions: readonly Subscription[]): WireSubscription[] {
  return subscriptions.map(({ kind, symbol }) => [ROW_TYPES[kind], symbol]);
}

export function fromWire(subscriptions: readonly WireSubscription[]): Subscription[] {
  return subscriptions.map(([type, symbol]) => ({ kind: KINDS_BY_TYPE[type], symbol }));
}
