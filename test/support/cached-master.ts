import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { MasterFileName } from '../../src/lib/symbols/master/symbol-master.ts';
import { fileOf } from '../symbols/master/csv-lines.ts';

/** Lines of files of the symbol master. */
export type MasterLines = Readonly<Partial<Record<MasterFileName, readonly string[]>>>;

/** Puts files of the symbol master into the cache of a home, as if FYERS had confirmed them at a time. */
export function writeCachedMaster(home: string, files: MasterLines, checkedAtMs: number): void {
  const folder = path.join(home, '.cache/tickpipe/symbols');
  mkdirSync(folder, { recursive: true });
  for (const [name, lines] of Object.entries(files)) {
    const bytes = fileOf(name as MasterFileName, lines).confirm(checkedAtMs);
    writeFileSync(path.join(folder, `${name}.master`), bytes);
  }
}
