/*
 * The symbol master of 160,000 rows: read from its files, fetched over loopback, opened, looked up and searched, each in a
 * process of its own that has just started. Beside it, in turn, a Node that does nothing and a Node that counts the lines of the
 * same files. Ratios and limits are of processor time, which a busy machine changes least. Run: npx tsx bench/symbol-master.ts
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { MASTER_FILES } from '../src/lib/symbols/master/symbol-master.ts';
import { type BenchOptions, type BenchRow, median, runAsProgram } from './benchmark.ts';
import { writeMasterFiles } from './master/files.ts';

const ROWS = 160_000;
const FOUND = 5_000;
const RUNS = { full: 5, quick: 1 } as const;
const LONG_RUNS = { full: 3, quick: 1 } as const;
/** The queries of the contract. */
const QUERIES = [
  'sbin',
  'state bank',
  'nifty 24000 ce',
  'INE062A01020',
  'm&m',
  'banknifty fut',
  'crude',
  'usdinr',
] as const;
/** Queries that nearly everything matches, or that nothing matches after a long look. */
const NASTY_QUERIES = ['e', 'ce pe fut', 'i ce', 'a b c', '1 ce'] as const;
const WRONG = 'NSE:RELAINCE-EQ';

/**
 * Milliseconds that the work may take on a quiet machine on which counting the lines takes COUNT_MS. Limits are ratios of
 * processor time, so that they hold on any machine.
 */
const CONTRACT_MS = { read: 3_000, open: 50, search: 50, nearest: 50, find: 100 } as const;
const COUNT_MS = 60;
const MAX_MIB = 200;

interface Measured {
  readonly result: unknown;
  /** The work alone, without the start of Node. */
  readonly totalMs: number;
  readonly totalCpuMs: number;
  /** The part of it that opens the cache. */
  readonly openMs: number;
  readonly openCpuMs: number;
  readonly peakMib: number;
}

/** Medians of several runs. */
interface Times {
  readonly args: readonly string[];
  readonly openCpuMs: number;
  readonly openMs: number;
  /** Without the opening. */
  readonly cpuMs: number;
  readonly ms: number;
}

async function run(args: readonly string[], env: Record<string, string>): Promise<Measured> {
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const child = spawn(process.execPath, args, { env: { PATH: process.env['PATH'], ...env }, stdio: [...stdio] });
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += String(chunk);
  });
  const [status] = (await once(child, 'close')) as [number];
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return JSON.parse(text) as Measured;
}

