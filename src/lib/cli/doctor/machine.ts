import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import type { LookupFunction } from 'node:net';
import { lookup } from '../../host/lookup.ts';

/** Space of a file system, in bytes; inodes where it counts them. */
export interface FreeSpace {
  readonly bytes: number;
  /** Files that can still be made; undefined where the file system has no limit of its own. */
  readonly files: number | undefined;
}

/** What the checks ask of this machine. Tests replace parts of it. */
export interface Machine {
  /** As `process.version`: `v22.12.0`. */
  readonly nodeVersion: string;
  readonly platform: string;
  readonly architecture: string;
  /** Finds the addresses of a host. */
  readonly lookUp: LookupFunction;
  /** Whether this user may make and change files in a folder. */
  readonly isWritable: (folder: string) => Promise<boolean>;
  /** What this user may still write in the file system of a folder. Throws a system error. */
  readonly measureSpace: (folder: string) => Promise<FreeSpace>;
}

export const thisMachine: Machine = {
  nodeVersion: process.version,
  platform: process.platform,
  architecture: process.arch,
  lookUp: lookup,
  isWritable: (folder) =>
    access(folder, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    ),
  measureSpace: async (folder) => {
    const { bsize, bavail, files, ffree } = await statfs(folder);
    return { bytes: bsize * bavail, files: files > 0 ? ffree : undefined };
  },
};
