import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { generateMasterFiles } from '../../test/symbols/master/generated-master.ts';

/** Writes all files of a simulated symbol master of so many rows into a folder, as its server gives them. */
export function writeMasterFiles(directory: string, rows: number): void {
  mkdirSync(directory, { recursive: true });
  for (const [name, file] of generateMasterFiles(rows)) {
    const handle = openSync(path.join(directory, name), 'w');
    for (const chunk of file.chunks()) writeSync(handle, chunk);
    closeSync(handle);
  }
}
