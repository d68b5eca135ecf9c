import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../clock/clock.ts';
import { cacheDirectory } from '../host/user-directories.ts';
import type { ListedInstruments } from '../symbols/listed-instruments.ts';
import { MasterInstruments } from '../symbols/master-instruments.ts';
import { DEFAULT_ENDPOINTS, type Endpoints } from './endpoints.ts';

/** The instruments that a session on these endpoints may take from the cached symbol master. Nothing is opened before they are asked for. */
export function createSessionInstruments(
  { dataUrl }: Pick<Endpoints, 'dataUrl'>,
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): ListedInstruments {
  const readMaster = async () => {
    // The code that reads a master takes as long to load as a lookup takes, so it is loaded only where a master is cached.
    if (!existsSync(path.join(cacheDirectory(env), 'symbols'))) return undefined;
    const { readSymbolMaster } = await import('../symbols/master/read-cache.ts');
    return readSymbolMaster({ env });
  };
  return new MasterInstruments({ readMaster, env, isFyersData: dataUrl === DEFAULT_ENDPOINTS.dataUrl, clock });
}
