/*
 * What bars cost. Live: 25,000 trades a second over 5,000 symbols into `tickpipe bars 1m`, its processor time as a part of one core, and
 * what it keeps in memory at most; every trade must be in a bar. In a pipe: the time of `replay --speed max | bars 1m` beside that of
 * `replay --speed max` into `cat`, on the same recording. Run: npm run build && npx tsx bench/bars.ts
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BenchOptions, type BenchRow, formatRate, median, runAsProgram } from './benchmark.ts';
import { LOAD, LOAD_SYMBOLS, LoadServer, ROOT } from './load/load.ts';
import { nowMs } from './load/pace.ts';
import { recordBurst } from './recorded-burst.ts';

const LIVE_SECONDS = { full: 30, quick: 4 } as const;
const PIPED_ROWS = { full: 1_000_000, quick: 200_000 } as const;
const ROUNDS = { full: 3, quick: 1 } as const;
const PROGRAM = path.join(ROOT, 'bin/run.js');
/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10;
const BYTES_PER_KB = 1_024;
const BYTES_PER_MB = 1e6;

/** Processor time of a process so far, in milliseconds, and the most that it had resident, in bytes (proc(5)). */
function readUsage(pid: number): { readonly spentMs: number; readonly peakBytes: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  const [user = 0, system = 0] = fields.slice(11, 13).map(Number);
  const peak = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return { spentMs: (user + system) * TICK_MS, peakBytes: Number(peak?.[1]) * BYTES_PER_KB };
}

/** How many trades the bars of a file have. */
function countTicks(file: string): number {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.reduce((sum, line) => sum + (JSON.parse(line) as { ticks: number }).ticks, 0);
}

async function measureLive(seconds: number): Promise<readonly BenchRow[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-bench-'));
  const server = await LoadServer.start();
  const file = path.join(folder, 'bars.ndjson');
  const output = openSync(file, 'w');
  const command = spawn(process.execPath, [PROGRAM, 'bars', '1m', '-', '--all-hours', '--direct', '--quiet'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: folder, ...server.environment },
    stdio: ['pipe', output, 'inherit'],
  });
  closeSync(output);
  const ended = once(command, 'close');
  try {
    (command.stdin as NodeJS.WritableStream).end(LOAD_SYMBOLS.join('\n'));
    await server.subscribed();
    const pid = command.pid as number;
    const before = readUsage(pid).spentMs;
    const begun = nowMs();
    const messages = (seconds * 1_000) / LOAD.periodMs;
    await server.send(messages);
    const { spentMs, peakBytes } = readUsage(pid);
    const cores = (spentMs - before) / (nowMs() - begun);
    command.kill('SIGINT');
    await ended;
    const [seen, sent] = [countTicks(file), messages * LOAD.rowsPerMessage];
    if (seen !== sent) throw new Error(`the bars have ${seen} trades, ${sent} were sent`);
    return [
      {
        what: 'bars 1m of 25,000 trades/s over 5,000 symbols, processor time against one core',
        figure: cores,
        unit: 'x',
        better: 'smaller',
        goal: 1,
        limit: 1,
        measured: `${sent.toLocaleString('en')} trades`,
      },
      {
        what: 'bars 1m of 25,000 trades/s over 5,000 symbols, memory at most',
        figure: peakBytes / BYTES_PER_MB,
        unit: 'MB',
        better: 'smaller',
        goal: 200,
        limit: 200,
      },
    ];
  } finally {
    command.kill('SIGKILL');
    server.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

const REPLAY = `"${process.execPath}" "${PROGRAM}" replay --speed max --quiet --events "$RECORDING"`;
const BARS = `"${process.execPath}" "${PROGRAM}" bars 1m --all-hours --quiet`;

/** How long a pipe takes, in milliseconds. */
function timePipe(reader: string, recording: string, folder: string): number {
  const begun = nowMs();
  const { status } = spawnSync('bash', ['-c', `set -o pipefail; ${REPLAY} | ${reader} > "${folder}/out"`], {
    env: { PATH: process.env['PATH'], HOME: folder, RECORDING: recording },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error(`replay | ${reader} ended with ${status}`);
  return nowMs() - begun;
}

async function measurePiped(rows: number, rounds: number): Promise<BenchRow> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-bench-'));
  try {
    const recording = await recordBurst(folder, rows);
    const alone: number[] = [];
    const withBars: number[] = [];
    for (let round = 0; round < rounds; round++) {
      alone.push(timePipe('cat', recording, folder));
      withBars.push(timePipe(BARS, recording, folder));
    }
    if (countTicks(path.join(folder, 'out')) === 0) throw new Error('the bars have no trade');
    const [less, more] = [median(alone), median(withBars)];
    return {
      what: 'replay --speed max | bars 1m, rows/s, against replay alone',
      figure: less / more,
      unit: 'x',
      better: 'larger',
      goal: 0.5,
      limit: 0.4,
      measured: `${formatRate((rows * 1_000) / more)} and ${formatRate((rows * 1_000) / less)}`,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

export async function benchBars({ quick }: BenchOptions): Promise<readonly BenchRow[]> {
  const size = quick ? 'quick' : 'full';
  const live = await measureLive(LIVE_SECONDS[size]);
  return [...live, await measurePiped(PIPED_ROWS[size], ROUNDS[size])];
}

await runAsProgram(import.meta.url, benchBars);
