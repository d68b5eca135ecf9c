import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect } from 'vitest';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/lib/simulator/simulator.ts';

export const PROGRAM = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

const cleanups: (() => Promise<unknown> | unknown)[] = [];
/** Everything that was started in this test. */
const started: Running[] = [];
/** What no process may print: claims of the tokens that the tests make, and of each simulator's. A token's text begins with its algorithm. */
const MADE_SECRETS = ['TESTAPP001', 'ab12'.repeat(3), 'XT00001', 'TEST PERSON', 'eyJhbGci'];
let secrets = [...MADE_SECRETS];
/** The address of a login has to have the app id. */
const LOGIN_APP_ID = /\bclient_id=[\w-]+/g;

afterEach(async () => {
  const printed = started.splice(0).map(({ stdout, stderr }) => (stdout + stderr).replace(LOGIN_APP_ID, ''));
  const told = secrets.filter((secret) => printed.some((text) => text.includes(secret)));
  secrets = [...MADE_SECRETS];
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  expect(told).toEqual([]);
});

/** Has the rest of the test fail if a claim of this token, `APPID:JWT`, is printed. */
export function keepSecret(token: string): void {
  const [appId = '', jwt = ''] = token.split(':');
  const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
  secrets.push(appId, jwt, String(claims['hsm_key']), String(claims['fy_id']), String(claims['display_name']));
}

/** Calls this after the present test, last registered first. */
export function afterTest(cleanup: () => Promise<unknown> | unknown): void {
  cleanups.push(cleanup);
}

/** An empty folder, gone after the test. */
export function emptyFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-'));
  afterTest(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function simulate(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({ rate: 200, ...options });
  afterTest(() => simulator.close());
  keepSecret(simulator.token);
  return simulator;
}

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built program as a user has it: a process with an environment of its own. */
export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';
  #changed: (() => void)[] = [];

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.on('data', (chunk) => this.#take('stdout', chunk));
    child.stderr?.on('data', (chunk) => this.#take('stderr', chunk));
    this.ended = new Promise((resolve) => {
      child.once('close', (status, signal) => {
        this.#wake();
        resolve({ status, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
    started.push(this);
    afterTest(() => child.kill('SIGKILL'));
  }

  /** Waits until what has been printed satisfies a condition; fails when the program ends before. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`ended early with ${this.child.exitCode ?? this.child.signalCode}: ${this.stderr}`);
      }
      await new Promise<void>((resolve) => this.#changed.push(resolve));
    }
  }

  /** Whole rows printed so far. */
  get rows(): Record<string, unknown>[] {
    return rowsOf(this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1));
  }

  #take(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    this[stream] += chunk.toString();
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What it reads from stdin; nothing by default. */
  readonly input?: string;
  readonly cwd?: string;
}

export function environment(extra: StartOptions['env'] = {}): NodeJS.ProcessEnv {
  // A socket of their own, unless a test is about the shared session.
  return { PATH: process.env['PATH'], HOME: emptyFolder(), TICKPIPE_DIRECT: '1', ...extra };
}

export function start(args: readonly string[], options: StartOptions = {}): Running {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env: environment(options.env), cwd: options.cwd });
  child.stdin.end(options.input ?? '');
  return new Running(child);
}

export function run(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return start(args, options).ended;
}

/** A line of shell in which `$tickpipe` is the program. */
export function shell(line: string, options: StartOptions = {}): Running {
  const env = { ...environment(options.env), NODE: process.execPath, PROGRAM };
  const child = spawn('bash', ['-c', line.replaceAll('$tickpipe', '"$NODE" "$PROGRAM"')], { env, cwd: options.cwd });
  child.stdin.end(options.input ?? '');
  return new Running(child);
}

/** A script in which `"$PROGRAM"` is the program by its name, and `"$NODE" "$PROGRAM"` is Node with it. Its stdin is /dev/null. */
export function script(shell: 'sh' | 'bash', text: string, extra: StartOptions['env'] = {}): Running {
  const bin = path.dirname(process.execPath);
  const env = { ...environment(extra), PATH: `${bin}:${process.env['PATH']}`, NODE: process.execPath, PROGRAM };
  return new Running(spawn(shell, ['-c', text], { env, stdio: ['ignore', 'pipe', 'pipe'] }));
}

export function rowsOf(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
