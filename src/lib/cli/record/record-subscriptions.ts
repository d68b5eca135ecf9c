import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { MAX_TOPICS_PER_CONNECTION } from '../../hsm/wire.ts';
import { KINDS, type Kind, type Subscription } from '../../market/kinds.ts';
import { isIndexSymbol } from '../../market/symbols.ts';
import { nameSome } from '../../text/join-words.ts';
import { type GivenSymbols, subscriptionsOf } from '../command/symbol-arguments.ts';
import type { Reporter } from '../program/reporter.ts';

/** The kinds of rows that are recorded. Under `symbol` an index is recorded with its own rows. */
export function recordedKinds(kinds: readonly Kind[]): Kind[] {
  return KINDS.filter((kind) => kinds.includes(kind === 'index' ? 'symbol' : kind));
}

/**
 * The subscriptions that record each kind of each symbol. Indices have no depth: they are left out there, with a warning. Throws
 * `INDEX_HAS_NO_DEPTH` when nothing else remains, `TOO_MANY_SYMBOLS`.
 */
export function recordedSubscriptions(kinds: readonly Kind[], given: GivenSymbols, reporter: Reporter): Subscription[] {
  const { symbols } = given;
  const indices = symbols.filter(isIndexSymbol);
  const leavesOut =
    kinds.includes('depth') && indices.length > 0 && (kinds.length > 1 || indices.length < symbols.length);
  if (leavesOut) {
    reporter.warn(`an index has no market depth; not recorded: depth of ${nameSome(indices)}`, {
      event: 'no_depth',
      symbols: indices,
    });
  }
  const withoutIndices = { ...given, symbols: symbols.filter((symbol) => !isIndexSymbol(symbol)) };
  const subscriptions = kinds.flatMap((kind) =>
    subscriptionsOf(kind, kind === 'depth' && leavesOut ? withoutIndices : given),
  );
  // A lite row uses the full topic of its symbol when that is recorded, too.
  const topics = new Set(subscriptions.map(({ kind, symbol }) => (kind === 'depth' ? `depth ${symbol}` : symbol)));
  if (topics.size > MAX_TOPICS_PER_CONNECTION) {
    throw new TickpipeError('TOO_MANY_SYMBOLS', `${topics.size} topics; at most ${MAX_TOPICS_PER_CONNECTION}`);
  }
  return subscriptions;
}
