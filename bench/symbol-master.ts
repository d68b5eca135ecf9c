/*
 * The symbol master of 160,000 rows: read from its files, fetched over loopback, opened, looked up and searched, each in a
 * process of its own that has just started. Beside it, in turn, a Node that does nothing and a Node that counts the lines of the
 * same files. Of several runs the fastest counts, and of a run the smaller of its time and its processor time: on a busy machine the first
 * is longer for waiting, on a quiet one the second for what V8 compiles beside the work. Run: npx tsx bench/symbol-master.ts
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
import { type BenchOptions, type BenchRow, runAsProgram } from './benchmark.ts';
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
const NASTY_QUERIES = [
  'e',
  'ce',
  'in',
  'i ce',
  '1 ce',
  'a b c',
  'n i f t y',
  'in in in',
  'ltd ind',
  '2 4 0 0 0',
  'a1b2c3',
  'ce pe fut',
  'a b c d e f g h i j k l m n o p q r s t',
] as const;
const WRONG = 'NSE:RELAINCE-EQ';

/**
 * Milliseconds that the work may take on a quiet machine on which counting the lines takes COUNT_MS. Ratios hold on any machine.
 */
const CONTRACT_MS = { read: 3_000, open: 50, search: 50, nearest: 50, find: 100 } as const;
const COUNT_MS = 60;
/** A figure fails only at so many times what the contract has, which is its goal: the machine may be busy. */
const SLACK = { usual: 1.5, nasty: 3.5 } as const;
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

interface Times {
  readonly ms: number;
  readonly cpuMs: number;
}

const workOf = ({ ms, cpuMs }: Times): number => Math.min(ms, cpuMs);

const fastestOf = (runs: readonly Times[]): Times =>
  runs.reduce((one, other) => (workOf(other) < workOf(one) ? other : one));

/** The work of the fastest run, without the opening where that is a measure of its own. */
const timesOf = (runs: readonly Measured[]): Times =>
  fastestOf(
    runs.map(({ totalMs, totalCpuMs, openMs, openCpuMs }) => ({ ms: totalMs - openMs, cpuMs: totalCpuMs - openCpuMs })),
  );

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

const toBounds = (ms: number, slack: number): Required<Pick<BenchRow, 'goal' | 'limit'>> => {
  const round = (ratio: number): number => Number(ratio.toFixed(2));
  return { goal: round(ms / COUNT_MS), limit: round((ms / COUNT_MS) * slack) };
};

/** A row of time, against what counting takes. */
function compare(work: keyof typeof CONTRACT_MS, what: string, times: Times, countMs: number): BenchRow {
  const measured = `${times.ms.toFixed(0)} ms, CPU ${times.cpuMs.toFixed(0)} ms`;
  return {
    what: `master: ${what}, against counting its lines`,
    figure: workOf(times) / countMs,
    unit: 'x',
    better: 'smaller',
    ...toBounds(CONTRACT_MS[work], SLACK.usual),
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
  const countMs = workOf(timesOf(counts));
  return {
    countMs,
    rows: [
      compare('read', `read all of ${ROWS.toLocaleString('en')} instruments`, timesOf(reads), countMs),
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
  const measure = async (args: readonly string[]): Promise<readonly Measured[]> => {
    const measured: Measured[] = [];
    for (let at = 0; at < runs; at++) measured.push(await run([script, ...args], env));
    return measured;
  };
  const found = timesOf(await measure(['find', list]));
  const nearest = timesOf(await measure(['nearest', WRONG]));
  const searches = new Map<string, readonly Measured[]>();
  for (const query of [...QUERIES, ...NASTY_QUERIES]) searches.set(query, await measure(['search', query]));
  const opened = [...searches.values()].flat().map(({ openMs, openCpuMs }) => ({ ms: openMs, cpuMs: openCpuMs }));
  const compareSlowest = (what: string, queries: readonly string[]): BenchRow => {
    const times = queries.map((query) => ({ query, ...timesOf(searches.get(query) ?? []) }));
    const slowest = times.reduce((one, other) => (workOf(other) > workOf(one) ? other : one));
    const row = compare('search', `${what} of ${queries.length}`, slowest, countMs);
    return { ...row, measured: `${row.measured}: ${slowest.query}` };
  };
  return [
    compare('open', 'open', fastestOf(opened), countMs),
    compare('find', `open and find ${FOUND.toLocaleString('en')} symbols`, found, countMs),
    compare('nearest', `the nearest to ${WRONG}`, nearest, countMs),
    compareSlowest('slowest usual search', QUERIES),
    { ...compareSlowest('slowest nasty search', NASTY_QUERIES), ...toBounds(CONTRACT_MS.search, SLACK.nasty) },
  ];
}

await runAsProgram(import.meta.url, benchSymbolMaster);
