import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ErrorCode } from '../../errors/catalogue.ts';
import { errnoOf } from '../../errors/errno.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { currentUser } from '../../host/ownership.ts';
import { lookUp, type ProcessIdentity } from '../../host/process-identity.ts';
import { createTemporary } from '../../output/writer/temporary-file.ts';
import { META_SUFFIX, PART_SUFFIX, parseFolder, parseName, type RecordingName } from '../layout.ts';
import type { Footer } from '../meta.ts';
import { readMeta } from '../reader/recording-meta.ts';
import { syncDirectory } from '../writer/durable-file.ts';
import { findWholeParts, type WholeParts } from './whole-parts.ts';

/** A file whose writer cannot be looked up is recovered after so long without a write: writers touch their files. */
const ABANDONED_MS = 120_000;
const COPY_BYTES = 1024 * 1024;
const LEFT_ALONE: ReadonlySet<ErrorCode> = new Set(['INPUT_MISSING', 'RECORDING_UNSUPPORTED']);

/** A file that a killed program had left behind. */
export interface RecoveredRecording {
  /** It stays as it is: it is no recording that was cut off, but something that cannot be searched in reasonable time. */
  readonly isLeftAlone: boolean;
  /** Its name now, or before when nothing was left of it. */
  readonly file: string;
  /** Lines in it; a file without any is removed. */
  readonly rows: number;
  /** Bytes at its end, or within, that were no whole row and are gone. */
  readonly lostBytes: number;
}

/**
 * Finishes the files below a recordings' directory that no running program writes any more: cut back to their last whole gzip
 * member or row, with a footer and their final name. Two programs may do it at once. Throws what the file system says.
 * @param nowMs epoch milliseconds
 * @param signal ends it, between two files or in one, which stays as it is: its reason is thrown
 */
export async function recoverRecordings(
  directory: string,
  nowMs: number,
  signal: AbortSignal,
): Promise<RecoveredRecording[]> {
  const recovered: RecoveredRecording[] = [];
  for (const folder of await listFolders(directory)) {
    const names = await readdir(folder);
    for (const name of names) {
      const parsed = parseName(name);
      if (parsed?.isPart !== true) continue;
      signal.throwIfAborted();
      const found = await recover({ folder, partName: name, name: parsed, nowMs, signal }).catch(leaveAlone);
      if (found) recovered.push(found);
    }
    await removeLoneMetas(folder, nowMs, signal);
  }
  return recovered;
}

async function listFolders(directory: string): Promise<string[]> {
  const folders: string[] = [];
  for (const date of await listDirectories(directory)) {
    for (const kind of await listDirectories(path.join(directory, date))) {
      if (parseFolder(`${date}/${kind}`)) folders.push(path.join(directory, date, kind));
    }
  }
  return folders;
}

