import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { readSymbolMaster } from '../../src/lib/symbols/master/read-cache.ts';
import { MASTER_FILES, type SymbolMaster } from '../../src/lib/symbols/master/symbol-master.ts';
import { emptyFolder, environment, PROGRAM, rowsOf, simulate } from './program.ts';

/*
 * A symbol master of full size, read, cached and searched by the program. What it takes is compared with `node -e 0` and with a plain
 * count of the lines of the same files, in processor time, which a busy machine changes less than the time of a clock.
 */

const ROWS = 160_000;
const REPORT_USAGE = fileURLToPath(new URL('../support/report-usage.mjs', import.meta.url));
const COUNT_LINES = `
  let lines = 0;
  for (const url of process.argv.slice(1)) {
    for await (const chunk of (await fetch(url)).body) for (const byte of chunk) if (byte === 10) lines++;
  }
  process.stdout.write(String(lines));`;

/** The contract. */
const MAX_READ_BYTES = 200e6;
const MAX_OPEN_CPU_MS = 50;
const MAX_SEARCH_CPU_MS = 50;
const MAX_RESOLVE_CPU_MS = 100;
const RESOLVED = 5_000;
/** Three seconds are five times the line count where the contract was measured. */
const MAX_READ_PER_COUNT = 8;
/** Of a command that looks something up, beside `status`, which looks nothing up. */
const MAX_COMMAND_PER_STATUS = 2.5;

interface Usage {
  readonly cpuMs: number;
  readonly maxBytes: number;
}

interface Measured extends Usage {
  readonly stdout: string;
}

/** Runs Node with these arguments, and measures it. The best of some runs counts: others of the machine only ever add. */
async function measure(args: readonly string[], env: NodeJS.ProcessEnv, runs = 5): Promise<Measured> {
  const usageFile = path.join(emptyFolder(), 'usage');
  const measured: Measured[] = [];
  for (let run = 0; run < runs; run++) {
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', REPORT_USAGE, ...args], {
      env: { ...env, USAGE_FILE: usageFile },
      maxBuffer: 64 * 1024 * 1024,
    });
    measured.push({ stdout, ...(JSON.parse(readFileSync(usageFile, 'utf8')) as Usage) });
  }
  return measured.reduce((best, one) => (one.cpuMs < best.cpuMs ? one : best));
}

/** Processor time of a call in this process, milliseconds: the best of some. */
function measureCall(call: () => unknown, runs = 7): number {
  const times = Array.from({ length: runs }, () => {
    const before = process.cpuUsage();
    call();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return Math.min(...times);
}

const report = (line: string): boolean => process.stdout.write(`full master: ${line}\n`);
const describeUsage = ({ cpuMs, maxBytes }: Usage): string =>
  `${Math.round(cpuMs)} ms, ${Math.round(maxBytes / 1e6)} MB`;

/** What is asked for, and what the first row has to be. An expiry is the nearest there is. */
const QUERIES: readonly (readonly [text: string, first: Record<string, unknown>])[] = [
  ['sbin', { symbol: 'NSE:SBIN-EQ' }],
  ['state bank', { symbol: 'NSE:SBIN-EQ' }],
  ['nifty 24000 ce', { underlying: 'NIFTY', strike: 24_000, right: 'CE', segment: 'nse_fo', kind: 'option' }],
  ['INE062A01020', { symbol: 'NSE:SBIN-EQ' }],
  ['m&m', { symbol: 'NSE:M&M-EQ' }],
  ['banknifty fut', { underlying: 'BANKNIFTY', kind: 'future', segment: 'nse_fo' }],
  ['crude', { underlying: 'CRUDEOIL', kind: 'future', segment: 'mcx_fo' }],
  ['usdinr', { underlying: 'USDINR', kind: 'future', segment: 'cde_fo' }],
];

/** The day of the nearest expiry of instruments like this one, by a look at all of them. */
function nearestExpiry(
  master: SymbolMaster,
  { underlying, kind, segment, strike }: Record<string, unknown>,
): string | undefined {
  const nowMs = Date.now();
  const ends = master
    .contractsOf(String(underlying), nowMs)
    .filter((one) => one.type === kind && one.segment === segment && (strike === undefined || one.strike === strike))
    .map(({ expiresAtMs }) => expiresAtMs ?? Number.POSITIVE_INFINITY);
  return ends.length === 0 ? undefined : new Date(Math.min(...ends) + 19_800_000).toISOString().slice(0, 10);
}

it('is read, cached and searched within the contract, and the right rows come first', async () => {
  const simulator = await simulate({ masterRows: ROWS, rate: 0 });
  const env = environment(simulator.environment);
  const bare = await measure(['-e', '0'], env);
  const status = await measure([PROGRAM, 'status'], env);
  const urls = MASTER_FILES.map((name) => `${simulator.masterUrl}/${name}.csv`);
  const count = await measure(['--input-type=module', '-e', COUNT_LINES, ...urls], env, 3);
  expect(Number(count.stdout)).toBeGreaterThan(ROWS * 0.95);

  const read = await measure([PROGRAM, 'symbols', 'refresh'], env, 1);
  const rows = rowsOf(read.stdout);
  expect(rows.map(({ file }) => file)).toEqual(MASTER_FILES);
  expect(rows.reduce((sum, row) => sum + Number(row['rows']), 0)).toBe(Number(count.stdout));
  report(
    `node -e 0 ${describeUsage(bare)}; status ${describeUsage(status)}; lines counted ${describeUsage(count)}; refresh ${describeUsage(read)}`,
  );
  expect(read.cpuMs / count.cpuMs).toBeLessThan(MAX_READ_PER_COUNT);
  expect(read.maxBytes).toBeLessThan(MAX_READ_BYTES);

  const master = readSymbolMaster({ env }) as SymbolMaster;
  const openMs = measureCall(() => readSymbolMaster({ env }));
  report(`opened in ${openMs.toFixed(1)} ms of processor time`);
  expect(openMs).toBeLessThan(MAX_OPEN_CPU_MS);
  for (const [text, first] of QUERIES) {
    const found = await measure([PROGRAM, 'symbols', 'search', text], env, 3);
    const [row] = rowsOf(found.stdout);
    expect(row, text).toMatchObject(first);
    if (first['kind'] !== undefined) expect(row?.['expiry'], text).toBe(nearestExpiry(master, first));
    const perStatus = found.cpuMs / status.cpuMs;
    expect(perStatus, text).toBeLessThan(MAX_COMMAND_PER_STATUS);
    const searchMs = measureCall(() => master.search({ text, limit: 20, nowMs: Date.now() }));
    report(`${text}: ${row?.['symbol']}, ${searchMs.toFixed(1)} ms; the command ${perStatus.toFixed(1)} x status`);
    expect(searchMs).toBeLessThan(MAX_SEARCH_CPU_MS);
  }

  const symbols = master.search({ text: '', limit: RESOLVED, nowMs: Date.now() }).map(({ symbol }) => symbol);
  expect(symbols).toHaveLength(RESOLVED);
  const resolveMs = measureCall(() => {
    const opened = readSymbolMaster({ env });
    for (const symbol of symbols) expect(opened?.find(symbol)?.fytoken).toBeDefined();
  });
  report(`${RESOLVED} symbols resolved in ${resolveMs.toFixed(1)} ms, with the open`);
  expect(resolveMs).toBeLessThan(MAX_RESOLVE_CPU_MS);
}, 300_000);
