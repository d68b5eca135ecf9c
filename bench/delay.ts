/*
 * From a message's arrival upstream to its row in the reader's hands: 25,000 ticks a second over 5,000 symbols of a simulator in
 * another process, through a socket of the command's own and through the hub. Run: npm run build && npx tsx bench/delay.ts
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedSymbol } from '../src/lib/simulator/universe.ts';
import { type BenchOptions, type BenchRow, formatRate, runAsProgram } from './benchmark.ts';

const SYMBOLS = 5_000;
const RATE = 25_000;
/** The first seconds are those of snapshots and of the compiler. */
const WARM_UP_MS = { full: 4_000, quick: 1_500 } as const;
const MEASURED_MS = { full: 6_000, quick: 2_500 } as const;
const RECEIVED_AT = '"received_at":';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Delays {
  readonly rowsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
}

async function startSimulator(): Promise<{ child: ChildProcess; env: Record<string, string> }> {
  const args = ['bin/run.js', 'simulate', '--rate', String(RATE), '--symbols', String(SYMBOLS)];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  while (text.split('\n').length < 4) text += String((await once(child.stdout as NodeJS.ReadableStream, 'data'))[0]);
  const env = Object.fromEntries([...text.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]));
  return { child, env };
}

/** In whole milliseconds, as rows have them: of the last row of each piece that is read. */
async function measure(flags: readonly string[], size: 'full' | 'quick'): Promise<Delays> {
  const { child: simulator, env } = await startSimulator();
  const home = mkdtempSync(path.join(tmpdir(), 'tickpipe-bench-'));
  const symbols = Array.from({ length: SYMBOLS }, (_, n) => generatedSymbol(n + 1));
  const stream = spawn(process.execPath, ['bin/run.js', 'stream', 'symbols', '-', '--quiet', ...flags], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: home, TICKPIPE_LINGER: '0s', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    stream.stdin.end(symbols.join('\n'));
    const delays: number[] = [];
    let rows = 0;
    const begun = Date.now();
    for await (const chunk of stream.stdout) {
      const now = Date.now();
      if (now - begun < WARM_UP_MS[size]) continue;
      if (now - begun > WARM_UP_MS[size] + MEASURED_MS[size]) break;
      const text = (chunk as Buffer).toString('latin1');
      for (let at = text.indexOf(RECEIVED_AT); at >= 0; at = text.indexOf(RECEIVED_AT, at + 1)) {
        const received = Number(/^\d+/.exec(text.slice(at + RECEIVED_AT.length, at + RECEIVED_AT.length + 14))?.[0]);
        delays.push(now - received);
        rows++;
      }
    }
    delays.sort((a, b) => a - b);
    const at = (share: number): number => delays[Math.floor(delays.length * share)] ?? Number.NaN;
    return { rowsPerSecond: (rows / MEASURED_MS[size]) * 1_000, p50: at(0.5), p99: at(0.99) };
  } finally {
    stream.kill('SIGINT');
    simulator.kill('SIGKILL');
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

const CASES = [
  { name: 'direct', flags: ['--direct'], goal: 1 },
  { name: 'through the hub', flags: [], goal: 2 },
] as const;

/** Milliseconds mean something on one machine only, so there is no limit to hold. */
export async function benchDelay({ quick }: BenchOptions): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const { name, flags, goal } of CASES) {
    const { rowsPerSecond, p50, p99 } = await measure(flags, quick ? 'quick' : 'full');
    const measured = formatRate(rowsPerSecond);
    rows.push({ what: `delay to the reader, ${name}, median`, figure: p50, unit: 'ms', better: 'smaller', measured });
    rows.push({
      what: `delay to the reader, ${name}, p99`,
      figure: p99,
      unit: 'ms',
      better: 'smaller',
      goal,
      measured,
    });
  }
  return rows;
}

await runAsProgram(import.meta.url, benchDelay);
