import type { TopicKind } from '../market/kinds.ts';
import { DEPTH_LEVELS, DEPTH_SLOTS, INDEX_SLOTS, SLOT_COUNTS, SYMBOL_SLOTS } from '../market/slots.ts';

/** Which slot each wire position of a topic kind fills; -1 for fields we do not keep. 256 long: a field count is one byte. */
export type SlotOrder = Int8Array;

/** How the server lays fields out on the wire. */
export interface FieldOrder {
  readonly slots: Record<TopicKind, SlotOrder>;
  /** How many values a lite packet carries; `undefined` where that is not known, or a topic kind has no lite packets. */
  readonly liteCounts: Record<TopicKind, number | undefined>;
}

const MAX_FIELDS = 256;
const MAX_LITE_FIELDS = 255;

/** Field ids of the server's dictionary, by slot. Ids are stable, positions are not. */
const SYMBOL_FIELD_IDS: Record<keyof typeof SYMBOL_SLOTS, string> = {
  ltp: 's105',
  volume: 's104',
  lastTradeTime: 's103',
  exchangeTime: 's102',
  bidSize: 's111',
  askSize: 's112',
  bid: 's109',
  ask: 's110',
  lastQty: 's106',
  totalBuyQty: 's107',
  totalSellQty: 's108',
  avgPrice: 's113',
  oi: 's122',
  low: 's114',
  high: 's115',
  yearHigh: 's118',
  yearLow: 's119',
  lowerCircuit: 's116',
  upperCircuit: 's117',
  open: 's120',
  prevClose: 's121',
};

const INDEX_FIELD_IDS: Record<keyof typeof INDEX_SLOTS, string> = {
  ltp: 'i102',
  prevClose: 'i103',
  exchangeTime: 'i104',
  high: 'i105',
  low: 'i106',
  open: 'i107',
  yearHigh: 'i108',
  yearLow: 'i109',
};

/** The id of a run's first level; the other levels follow it. */
const DEPTH_FIRST_IDS: Record<keyof typeof DEPTH_SLOTS, number> = {
  bidPrice: 102,
  askPrice: 107,
  bidQuantity: 112,
  askQuantity: 117,
  bidOrders: 122,
  askOrders: 127,
};

const SLOTS_BY_ID: ReadonlyMap<string, number> = new Map([
  ...Object.entries(SYMBOL_FIELD_IDS).map(
    ([name, id]) => [id, SYMBOL_SLOTS[name as keyof typeof SYMBOL_SLOTS]] as const,
  ),
  ...Object.entries(INDEX_FIELD_IDS).map(([name, id]) => [id, INDEX_SLOTS[name as keyof typeof INDEX_SLOTS]] as const),
  ...Object.entries(DEPTH_FIRST_IDS).flatMap(([name, first]) =>
    Array.from(
      { length: DEPTH_LEVELS },
      (_, level) => [`d${first + level}`, DEPTH_SLOTS[name as keyof typeof DEPTH_SLOTS] + level] as const,
    ),
  ),
]);

const ID_PREFIXES: Record<TopicKind, string> = { sf: 's', if: 'i', dp: 'd' };
const DICTIONARY_KEYS: Record<TopicKind, string> = { sf: 'scrip', if: 'index', dp: 'depth' };
const LITE_KEYS = [
  ['sf', 'scrip_lite'],
  ['if', 'index_lite'],
] as const;

function defaultSlots(kind: TopicKind): SlotOrder {
  const order = new Int8Array(MAX_FIELDS).fill(-1);
  for (let slot = 0; slot < SLOT_COUNTS[kind]; slot++) order[slot] = slot;
  return order;
}

/** The order in force when the server sends no dictionary: slots as they are numbered, one lite value. */
export const DEFAULT_FIELD_ORDER: FieldOrder = {
  slots: { sf: defaultSlots('sf'), if: defaultSlots('if'), dp: defaultSlots('dp') },
  liteCounts: { sf: 1, if: 1, dp: undefined },
};

/** Reads the JSON dictionary of an auth response. What is missing or malformed in it keeps the default; never throws. */
export function parseFieldDictionary(json: string): { order: FieldOrder; valid: boolean } {
  let dictionary: unknown;
  try {
    dictionary = JSON.parse(json);
  } catch {
    return { order: DEFAULT_FIELD_ORDER, valid: false };
  }
  if (typeof dictionary !== 'object' || dictionary === null) return { order: DEFAULT_FIELD_ORDER, valid: false };
  const record = dictionary as Record<string, unknown>;
  let valid = true;
  const slots = { ...DEFAULT_FIELD_ORDER.slots };
  for (const kind of ['sf', 'if', 'dp'] as const) {
    const ids = record[DICTIONARY_KEYS[kind]];
    if (Array.isArray(ids) && ids.length > 0) slots[kind] = slotsOfIds(kind, ids);
    else valid = false;
    // A topic of which all ids are unknown has no values: reported as malformed, never guessed.
    if (slots[kind].every((slot) => slot < 0)) valid = false;
  }
  const liteCounts: FieldOrder['liteCounts'] = { ...DEFAULT_FIELD_ORDER.liteCounts };
  for (const [kind, key] of LITE_KEYS) {
    if (record[key] === undefined) continue;
    liteCounts[kind] = liteCount(record[key]);
    if (liteCounts[kind] === undefined) valid = false;
  }
  return { order: { slots, liteCounts }, valid };
}

function slotsOfIds(kind: TopicKind, ids: readonly unknown[]): SlotOrder {
  const order = new Int8Array(MAX_FIELDS).fill(-1);
  for (const [position, id] of ids.slice(0, MAX_FIELDS).entries()) {
    if (typeof id === 'string' && id.startsWith(ID_PREFIXES[kind])) order[position] = SLOTS_BY_ID.get(id) ?? -1;
  }
  return order;
}

/** `undefined` for a count that makes no sense: lite packets then have no size, and none of them is read. */
function liteCount(section: unknown): number | undefined {
  if (typeof section !== 'object' || section === null) return undefined;
  const count = (section as Record<string, unknown>)['hfid'];
  return Number.isInteger(count) && (count as number) >= 0 && (count as number) <= MAX_LITE_FIELDS
    ? (count as number)
    : undefined;
}
