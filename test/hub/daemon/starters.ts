import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import { locateHub } from '../../../src/lib/hub/daemon/hub-location.ts';
import type { HubSpawnConfig } from '../../../src/lib/hub/daemon/hub-spawn-config.ts';
import type { StarterReport, StarterTask } from './hub-fixture.ts';

/*
 * Processes that start a hub and attach to it as commands do, each test with a run directory of its own. Importing this sets
 * the test up: what it started has ended after the test.
 */

const COMMANDS = 8;

export const TOKEN = 'TESTAPP001-100:made.up.token';
export const CONFIG: HubSpawnConfig = {
  identity: {
    kind: 'fyers',
    socketUrl: 'ws://127.0.0.1:1/',
    dataUrl: 'http://127.0.0.1:1',
    userId: 'XT00001',
    simulated: false,
  },
  token: TOKEN,
  stallTimeoutMs: 1_000,
  lingerMs: 60_000,
};

export let scratch: string;
export let fixture: string;
export let runDirectory: string;
export let env: Record<string, string>;
const starters = new Set<ChildProcess>();

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'tickpipe-hub-'));
  fixture = path.join(scratch, 'hub-fixture.cjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./hub-fixture.ts', import.meta.url))],
    outfile: fixture,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    external: ['bufferutil', 'utf-8-validate'],
    logLevel: 'warning',
  });
});
afterAll(() => rm(scratch, { recursive: true, force: true }));
beforeEach(async () => {
  runDirectory = await mkdtemp(path.join(scratch, 'run-'));
  env = { PATH: process.env['PATH'] ?? '', TICKPIPE_RUN_DIR: runDirectory, XDG_STATE_HOME: scratch, HOME: scratch };
});
afterEach(async () => {
  await rm(path.join(runDirectory, 'hold'), { force: true });
  for (const pid of await servingPids()) kill(pid);
  await Promise.all(Array.from(starters, endStarter));
});

export async function readNotes(): Promise<string[]> {
  const text = await readFile(path.join(runDirectory, 'notes'), 'utf8').catch(() => '');
  return text.split('\n').slice(0, -1);
}

/** Of all hubs that ever served here, in order. */
export async function servingPids(): Promise<number[]> {
  return (await readNotes()).filter((line) => line.startsWith('serving')).map((line) => Number(line.split(' ')[1]));
}

export function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Ended already.
  }
}

export function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

export async function killHub(pid: number): Promise<void> {
  kill(pid);
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { interval: 2, timeout: 20_000 });
}

export function startStarter(more: Record<string, string> = {}): ChildProcess {
  const starter = fork(fixture, ['starter'], { env: { ...env, ...more } });
  starters.add(starter);
  return starter;
}

export async function endStarter(starter: ChildProcess): Promise<void> {
  starters.delete(starter);
  if (starter.exitCode !== null || starter.signalCode !== null) return;
  const exited = once(starter, 'exit');
  starter.kill('SIGKILL');
  await exited;
}

export async function tell(starter: ChildProcess, task: StarterTask): Promise<StarterReport> {
  const answer = once(starter, 'message');
  starter.send(task);
  return (await answer)[0];
}

export async function attachIn(starter: ChildProcess, config: HubSpawnConfig = CONFIG): Promise<number> {
  const { pid, code } = await tell(starter, { attach: config });
  expect(code).toBeUndefined();
  return pid as number;
}

/** Eight commands attach at the same moment, over the socket of a hub that was killed, so many times: one hub for all. */
export async function raceForHub(rounds: number): Promise<void> {
  const commands = Array.from({ length: COMMANDS }, () => startStarter());
  await Promise.all(commands.map((command) => tell(command, {})));
  const { socketPath } = locateHub(CONFIG.identity, env);
  let killed = await attachIn(commands[0] as ChildProcess);
  for (let round = 1; round <= rounds; round++) {
    await killHub(killed);
    expect(existsSync(socketPath)).toBe(true);
    const at = Date.now() + 15;
    const reports = await Promise.all(commands.map((command) => tell(command, { attach: CONFIG, at })));
    const served = await servingPids();
    expect(served).toHaveLength(round + 1);
    killed = served[round] as number;
    expect(reports).toEqual(Array.from({ length: COMMANDS }, () => ({ pid: killed, token: TOKEN })));
    await Promise.all(commands.map((command) => tell(command, { leave: true })));
  }
}
