import type { Clock } from '../clock/clock.ts';
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
    const { readSymbolMaster } = await import('../symbols/master/read-cache.ts');
    return readSymbolMaster({ env });
  };
  return new MasterInstruments({ readMaster, env, isFyersData: dataUrl === DEFAULT_ENDPOINTS.dataUrl, clock });
}
