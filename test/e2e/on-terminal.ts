import { spawn } from 'node:child_process';
import path from 'node:path';
import { expect } from 'vitest';
import { Terminal } from '../support/terminal.ts';
import { afterTest, environment, PROGRAM } from './program.ts';

/** Keys as a terminal sends them. */
export const KEYS = {
  up: '\x1b[A',
  down: '\x1b[B',
  end: '\x1b[F',
  escape: '\x1b',
  enter: '\r',
  ctrlC: '\x03',
  ctrlZ: '\x1a',
} as const;

const COLUMNS = 100;
const LINES = 24;

/** A shell command on a terminal of its own, in which `$tickpipe` is the program. Tests type keys and look at the screen. */
export class OnTerminal {
  readonly screen: Terminal;
  /** Everything that was written to the terminal. */
  output = '';
  readonly #child: ReturnType<typeof spawn>;

  constructor(line: string, env: Readonly<Record<string, string | undefined>> = {}, columns = COLUMNS) {
    this.screen = new Terminal(columns, LINES);
    const command = line.replaceAll('$tickpipe', `"${process.execPath}" "${PROGRAM}"`);
    this.#child = spawn('script', ['-qec', `stty cols ${columns} rows ${LINES}; ${command}`, '/dev/null'], {
      env: {
        ...environment(),
        PATH: `${path.dirname(process.execPath)}:${process.env['PATH']}`,
        TERM: 'xterm',
        LC_ALL: 'C.UTF-8',
        SHELL: '/bin/bash',
        NO_COLOR: '1',
        NODE_DISABLE_COMPILE_CACHE: '1',
        NODE: process.execPath,
        PROGRAM,
        ...env,
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      this.output += chunk;
      this.screen.write(chunk);
    });
    afterTest(() => this.#child.kill('SIGKILL'));
  }

  get text(): string {
    return this.screen.lines.join('\n');
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** The terminal is gone, with whatever runs on it. */
  close(): void {
    this.#child.kill('SIGKILL');
  }

  /** Waits until the screen shows this. */
  async shows(pattern: RegExp): Promise<void> {
    await expect.poll(() => this.text, { timeout: 60_000 }).toMatch(pattern);
  }
}