/** A plain server of the files: what it costs to make them is not measured. */
async function serve(directory: string): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    const file = path.join(directory, path.basename(request.url ?? ''));
    response.writeHead(200, { 'content-length': statSync(file).size });
    createReadStream(file).pipe(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sym_details`, close };
}

function chooseSymbols(directory: string): string[] {
  const symbols = MASTER_FILES.flatMap((name) =>
    readFileSync(path.join(directory, `${name}.csv`), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(',')[9] as string),
  );
  const step = Math.floor(symbols.length / FOUND);
  return Array.from({ length: FOUND }, (_, place) => symbols[place * step] as string);
}

export async function benchSymbolMaster({ quick }: BenchOptions): Promise<readonly BenchRow[]> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'tickpipe-bench-master-'));
  const directory = path.join(scratch, 'files');
  const script = path.join(scratch, 'child.mjs');
  const list = path.join(scratch, 'symbols.txt');
  const entry = fileURLToPath(new URL('master/child.ts', import.meta.url));
  await build({
    entryPoints: [entry],
    outfile: script,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
  });
  writeMasterFiles(directory, ROWS);
  writeFileSync(list, chooseSymbols(directory).join('\n'));
  const server = await serve(directory);
  const env = { HOME: scratch, TICKPIPE_RUN_DIR: path.join(scratch, 'run'), TICKPIPE_MASTER_URL: server.url };
  try {
    const files = await measureFiles(script, directory, env, quick ? LONG_RUNS.quick : LONG_RUNS.full);
    return [...files.rows, ...(await measureCache(script, list, env, files.countMs, quick ? RUNS.quick : RUNS.full))];
  } finally {
    server.close();
    rmSync(scratch, { recursive: true });
  }
}

/** A row of processor time, against what counting takes. */
function compare(work: keyof typeof CONTRACT_MS, what: string, cpuMs: number, ms: number, countMs: number): BenchRow {
  const limit = Number((CONTRACT_MS[work] / COUNT_MS).toFixed(2));
  const measured = `${cpuMs.toFixed(0)} ms CPU, ${ms.toFixed(0)} ms`;
  return {
    what: `master: ${what}, against counting its lines`,
    figure: cpuMs / countMs,
    unit: 'x',
    better: 'smaller',
    limit,
    measured,
  };
}

const compareMemory = (what: string, figure: number): BenchRow => {
  return { what: `memory of ${what}`, figure, unit: 'MB', better: 'smaller', limit: MAX_MIB };
};

async function measureFiles(
  script: string,
  directory: string,
  env: Record<string, string>,
  runs: number,
): Promise<{ readonly countMs: number; readonly rows: readonly BenchRow[] }> {
  const counts: Measured[] = [];
  const reads: Measured[] = [];
  for (let at = 0; at < runs; at++) {
    for (let count = 0; count < 3; count++) counts.push(await run([script, 'count', directory], env));
    reads.push(await run([script, 'read', directory], env));
  }
  const fetched = await run([script, 'fetch'], { ...env, HOME: path.join(env['HOME'] as string, 'fetched') });
  const [lines, rows] = [counts[0]?.result, reads[0]?.result];
  if (lines !== rows || rows !== fetched.result) throw new Error(`${lines} lines, ${rows} and ${fetched.result} rows`);
  const countMs = median(counts.map(({ totalCpuMs }) => totalCpuMs));
  const readCpuMs = median(reads.map(({ totalCpuMs }) => totalCpuMs));
  const readMs = median(reads.map(({ totalMs }) => totalMs));
  return {
    countMs,
    rows: [
      compare('read', `read all of ${ROWS.toLocaleString('en')} instruments`, readCpuMs, readMs, countMs),
      compareMemory('reading the master', Math.max(...reads.map(({ peakMib }) => peakMib))),
      compareMemory('fetching the master, with its JSON files', fetched.peakMib),
    ],
  };
}

async function measureCache(
  script: string,
  list: string,
  env: Record<string, string>,
  countMs: number,
  runs: number,
): Promise<readonly BenchRow[]> {
  const measure = async (args: readonly string[]): Promise<Times> => {
    const measured: Measured[] = [];
    for (let at = 0; at < runs; at++) measured.push(await run([script, ...args], env));
    const of = (read: (one: Measured) => number): number => median(measured.map(read));
    return {
      args,
      openCpuMs: of((one) => one.openCpuMs),
      openMs: of((one) => one.openMs),
      cpuMs: of((one) => one.totalCpuMs - one.openCpuMs),
      ms: of((one) => one.totalMs - one.openMs),
    };
  };
  const measureAll = async (queries: readonly string[]): Promise<readonly Times[]> => {
    const times: Times[] = [];
    for (const query of queries) times.push(await measure(['search', query]));
    return times;
  };
  const found = await measure(['find', list]);
  const nearest = await measure(['nearest', WRONG]);
  const usual = await measureAll(QUERIES);
  const nasty = await measureAll(NASTY_QUERIES);
  const openCpuMs = median(usual.map((one) => one.openCpuMs));
  const openMs = median(usual.map((one) => one.openMs));
  const compareSlowest = (what: string, times: readonly Times[]): BenchRow => {
    const slowest = times.reduce((one, other) => (other.cpuMs > one.cpuMs ? other : one));
    const row = compare('search', `${what} of ${times.length}`, slowest.cpuMs, slowest.ms, countMs);
    return { ...row, measured: `${row.measured}: ${slowest.args[1]}` };
  };
  return [
    compare('open', 'open', openCpuMs, openMs, countMs),
    compare('find', `open and find ${FOUND.toLocaleString('en')} symbols`, found.cpuMs, found.ms, countMs),
    compare('nearest', `the nearest to ${WRONG}`, nearest.cpuMs, nearest.ms, countMs),
    compareSlowest('slowest usual search', usual),
    compareSlowest('slowest nasty search', nasty),
  ];
}

await runAsProgram(import.meta.url, benchSymbolMaster);
