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
import { printHeader } from './header.ts';
import { writeMasterFiles } from './master/files.ts';

const ROWS = 160_000;
const FOUND = 5_000;
const RUNS = 5;
const LONG_RUNS = 3;
/** The queries of the contract, and two that nearly everything matches. */
const QUERIES = [
  'sbin',
  'state bank',
  'nifty 24000 ce',
  'INE062A01020',
  'm&m',
  'banknifty fut',
  'crude',
  'usdinr',
  'e',
  'ce pe fut',
];
const WRONG = 'NSE:RELAINCE-EQ';

/**
 * At most so many times as much processor time as counting the lines takes. The contract has milliseconds, on a quiet machine: 3,000
 * to read, 50 to open, 50 for a search, 100 to find 5,000 symbols with the opening. Counting took about 60 where they were measured.
 */
const LIMITS = { read: 45, open: 0.5, search: 1.1, nearest: 1.1, find: 1.8 } as const;
/** For a query that half of all names match. */
const BROAD_LIMIT = 1.6;
const BROAD = 'search e';
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

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
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

export async function benchSymbolMaster(): Promise<boolean> {
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
    const [countMs, holds] = await measureFiles(script, directory, env);
    return (await measureCache(script, list, env, countMs)) && holds;
  } finally {
    server.close();
    rmSync(scratch, { recursive: true });
  }
}

function printLine(name: string, cpuMs: number, ms: number, ratio: string, note: string, holds: boolean): void {
  const figures = `${cpuMs.toFixed(0).padStart(8)} ${ms.toFixed(0).padStart(8)} ${ratio.padStart(12)}`;
  console.log(`${name.padEnd(36)} ${figures}  ${note}${holds ? '' : '  TOO MUCH'}`);
}

const HEADING = `${''.padEnd(36)} ${'CPU ms'.padStart(8)} ${'ms'.padStart(8)}`;

/** Returns what counting takes, and whether the limits hold. */
async function measureFiles(
  script: string,
  directory: string,
  env: Record<string, string>,
): Promise<readonly [countMs: number, holds: boolean]> {
  const counts: Measured[] = [];
  const reads: Measured[] = [];
  for (let at = 0; at < LONG_RUNS; at++) {
    for (let count = 0; count < LONG_RUNS; count++) counts.push(await run([script, 'count', directory], env));
    reads.push(await run([script, 'read', directory], env));
  }
  const fetched = await run([script, 'fetch'], { ...env, HOME: path.join(env['HOME'] as string, 'fetched') });
  const [lines, rows] = [counts[0]?.result, reads[0]?.result];
  if (lines !== rows || rows !== fetched.result) throw new Error(`${lines} lines, ${rows} and ${fetched.result} rows`);
  const cpu = (some: readonly Measured[]): number => median(some.map(({ totalCpuMs }) => totalCpuMs));
  const wall = (some: readonly Measured[]): number => median(some.map(({ totalMs }) => totalMs));
  const base = cpu(counts);
  const ratio = (some: readonly Measured[]): string => `${(cpu(some) / base).toFixed(1)} x count`;
  const peakMib = Math.max(...reads.map((one) => one.peakMib));
  const isRead = cpu(reads) <= LIMITS.read * base && peakMib <= MAX_MIB;
  const isFetched = fetched.peakMib <= MAX_MIB;
  console.log(`${rows} rows\n${HEADING}`);
  printLine('count the lines of all CSV files', base, wall(counts), '', '', true);
  printLine(
    'read them into the cached form',
    cpu(reads),
    wall(reads),
    ratio(reads),
    `${peakMib.toFixed(0)} MiB`,
    isRead,
  );
  const note = `${fetched.peakMib.toFixed(0)} MiB, with the lots of the JSON files`;
  printLine('fetch over loopback', fetched.totalCpuMs, fetched.totalMs, ratio([fetched]), note, isFetched);
  return [base, isRead && isFetched];
}

async function measureCache(
  script: string,
  list: string,
  env: Record<string, string>,
  countMs: number,
): Promise<boolean> {
  const variants: readonly (readonly [name: string, args: readonly string[]])[] = [
    ['nothing', ['nothing']],
    [`find ${FOUND} symbols`, ['find', list]],
    [`nearest ${WRONG}`, ['nearest', WRONG]],
    ...QUERIES.map((query) => [`search ${query}`, ['search', query]] as const),
  ];
  const results = new Map<string, Measured[]>(variants.map(([name]) => [name, []]));
  for (let at = 0; at < RUNS; at++) {
    for (const [name, args] of variants) results.get(name)?.push(await run([script, ...args], env));
  }
  console.log(`\nopened and asked once, ${RUNS} new processes each\n${HEADING}`);
  let holds = true;
  for (const [name, runs] of results) {
    const of = (read: (one: Measured) => number): number => median(runs.map(read));
    const [openCpuMs, openMs] = [of((one) => one.openCpuMs), of((one) => one.openMs)];
    const workCpuMs = of((one) => one.totalCpuMs - one.openCpuMs);
    const workMs = of((one) => one.totalMs - one.openMs);
    const usual = LIMITS[name.split(' ')[0] as keyof typeof LIMITS] ?? Number.POSITIVE_INFINITY;
    const limit = name === BROAD ? BROAD_LIMIT : usual;
    const isFast = workCpuMs <= limit * countMs && openCpuMs <= LIMITS.open * countMs;
    const opening = openMs > 0 ? `opened in ${openCpuMs.toFixed(0)} ms: ${runs[0]?.result}` : '';
    printLine(name, workCpuMs, workMs, `${(workCpuMs / countMs).toFixed(2)} x count`, opening, isFast);
    holds &&= isFast;
  }
  return holds;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  printHeader();
  process.exitCode = (await benchSymbolMaster()) ? 0 : 1;
}
