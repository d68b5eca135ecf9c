import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { emptyFolder } from '../program.ts';

/** What a program that was started as the browser got. */
export interface Opening {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A program for `$BROWSER` that only notes what it gets, and whatever it is asked to do after. */
export class BrowserScript {
  readonly #folder = emptyFolder();
  /** For `$BROWSER`. */
  readonly file: string;

  /** @param last what the script does when it has noted everything, in the words of a shell */
  constructor(last = 'exit 0') {
    this.file = path.join(this.#folder, 'browser');
    const notes = path.join(this.#folder, 'notes');
    mkdirSync(notes);
    // Renamed when they are whole: the test looks again and again.
    const note = ['tr "\\0" "\\n" < /proc/$$/cmdline > "$to/args"', 'cat /proc/$$/environ > "$to/environ.part"'];
    const lines = [`#!/bin/sh`, `to='${notes}'`, ...note, 'mv "$to/environ.part" "$to/environ"', last];
    writeFileSync(this.file, `${lines.join('\n')}\n`, { mode: 0o700 });
  }

  get wasOpened(): boolean {
    return existsSync(path.join(this.#folder, 'notes', 'environ'));
  }

  /** Waits until it was started. The arguments are those after the name of the script. */
  async waitForOpening(): Promise<Opening> {
    await expect.poll(() => this.wasOpened).toBe(true);
    const read = (name: string): string => readFileSync(path.join(this.#folder, 'notes', name), 'utf8');
    const args = read('args').split('\n').slice(0, -1);
    const env = read('environ')
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
    return { args: args.slice(args.indexOf(this.file) + 1), env: Object.fromEntries(env) as Record<string, string> };
  }
}
