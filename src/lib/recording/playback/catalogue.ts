import path from 'node:path';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { receivedAtIn } from '../../feed/rows/received-at.ts';
import { isSimulatedRow, kindOfRow } from '../../feed/rows/row-kind.ts';
import { KINDS, type Kind, type Subscription } from '../../market/kinds.ts';
import { IST_OFFSET_MS } from '../../market/sessions.ts';
import { fromWire } from '../../market/wire-subscriptions.ts';
import { parseFolder, type RecordedKind } from '../layout.ts';
import type { Header } from '../meta.ts';
import { findRecordings, type RecordingFile } from '../reader/find-recordings.ts';
import { readRecordedRows } from '../reader/recorded-lines.ts';
import { readMeta } from '../reader/recording-meta.ts';

/** A data file and what is known of it before it is played. */
export interface CataloguedFile extends RecordingFile {
  /** What its header says it holds; undefined without one, as below. */
  readonly kind: RecordedKind | undefined;
  /** Which process writes it, or wrote it. */
  readonly writer: Header['writer'] | undefined;
  /** No row is older, epoch milliseconds; minus infinity when that is not known. */
  readonly startsAt: number;
  /** Kinds of rows that come out of it; without a header those that its first rows are of. */
  readonly kinds: ReadonlySet<Kind>;
  /** Undefined when there is nothing in it to tell. */
  readonly simulated: boolean | undefined;
}

/** Files of one run and kind, which follow each other. */
export type Series = readonly CataloguedFile[];

/** Everything that some paths mean. */
export interface Catalogue {
  readonly series: readonly Series[];
  readonly simulated: boolean;
  /** What the headers list. */
  readonly listed: readonly Subscription[];
  /** Some file has no header: there may be rows of anything. */
  readonly isOpen: boolean;
  /** Kinds of rows there are, in the contract's order. */
  readonly kinds: readonly Kind[];
}

/**
 * Looks at the recordings that some paths mean, without reading their rows. Throws `INPUT_MISSING`, `RECORDING_EMPTY`,
 * `RECORDING_UNSUPPORTED`, and `USAGE` when live and simulated prices would be mixed.
 * @param wanted kinds of rows; files of others are left out
 * @param signal ends it: its reason is thrown
 */
export async function catalogueRecordings(
  paths: readonly string[],
  wanted: readonly Kind[] = KINDS,
  signal?: AbortSignal,
): Promise<Catalogue> {
  const files: CataloguedFile[] = [];
  const listed = new Map<string, Subscription>();
  const others = new Set<Kind>();
  let isOpen = false;
  for (const found of await findRecordings(paths)) {
    const { file, subscriptions } = await catalogueFile(found, signal);
    if (file.kinds.size > 0 && !wanted.some((kind) => file.kinds.has(kind))) {
      for (const kind of file.kinds) others.add(kind);
      continue;
    }
    files.push(file);
    isOpen ||= subscriptions === undefined && file.kinds.size > 0;
    for (const subscription of subscriptions ?? []) {
      if (wanted.includes(subscription.kind)) listed.set(`${subscription.kind} ${subscription.symbol}`, subscription);
    }
  }
  if (files.length === 0) {
    throw new TickpipeError('RECORDING_EMPTY', `no ${wanted.join(' or ')} rows in ${paths.join(', ')}`, {
      hint: `there are ${[...others].join(' and ')} rows`,
    });
  }
  const kinds = KINDS.filter((kind) => wanted.includes(kind) && files.some((file) => file.kinds.has(kind)));
  return { series: groupBySeries(files), simulated: checkAlike(files), listed: [...listed.values()], isOpen, kinds };
}

interface Catalogued {
  readonly file: CataloguedFile;
  /** Undefined without a header. */
  readonly subscriptions: readonly Subscription[] | undefined;
}

async function catalogueFile(found: RecordingFile, signal: AbortSignal | undefined): Promise<Catalogued> {
  const meta = found.metaFile && (await readMeta(found.metaFile, { lastRows: false, signal }));
  const header = meta ? meta.header : undefined;
  if (!meta || header === undefined) return { file: await lookInto(found, signal), subscriptions: undefined };
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

/** What the first rows of a file without a header tell. */
async function lookInto(found: RecordingFile, signal: AbortSignal | undefined): Promise<CataloguedFile> {
  const unknown = {
    ...found,
    kind: undefined,
    writer: undefined,
    startsAt: startOf(found),
    kinds: new Set<Kind>(),
    simulated: undefined,
  };
  if (found.isRaw) return unknown;
  for await (const rows of readRecordedRows(found.file, () => {}, signal)) {
    const kinds = new Set<Kind>();
    let firstAt: number | undefined;
    let simulated = false;
    for (let begin = 0; begin < rows.length; ) {
      const end = rows.indexOf(LINE_END, begin) + 1;
      const kind = kindOfRow(rows, begin);
      if (kind) kinds.add(kind);
      firstAt ??= receivedAtIn(rows, end);
      simulated ||= isSimulatedRow(rows, end);
      begin = end;
    }
    return { ...unknown, startsAt: firstAt ?? unknown.startsAt, kinds, simulated };
  }
  return unknown;
}

const LINE_END = 0x0a;

/** The time that its name begins with, in whole seconds. */
function startOf({ name }: RecordingFile): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})/.exec(name?.stem ?? '') ?? [];
  if (year === undefined) return Number.NEGATIVE_INFINITY;
  const utc = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return utc - IST_OFFSET_MS;
}

function groupBySeries(files: readonly CataloguedFile[]): Series[] {
  const groups = new Map<string, CataloguedFile[]>();
  for (const file of files) {
    const key = seriesOf(file);
    const group = groups.get(key);
    if (group) group.push(file);
    else groups.set(key, [file]);
  }
  for (const group of groups.values()) group.sort((one, other) => (one.name?.number ?? 0) - (other.name?.number ?? 0));
  return [...groups.values()];
}

/** The days of a run stand in folders beside each other. */
function seriesOf({ file, name, kind, isRaw }: CataloguedFile): string {
  if (name === undefined) return file;
  const folder = path.dirname(file).split(path.sep).join('/');
  const place = parseFolder(folder);
  const root = place ? folder.replace(/(?:^|\/)date=[^/]*\/kind=[^/]*$/, '') : folder;
  return JSON.stringify([root, kind ?? place?.kind ?? '', name.run, isRaw]);
}

/** Whether the prices are made up: of all files or of none. */
function checkAlike(files: readonly CataloguedFile[]): boolean {
  const made = files.find(({ simulated }) => simulated === true);
  const live = files.find(({ simulated }) => simulated === false);
  if (made && live) {
    throw new TickpipeError('USAGE', `${made.file} has simulated prices and ${live.file} has live ones`, {
      hint: 'play them apart',
    });
  }
  return made !== undefined;
}
