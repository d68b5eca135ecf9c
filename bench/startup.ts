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
import { printHeader } from './header.ts';

const RUNS = 21;
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
/** At most so many times as long as `node -e 0`. */
const LIMITS: Readonly<Record<string, number>> = {
  'tickpipe --version': 1.8,
  'tickpipe --help': 3,
  'tickpipe, first simulated row': 3.5,
  'completion of a flag': 1.8,
  'completion of a symbol': 2.5,
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
  const env = { ...process.env, HOME: home };
  const { status } = spawnSync(process.execPath, [...args], {
    cwd: ROOT,
    input: input ?? '',
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return performance.now() - begun;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

export function benchStartup(): boolean {
  const times = new Map(Object.keys(VARIANTS).map((name) => [name, [] as number[]]));
  const home = makeHome();
  try {
    for (let run = 0; run < RUNS; run++) {
      for (const [name, args] of Object.entries(VARIANTS)) times.get(name)?.push(timeMs(args, INPUTS[name], home));
    }
  } finally {
    rmSync(home, { recursive: true });
  }
  const base = median(times.get(BASE) ?? []);
  let holds = true;
  console.log(`${'start-up'.padEnd(36)} ${'ms'.padStart(12)} ${'x node'.padStart(7)}`);
  for (const [name, values] of times) {
    const ratio = median(values) / base;
    holds &&= ratio <= (LIMITS[name] ?? Number.POSITIVE_INFINITY);
    console.log(`${name.padEnd(36)} ${median(values).toFixed(0).padStart(12)} ${ratio.toFixed(2).padStart(7)}`);
  }
  return holds;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  printHeader();
  process.exitCode = benchStartup() ? 0 : 1;
}
