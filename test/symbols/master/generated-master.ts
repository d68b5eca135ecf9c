import { listMasterFiles } from '../../../src/lib/simulator/master/master-files.ts';
import { Universe } from '../../../src/lib/simulator/universe.ts';
import { UniverseMaster } from '../../../src/lib/simulator/universe-master.ts';
import { MASTER_FILES, type MasterFileName } from '../../../src/lib/symbols/master/symbol-master.ts';

/** The day of the generated files, in India. */
export const MASTER_DATE = '2026-11-30';

/** The files of a simulated master of about so many rows, by name as it is asked for: CSV and JSON. FYERS' own has 160,000. */
export function generateMasterFiles(rows: number): ReadonlyMap<string, { chunks(): Iterable<Buffer> }> {
  const universe = new Universe({ masterRows: rows }, MASTER_DATE);
  return listMasterFiles(new UniverseMaster(universe), MASTER_DATE);
}

/** The CSV files of such a master, each as one text. */
export function generateMaster(rows: number): Record<MasterFileName, string> {
  const files = generateMasterFiles(rows);
  const texts = MASTER_FILES.map((name) => [
    name,
    Buffer.concat([...(files.get(`${name}.csv`)?.chunks() ?? [])]).toString(),
  ]);
  return Object.fromEntries(texts) as Record<MasterFileName, string>;
}
