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
import { type BenchOptions, type BenchRow, formatRate, median, runAsProgram } from './benchmark.ts';
import { BURST_SYMBOLS, BurstServer } from './burst.ts';
import { digestRows } from './digest-rows.ts';

const ROWS = { full: 1_000_000, quick: 200_000 } as const;
const ROUNDS = { full: 3, quick: 1 } as const;
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

async function measure(way: Way, rows: number): Promise<Measured> {
  const server = await BurstServer.start();
  const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-bench-'));
  const out = openSync(path.join(folder, 'out.ndjson'), 'w');
  try {
    const [command, ...flags] = WAYS[way];
    const args = [command, ...flags, ...BURST_SYMBOLS, '--count', String(rows), '--direct', '--quiet'];
    const env = { PATH: process.env['PATH'], HOME: folder, ...server.environment };
    const program = path.join(ROOT, 'bin/run.js');
    const child = spawn(process.execPath, [program, ...args], { cwd: folder, env, stdio: ['ignore', out, 'inherit'] });
    const ended = once(child, 'close');
    await server.subscribed();
    const begun = performance.now();
    await server.burst(rows - BURST_SYMBOLS.length);
    const [status] = await ended;
    const rate = (rows / (performance.now() - begun)) * 1_000;
    if (status !== 0) throw new Error(`${way} ended with ${status}`);
    return { rate, digest: digestRows(folder, rows) };
  } finally {
    closeSync(out);
    server.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

export async function benchRecord({ quick }: BenchOptions): Promise<readonly BenchRow[]> {
  const size = quick ? 'quick' : 'full';
  const ways = Object.keys(WAYS) as Way[];
  const rates: Record<Way, number[]> = { 'stream > file': [], 'record --no-gzip': [], 'record --gzip': [] };
  const digests = new Set<string>();
  for (let round = 0; round < ROUNDS[size]; round++) {
    for (const way of ways) {
      const { rate, digest } = await measure(way, ROWS[size]);
      rates[way].push(rate);
      digests.add(digest);
    }
  }
  if (digests.size !== 1) throw new Error('the files hold different rows');
  const compare = (way: Way, bounds: Pick<BenchRow, 'limit'>): BenchRow => {
    const rate = median(rates[way]);
    const figure = rate / median(rates['stream > file']);
    const what = `${way}, against stream > file`;
    return { what, figure, unit: 'x', better: 'larger', ...bounds, measured: formatRate(rate) };
  };
  return [compare('record --no-gzip', { limit: LEAST_PLAIN }), compare('record --gzip', {})];
}

await runAsProgram(import.meta.url, benchRecord);
