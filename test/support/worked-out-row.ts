import { formatIstTime } from '../../src/lib/clock/ist.ts';
import type { Kind } from '../../src/lib/market/kinds.ts';
import type { Tick } from '../../src/lib/market/tick.ts';

/*
 * Rows worked out a second time from the pages (docs/protocol.md), in whole numbers of any size and by a list of their own: what
 * the encoders print, and what `toRow` gives, must be the same.
 */

type Rule =
  | readonly [name: string, what: 'price' | 'count' | 'seconds', slot: number]
  | readonly [name: string, what: 'change' | 'percent', slot: number, base: number];

const SYMBOL_RULES: readonly Rule[] = [
  ['ltp', 'price', 0],
  ['open', 'price', 19],
  ['high', 'price', 14],
  ['low', 'price', 13],
  ['close', 'price', 0],
  ['prev_close', 'price', 20],
  ['change', 'change', 0, 20],
  ['change_percent', 'percent', 0, 20],
  ['bid', 'price', 6],
  ['ask', 'price', 7],
  ['bid_size', 'count', 4],
  ['ask_size', 'count', 5],
  ['volume', 'count', 1],
  ['last_qty', 'count', 8],
  ['avg_price', 'price', 11],
  ['total_buy_qty', 'count', 9],
  ['total_sell_qty', 'count', 10],
  ['oi', 'count', 12],
  ['year_high', 'price', 15],
  ['year_low', 'price', 16],
  ['lower_circuit', 'price', 17],
  ['upper_circuit', 'price', 18],
  ['last_trade_time', 'seconds', 2],
  ['exchange_time', 'seconds', 3],
];
const INDEX_RULES: readonly Rule[] = [
  ['ltp', 'price', 0],
  ['open', 'price', 5],
  ['high', 'price', 3],
  ['low', 'price', 4],
  ['close', 'price', 0],
  ['prev_close', 'price', 1],
  ['change', 'change', 0, 1],
  ['change_percent', 'percent', 0, 1],
  ['year_high', 'price', 6],
  ['year_low', 'price', 7],
  ['exchange_time', 'seconds', 2],
];
const RULES = { symbol: SYMBOL_RULES, index: INDEX_RULES, lite: [['ltp', 'price', 0]] } as const satisfies Record<
  Exclude<Kind, 'depth'>,
  readonly Rule[]
>;
const TYPES: Record<Kind, string> = {
  symbol: 'SymbolUpdate',
  index: 'IndexUpdate',
  depth: 'DepthUpdate',
  lite: 'LiteUpdate',
};

/** A whole number of units of 10^-decimals. */
interface Decimal {
  readonly units: bigint;
  readonly decimals: number;
}

/** The quotient, and one away from zero when the rest is half or more. */
function divideHalfAway(numerator: bigint, denominator: bigint): bigint {
  const magnitude = numerator < 0n ? -numerator : numerator;
  const rounded = (magnitude * 2n + denominator) / (denominator * 2n);
  return numerator < 0n ? -rounded : rounded;
}

function numberOf({ units, decimals }: Decimal): number {
  return Number(`${units}e-${decimals}`);
}

class Values {
  readonly #state: Tick['state'];

  constructor(state: Tick['state']) {
    this.#state = state;
  }

  raw(slot: number): bigint | null {
    const { known, values } = this.#state;
    return (known & (1 << slot)) === 0 ? null : BigInt(values[slot] as number);
  }

  price(slot: number): Decimal | null {
    const raw = this.raw(slot);
    if (raw === null) return null;
    const { multiplier, precision } = this.#state;
    const zeros = [1, 10, 100, 1_000, 10_000].indexOf(multiplier);
    if (zeros >= 0) return { units: raw, decimals: precision + zeros };
    return { units: divideHalfAway(raw * 100n, BigInt(multiplier)), decimals: precision + 2 };
  }

  count(slot: number): bigint | null {
    const raw = this.raw(slot);
    return raw === null ? null : BigInt.asUintN(32, raw);
  }

  /** Of one price against another. */
  change(slot: number, base: number): { readonly change: Decimal; readonly percent: Decimal } | null {
    const [price, previous] = [this.price(slot), this.price(base)];
    if (!price?.units || !previous?.units) return null;
    const units = price.units - previous.units;
    const magnitude = previous.units < 0n ? -previous.units : previous.units;
    const percent = divideHalfAway(units * 10_000n, magnitude);
    return { change: { ...price, units }, percent: { units: percent, decimals: 2 } };
  }

  spread(): Decimal | null {
    const [bid, ask] = [this.price(0), this.price(5)];
    if (!bid?.units || !ask?.units || !this.count(10) || !this.count(15)) return null;
    return { ...ask, units: ask.units - bid.units };
  }

  imbalance(): Decimal | null {
    const sum = (first: number): bigint =>
      [0, 1, 2, 3, 4].reduce((total, level) => total + (this.count(first + level) ?? 0n), 0n);
    const [bids, asks] = [sum(10), sum(15)];
    if (bids + asks === 0n) return null;
    return { units: divideHalfAway((bids - asks) * 10_000n, bids + asks), decimals: 4 };
  }
}

/** The row of a tick whose values came in slots. */
export function workOutRow(tick: Tick, time: 'epoch' | 'iso', simulated = false): Record<string, unknown> {
  const values = new Values(tick.state);
  const decimal = (value: Decimal | null | undefined): number | null => (value ? numberOf(value) : null);
  const whole = (value: bigint | null): number | null => (value === null ? null : Number(value));
  const row: Record<string, unknown> = { type: TYPES[tick.kind], symbol: tick.symbol };
  if (tick.kind === 'depth') {
    for (const [side, first] of [
      ['bid', 0],
      ['ask', 5],
    ] as const) {
      row[side] = [0, 1, 2, 3, 4].map((level) => ({
        price: decimal(values.price(first + level)),
        quantity: whole(values.count(10 + first + level)),
        orders: whole(values.count(20 + first + level)),
      }));
    }
    row['spread'] = decimal(values.spread());
    row['imbalance'] = decimal(values.imbalance());
  } else {
    for (const [name, what, slot, base = 0] of RULES[tick.kind] as readonly Rule[]) {
      if (what === 'price') row[name] = decimal(values.price(slot));
      else if (what === 'count') row[name] = whole(values.count(slot));
      else if (what === 'change') row[name] = decimal(values.change(slot, base)?.change);
      else if (what === 'percent') row[name] = decimal(values.change(slot, base)?.percent);
      else {
        const seconds = Number(values.raw(slot) ?? 0n) || null;
        row[name] = time === 'iso' && seconds !== null ? formatIstTime(seconds * 1_000) : seconds;
      }
    }
  }
  row['received_at'] = time === 'iso' ? formatIstTime(tick.state.receivedAt) : tick.state.receivedAt;
  return simulated ? { ...row, simulated } : row;
}

/** A value by its flattened name; the level of a book is in its side. */
export function valueNamed(row: Readonly<Record<string, unknown>>, name: string): unknown {
  const level = /^(bid|ask)_(price|quantity|orders)_([1-5])$/.exec(name);
  if (level === null || !((level[1] as string) in row)) return row[name] ?? null;
  const side = row[level[1] as string];
  return Array.isArray(side) ? side[Number(level[3]) - 1][level[2] as string] : null;
}
