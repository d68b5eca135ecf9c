import { type FileHandle, mkdir, type open, readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { TickpipeError } from '../../../errors/tickpipe-error.ts';
import { identifySelf, isRunning } from '../../../host/process-identity.ts';

/** `.compact-PID-START-PLACE`: a name with a point in front is no part of a data set, nor of a recording. */
const NAME = /^\.compact-(\d+)-(b[0-9a-f]+-\d+|s\d+)(?:-(\d+-[0-9a-f]+))?$/;

/** A folder beside an output, where all stands that is not whole yet. */
export class Workspace {
  readonly #output: string;
  readonly folder: string;

  /** Makes the output's folder, too. @param output the folder of the output */
  static async create(output: string): Promise<Workspace> {
    const { pid, start, place } = identifySelf();
    const workspace = new Workspace(output, path.join(output, `.compact-${pid}-${start}-${place}`));
    await mkdir(output, { recursive: true });
    // Not one that is there, which may be a link to somewhere else.
    await mkdir(workspace.folder);
    return workspace;
  }

  private constructor(output: string, folder: string) {
    this.#output = output;
    this.folder = folder;
  }

  file(name: string): string {
    return path.join(this.folder, name);
  }

  /** Removes it and all in it, and the folders above that were made for an output that did not come. Safe twice. */
  async remove(): Promise<void> {
    await removeFolder(this.folder);
    await removeEmpty([this.#output, path.dirname(this.#output)]);
  }
}

/** Removes the workspaces that killed programs left beside outputs below a folder. */
export async function removeStaleWorkspaces(out: string): Promise<void> {
  for (const kind of await listFolders(out, 'kind=')) {
    for (const date of await listFolders(kind, 'date=')) {
      for (const folder of await listFolders(date, '.compact-')) {
        const [, pid, start, place] = NAME.exec(path.basename(folder)) ?? [];
        if (pid === undefined || start === undefined || isRunning({ pid: Number(pid), start, place })) continue;
        await removeFolder(folder);
        await removeEmpty([date, kind]);
      }
    }
  }
}

/** Removes folders, innermost first, as long as nothing is in them. */
export async function removeEmpty(folders: readonly string[]): Promise<void> {
  try {
    for (const folder of folders) await rmdir(folder);
  } catch {
    // Somebody's files are in it, or it is gone.
  }
}

/** None of a folder that is not there or cannot be read: then nothing can be written in it either. */
async function listFolders(folder: string, prefix: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && entry.name.startsWith(prefix))
    .map((entry) => path.join(folder, entry.name));
}

/** `open` of node:fs/promises, or what a test puts in its place. */
export type OpenFile = typeof open;

/** Writes all of the bytes at the file's end. Throws what the disk says. */
export async function appendAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, null);
    at += bytesWritten;
  }
}

export function outputExists(file: string): TickpipeError {
  return new TickpipeError('OUTPUT_EXISTS', `${file} is there already`, {
    hint: 'it may hold what was recorded in files deleted since; --force replaces it, --to writes elsewhere',
  });
}

/** Removes a folder and all in it, if it is there. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
