/*
 * Rows a second into files: `tickpipe record`, plain and gzipped, beside `tickpipe stream > file`, each behind the same seeded
 * burst on a connection of its own. All files must hold the same rows. Run: npm run build && npx tsx bench/record.ts
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BURST_SYMBOLS, BurstServer } from './burst.ts';
import { digestRows } from './digest-rows.ts';
import { printHeader } from './header.ts';

const ROWS = 1_000_000;
const ROUNDS = 3;
const LEAST_PLAIN = 0.8;
const ROOT = fileURLToPath(new URL('..', import.meta.url));

const WAYS = {
  'stream > file': ['stream', 'symbols'],
  'record --no-gzip': ['record', '--no-gzip', '--dir', 'ticks'],
  'record --gzip': ['record', '--gzip', '--dir', 'ticks'],
} as const;
type Way = keyof typeof WAYS;

interface Measured {
  readonly rate: number;
  /** Of all rows but for their times. */
  readonly digest: string;
}

async function measure(way: Way): Promise<Measured> {
  const server = await BurstServer.start();
  const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-bench-'));
  const out = openSync(path.join(folder, 'out.ndjson'), 'w');
  try {
    const [command, ...flags] = WAYS[way];
    const args = [command, ...flags, ...BURST_SYMBOLS, '--count', String(ROWS), '--direct', '--quiet'];
    const env = { PATH: process.env['PATH'], HOME: folder, ...server.environment };
    const program = path.join(ROOT, 'bin/run.js');
    const child = spawn(process.execPath, [program, ...args], { cwd: folder, env, stdio: ['ignore', out, 'inherit'] });
    const ended = once(child, 'close');
    await server.subscribed();
    const begun = performance.now();
    await server.burst(ROWS - BURST_SYMBOLS.length);
    const [status] = await ended;
    const rate = (ROWS / (performance.now() - begun)) * 1_000;
    if (status !== 0) throw new Error(`${way} ended with ${status}`);
    return { rate, digest: digestRows(folder, ROWS) };
  } finally {
    closeSync(out);
    server.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

export async function benchRecord(): Promise<boolean> {
  const ways = Object.keys(WAYS) as Way[];
  const rates = new Map<Way, number[]>(ways.map((way) => [way, []]));
  const digests = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of ways) {
      const { rate, digest } = await measure(way);
      rates.get(way)?.push(rate);
      digests.add(digest);
    }
  }
  if (digests.size !== 1) throw new Error('the files hold different rows');
  const median = (way: Way): number => rates.get(way)?.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] as number;
  const base = median('stream > file');
  console.log(`${'into files'.padEnd(36)} ${'rows/s'.padStart(12)} ${'/ stream'.padStart(8)}`);
  for (const way of ways) {
    const rate = Math.round(median(way)).toLocaleString('en');
    console.log(`${way.padEnd(36)} ${rate.padStart(12)} ${(median(way) / base).toFixed(2).padStart(8)}`);
  }
  return median('record --no-gzip') / base >= LEAST_PLAIN;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  printHeader();
  process.exitCode = (await benchRecord()) ? 0 : 1;
}
