/*
 * How long `quote` of two symbols takes from its start to its end, as ratios against a Node that does nothing: with the hub to be
 * started, with a hub that runs, with a connection of its own, and with the simulator in its process. A simulator in another process
 * takes the place of FYERS. Runs in turn, medians. Run: npm run build && npx tsx bench/quote.ts
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type BenchOptions, type BenchRow, environmentOf, median, runAsProgram } from './benchmark.ts';

const RUNS = { full: 21, quick: 5 } as const;
const SYMBOLS = ['NSE:SBIN-EQ', 'NSE:TCS-EQ'];
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BASE = 'node -e 0';
/** The lock of a hub: its name has the pid. */
const LOCK = /^[0-9a-f]{16}\.(\d+)\..*\.lock$/;
/** A hub that has run for so long has left nothing undone of its start, such as keeping its compiled code. */
const SETTLED_MS = 2_000;
const LOOK_EVERY_MS = 5;

type Env = Readonly<Record<string, string | undefined>>;

interface Variant {
  readonly name: string;
  readonly flags: readonly string[];
  /** What runs before: `none`, or the hub that the variant before it started. */
  readonly hub: 'none' | 'runs';
  readonly goal: number;
  readonly limit: number;
}

const VARIANTS: readonly Variant[] = [
  { name: 'quote, no hub running yet', flags: [], hub: 'none', goal: 4.5, limit: 9 },
  { name: 'quote, hub running', flags: [], hub: 'runs', goal: 2.3, limit: 4.5 },
  { name: 'quote --direct', flags: ['--direct'], hub: 'none', goal: 2.2, limit: 4.5 },
  { name: 'quote --feed sim', flags: ['--feed', 'sim'], hub: 'none', goal: 2.2, limit: 4.5 },
];

async function startSimulator(): Promise<{ readonly child: ChildProcess; readonly env: Env }> {
  const child = spawn(process.execPath, ['bin/run.js', 'simulate'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  while (!text.includes('FYERS_ACCESS_TOKEN=') || !text.endsWith('\n')) {
    text += String((await once(child.stdout as NodeJS.ReadableStream, 'data'))[0]);
  }
  const env = Object.fromEntries([...text.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]));
  return { child, env };
}

function timeMs(args: readonly string[], env: Env): number {
  const begun = performance.now();
  const { status, stdout } = spawnSync(process.execPath, [...args], { cwd: ROOT, env: { ...env } });
  const tookMs = performance.now() - begun;
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  if (args.includes('quote') && String(stdout).trim().split('\n').length !== SYMBOLS.length) {
    throw new Error('quote did not print a row of each symbol');
  }
  return tookMs;
}

/** Ends the hub of this home, if one runs, and waits until it has ended. */
async function endHub(home: string): Promise<void> {
  for (;;) {
    const folder = path.join(home, '.tickpipe/run');
    const names = existsSync(folder) ? readdirSync(folder) : [];
    const pids = names.map((name) => Number(LOCK.exec(name)?.[1] ?? Number.NaN)).filter(Number.isInteger);
    if (pids.length === 0) return;
    for (const pid of pids) process.kill(pid, 'SIGTERM');
    await pause(LOOK_EVERY_MS);
  }
}

export async function benchQuote({ quick }: BenchOptions): Promise<readonly BenchRow[]> {
  const home = mkdtempSync(path.join(tmpdir(), 'tickpipe-bench-'));
  const simulator = await startSimulator();
  const times = new Map<string, number[]>([BASE, ...VARIANTS.map(({ name }) => name)].map((name) => [name, []]));
  try {
    const env = { ...environmentOf(home), TICKPIPE_LINGER: '60s', ...simulator.env };
    const quoteMs = ({ flags }: Variant): number => timeMs(['bin/run.js', 'quote', ...SYMBOLS, ...flags], env);
    // Not counted: each has run before, and a hub for some time.
    for (const variant of VARIANTS) {
      if (variant.hub === 'none') await endHub(home);
      quoteMs(variant);
      if (variant.hub === 'runs') await pause(SETTLED_MS);
    }
    for (let run = 0; run < (quick ? RUNS.quick : RUNS.full); run++) {
      times.get(BASE)?.push(timeMs(['-e', '0'], env));
      for (const variant of VARIANTS) {
        if (variant.hub !== 'runs') await endHub(home);
        times.get(variant.name)?.push(quoteMs(variant));
      }
    }
  } finally {
    await endHub(home);
    simulator.child.kill('SIGKILL');
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
  const base = median(times.get(BASE) ?? []);
  return VARIANTS.map(({ name, goal, limit }) => {
    const ms = median(times.get(name) ?? []);
    const measured = `${ms.toFixed(0)} ms, ${BASE} ${base.toFixed(0)} ms`;
    const what = `${name}, against ${BASE}`;
    return { what, figure: ms / base, unit: 'x', better: 'smaller', goal, limit, measured };
  });
}

await runAsProgram(import.meta.url, benchQuote);