async function listDirectories(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Of a regular file; undefined for a link, whatever else it is, or nothing. */
async function statOwn(file: string): Promise<Stats | undefined> {
  const stats = await lstat(file).catch(leaveAlone);
  return stats?.isFile() ? stats : undefined;
}

async function isOwnOrMissing(file: string): Promise<boolean> {
  const stats = await lstat(file).catch(leaveAlone);
  return stats === undefined || stats.isFile();
}

interface LeftBehind {
  readonly folder: string;
  readonly partName: string;
  readonly name: RecordingName;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/** Undefined for a file that is being written. Each step may be done twice, by us or by others. */
async function recover({ folder, partName, name, nowMs, signal }: LeftBehind): Promise<RecoveredRecording | undefined> {
  const part = path.join(folder, partName);
  const metaFile = path.join(folder, name.stem + META_SUFFIX);
  const { mtimeMs } = (await statOwn(part)) ?? {};
  // A link, a pipe or a device under such a name is not touched: another user may have put it there.
  if (mtimeMs === undefined || !(await isOwnOrMissing(metaFile))) return undefined;
  const meta = await readMeta(metaFile, { lastRows: false, signal });
  if (isInUse(meta?.header?.writer, mtimeMs, nowMs)) return undefined;
  const whole = await findWholeParts(part, name, meta?.otherRows?.shape, signal);
  if (whole === undefined) return { isLeftAlone: true, file: part, rows: 0, lostBytes: 0 };
  const file = part.slice(0, -PART_SUFFIX.length);
  const kept = whole.parts.reduce((sum, { begin, end }) => sum + end - begin, 0);
  const result = { isLeftAlone: false, file, rows: whole.rows, lostBytes: whole.length - kept };
  if (whole.rows === 0) {
    await rm(part, { force: true });
    await rm(metaFile, { force: true });
    return result;
  }
  await keep(part, whole);
  if (meta?.footer === undefined) {
    await finishMeta(metaFile, { type: 'Footer', ended: Math.round(mtimeMs), rows: whole.rows, reason: 'recovered' });
  }
  await rename(part, file);
  await syncDirectory(folder);
  return result;
}

function isInUse(writer: ProcessIdentity | undefined, mtimeMs: number, nowMs: number): boolean {
  const life = writer === undefined ? 'unknown' : lookUp(writer);
  if (life !== 'unknown') return life === 'running';
  // Of another container or machine, where its pid means nothing here.
  return nowMs - mtimeMs < ABANDONED_MS;
}

/** Mostly only the end is cut; after a power cut there may be holes. */
async function keep(file: string, { parts, length }: WholeParts): Promise<void> {
  const [first] = parts;
  if (parts.length === 1 && first?.begin === 0) {
    const handle = await open(file, constants.O_RDWR | constants.O_NOFOLLOW);
    try {
      if (first.end < length) await handle.truncate(first.end);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return;
  }
  await replace(file, async (target) => {
    const source = await open(file, 'r');
    try {
      for (const { begin, end } of parts) await copy(source, target, begin, end);
    } finally {
      await source.close();
    }
  });
}

async function copy(source: FileHandle, target: FileHandle, begin: number, end: number): Promise<void> {
  const buffer = Buffer.allocUnsafe(COPY_BYTES);
  for (let at = begin; at < end; ) {
    const { bytesRead } = await source.read(buffer, 0, Math.min(buffer.length, end - at), at);
    if (bytesRead === 0) throw new Error('a file became shorter while it was read');
    await target.writeFile(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}

/** Drops lines that are not whole, and adds the footer. */
async function finishMeta(metaFile: string, footer: Footer): Promise<void> {
  const text = await readFile(metaFile, 'utf8').catch((error) => {
    if (errnoOf(error) === 'ENOENT') return '';
    throw error;
  });
  const lines = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(isJson);
  await replace(metaFile, (target) => target.writeFile([...lines, JSON.stringify(footer), ''].join('\n')));
}

function isJson(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}

/** Puts another file in the place of one, at once. */
async function replace(file: string, write: (target: FileHandle) => Promise<void>): Promise<void> {
  const { file: temporary, handle: target } = await createTemporary(file);
  try {
    try {
      await keepOwner(file, target);
      await write(target);
      await target.sync();
    } finally {
      await target.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** What root finishes for a user stays the user's. */
async function keepOwner(file: string, target: FileHandle): Promise<void> {
  if (currentUser() !== 0) return;
  const found = await lstat(file).catch(leaveAlone);
  if (found) await target.chown(found.uid, found.gid);
}

/** A program that was killed before its first row leaves a meta file without data. */
async function removeLoneMetas(folder: string, nowMs: number, signal: AbortSignal): Promise<void> {
  const names = await readdir(folder);
  const stems = new Set(names.map((name) => parseName(name)?.stem));
  for (const name of names) {
    if (!name.endsWith(META_SUFFIX) || stems.has(name.slice(0, -META_SUFFIX.length))) continue;
    const file = path.join(folder, name);
    const found = await statOwn(file);
    if (found === undefined) continue;
    const meta = await readMeta(file, { lastRows: false, signal }).catch(leaveAlone);
    if (meta && meta.footer === undefined && !isInUse(meta?.header?.writer, found.mtimeMs, nowMs))
      await rm(file, { force: true });
  }
}

/** Ignores that another program has finished the file meanwhile, or that it is of another version. Throws all other errors. */
function leaveAlone(error: unknown): undefined {
  const isGone = errnoOf(error) === 'ENOENT' || (error instanceof TickpipeError && LEFT_ALONE.has(error.code));
  if (!isGone) throw error;
  return undefined;
}
