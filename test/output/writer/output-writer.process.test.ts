import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProgramOptions } from '../rows/row-program.ts';

interface Report {
  reason: string;
  rows: number;
  skipped: number;
  made: number;
  end: string;
  error?: string;
  message?: string;
  losses: number[];
  maxResidentBytes: number;
}

const PROGRAM = fileURLToPath(new URL('../rows/row-program.ts', import.meta.url));
let folder: string;
let program: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tickpipe-writer-'));
  program = path.join(folder, 'row-program.mjs');
  await build({
    entryPoints: [PROGRAM],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the program in a shell, as `{ program; echo $? >&2; } | reader`, or with a redirection. */
async function runInShell(
  options: ProgramOptions,
  rest: string,
): Promise<{ stdout: string; status: number; report: Report }> {
  const script = `{ "$0" "$1" "$2"; echo "$?" >&2; } ${rest}`;
  return new Promise((resolve, reject) => {
    const argv = ['-c', script, process.execPath, program, JSON.stringify(options)];
    execFile('/bin/sh', argv, { maxBuffer: 1 << 30 }, (error, stdout, stderr) => {
      if (error) return reject(error);
      const [report, status] = stderr.trim().split('\n');
      resolve({ stdout, status: Number(status), report: JSON.parse(report as string) as Report });
    });
  });
}

interface Started {
  readonly child: ChildProcess;
  /** The program says that its reader is late. */
  readonly late: Promise<void>;
  readonly ended: Promise<{ status: number; report: Report }>;
}

function start(options: ProgramOptions): Started {
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  let tellLate = (): void => {};
  const late = new Promise<void>((resolve) => {
    tellLate = resolve;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    if (stderr.startsWith('late\n')) tellLate();
  });
  const ended = once(child, 'close').then(([status]) => {
    return { status: status as number, report: JSON.parse(stderr.replace('late\n', '')) as Report };
  });
  return { child, late, ended };
}

describe('a reader that closes the pipe', () => {
  it('ends an endless stream quietly with status 0', async () => {
    const { stdout, status, report } = await runInShell({}, '| head -2');
    expect(stdout.split('\n').map((line) => line.slice(0, 4))).toEqual(['S0 0', 'S1 1', '']);
    expect(status).toBe(0);
    expect(report).toMatchObject({ reason: 'reader_gone', end: 'reader_gone' });
  });

  it('does so behind a socket, too, with rows unread', async () => {
    const { child, ended } = start({});
    await once(child.stdout as NodeJS.ReadableStream, 'readable');
    child.stdout?.destroy();
    expect(await ended).toMatchObject({ status: 0, report: { reason: 'reader_gone' } });
  });
});

describe('a fast reader', () => {
  // A million of them are in test/e2e/burst.proof.test.ts.
  const ROWS = 100_000;

  it('gets each of a hundred thousand rows', async () => {
    const { stdout, status, report } = await runInShell({ rows: ROWS, batch: 20_000 }, '| wc -lc');
    const [lines, bytes] = stdout.trim().split(/\s+/).map(Number);
    expect(lines).toBe(ROWS);
    let expected = 0;
    for (let row = 0; row < ROWS; row++) expected += `S${row % 100} ${row} `.length + 401;
    expect(bytes).toBe(expected);
    expect(status).toBe(0);
    expect(report).toMatchObject({ reason: 'count', rows: ROWS, skipped: 0, losses: [] });
    expect(report.maxResidentBytes).toBeLessThan(250e6);
  });

  it('gets a row of a million bytes whole, although the program exits at once', async () => {
    const { stdout, report } = await runInShell({ rows: 1, firstRowBytes: 1_000_000 }, '| (sleep 0.3; wc -c)');
    expect(stdout.trim()).toBe('1000000');
    expect(report).toMatchObject({ rows: 1, end: 'flushed' });
  });
});

describe('a reader that stops', () => {
  /** Reads nothing until the program has found the reader slow and made many rows since, then everything. */
  async function readLate(options: ProgramOptions): Promise<{ lines: string[]; status: number; report: Report }> {
    const { child, late, ended } = start({ maxLagMs: 300, lateRows: 200_000, ...options });
    const output = child.stdout as NonNullable<ChildProcess['stdout']>;
    await late;
    const lines: string[] = [];
    for await (const line of createInterface({ input: output })) lines.push(line);
    return { lines, ...(await ended) };
  }

  it('gets the latest row of each symbol when it reads on; memory stays small', async () => {
    const { lines, status, report } = await readLate({ symbols: 5_000 });
    expect(status).toBe(0);
    expect(report.maxResidentBytes).toBeLessThan(250e6);
    expect(report.skipped).toBeGreaterThan(0);
    expect(report.losses.reduce((sum, lost) => sum + lost, 0)).toBe(report.skipped);
    expect(report.rows + report.skipped).toBe(report.made);
    expect(lines).toHaveLength(report.rows);
    const last = new Map(lines.map((line) => line.split(' ').slice(0, 2) as [string, string]));
    const latest = new Map<string, string>();
    for (let row = report.made - 5_000; row < report.made; row++) latest.set(`S${row % 5_000}`, `${row}`);
    expect(last).toEqual(latest);
  });

  it('loses what came meanwhile with drop, and never sees an older row after a newer one', async () => {
    const { lines, report } = await readLate({ onSlow: 'drop', events: true });
    expect(report.skipped).toBeGreaterThan(0);
    const rows = lines.filter((line) => line.startsWith('S')).map((line) => Number(line.split(' ')[1]));
    expect(rows).toHaveLength(report.rows);
    expect(rows.every((row, position) => position === 0 || row > (rows[position - 1] as number))).toBe(true);
    const skipped = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as { rows: number });
    expect(skipped.map((row) => row.rows)).toEqual(report.losses);
  });

  it('ends the program with exit, status 7, without waiting for it', async () => {
    const { child, ended } = start({ maxLagMs: 300, onSlow: 'exit' });
    const { status, report } = await ended.finally(() => child.kill('SIGKILL'));
    expect(status).toBe(7);
    expect(report).toMatchObject({ reason: 'too_slow', error: 'OUTPUT_TOO_SLOW', end: 'abandoned' });
  });

  it('cannot hold a program that is interrupted', async () => {
    const { child, late, ended } = start({ maxLagMs: 300, lateRows: 1_000 });
    await late;
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ status: 130, report: { end: 'abandoned' } });
  });
});

describe('stdout that is no pipe', () => {
  it('is written whole when it is a file, after what stands there', async () => {
    const file = path.join(folder, 'rows.txt');
    const { status } = await runInShell({ rows: 50_000 }, `>"${file}"`);
    await runInShell({ rows: 1 }, `>>"${file}"`);
    const lines = (await readFile(file, 'utf8')).split('\n');
    expect(status).toBe(0);
    expect(lines).toHaveLength(50_002);
    expect([lines[49_999], lines[50_000]].map((line) => line?.replace(/ \.+$/, ''))).toEqual(['S99 49999', 'S0 0']);
  });

  it('is an error in words, status 7, when the disk is full', async () => {
    const { status, report } = await runInShell({ rows: 10 }, '>/dev/full');
    expect(status).toBe(7);
    const { status: endless, report: endlessReport } = await runInShell({}, '>/dev/full');
    expect(endless).toBe(7);
    expect(endlessReport).toMatchObject({
      reason: 'output_failed',
      error: 'OUTPUT_FAILED',
      message: 'cannot write standard output: no space left on the device',
    });
    expect(report.end).toBe('failed');
  });
});
