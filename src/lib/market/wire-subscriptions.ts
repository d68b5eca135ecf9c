import { ROW_TYPES, type RowType, type Subscription } from './kinds.ts';

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
