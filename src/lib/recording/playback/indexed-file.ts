import { IST_OFFSET_MS } from '../../clock/ist.ts';
import type { Kind, Subscription } from '../../market/kinds.ts';
import { fromWire } from '../../market/kinds.ts';
import type { RecordedKind } from '../layout.ts';
import type { Header } from '../meta.ts';
import type { FoundRecording } from '../reader/find-recordings.ts';
import type { RecordingMeta } from '../reader/recording-meta.ts';

/** A data file and what is known of it before it is played. */
export interface IndexedFile extends FoundRecording {
  /** What its header says it holds; undefined without one, as below. */
  readonly kind: RecordedKind | undefined;
  /** Which process writes it, or wrote it. */
  readonly writer: Header['writer'] | undefined;
  /** No row is older, epoch milliseconds; minus infinity when that is not known. */
  readonly startsAt: number;
  /** Kinds of rows that come out of it; without a header those that its first rows are of. */
  readonly kinds: ReadonlySet<Kind>;
  /** Undefined when nothing in the file says so. */
  readonly simulated: boolean | undefined;
  /** Of a recording that `compact` made a part of another file: what it is in that. */
  readonly stored?: StoredRecording;
  /** Why nothing of it can be used, in words. */
  readonly unusable?: string;
}

/** A recording within a compacted file. */
export interface StoredRecording {
  /** Where its own file stood beside those that are still there. */
  readonly place: string;
  meta(lastRows: boolean): RecordingMeta | undefined;
  rows(signal: AbortSignal): AsyncGenerator<Buffer>;
  /** Has what was read be kept until it is released. */
  hold(holder: object): void;
  release(holder: object): Promise<void>;
  /** What is missing beside its rows, in words. */
  readonly problem: string | undefined;
}

export interface IndexEntry {
  readonly file: IndexedFile;
  /** Undefined without a header. */
  readonly subscriptions: readonly Subscription[] | undefined;
}

/** Where its own file stands, or stood. */
export function placeOf({ file, stored }: IndexedFile): string {
  return stored?.place ?? file;
}

/** Undefined without a header. */
export function describeRecording(found: FoundRecording, meta: RecordingMeta): IndexEntry | undefined {
  const { header } = meta;
  if (header === undefined) return undefined;
  const subscriptions = subscriptionsOf(header, [...header.symbols, ...meta.changes.flatMap(({ added }) => added)]);
  // The rest of the header may be long, and there may be thousands of files.
  const { kind, writer, simulated } = header;
  const kinds = new Set(kind === 'raw' ? subscriptions.map((one) => one.kind) : [kind]);
  const file = { ...found, kind, writer, startsAt: startOf(found), kinds, simulated };
  return { file, subscriptions };
}

function subscriptionsOf({ kind, subscriptions = [] }: Header, symbols: readonly string[]): readonly Subscription[] {
  return kind === 'raw' ? fromWire(subscriptions) : symbols.map((symbol) => ({ kind, symbol }));
}

/** The time that its name begins with, in whole seconds. */
export function startOf({ name }: Pick<FoundRecording, 'name'>): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})/.exec(name?.stem ?? '') ?? [];
  if (year === undefined) return Number.NEGATIVE_INFINITY;
  const utc = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return utc - IST_OFFSET_MS;
}

/** Why nothing of a compacted file can be used, in words. */
export class ParquetDamage extends Error {}
