import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import { currentUser, findExisting, isForeign } from './ownership.ts';

/*
 * Code that V8 has compiled, kept between runs: reading it takes a third of the time of compiling it. V8 itself refuses what another
 * version of it, or other flags, have made. It does not see that the source is another one of the same length, or that a byte has
 * changed, so that is checked here.
 */

const OTHERS_MAY_WRITE = 0o022;
const MAX_CACHE_BYTES = 16 * 1024 * 1024;
/** A cache file begins with the id of its source, the checksum of the code in four bytes, and four bytes of nothing: V8 copies code that is not aligned. */
const ID_BYTES = 16;
const HEAD_BYTES = ID_BYTES + 8;
/** Every bundle begins with this and the hash of what follows. @see scripts/build.ts */
const SOURCE_ID = /^\/\*([0-9a-f]{16})\*\//;

/** The parts of a bundle's wrapper, as Node gives them to a CommonJS file. */
type Wrapper = (
  exports: object,
  require: NodeJS.Require,
  module: { exports: object },
  filename: string,
  dirname: string,
) => void;

export interface CodeCacheOptions {
  /** Where compiled code is kept. Undefined: nowhere. */
  readonly folder: string | undefined;
  /** Begins the name of each file: runs of the same name need the same code. */
  readonly name: string;
  /** The user's home directory: nothing is made in that of another user. */
  readonly home: string | undefined;
}

interface LoadedScript {
  readonly script: Script;
  readonly sourceId: string;
  readonly cacheFile: string;
}

/** Loads bundles, with the code that an earlier run has compiled where there is some. */
export class CodeCache {
  readonly #options: CodeCacheOptions;
  readonly #loaded = new Map<string, object>();
  /** What this run had to compile. */
  #compiled: LoadedScript[] = [];

  constructor(options: CodeCacheOptions) {
    this.#options = options;
  }

  /**
   * The exports of a bundle: a text in ASCII that is a function of CommonJS' five names. Each is run once. Throws what reading it, or
   * running it, throws.
   */
  load(file: string, require: NodeJS.Require): object {
    const present = this.#loaded.get(file);
    if (present) return present;
    const source = readFileSync(file, 'latin1');
    const sourceId = SOURCE_ID.exec(source)?.[1];
    const cacheFile = this.#locate(file);
    const cachedData = sourceId && cacheFile ? readCache(cacheFile, sourceId) : undefined;
    const script = new Script(source, { filename: file, ...(cachedData && { cachedData }) });
    if (sourceId && cacheFile && (!cachedData || script.cachedDataRejected)) {
      this.#compiled.push({ script, sourceId, cacheFile });
    }
    const module = { exports: {} };
    const run = script.runInThisContext() as Wrapper;
    run(module.exports, require, module, file, path.dirname(file));
    this.#loaded.set(file, module.exports);
    return module.exports;
  }

  /** Keeps what this run has compiled, with all functions that have run by now. Never throws: the next run compiles again. */
  save(): void {
    const compiled = this.#compiled;
    this.#compiled = [];
    if (compiled.length === 0) return;
    try {
      const { folder, home } = this.#options;
      if (folder === undefined) return;
      const { place, stat } = findExisting(folder);
      if (isForeign(stat, home)) return;
      makeFolders(folder, place);
      for (const { script, sourceId, cacheFile } of compiled)
        writeCache(cacheFile, sourceId, script.createCachedData());
    } catch {
      // A home that cannot be written, a full disk: the program runs as well without.
    }
  }

  #locate(file: string): string | undefined {
    const { folder, name } = this.#options;
    return folder === undefined ? undefined : path.join(folder, `${name}.${path.basename(file, '.cjs')}`);
  }
}

/** The code that was compiled of this source; undefined when there is none that can be used. What another user can write is not run. */
function readCache(file: string, sourceId: string): Buffer | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.uid !== (currentUser() ?? stat.uid) || stat.mode & OTHERS_MAY_WRITE) return undefined;
    if (stat.size <= HEAD_BYTES || stat.size > MAX_CACHE_BYTES) return undefined;
    // Not of Buffer's pool, where it would not be aligned.
    const bytes = Buffer.allocUnsafeSlow(stat.size);
    if (readSync(fd, bytes, 0, stat.size, 0) !== stat.size) return undefined;
    if (bytes.toString('latin1', 0, ID_BYTES) !== sourceId) return undefined;
    const code = bytes.subarray(HEAD_BYTES);
    return crc32(code) === bytes.readUInt32LE(ID_BYTES) ? code : undefined;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Not mkdir's own `recursive`: Node 20 loops for ever where a file system answers ENOENT, as /proc does. @param present above it */
function makeFolders(folder: string, present: string): void {
  if (folder === present) return;
  makeFolders(path.dirname(folder), present);
  mkdirSync(folder, { mode: 0o700 });
}

/** Writes at once, so that another process that starts reads the whole file or none. */
function writeCache(file: string, sourceId: string, code: Buffer): void {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(sourceId, 'latin1');
  head.writeUInt32LE(crc32(code), ID_BYTES);
  const draft = `${file}.${process.pid}.draft`;
  try {
    writeFileSync(draft, Buffer.concat([head, code]), { mode: 0o600, flag: 'wx' });
    renameSync(draft, file);
  } catch (error) {
    try {
      unlinkSync(draft);
    } catch {
      // It was never made.
    }
    throw error;
  }
}
