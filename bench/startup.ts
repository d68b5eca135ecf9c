/*
 * How long the program takes to start, as ratios against a Node that does nothing: runs in turn, medians.
 * Run: npm run build && npx tsx bench/startup.ts
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeCachedMaster } from '../test/support/cached-master.ts';
import { generateMaster } from '../test/symbols/master/generated-master.ts';
import { type BenchOptions, type BenchRow, environmentOf, median, runAsProgram } from './benchmark.ts';

const RUNS = { full: 21, quick: 5 } as const;
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The size of FYERS' own master. */
const MASTER_ROWS = 160_000;
const COMPLETE = ['bin/run.js', 'internal', 'complete', 'bash'];

const VARIANTS = {
  'node -e 0': ['-e', '0'],
  'tickpipe --version': ['bin/run.js', '--version'],
  'tickpipe --help': ['bin/run.js', '--help'],
  'tickpipe, first simulated row': ['bin/run.js', 'stream', 'symbols', 'NSE:SBIN-EQ', '--feed', 'sim', '--count', '1'],
  'completion of a flag': COMPLETE,
  'completion of a symbol': COMPLETE,
} as const;
/** What the variants read: the line that is typed, and bash's COMP_WORDBREAKS. */
const INPUTS: Readonly<Record<string, string>> = {
  'completion of a flag': 'tickpipe quote --fo\0 :=\0',
  'completion of a symbol': 'tickpipe quote NSE:SB\0 :=\0',
};
const BASE = 'node -e 0';
/** Wall time at most, against `node -e 0`. */
const BOUNDS: Readonly<Record<string, { readonly goal: number; readonly limit: number }>> = {
  'tickpipe --version': { goal: 1.1, limit: 1.5 },
  'tickpipe --help': { goal: 1.6, limit: 3 },
  'tickpipe, first simulated row': { goal: 1.8, limit: 4.5 },
  'completion of a flag': { goal: 1.25, limit: 1.8 },
  'completion of a symbol': { goal: 1.25, limit: 2.2 },
};

/** A home with a cached symbol master. */
function makeHome(): string {
  const home = mkdtempSync(path.join(tmpdir(), 'tickpipe-bench-'));
  const files = Object.entries(generateMaster(MASTER_ROWS)).map(([name, text]) => [name, text.trimEnd().split('\n')]);
  writeCachedMaster(home, Object.fromEntries(files), Date.now());
  return home;
}

function timeMs(args: readonly string[], input: string | undefined, home: string): number {
  const begun = performance.now();
  const { status } = spawnSync(process.execPath, [...args], {
    cwd: ROOT,
    input: input ?? '',
    env: environmentOf(home),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return performance.now() - begun;
}

export async function benchStartup({ quick }: BenchOptions): Promise<readonly BenchRow[]> {
  const times = new Map(Object.keys(VARIANTS).map((name) => [name, [] as number[]]));
  const home = makeHome();
  try {
    // Not counted: the first run of each leaves its compiled code.
    for (const [name, args] of Object.entries(VARIANTS)) timeMs(args, INPUTS[name], home);
    for (let run = 0; run < (quick ? RUNS.quick : RUNS.full); run++) {
      for (const [name, args] of Object.entries(VARIANTS)) times.get(name)?.push(timeMs(args, INPUTS[name], home));
    }
  } finally {
    rmSync(home, { recursive: true });
  }
  const base = median(times.get(BASE) ?? []);
  return Object.entries(BOUNDS).map(([name, bounds]) => {
    const ms = median(times.get(name) ?? []);
    const measured = `${ms.toFixed(0)} ms, ${BASE} ${base.toFixed(0)} ms`;
    return { what: `${name}, against ${BASE}`, figure: ms / base, unit: 'x', better: 'smaller', ...bounds, measured };
  });
}

await runAsProgram(import.meta.url, benchStartup);
