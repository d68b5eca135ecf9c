import type { Clock } from '../../../src/lib/clock/clock.ts';
import { DIRECT } from '../../../src/lib/network/route.ts';
import { refreshSymbolMaster } from '../../../src/lib/symbols/master/refresh-master.ts';
import { MASTER_FILES, type MasterFileName } from '../../../src/lib/symbols/master/symbol-master.ts';
import { csvLine } from '../../symbols/master/csv-lines.ts';
import { startMasterServer } from '../../symbols/master/master-server.ts';

/** One instrument of a file. */
const lineOf = (name: MasterFileName): string =>
  `${csvLine(name, { symbol: `${name.slice(0, 3)}:${name}-EQ`, token: 3045, name, underlying: name })}\n`;

/** A server of a symbol master with one instrument in each file. Resolves to its URL. */
export async function startTinyMaster(): Promise<string> {
  const contents = Object.fromEntries(MASTER_FILES.map((name) => [`${name}.csv`, lineOf(name)]));
  return (await startMasterServer(contents)).url;
}

/** Fetches a symbol master into the cache that the environment names. */
export async function cacheMaster(
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
  files: readonly MasterFileName[] = MASTER_FILES,
): Promise<void> {
  const { signal } = new AbortController();
  await refreshSymbolMaster({ env, clock, signal, outgoing: DIRECT, files });
}
