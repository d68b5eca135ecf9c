/*
 * How long the program takes to start, as ratios against a Node that does nothing: runs in turn, medians.
 * Run: npm run build && npx tsx bench/startup.ts
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { printHeader } from './header.ts';

const RUNS = 21;
const ROOT = fileURLToPath(new URL('..', import.meta.url));

const VARIANTS = {
  'node -e 0': ['-e', '0'],
  'tickpipe --version': ['bin/run.js', '--version'],
  'tickpipe --help': ['bin/run.js', '--help'],
  'tickpipe, first simulated row': ['bin/run.js', 'stream', 'symbols', 'NSE:SBIN-EQ', '--feed', 'sim', '--count', '1'],
} as const;
const BASE = 'node -e 0';
/** At most so many times as long as `node -e 0`. */
const LIMITS: Readonly<Record<string, number>> = {
  'tickpipe --version': 1.8,
  'tickpipe --help': 3,
  'tickpipe, first simulated row': 3.5,
};

function timeMs(args: readonly string[]): number {
  const begun = performance.now();
  const { status } = spawnSync(process.execPath, [...args], { cwd: ROOT, stdio: 'ignore' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return performance.now() - begun;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

export function benchStartup(): boolean {
  const times = new Map(Object.keys(VARIANTS).map((name) => [name, [] as number[]]));
  for (let run = 0; run < RUNS; run++) {
    for (const [name, args] of Object.entries(VARIANTS)) times.get(name)?.push(timeMs(args));
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
