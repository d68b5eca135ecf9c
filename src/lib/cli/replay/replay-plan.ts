import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { KINDS, type Kind, type Subscription, subscriptionKey, symbolsOf } from '../../market/kinds.ts';
import { subscriptionFor, whyNoRows } from '../../market/symbol-kinds.ts';
import type { RowFormat } from '../../output/rows/encoder.ts';
import type { RecordingIndex } from '../../recording/playback/recording-index.ts';
import { nameSome } from '../../text/join-words.ts';
import { typeNameOf } from '../command/row-type-names.ts';

/** Kinds of rows that fit into one table, as in `stream symbols`. */
const IN_ONE_TABLE: ReadonlySet<Kind> = new Set(['symbol', 'index']);

/**
 * The kinds of rows to print. NDJSON may mix all kinds; a table has one set of columns. Throws `USAGE` when the rows of the
 * recordings do not fit into one table.
 * @param types the kinds of `--type`
 */
export function printedKinds(
  index: RecordingIndex,
  format: RowFormat,
  types: readonly Kind[] | undefined,
): readonly Kind[] {
  const { kinds, isOpen } = index;
  if (format === 'ndjson') return isOpen || kinds.length === 0 ? (types ?? KINDS) : kinds;
  if (kinds.length > 1 && !kinds.every((kind) => IN_ONE_TABLE.has(kind))) {
    const found = kinds.map(typeNameOf).join(', ');
    throw new TickpipeError('USAGE', `rows of ${found} have different columns: ${format} has one set of columns`, {
      hint: `choose with --type, as in --type ${kinds.map(typeNameOf)[0]}, or use --format ndjson`,
    });
  }
  return kinds.length === 0 ? (types ?? ['symbol']) : kinds;
}

/**
 * The subscriptions for some symbols of a recording: all that it lists for a symbol, or one of any kind for a symbol that it does
 * not list. Throws `UNKNOWN_SYMBOL` when it has none of the symbols.
 */
export function replayedSubscriptions(
  { listed, isOpen, kinds: present }: RecordingIndex,
  symbols: readonly string[],
  kinds: readonly Kind[],
): Subscription[] {
  const known = new Set(listed.map(subscriptionKey));
  const recorded = new Set(symbolsOf(listed));
  if (!isOpen && !symbols.some((symbol) => recorded.has(symbol))) {
    throw new TickpipeError('UNKNOWN_SYMBOL', `not in the recording: ${nameSome(symbols)}`, {
      hint: `recorded: ${nameSome([...recorded].sort())}`,
    });
  }
  return symbols.flatMap((symbol): Subscription[] => {
    const fitting = kinds.filter((kind) => fits(kind, symbol));
    const own = fitting
      .filter((kind) => known.has(subscriptionKey({ kind, symbol })) || (isOpen && present.includes(kind)))
      .map((kind) => ({ kind, symbol }));
    return own.length > 0 ? own : [{ kind: fitting[0] ?? (kinds[0] as Kind), symbol }];
  });
}

/** Whether the rows of a symbol can be of this kind: quotes of an index are index rows. */
function fits(kind: Kind, symbol: string): boolean {
  return whyNoRows(kind, symbol) === undefined && subscriptionFor(kind, symbol).kind === kind;
}
