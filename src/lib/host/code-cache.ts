import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import { makeDirectory } from './make-directory.ts';
import { currentUser, findExisting, isForeign } from './ownership.ts';

/*
 * Code that V8 has compiled, kept between runs: reading it takes a third of the time of compiling it. V8 itself refuses what another
 * version of it, or other flags, have made. It does not see that the source is another one of the same length, or that a byte has
 * changed, so that is checked here.
 */

const OTHERS_MAY_WRITE = 0o022;
const MAX_CACHE_BYTES = 16 * 1024 * 1024;
/** A cache file begins with the id of its source, then the checksum of the code and how far that run came, in four bytes each. */
const ID_BYTES = 16;
const REACH_AT = ID_BYTES + 4;
/** A multiple of 8: V8 copies code that is not aligned. */
const HEAD_BYTES = ID_BYTES + 8;
/** Every bundle begins with this and the hash of what follows. @see scripts/build.ts */
const SOURCE_ID = /^\/\*([0-9a-f]{16})\*\//;

const ID = /^[0-9a-f]{16}$/;

const DRAFT_ENDING = '.draft';
/** Writing a draft takes milliseconds: an older one was left by a process that was killed. */
const MAX_DRAFT_AGE_MS = 60_000;
/** How long code is kept behind the last time that it has changed: it may be that of another version of Node, or of a command that is gone. */
const MAX_AGE_MS = 30 * 86_400_000;
/** Of one bundle: two installed versions may be used in turn. */
const KEPT_SOURCES = 2;

/** The parts of a bundle's wrapper, as Node gives them to a CommonJS file. */
type Wrapper = (
  exports: object,
  require: NodeJS.Require,
  module: { exports: object },
  filename: string,
  dirname: string,
) => void;

export interface CodeCacheOptions {
  /** Where compiled code is kept, beside the folders of other versions of Node. Undefined: nowhere. */
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
  /** How far the run came whose code is used; -1 where all was compiled. */
  readonly reach: number;
}

interface CachedCode {
  readonly code: Buffer;
  readonly reach: number;
}

/** Loads bundles, with the code that an earlier run has compiled where there is some. */
export class CodeCache {
  readonly #options: CodeCacheOptions;
  readonly #loaded = new Map<string, object>();
  /** Those whose code can be kept. */
  #scripts: LoadedScript[] = [];

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
    const cacheFile = sourceId && this.#locate(file, sourceId);
    const cached = sourceId && cacheFile ? readCache(cacheFile, sourceId) : undefined;
    const script = new Script(source, { filename: file, ...(cached && { cachedData: cached.code }) });
    const reach = cached && !script.cachedDataRejected ? cached.reach : -1;
    if (sourceId && cacheFile) this.#scripts.push({ script, sourceId, cacheFile, reach });
    const module = { exports: {} };
    const run = script.runInThisContext() as Wrapper;
    run(module.exports, require, module, file, path.dirname(file));
    this.#loaded.set(file, module.exports);
    return module.exports;
  }

  /**
   * Keeps what this run has compiled, with all functions that have run by now, unless a run that came as far has left its code. Never
   * throws: the next run compiles again.
   *
   * @param reach how far this run came: one that came further than another has run what that one has run
   */
  save(reach = 0): void {
    const scripts = this.#scripts.filter((loaded) => loaded.reach < reach);
    this.#scripts = [];
    const { folder, home } = this.#options;
    if (folder === undefined || scripts.length === 0) return;
    try {
      if (isForeign(findExisting(folder).stat, home)) return;
      makeDirectory(folder, true);
      for (const { script, sourceId, cacheFile } of scripts) {
        writeCache(cacheFile, sourceId, { code: script.createCachedData(), reach });
        removeOtherSources(cacheFile, sourceId);
      }
      // By the clock of the file system.
      const now = lstatSync(folder).mtimeMs;
      removeOld(folder, now - MAX_DRAFT_AGE_MS, (name) => name.endsWith(DRAFT_ENDING));
      removeOld(folder, now - MAX_AGE_MS, () => true);
      removeOld(path.dirname(folder), now - MAX_AGE_MS, (name) => name !== path.basename(folder));
    } catch {
      // A home that cannot be written, a full disk: the program runs as well without.
    }
  }

  #locate(file: string, sourceId: string): string | undefined {
    const { folder, name } = this.#options;
    return folder === undefined ? undefined : path.join(folder, `${name}.${path.basename(file, '.cjs')}.${sourceId}`);
  }
}

/** The code that was compiled of this source; undefined when there is none that can be used. What another user can write is not run. */
function readCache(file: string, sourceId: string): CachedCode | undefined {
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
    const reach = bytes.readUInt32LE(REACH_AT);
    return crc32(code) === bytes.readUInt32LE(ID_BYTES) ? { code, reach } : undefined;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Keeps the code of the newest sources of a bundle, by when it was written. */
function removeOtherSources(cacheFile: string, sourceId: string): void {
  const folder = path.dirname(cacheFile);
  const stem = path.basename(cacheFile).slice(0, -sourceId.length);
  const files = readdirSync(folder)
    .filter((name) => name.startsWith(stem) && ID.test(name.slice(stem.length)))
    .map((name) => path.join(folder, name))
    .map((file) => ({ file, writtenAtMs: file === cacheFile ? Number.POSITIVE_INFINITY : lstatSync(file).mtimeMs }))
    .sort((a, b) => b.writtenAtMs - a.writtenAtMs);
  for (const { file } of files.slice(KEPT_SOURCES)) rmSync(file, { force: true });
}

/** Removes what is meant and has not changed since then, epoch milliseconds. */
function removeOld(folder: string, since: number, isMeant: (name: string) => boolean): void {
  for (const name of readdirSync(folder).filter(isMeant)) {
    const place = path.join(folder, name);
    if (lstatSync(place).mtimeMs < since) rmSync(place, { recursive: true, force: true });
  }
}

/** Writes at once, so that another process that starts reads the whole file or none. */
function writeCache(file: string, sourceId: string, { code, reach }: CachedCode): void {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(sourceId, 'latin1');
  head.writeUInt32LE(crc32(code), ID_BYTES);
  head.writeUInt32LE(reach, REACH_AT);
  const draft = `${file}.${process.pid}${DRAFT_ENDING}`;
  try {
    const fd = openSync(draft, 'wx', 0o600);
    try {
      // Two writes: the code is a megabyte, which need not be copied.
      writeFileSync(fd, head);
      writeFileSync(fd, code);
    } finally {
      closeSync(fd);
    }
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
