/*
 * The processor time of `tickpipe compact` beside DuckDB on one thread, which reads, sorts and writes the same columns of the same
 * recording of a million rows with the same compression. Both files must hold the same rows in the same order. `compact` also checks
 * each row as it is read, and reads its file back before it gets its name; DuckDB does neither. The start of Node counts for `compact` alone.
 * Run: npm run build && npx tsx bench/compact.ts
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { BURST_SYMBOLS, BurstServer } from './burst.ts';
import { printHeader } from './header.ts';

const ROWS = 1_000_000;
const ROUNDS = 3;
const MAX_RATIO = 1.5;
const PROGRAM = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const DUCKDB = fileURLToPath(new URL('compact/duckdb.ts', import.meta.url));

interface Spent {
  readonly cpuMs: number;
  readonly ms: number;
}

/** Records a seeded burst, gzipped. Returns the data file. */
async function record(folder: string, rows: number): Promise<string> {
  const server = await BurstServer.start();
  try {
    const args = [
      'record',
      '--gzip',
      '--dir',
      'ticks',
      ...BURST_SYMBOLS,
      '--count',
      String(rows),
      '--direct',
      '--quiet',
    ];
    const env = { PATH: process.env['PATH'], HOME: folder, ...server.environment };
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: folder,
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const ended = once(child, 'close');
    await server.subscribed();
    await server.burst(rows - BURST_SYMBOLS.length);
    const [status] = await ended;
    if (status !== 0) throw new Error(`record ended with ${status}`);
  } finally {
    server.close();
  }
  const names = readdirSync(path.join(folder, 'ticks'), { recursive: true, encoding: 'utf8' });
  const [data, ...more] = names.filter((name) => name.endsWith('.ndjson.gz'));
  // At midnight in India a second file begins.
  if (data === undefined || more.length > 0) throw new Error(`${more.length + 1} files were recorded: run it again`);
  return path.join(folder, 'ticks', data);
}

/** Runs `tickpipe compact`; the shell adds up what its children take. */
function compact(folder: string, out: string): Spent {
  const script = '"$0" "$@" > /dev/null && times';
  const args = ['-c', script, process.execPath, PROGRAM, 'compact', 'ticks', '--to', out, '--quiet'];
  const env = { PATH: process.env['PATH'], HOME: folder };
  const begun = performance.now();
  const { status, stdout } = spawnSync('sh', args, {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ms = performance.now() - begun;
  if (status !== 0) throw new Error(`compact ended with ${status}`);
  return { cpuMs: readChildrenMs(stdout), ms };
}

/** The second line of `times`: the user and the system time of children, as `0m1.23s`. */
function readChildrenMs(text: string): number {
  const spent = [...(text.split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
  return spent.reduce((sum, [, minutes, seconds]) => sum + (Number(minutes) * 60 + Number(seconds)) * 1_000, 0);
}

function compactWithDuckDb(recording: string, output: string): Spent {
  const args = ['--import', 'tsx', DUCKDB, recording, output];
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`DuckDB ended with ${status}`);
  return JSON.parse(stdout) as Spent;
}

/** Throws when the files do not hold the same rows in the same order, of the same types, so many of them. */
async function requireSameRows(files: readonly string[], rows: number): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const ask = async (sql: string): Promise<string> =>
    JSON.stringify((await connection.runAndReadAll(sql)).getRowObjectsJson());
  const answers = new Set<string>();
  for (const file of files) {
    const read = (numbers: boolean): string =>
      `read_parquet('${file}', file_row_number = ${numbers}, hive_partitioning = false)`;
    const types = await ask(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${read(false)})`);
    const content = await ask(`SELECT count(*)::INT AS rows, sum(hash(t)::HUGEINT) AS digest FROM ${read(true)} AS t`);
    if (!content.includes(`"rows":${rows},`)) throw new Error(`${file} has not ${rows} rows: ${content}`);
    answers.add(types + content);
  }
  connection.closeSync();
  instance.closeSync();
  if (answers.size !== 1) throw new Error(`the files hold different rows: ${[...answers].join('\n')}`);
}

function median(spent: readonly Spent[], figure: keyof Spent): number {
  return spent.map((one) => one[figure]).sort((a, b) => a - b)[Math.floor(spent.length / 2)] as number;
}

export async function benchCompact(rows = ROWS, rounds = ROUNDS): Promise<boolean> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-bench-'));
  try {
    const recording = await record(folder, rows);
    const ours: Spent[] = [];
    const theirs: Spent[] = [];
    const theirFile = path.join(folder, 'duckdb.parquet');
    let ourFile = '';
    for (let round = 0; round < rounds; round++) {
      const out = path.join(folder, `parquet-${round}`);
      ours.push(compact(folder, out));
      const names = readdirSync(out, { recursive: true, encoding: 'utf8' });
      ourFile = path.join(out, names.find((name) => name.endsWith('ticks.parquet')) ?? 'nothing');
      rmSync(theirFile, { force: true });
      theirs.push(compactWithDuckDb(recording, theirFile));
    }
    await requireSameRows([ourFile, theirFile], rows);
    const size = (file: string): string => (statSync(file).size / 1024 / 1024).toFixed(1).padStart(6);
    console.log(
      `${`compact ${rows.toLocaleString('en')} rows`.padEnd(36)} ${'CPU ms'.padStart(8)} ${'ms'.padStart(8)} ${'MiB'.padStart(6)}`,
    );
    for (const [name, spent, file] of [
      ['tickpipe compact', ours, ourFile],
      ['DuckDB, one thread', theirs, theirFile],
    ] as const) {
      const [cpuMs, ms] = [median(spent, 'cpuMs'), median(spent, 'ms')];
      console.log(`${name.padEnd(36)} ${cpuMs.toFixed(0).padStart(8)} ${ms.toFixed(0).padStart(8)} ${size(file)}`);
    }
    const ratio = median(ours, 'cpuMs') / median(theirs, 'cpuMs');
    console.log(`compact / DuckDB, CPU: ${ratio.toFixed(2)} (limit ${MAX_RATIO})`);
    return ratio <= MAX_RATIO;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  printHeader();
  process.exitCode = (await benchCompact()) ? 0 : 1;
}
