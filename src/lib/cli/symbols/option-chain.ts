import { istDate } from '../../clock/ist.ts';
import type { Segment } from '../../market/topics.ts';
import { chooseExpiry } from '../../symbols/master/expiry-rule.ts';
import type { Exchange, ListedInstrument } from '../../symbols/master/symbol-master.ts';

/** An option of the master: it has a strike and an end. */
type ListedOption = ListedInstrument & { readonly strike: number; readonly expiresAtMs: number };

/** Where a name has options on several exchanges, those of the first of these segments are meant. */
const SEGMENTS: readonly Segment[] = ['nse_fo', 'bse_fo', 'mcx_fo', 'nse_com', 'cde_fo', 'bcs_fo', 'nse_cm', 'bse_cm'];

/** Which strikes of a chain. */
export interface StrikeRange {
  /** The price that the money is nearest to. */
  readonly around: number;
  /** How many strikes below the money and above it. */
  readonly each: number;
}

/**
 * The options among some contracts, of one segment.
 * @param exchange of this one where it has some: the user named it
 */
export function optionsOf(contracts: readonly ListedInstrument[], exchange: Exchange | undefined): ListedOption[] {
  const options = contracts.filter(
    (one): one is ListedOption => one.type === 'option' && one.strike !== null && one.expiresAtMs !== null,
  );
  const named = options.filter((option) => option.exchange === exchange);
  const considered = named.length > 0 ? named : options;
  const segment = SEGMENTS.find((one) => considered.some((option) => option.segment === one));
  return considered.filter((option) => option.segment === segment);
}

/** The expiries of some options, `YYYY-MM-DD`, the nearest first. */
export function expiriesOf(options: readonly ListedOption[]): string[] {
  return [...new Set(options.map(({ expiresAtMs }) => istDate(expiresAtMs)))].sort();
}

/**
 * The options of one expiry, by strike, the call first. `undefined` when no expiry is meant by the filter.
 * @param options none of which has ended
 * @param expiry `YYYY-MM-DD`, `nearest`, `weekly` or `monthly`
 */
export function selectExpiry(options: readonly ListedOption[], expiry: string): ListedOption[] | undefined {
  const isRule = expiry === 'nearest' || expiry === 'weekly' || expiry === 'monthly';
  const chosen = isRule
    ? chooseExpiry(
        options.map(({ expiresAtMs }) => expiresAtMs / 1_000),
        expiry,
      )
    : undefined;
  const date = isRule ? chosen && istDate(chosen * 1_000) : expiry;
  const found = options.filter(({ expiresAtMs }) => istDate(expiresAtMs) === date);
  return found.length === 0 ? undefined : found.sort(compareOptions);
}

function compareOptions(one: ListedOption, other: ListedOption): number {
  return one.strike - other.strike || (one.right ?? '').localeCompare(other.right ?? '');
}

/** The options whose strikes are nearest to a price: the money itself and some strikes on each side of it. */
export function selectStrikes(options: readonly ListedOption[], { around, each }: StrikeRange): ListedOption[] {
  const strikes = [...new Set(options.map(({ strike }) => strike))].sort((one, other) => one - other);
  // Of two strikes as near as each other, the lower one.
  const distances = strikes.map((strike) => Math.abs(strike - around));
  const money = distances.indexOf(Math.min(...distances));
  const chosen = new Set(strikes.slice(Math.max(0, money - each), money + each + 1));
  return options.filter(({ strike }) => chosen.has(strike));
}
