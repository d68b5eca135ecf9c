import { codedError, type TickpipeError } from '../../errors/tickpipe-error.ts';
import { removeLeftovers } from '../../host/replace-file.ts';
import { fetchMasterFile } from './fetch-master-file.ts';
import { readIndexTable, refreshIndexTable } from './index-table.ts';
import { isDue } from './master-day.ts';
import type { MasterFile } from './master-file.ts';
import {
  locateMasterFolder,
  type MasterFolder,
  noteFailure,
  readCachedFiles,
  readFailure,
  removeFailure,
  writeCachedFile,
} from './master-folder.ts';
import { openMaster } from './opened-master.ts';
import { takeRefreshLock } from './refresh-lock.ts';
import {
  MASTER_FILES,
  type MasterFileName,
  type RefreshedFile,
  type RefreshOptions,
  type SymbolMaster,
} from './symbol-master.ts';

const FILES_WITH_INDICES: readonly MasterFileName[] = ['NSE_CM', 'BSE_CM'];
/** Each download holds the rows of its file until it is whole. */
const MAX_DOWNLOADS = 2;
/** After a failure, commands use what is cached for so long before they ask again by themselves. */
const REST_AFTER_FAILURE_MS = 300_000;

/** What a refresh comes to. */
export interface MasterRefresh {
  /** What can be read now, also where it could not be written to the cache; undefined when there is nothing. */
  readonly master: SymbolMaster | undefined;
  /** The files that were asked for, in the order of `MASTER_FILES`. */
  readonly files: readonly RefreshedFile[];
  /** Why the table of index names was not refreshed: the cached one stays, or the one of the program. */
  readonly indexProblem: TickpipeError | undefined;
}

/** What is known of the files while a refresh goes on. */
interface Progress {
  readonly files: Map<MasterFileName, MasterFile>;
  readonly results: Map<MasterFileName, RefreshedFile>;
  indexProblem?: TickpipeError;
}

/**
 * Brings the cached symbol master up to date: asks for each file that was not confirmed today, or for all with `force`, and only
 * for a content that is new. One process at a time does so; another one waits, and uses what came of it. A file that fails stays as it
 * was, and its result says why. Throws `BAD_CONFIGURATION`, `INSECURE_ENDPOINT`, or the signal's reason.
 */
export async function refreshSymbolMaster(options: RefreshOptions): Promise<MasterRefresh> {
  const { env, clock, signal, force = false, onWaiting } = options;
  const folder = locateMasterFolder(env);
  const wanted = MASTER_FILES.filter((name) => options.files?.includes(name) ?? true);
  const begunAtMs = clock.now();
  let progress = start(folder);
  // With `force`, what another process had confirmed since this one began need not be asked for again.
  const isWanted = (name: MasterFileName): boolean => {
    const file = progress.files.get(name);
    if (file === undefined) return true;
    const { checkedAtMs } = file.facts;
    return force ? checkedAtMs < begunAtMs || checkedAtMs > clock.now() : isDue(checkedAtMs, clock.now());
  };
  const isDone = (): boolean => {
    progress = start(folder);
    return !wanted.some(isWanted);
  };
  const rests = (): boolean => restAfterFailure(folder, options, progress, wanted.filter(isWanted), begunAtMs);
  if (wanted.some(isWanted) && !rests()) {
    const lock = await takeRefreshLock(folder, { env, clock, signal, isDone, onWaiting });
    try {
      // The holder before may have done a part of it.
      if (!isDone() && !rests()) await fetchFiles(folder, wanted.filter(isWanted), progress, options);
    } finally {
      lock.release();
    }
  }
  const master =
    progress.files.size === 0 ? undefined : openMaster(sortFiles(progress.files), readIndexTable(folder)?.names);
  const { indexProblem } = progress;
  return {
    master,
    indexProblem,
    files: wanted.map((name) => progress.results.get(name) ?? describeFresh(name, progress.files)),
  };
}

function start(folder: MasterFolder): Progress {
  return { files: new Map(readCachedFiles(folder).files), results: new Map() };
}

function sortFiles(files: ReadonlyMap<MasterFileName, MasterFile>): MasterFile[] {
  return MASTER_FILES.flatMap((name) => files.get(name) ?? []);
}

