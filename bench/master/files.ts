import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { listMasterFiles } from '../../src/lib/simulator/master/master-files.ts';
import { Universe } from '../../src/lib/simulator/universe.ts';

/** The day of the files, in India. */
export const DATE = '2026-11-30';

/** Writes all files of a simulated symbol master of so many rows into a folder, as its server gives them. */
export function writeMasterFiles(directory: string, masterRows: number): void {
  mkdirSync(directory, { recursive: true });
  for (const file of listMasterFiles(new Universe({ masterRows }, DATE), DATE).values()) {
    const handle = openSync(path.join(directory, file.name), 'w');
    for (const chunk of file.chunks()) writeSync(handle, chunk);
    closeSync(handle);
  }
}
