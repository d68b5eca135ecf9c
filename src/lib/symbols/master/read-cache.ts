import { readIndexTable } from './index-table.ts';
import { locateMasterFolder, readCachedFiles } from './master-folder.ts';
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
  const names = MASTER_FILES.filter((name) => exchange === undefined || SOURCE_FILES[name].exchange === exchange);
  const { files, unusable } = readCachedFiles(folder, names);
  const known = MASTER_FILES.flatMap((name) => files.get(name) ?? []);
  return {
    ...folder,
    master: known.length === 0 ? undefined : openMaster(known, readIndexTable(folder)?.names),
    unusable,
  };
}