/**
 * Does without a refresh when the last one failed a moment ago: a network that is down is not waited for again in each command
 * as long as all that is due is at hand, nor by each of many processes that waited for the one that tried.
 */
function restAfterFailure(
  folder: MasterFolder,
  { clock, force }: RefreshOptions,
  { files, results }: Progress,
  due: readonly MasterFileName[],
  begunAtMs: number,
): boolean {
  const failure = readFailure(folder);
  if (failure === undefined || failure.atMs > clock.now()) return false;
  const isAtHand = due.every((name) => files.has(name));
  const rests = !force && isAtHand && clock.now() - failure.atMs < REST_AFTER_FAILURE_MS;
  if (!rests && failure.atMs < begunAtMs) return false;
  for (const name of due) results.set(name, describeKept(name, files, failure.problem));
  return true;
}

async function fetchFiles(
  folder: MasterFolder,
  names: readonly MasterFileName[],
  progress: Progress,
  options: RefreshOptions,
): Promise<void> {
  await removeLeftovers(folder.directory);
  const left = [...names];
  const work = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      progress.results.set(name, await fetchOne(folder, name, progress.files, options));
    }
  };
  await Promise.all(Array.from({ length: MAX_DOWNLOADS }, work));
  const isReached = (name: MasterFileName): boolean =>
    /^(?:updated|unchanged)$/.test(progress.results.get(name)?.outcome ?? '');
  if (names.some((name) => FILES_WITH_INDICES.includes(name) && isReached(name))) {
    await fetchIndexTable(folder, progress, options);
  }
  const failed = [...progress.results.values()].find(({ outcome }) => outcome === 'kept' || outcome === 'missing');
  if (failed?.problem === undefined) removeFailure(folder);
  else noteFailure(folder, options.env, { atMs: options.clock.now(), problem: failed.problem });
}

/** Indices can be had without it, so a table that fails is no failure of the refresh. */
async function fetchIndexTable(folder: MasterFolder, progress: Progress, options: RefreshOptions): Promise<void> {
  const { env, clock, signal, force = false } = options;
  const cached = readIndexTable(folder);
  if (cached !== undefined && !force && !isDue(cached.checkedAtMs, clock.now())) return;
  try {
    await refreshIndexTable(folder, env, cached, { ...options, url: folder.url });
  } catch (error) {
    signal.throwIfAborted();
    progress.indexProblem = codedError(error, 'the index names cannot be read');
  }
}

async function fetchOne(
  folder: MasterFolder,
  name: MasterFileName,
  files: Map<MasterFileName, MasterFile>,
  options: RefreshOptions,
): Promise<RefreshedFile> {
  const { clock, signal, outgoing, onProgress, env } = options;
  try {
    const { url } = folder;
    const fetched = await fetchMasterFile(name, files.get(name), { url, clock, signal, outgoing, onProgress });
    files.set(name, fetched.file);
    const problem = (await keep(folder, env, name, fetched.bytes)) ?? fetched.problem;
    return { ...describeFresh(name, files), outcome: fetched.outcome, problem };
  } catch (error) {
    signal.throwIfAborted();
    return describeKept(name, files, codedError(error, `${name} cannot be read`));
  }
}

async function keep(
  folder: MasterFolder,
  env: RefreshOptions['env'],
  name: MasterFileName,
  bytes: Buffer,
): Promise<TickpipeError | undefined> {
  try {
    await writeCachedFile(folder, env, name, bytes);
    return undefined;
  } catch (error) {
    return codedError(error, 'the symbol master cannot be kept');
  }
}

function describeKept(
  name: MasterFileName,
  files: ReadonlyMap<MasterFileName, MasterFile>,
  problem: TickpipeError,
): RefreshedFile {
  return { ...describeFresh(name, files), outcome: files.has(name) ? 'kept' : 'missing', problem };
}

function describeFresh(name: MasterFileName, files: ReadonlyMap<MasterFileName, MasterFile>): RefreshedFile {
  const facts = files.get(name)?.facts;
  return { name, outcome: 'fresh', rows: facts?.rows ?? 0, checkedAtMs: facts?.checkedAtMs, problem: undefined };
}
