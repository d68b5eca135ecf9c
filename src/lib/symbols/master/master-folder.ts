import { closeSync, constants, fstatSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CATALOGUE, type ErrorCode } from '../../errors/catalogue.ts';
import { describeErrno, errnoOf } from '../../errors/errno.ts';
import { fromPlainError, TickpipeError, toPlainError } from '../../errors/tickpipe-error.ts';
import { makeDirectory } from '../../host/make-directory.ts';
import { chownCommand, findExisting, isForeign } from '../../host/ownership.ts';
import { replaceFile } from '../../host/replace-file.ts';
import { shortHash } from '../../host/short-hash.ts';
import { cacheDirectory } from '../../host/user-directories.ts';
import { MasterFile } from './master-file.ts';
import { DEFAULT_MASTER_URL, readMasterUrl } from './master-url.ts';
import { MASTER_FILES, type MasterFileName } from './symbol-master.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** More than ten times the largest file of today. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
const SUFFIX = '.master';
/** Why and when the last refresh failed. */
const FAILURE_NOTE = 'failed.json';
const FILE_MODE = 0o644;

/** Where one server's symbol master is kept. */
export interface MasterFolder {
  readonly directory: string;
  /** Without a slash at its end. */
  readonly url: string;
}

/** What is in the folder. */
export interface CachedFiles {
  readonly files: ReadonlyMap<MasterFileName, MasterFile>;
  /** Files that are there and cannot be used: damaged, of another version, or not readable. */
  readonly unusable: ReadonlyMap<MasterFileName, string>;
}

/**
 * The folder for the master that an environment means. FYERS' own is in `symbols`; that of another address has a folder of its own
 * below, because the two must never mix. Throws `BAD_CONFIGURATION`, `INSECURE_ENDPOINT`.
 */
export function locateMasterFolder(env: Env): MasterFolder {
  const url = readMasterUrl(env);
  const directory = path.join(cacheDirectory(env), 'symbols');
  if (url === DEFAULT_MASTER_URL) return { directory, url };
  return { directory: path.join(directory, shortHash(url)), url };
}

/** Reads what is cached. Never throws: what cannot be read is as if it were not there. */
export function readCachedFiles(
  { directory }: MasterFolder,
  names: readonly MasterFileName[] = MASTER_FILES,
): CachedFiles {
  const files = new Map<MasterFileName, MasterFile>();
  const unusable = new Map<MasterFileName, string>();
  for (const name of names) {
    const read = readCachedFile(path.join(directory, `${name}${SUFFIX}`));
    if (read instanceof MasterFile && read.facts.name === name) files.set(name, read);
    else if (read !== undefined) unusable.set(name, typeof read === 'string' ? read : 'damaged');
  }
  return { files, unusable };
}

/** The file; why it cannot be used; or `undefined` when there is none. */
function readCachedFile(file: string): MasterFile | string | undefined {
  try {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    // A pipe in its place would never end.
    if (!stat.isFile() || stat.size > MAX_FILE_BYTES) return 'damaged';
    return MasterFile.read(readFileSync(file)) ?? 'damaged';
  } catch (error) {
    return errnoOf(error) === 'ENOTDIR' ? undefined : describeErrno(error);
  }
}

/**
 * Opens cached files while a function uses them: of each is read what it needs. Files that cannot be used are left out. Throws what the
 * function throws.
 */
export function useCachedFiles<T>(
  { directory }: MasterFolder,
  names: readonly MasterFileName[],
  use: (files: readonly MasterFile[]) => T,
): T {
  const opened: number[] = [];
  const open = (name: MasterFileName): MasterFile | undefined => {
    try {
      // A pipe in its place would hold the program here.
      const fd = openSync(path.join(directory, `${name}${SUFFIX}`), constants.O_RDONLY | constants.O_NONBLOCK);
      opened.push(fd);
      const stat = fstatSync(fd);
      if (!stat.isFile() || stat.size > MAX_FILE_BYTES) return undefined;
      const file = MasterFile.open(fd, stat.size);
      return file?.facts.name === name ? file : undefined;
    } catch {
      return undefined;
    }
  };
  try {
    return use(names.flatMap((name) => open(name) ?? []));
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}

/** Replaces a cached file, whole or not at all. Throws `SYMBOL_MASTER_NOT_KEPT`; the file that was there stays then. */
export function writeCachedFile(folder: MasterFolder, env: Env, name: MasterFileName, bytes: Buffer): Promise<void> {
  return writeIntoFolder(folder, env, `${name}${SUFFIX}`, bytes);
}

/** The same for any file of the folder. */
export async function writeIntoFolder(
  { directory }: MasterFolder,
  env: Env,
  name: string,
  content: string | Buffer,
): Promise<void> {
  try {
    makeFolder(directory, env);
    await replaceFile(path.join(directory, name), content, { mode: FILE_MODE });
  } catch (error) {
    if (error instanceof TickpipeError) throw error;
    throw new TickpipeError(
      'SYMBOL_MASTER_NOT_KEPT',
      `the symbol master cannot be written to ${JSON.stringify(directory)} (${describeErrno(error)})`,
    );
  }
}

/** Nothing is made in the home directory of another user: root under sudo would leave files there that their owner cannot change. */
function makeFolder(directory: string, env: Env): void {
  const { place, stat } = findExisting(directory);
  if (isForeign(stat, env['HOME'])) {
    throw new TickpipeError(
      'SYMBOL_MASTER_NOT_KEPT',
      `the folder ${JSON.stringify(place)} belongs to another user: the symbol master is not kept there`,
      { hint: `run it as that user, or make the folder yours: ${chownCommand(place)}` },
    );
  }
  makeDirectory(directory, true);
}

/** A refresh that failed. */
export interface FailedRefresh {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly problem: TickpipeError;
}

/** Notes that a refresh failed. A folder that cannot be written to remembers nothing: then the next command asks again. */
export function noteFailure({ directory }: MasterFolder, env: Env, { atMs, problem }: FailedRefresh): void {
  try {
    makeFolder(directory, env);
    writeFileSync(path.join(directory, FAILURE_NOTE), JSON.stringify({ atMs, ...toPlainError(problem) }));
  } catch {
    removeFailure({ directory });
  }
}

export function removeFailure({ directory }: Pick<MasterFolder, 'directory'>): void {
  removeQuietly(path.join(directory, FAILURE_NOTE));
}

/** The last refresh, when it failed. */
export function readFailure({ directory }: MasterFolder): FailedRefresh | undefined {
  try {
    const note = JSON.parse(readFileSync(path.join(directory, FAILURE_NOTE), 'utf8')) as Record<string, unknown>;
    const { atMs, code, message, hint } = note;
    if (typeof atMs !== 'number' || typeof message !== 'string' || typeof hint !== 'string') return undefined;
    if (typeof code !== 'string' || !Object.hasOwn(CATALOGUE, code)) return undefined;
    return { atMs, problem: fromPlainError({ code: code as ErrorCode, message, hint }) };
  } catch {
    return undefined;
  }
}

function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // A folder that cannot be changed.
  }
}
