/*
 * The symbol master of 160,000 rows: read from its files, fetched over loopback, opened, looked up and searched, each in a
 * process of its own that has just started. Beside it, in turn, a Node that does nothing and a Node that counts the lines of the
 * same files: a busy machine slows all of them down. Run: npx tsx bench/symbol-master.ts
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
const RUNS = 9;
const LONG_RUNS = 3;
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

/** At most so many times as long as what stands beside it. */
const LIMITS: Readonly<Record<string, number>> = {
  /** Of counting lines. */
  read: 25,
  /** Of a Node that does nothing. */
  find: 3.5,
  search: 3.5,
  nearest: 3.5,
};
const MAX_READ_MIB = 200;

interface Measured {
  /** From the start of the process to its end, milliseconds. */
  readonly wallMs: number;
  readonly result: unknown;
  /** Of the work alone. */
  readonly totalMs: number;
  /** The part of it that opens the cache. */
  readonly openMs: number;
  readonly peakMib: number;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

async function run(args: readonly string[], env: Record<string, string>): Promise<Measured> {
  const begun = performance.now();
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += String(chunk);
  });
  const [status] = (await once(child, 'close')) as [number];
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  const wallMs = performance.now() - begun;
  const idle = { result: undefined, totalMs: 0, openMs: 0, peakMib: 0 };
  return { ...(text === '' ? idle : (JSON.parse(text) as Omit<Measured, 'wallMs'>)), wallMs };
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
  const symbols = chooseSymbols(directory);
  writeFileSync(list, symbols.join('\n'));
  const server = await serve(directory);
  const env = { HOME: scratch, TICKPIPE_RUN_DIR: path.join(scratch, 'run'), TICKPIPE_MASTER_URL: server.url };
  try {
    return (await measureFiles(script, directory, env)) && (await measureCache(script, list, env));
  } finally {
    server.close();
    rmSync(scratch, { recursive: true });
  }
}

const line = (name: string, ms: number, ratio: number | undefined, note: string): void =>
  console.log(
    `${name.padEnd(40)} ${ms.toFixed(0).padStart(8)} ms ${ratio === undefined ? '        ' : `${ratio.toFixed(1).padStart(6)} x`}  ${note}`,
  );

async function measureFiles(script: string, directory: string, env: Record<string, string>): Promise<boolean> {
  const counts: Measured[] = [];
  const reads: Measured[] = [];
  for (let at = 0; at < LONG_RUNS; at++) {
    counts.push(await run([script, 'count', directory], env));
    reads.push(await run([script, 'read', directory], env));
  }
  const [lines, rows] = [counts[0]?.result, reads[0]?.result];
  if (lines !== rows) throw new Error(`${lines} lines, but ${rows} rows`);
  const countMs = median(counts.map(({ totalMs }) => totalMs));
  const readMs = median(reads.map(({ totalMs }) => totalMs));
  const peakMib = Math.max(...reads.map((read) => read.peakMib));
  console.log(`${rows} rows`);
  line('lines counted, all CSV files', countMs, undefined, '');
  line('read into the cached form', readMs, readMs / countMs, `${peakMib.toFixed(0)} MiB at most`);
  const fetched = await run([script, 'fetch'], { ...env, HOME: path.join(env['HOME'] as string, 'fetched') });
  line(
    'fetched over loopback, with lots',
    fetched.totalMs,
    fetched.totalMs / countMs,
    `${fetched.peakMib.toFixed(0)} MiB at most`,
  );
  return readMs / countMs <= (LIMITS['read'] as number) && Math.max(peakMib, fetched.peakMib) <= MAX_READ_MIB;
}

async function measureCache(script: string, list: string, env: Record<string, string>): Promise<boolean> {
  const variants: Readonly<Record<string, readonly string[]>> = {
    'node -e 0': ['-e', '0'],
    [`find ${FOUND} symbols`]: [script, 'find', list],
    [`nearest ${WRONG}`]: [script, 'nearest', WRONG],
    ...Object.fromEntries(QUERIES.map((query) => [`search ${query}`, [script, 'search', query]])),
  };
  const results = new Map<string, Measured[]>(Object.keys(variants).map((name) => [name, []]));
  for (let at = 0; at < RUNS; at++) {
    for (const [name, args] of Object.entries(variants)) results.get(name)?.push(await run(args, env));
  }
  const base = median((results.get('node -e 0') ?? []).map(({ wallMs }) => wallMs));
  console.log(`\nprocesses from start to end, ${RUNS} each`);
  let holds = true;
  for (const [name, runs] of results) {
    const ratio = median(runs.map(({ wallMs }) => wallMs)) / base;
    const openMs = median(runs.map((one) => one.openMs));
    const workMs = median(runs.map((one) => one.totalMs - one.openMs));
    const note =
      openMs > 0
        ? `opened in ${openMs.toFixed(0)} ms, then ${workMs.toFixed(0)} ms: ${runs[0]?.result}`
        : workMs > 0
          ? `${workMs.toFixed(0)} ms with the opening`
          : '';
    line(name, ratio * base, ratio, note);
    holds &&= ratio <= (LIMITS[name.split(' ')[0] as string] ?? Number.POSITIVE_INFINITY);
  }
  return holds;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  printHeader();
  process.exitCode = (await benchSymbolMaster()) ? 0 : 1;
}
