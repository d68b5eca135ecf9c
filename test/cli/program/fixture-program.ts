import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from '../../../scripts/build.ts';

const REPOSITORY = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly stdin?: string;
  /** Another way to the program, such as a link. */
  readonly bin?: string;
}

/** The program, built with the commands of `fixtures/` into a folder of its own, which has a blank in its name. */
export class FixtureProgram {
  readonly folder: string;
  readonly root: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.root = path.join(folder, 'the program');
  }

  static async create(): Promise<FixtureProgram> {
    const program = new FixtureProgram(await mkdtemp(path.join(tmpdir(), 'tickpipe-test-')));
    await mkdir(path.join(program.root, 'bin'), { recursive: true });
    await cp(path.join(REPOSITORY, 'package.json'), path.join(program.root, 'package.json'));
    for (const name of ['run.js', 'package.json']) {
      await cp(path.join(REPOSITORY, 'bin', name), path.join(program.root, 'bin', name));
    }
    await build({ root: program.root, commands: path.join(REPOSITORY, 'test/cli/fixtures/commands') });
    return program;
  }

  get bin(): string {
    return path.join(this.root, 'bin/run.js');
  }

  /** Starts it with an environment that holds nothing of this machine's. */
  start(args: readonly string[], options: RunOptions = {}): ChildProcessWithoutNullStreams {
    const env = { PATH: process.env['PATH'] ?? '', HOME: this.folder, ...options.env };
    return spawn(process.execPath, [options.bin ?? this.bin, ...args], { env, cwd: options.cwd ?? this.folder });
  }

  async run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const child = this.start(args, options);
    child.stdin.on('error', () => {});
    child.stdin.end(options.stdin ?? '');
    return collect(child);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

/** Waits for the end of a process and gathers what it wrote. */
export async function collect(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on('error', reject).on('close', (...ended) => resolve(ended));
  });
  return { ...texts, status, signal };
}
