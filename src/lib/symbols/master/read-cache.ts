import { readIndexTable } from './index-table.ts';
import { locateMasterFolder, readCachedFiles, useCachedFiles } from './master-folder.ts';
import { openMaster } from './opened-master.ts';
import { SOURCE_FILES } from './source-files.ts';
import { type ListedInstrument, MASTER_FILES, type MasterFileName, type SymbolMaster } from './symbol-master.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface CacheOptions {
  readonly env: Env;
  /** Only the files of this exchange are read; all files when it is undefined. */
  readonly exchange?: ListedInstrument['exchange'] | undefined;
}

/** The content and the condition of the cache, for reports. */
export interface MasterCache {
  readonly directory: string;
  readonly url: string;
  readonly master: SymbolMaster | undefined;
  /** Files that are there and cannot be used, with why: `damaged`, or the code of the system as `EACCES`. */
  readonly unusable: ReadonlyMap<MasterFileName, string>;
}

/**
 * The symbol master in the cache, for the address that the environment names; `undefined` when there is none. It may be old: see
 * `files[].checkedAtMs`. Takes no network. Throws `BAD_CONFIGURATION` and `INSECURE_ENDPOINT` for an address that cannot be used.
 */
export function readSymbolMaster(options: CacheOptions): SymbolMaster | undefined {
  return inspectMasterCache(options).master;
}

/** The same with what is wrong with the cache. */
export function inspectMasterCache({ env, exchange }: CacheOptions): MasterCache {
  const folder = locateMasterFolder(env);
  const { files, unusable } = readCachedFiles(folder, namesOf(exchange));
  const known = MASTER_FILES.flatMap((name) => files.get(name) ?? []);
  return {
    ...folder,
    master: known.length === 0 ? undefined : openMaster(known, readIndexTable(folder)?.names),
    unusable,
  };
}

/**
 * Gives the master in the cache to a function that needs a part of it, and reads that part; `undefined` when there is none. Throws what
 * the function throws, an error for a file that turns out to be damaged, and as `readSymbolMaster`.
 */
export function useSymbolMaster<T>({ env, exchange }: CacheOptions, use: (master: SymbolMaster) => T): T | undefined {
  const folder = locateMasterFolder(env);
  return useCachedFiles(folder, namesOf(exchange), (files) =>
    files.length === 0 ? undefined : use(openMaster(files, readIndexTable(folder)?.names)),
  );
}

function namesOf(exchange: CacheOptions['exchange']): readonly MasterFileName[] {
  return MASTER_FILES.filter((name) => exchange === undefined || SOURCE_FILES[name].exchange === exchange);
}
