import path from 'node:path';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { KINDS, type Kind, type Subscription } from '../../market/kinds.ts';
import { isSimulatedRow, kindOfRow, receivedAtIn } from '../../rows/row-fields.ts';
import { parseFolder } from '../layout.ts';
import { type FoundRecording, findRecordings } from '../reader/find-recordings.ts';
import { readRecordedRows } from '../reader/recorded-lines.ts';
import { readMeta } from '../reader/recording-meta.ts';
import { describeRecording, type IndexEntry, type IndexedFile, placeOf, startOf } from './indexed-file.ts';

/** Files of one run and kind, which follow each other. */
export type Series = readonly IndexedFile[];

/** Everything that some paths mean. */
export interface RecordingIndex {
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
export async function indexRecordings(
  paths: readonly string[],
  wanted: readonly Kind[] = KINDS,
  signal?: AbortSignal,
): Promise<RecordingIndex> {
  const files: IndexedFile[] = [];
  const listed = new Map<string, Subscription>();
  const others = new Set<Kind>();
  let isOpen = false;
  for (const { file, subscriptions } of await indexAll(await findRecordings(paths), signal)) {
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

/** Files of lines as they are; of compacted ones the recordings that are not there as files of lines, too. In their order. */
async function indexAll(
  found: readonly FoundRecording[],
  signal: AbortSignal | undefined,
): Promise<readonly IndexEntry[]> {
  const all: IndexEntry[] = [];
  for (const file of found) if (!file.isParquet) all.push(await indexFile(file, signal));
  const compacted = found.filter(({ isParquet }) => isParquet);
  if (compacted.length === 0) return all;
  // Only then: it brings what reads Parquet.
  const { indexParquet } = await import('./index-parquet.ts');
  const present = new Set(all.map(({ file }) => identityOf(file)));
  for (const file of compacted) {
    for (const part of await indexParquet(file)) {
      const identity = identityOf(part.file);
      if (part.file.unusable === undefined && present.has(identity)) continue;
      present.add(identity);
      all.push(part);
    }
  }
  return all.sort((one, other) => (placeOf(one.file) < placeOf(other.file) ? -1 : 1));
}

/** The same for a recording wherever it stands. */
function identityOf(file: IndexedFile): string {
  const { kind, name } = file;
  if (name === undefined) return file.file;
  const place = parseFolder(path.dirname(path.resolve(placeOf(file))).replaceAll(path.sep, '/'));
  return JSON.stringify([kind ?? place?.kind, name.stem]);
}

async function indexFile(found: FoundRecording, signal: AbortSignal | undefined): Promise<IndexEntry> {
  const meta = found.metaFile && (await readMeta(found.metaFile, { lastRows: false, signal }));
  return (
    (meta ? describeRecording(found, meta) : undefined) ?? {
      file: await lookInto(found, signal),
      subscriptions: undefined,
    }
  );
}

/** Describes a file without a header by its first rows. */
async function lookInto(found: FoundRecording, signal: AbortSignal | undefined): Promise<IndexedFile> {
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

function groupBySeries(files: readonly IndexedFile[]): Series[] {
  const groups = new Map<string, IndexedFile[]>();
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
function seriesOf(indexed: IndexedFile): string {
  const { file, name, kind, isRaw } = indexed;
  if (name === undefined) return file;
  const folder = path.dirname(placeOf(indexed)).split(path.sep).join('/');
  const place = parseFolder(folder);
  const root = place ? folder.replace(/(?:^|\/)date=[^/]*\/kind=[^/]*$/, '') : folder;
  return JSON.stringify([root, kind ?? place?.kind ?? '', name.run, isRaw]);
}

/** Whether the prices are simulated: in all files or in none. Throws `USAGE`. */
function checkAlike(files: readonly IndexedFile[]): boolean {
  const simulated = files.find(({ simulated }) => simulated === true);
  const live = files.find(({ simulated }) => simulated === false);
  if (simulated && live) {
    throw new TickpipeError('USAGE', `${simulated.file} has simulated prices and ${live.file} has live ones`, {
      hint: 'play them apart',
    });
  }
  return simulated !== undefined;
}
