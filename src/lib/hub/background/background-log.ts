import { chmodSync, closeSync, fchmodSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../clock/clock.ts';
import { makeDirectory } from '../../feed/run-directory.ts';
import { formatIstTime } from '../../market/ist-time.ts';

/** With the file before it, a log never takes more than twice this. */
export const MAX_LOG_BYTES = 1024 * 1024;
const MAX_LINE_CHARACTERS = 4_096;
/** A line is a line, whatever is in it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]+/g;

/**
 * A log of bounded size, of lines with their time in India, readable by the user only. When it is full it becomes `<file>.1`.
 * It never throws: a hub without a disk goes on. Few lines are written, so each opens the file anew: it may be moved away.
 */
export class BackgroundLog {
  readonly #file: string;
  readonly #clock: Clock;

  constructor(file: string, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  /** @param text without secrets */
  write(text: string): void {
    const time = formatIstTime(this.#clock.now());
    const line = Buffer.from(`${time} ${text.replace(CONTROL, ' ').slice(0, MAX_LINE_CHARACTERS)}\n`);
    try {
      this.#append(line);
    } catch {
      // A full disk, or a directory that cannot be made.
    }
  }

  #append(line: Buffer): void {
    const { fd, size } = this.#open();
    try {
      if (size === 0 || size + line.length <= MAX_LOG_BYTES) {
        writeSync(fd, line);
        return;
      }
    } finally {
      closeSync(fd);
    }
    renameSync(this.#file, `${this.#file}.1`);
    this.#append(line);
  }

  #open(): { fd: number; size: number } {
    const fd = openFile(this.#file);
    try {
      fchmodSync(fd, 0o600);
      return { fd, size: fstatSync(fd).size };
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }
}

function openFile(file: string): number {
  try {
    return openSync(file, 'a', 0o600);
  } catch {
    const directory = path.dirname(file);
    makeDirectory(directory, true);
    chmodSync(directory, 0o700);
    return openSync(file, 'a', 0o600);
  }
}
