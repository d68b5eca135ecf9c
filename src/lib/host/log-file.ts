import { chmodSync, closeSync, constants, fchmodSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Clock } from '../clock/clock.ts';
import { formatIstTime } from '../clock/ist.ts';
import { makeDirectory } from './make-directory.ts';

/** With the file before it, a log never takes more than twice this. */
export const MAX_LOG_BYTES = 1024 * 1024;
const MAX_LINE_CHARACTERS = 4_096;
/** Not blocking: opening a pipe without a reader then fails instead of waiting. */
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
/** A line is a line, whatever is in it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]+/g;

/**
 * A log of bounded size, of lines with their time in India, readable by the user only. When it is full it becomes `<file>.1`.
 * It never throws: a hub without a disk goes on. Few lines are written, so each opens the file anew: it may be moved away.
 */
export class BackgroundLog {
  readonly #files: readonly string[];
  readonly #clock: Clock;

  /** @param files where it is to be, the best place first: the first that can be written */
  constructor(files: readonly string[], clock: Clock) {
    this.#files = files;
    this.#clock = clock;
  }

  /** Opens it, and says where it is; undefined when it can be written nowhere. */
  open(): string | undefined {
    try {
      const { file, fd } = this.#open();
      closeSync(fd);
      return file;
    } catch {
      return undefined;
    }
  }

  /** @param text without secrets */
  write(text: string): void {
    const time = formatIstTime(this.#clock.now());
    const clean = stripVTControlCharacters(text).replace(CONTROL, ' ');
    const line = Buffer.from(`${time} ${clean.slice(0, MAX_LINE_CHARACTERS)}\n`);
    try {
      this.#append(line);
    } catch {
      // A full disk, or a directory that cannot be made.
    }
  }

  #append(line: Buffer): void {
    const { file, fd, size } = this.#open();
    try {
      if (size === 0 || size + line.length <= MAX_LOG_BYTES) {
        writeSync(fd, line);
        return;
      }
    } finally {
      closeSync(fd);
    }
    renameSync(file, `${file}.1`);
    this.#append(line);
  }

  /** Throws why the last of the places cannot be written. */
  #open(): { readonly file: string; readonly fd: number; readonly size: number } {
    let failure: unknown;
    for (const file of this.#files) {
      try {
        return { file, ...openLog(file) };
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }
}

function openLog(file: string): { readonly fd: number; readonly size: number } {
  const fd = openFile(file);
  try {
    fchmodSync(fd, 0o600);
    return { fd, size: fstatSync(fd).size };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function openFile(file: string): number {
  try {
    return openSync(file, APPEND, 0o600);
  } catch {
    const directory = path.dirname(file);
    makeDirectory(directory, true);
    chmodSync(directory, 0o700);
    return openSync(file, APPEND, 0o600);
  }
}
