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
import { printHeader } from './header.ts';

const SYMBOLS = 5_000;
const RATE = 25_000;
/** The first seconds are those of snapshots and of the compiler. */
const WARM_UP_MS = 4_000;
const MEASURED_MS = 6_000;
const RECEIVED_AT = '"received_at":';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Delays {
  readonly rows: number;
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
async function measure(flags: readonly string[]): Promise<Delays> {
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
      if (now - begun < WARM_UP_MS) continue;
      if (now - begun > WARM_UP_MS + MEASURED_MS) break;
      const text = (chunk as Buffer).toString('latin1');
      for (let at = text.indexOf(RECEIVED_AT); at >= 0; at = text.indexOf(RECEIVED_AT, at + 1)) {
        const received = Number(/^\d+/.exec(text.slice(at + RECEIVED_AT.length, at + RECEIVED_AT.length + 14))?.[0]);
        delays.push(now - received);
        rows++;
      }
    }
    delays.sort((a, b) => a - b);
    const at = (share: number): number => delays[Math.floor(delays.length * share)] ?? Number.NaN;
    return { rows, p50: at(0.5), p99: at(0.99) };
  } finally {
    stream.kill('SIGINT');
    simulator.kill('SIGKILL');
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** Reports; milliseconds mean something on one machine only, so there is no limit to hold. */
export async function benchDelay(): Promise<void> {
  console.log(
    `${'arrival upstream to the reader'.padEnd(36)} ${'rows/s'.padStart(12)} ${'p50 ms'.padStart(7)} ${'p99'.padStart(6)}`,
  );
  for (const [name, flags] of [
    ['tickpipe --direct', ['--direct']],
    ['tickpipe through the hub', []],
  ] as const) {
    const { rows, p50, p99 } = await measure(flags);
    const rate = Math.round((rows / MEASURED_MS) * 1_000);
    console.log(
      `${name.padEnd(36)} ${rate.toLocaleString('en').padStart(12)} ${String(p50).padStart(7)} ${String(p99).padStart(6)}`,
    );
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  printHeader();
  await benchDelay();
}
