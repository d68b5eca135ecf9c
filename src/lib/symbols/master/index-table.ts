import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { isIndexSymbol, isSymbol } from '../../market/symbols.ts';
import { parseJsonObject } from '../../text/json-object.ts';
import { download } from './download.ts';
import type { FetchOptions } from './fetch-master-file.ts';
import { type MasterFolder, writeIntoFolder } from './master-folder.ts';

/*
 * FYERS' table of what the data socket calls indices: `{"NSE:NIFTYBANK-INDEX":"Nifty Bank",..}`. It stands beside the files of the
 * master, and comes with them.
 */

const SOURCE_NAME = 'index_hsm_mapping.json';
const CACHED_NAME = 'index-names.json';
/** A table of today has 10 KB. */
const MAX_BYTES = 4 * 1024 * 1024;
/** What a topic can hold: printable ASCII without a bar. */
const FEED_NAME = /^(?=.{1,100}$)[!-{}~](?:[ -{}~]*[!-{}~])?$/;

/** The table as it is cached. */
export interface IndexTable {
  readonly names: ReadonlyMap<string, string>;
  /** When the server confirmed it last, epoch milliseconds. */
  readonly checkedAtMs: number;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

/** The usable entries of a table; malformed ones are left out. Throws `SYMBOL_MASTER_REFUSED` for what is no table. */
export function parseIndexNames(text: string): Map<string, string> {
  const json = parseJsonObject(text);
  const names = new Map<string, string>();
  for (const [symbol, name] of Object.entries(json ?? {})) {
    const isUsable = typeof name === 'string' && FEED_NAME.test(name) && isSymbol(symbol) && isIndexSymbol(symbol);
    if (isUsable) names.set(symbol, name);
  }
  if (names.size === 0) throw new TickpipeError('SYMBOL_MASTER_REFUSED', `${SOURCE_NAME} has no name of an index`);
  return names;
}

/** The cached table; `undefined` when there is none that can be read. Never throws. */
export function readIndexTable({ directory }: Pick<MasterFolder, 'directory'>): IndexTable | undefined {
  try {
    const file = path.join(directory, CACHED_NAME);
    const stat = statSync(file);
    if (!stat.isFile() || stat.size > MAX_BYTES) return undefined;
    const cached = parseJsonObject(readFileSync(file, 'utf8'));
    const { checkedAtMs, etag, lastModified, names, checksum } = cached ?? {};
    if (typeof checkedAtMs !== 'number' || checksum !== checksumOf(cached)) return undefined;
    return {
      names: parseIndexNames(JSON.stringify(names)),
      checkedAtMs,
      etag: typeof etag === 'string' ? etag : undefined,
      lastModified: typeof lastModified === 'string' ? lastModified : undefined,
    };
  } catch {
    return undefined;
  }
}

/** Fetches the table, or has the cached one confirmed, and writes it to the cache. Throws coded errors, or the signal's reason. */
export async function refreshIndexTable(
  folder: MasterFolder,
  env: Readonly<Record<string, string | undefined>>,
  cached: IndexTable | undefined,
  { clock, signal, outgoing }: FetchOptions,
): Promise<IndexTable> {
  const chunks: Buffer[] = [];
  const answer = await download(new URL(`${folder.url}/${SOURCE_NAME}`), {
    clock,
    signal,
    outgoing,
    maxBytes: MAX_BYTES,
    etag: cached?.etag,
    lastModified: cached?.lastModified,
    onChunk: (chunk) => chunks.push(chunk),
  });
  const checkedAtMs = clock.now();
  const isConfirmed = answer === 'unchanged' && cached !== undefined;
  const table: IndexTable = isConfirmed
    ? { ...cached, checkedAtMs }
    : {
        names: parseIndexNames(Buffer.concat(chunks).toString('utf8')),
        checkedAtMs,
        etag: answer === 'unchanged' ? undefined : answer.etag,
        lastModified: answer === 'unchanged' ? undefined : answer.lastModified,
      };
  const content = { ...table, names: Object.fromEntries(table.names) };
  const text = JSON.stringify({ ...content, checksum: checksumOf(content) });
  await writeIntoFolder(folder, env, CACHED_NAME, text);
  return table;
}

/** One changed bit makes `Nifty 500` of `Nifty 100`: the prices of another index under the name of this one. */
function checksumOf({ checkedAtMs, etag, lastModified, names }: Readonly<Record<string, unknown>> = {}): number {
  return crc32(JSON.stringify([checkedAtMs, etag, lastModified, names]));
}
