/*
 * A minute of 5,000 symbols at 25,000 rows a second, recorded through the shared session: no row may be lost, which is told by
 * count and checksum against the same seeded rows streamed into a file, and the recorder's memory is watched.
 * Run: npm run build && npx tsx bench/record-minute.ts
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type BenchOptions, type BenchRow, runAsProgram } from './benchmark.ts';
import { BurstServer, burstSymbols } from './burst.ts';
import { digestRows } from './digest-rows.ts';

const SYMBOLS = 5_000;
const RATE = 25_000;
const SECONDS = { full: 60, quick: 3 } as const;
const STEPS_PER_SECOND = 20;
const MAX_MB = 200;
const PROGRAM = fileURLToPath(new URL('../bin/run.js', import.meta.url));

interface Run {
  readonly digest: string;
  /** The most that was resident, MB; 0 where /proc does not tell. */
  readonly residentMb: number;
}

/** @param steps how many parts of the rows are sent; @param pace milliseconds from one step to the next; 0 sends them at once */
async function run(args: readonly string[], steps: number, pace: number): Promise<Run> {
  const rows = SYMBOLS + (RATE / STEPS_PER_SECOND) * steps;
  const server = await BurstServer.start(SYMBOLS);
  const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-bench-'));
  const out = openSync(path.join(folder, 'out.ndjson'), 'w');
  try {
    const child = spawn(process.execPath, [PROGRAM, ...args, '-', '--count', String(rows), '--quiet'], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, TICKPIPE_LINGER: '0s', ...server.environment },
      stdio: ['pipe', out, 'inherit'],
    });
    const ended = once(child, 'close');
    child.stdin?.end(burstSymbols(SYMBOLS).join('\n'));
    await server.subscribed();
    let residentMb = 0;
    const begun = performance.now();
    for (let step = 1; step <= steps; step++) {
      await server.burst(RATE / STEPS_PER_SECOND);
      residentMb = Math.max(residentMb, readResidentMb(child.pid));
      const early = begun + step * pace - performance.now();
      if (early > 0) await delay(early);
    }
    const [status] = await ended;
    if (status !== 0) throw new Error(`${args[0]} ended with ${status}`);
    return { digest: digestRows(folder, rows), residentMb };
  } finally {
    closeSync(out);
    server.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

function readResidentMb(pid: number | undefined): number {
  try {
    const [, kb] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
    return Number(kb ?? 0) / 1_024;
  } catch {
    return 0;
  }
}

export async function benchRecordMinute({ quick }: BenchOptions): Promise<readonly BenchRow[]> {
  const seconds = quick ? SECONDS.quick : SECONDS.full;
  const steps = seconds * STEPS_PER_SECOND;
  const streamed = await run(['stream', 'symbols', '--direct'], steps, 0);
  const rows: BenchRow[] = [];
  for (const flag of quick ? ['--gzip'] : ['--gzip', '--no-gzip']) {
    const { digest, residentMb } = await run(['record', flag, '--dir', 'ticks'], steps, 1_000 / STEPS_PER_SECOND);
    if (digest !== streamed.digest) throw new Error('the recorded rows are not those that were sent');
    const what = `memory of record ${flag}, 5,000 symbols at 25,000 rows/s, no row lost`;
    const measured = `${seconds} s`;
    rows.push({ what, figure: residentMb, unit: 'MB', better: 'smaller', limit: MAX_MB, measured });
  }
  return rows;
}

await runAsProgram(import.meta.url, benchRecordMinute);
