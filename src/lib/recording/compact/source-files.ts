import { stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { describeErrno, errnoOf } from '../../errors/errno.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { unreadable } from '../reader/recorded-lines.ts';
import type { Origin } from './parquet/sealed-metadata.ts';
import type { SourceFile } from './recording-set.ts';
import { removeEmpty } from './workspace/workspace.ts';

/** What a source was like before it was read. */
interface SeenSource {
  readonly source: SourceFile;
  readonly size: number;
  readonly modifiedMs: number;
  /** Of its meta file; undefined when it has none. */
  readonly meta: SeenFile | undefined;
}

interface SeenFile {
  readonly size: number;
  readonly modifiedMs: number;
}

/** The files that recordings are read from, and that may be removed afterwards if they have not changed. */
export class SourceFiles {
  readonly #seen: readonly SeenSource[];
  readonly bytes: number;

  /** Throws `INPUT_MISSING`. */
  static async look(sources: readonly SourceFile[]): Promise<SourceFiles> {
    const seen: SeenSource[] = [];
    for (const source of sources) {
      const file = await look(source.file);
      if (file === undefined) throw unreadable(source.file, 'ENOENT');
      seen.push({ source, ...file, meta: await look(source.metaFile) });
    }
    return new SourceFiles(seen);
  }

  private constructor(seen: readonly SeenSource[]) {
    this.#seen = seen;
    this.bytes = seen.reduce((sum, { size }) => sum + size, 0);
  }

  /** What they are, for the file that is made of them. */
  get origin(): Origin {
    return this.#seen.map(({ source, size }) => [path.basename(source.file), size]);
  }

  /** Whether each of these is there, as it was. */
  holds(origin: Origin): boolean {
    const present = new Map(this.origin);
    return origin.every(([name, size]) => present.get(name) === size);
  }

  /**
   * Removes them with their meta files, and folders that are empty then. One that was written to meanwhile stays: it holds
   * more than was read. Returns the number of removed files. Throws `OUTPUT_FAILED` for one that cannot be.
   */
  async delete(warn: (message: string) => void): Promise<number> {
    let deleted = 0;
    for (const seen of this.#seen) {
      try {
        if (await deleteUnchanged(seen)) deleted++;
        else warn(`${seen.source.file} was changed meanwhile: left alone`);
      } catch (error) {
        const hint = 'the Parquet file is whole: delete what was recorded by hand';
        const message = `${seen.source.file} cannot be deleted: ${describeErrno(error)}`;
        throw new TickpipeError('OUTPUT_FAILED', message, { hint, cause: error });
      }
    }
    return deleted;
  }
}

/** Undefined for what is not there. Throws `INPUT_MISSING`. */
async function look(file: string): Promise<SeenFile | undefined> {
  try {
    const { size, mtimeMs } = await stat(file);
    return { size, modifiedMs: mtimeMs };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw unreadable(file, errnoOf(error));
  }
}

function isSame(one: SeenFile | undefined, other: SeenFile | undefined): boolean {
  return one?.size === other?.size && one?.modifiedMs === other?.modifiedMs;
}

async function deleteUnchanged(seen: SeenSource): Promise<boolean> {
  const { file, metaFile } = seen.source;
  const now = await look(file);
  const isChanged = now !== undefined && !isSame(now, seen);
  if (isChanged || !isSame(await look(metaFile), seen.meta)) return false;
  await unlink(file);
  await unlink(metaFile).catch(() => {});
  await removeEmpty([path.dirname(file), path.dirname(path.dirname(file))]);
  return true;
}
