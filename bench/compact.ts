/*
 * The processor time of `tickpipe compact` beside DuckDB on one thread, which reads, sorts and writes the same columns of the same
 * recording of a million rows with the same compression. Both files must hold the same rows in the same order. `compact` also checks
 * each row as it is read, and reads its file back before it gets its name; DuckDB does neither. The start of Node counts for `compact` alone.
 * Run: npm run build && npx tsx bench/compact.ts
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { type BenchOptions, type BenchRow, median, runAsProgram } from './benchmark.ts';
import { fileBelow, readChildrenMs, recordBurst } from './recorded-burst.ts';

const ROWS = { full: 1_000_000, quick: 200_000 } as const;
const ROUNDS = { full: 3, quick: 1 } as const;
const GOAL = 1.5;
/** With fewer rows the start of Node counts for more. */
const LIMIT = { full: 2, quick: 2.6 } as const;
const PROGRAM = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const DUCKDB = fileURLToPath(new URL('compact/duckdb.ts', import.meta.url));

interface Spent {
  readonly cpuMs: number;
  readonly ms: number;
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

export async function benchCompact({ quick }: BenchOptions): Promise<readonly BenchRow[]> {
  const size = quick ? 'quick' : 'full';
  const rows = ROWS[size];
  const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-bench-'));
  try {
    const recording = await recordBurst(folder, rows);
    const ours: Spent[] = [];
    const theirs: Spent[] = [];
    const theirFile = path.join(folder, 'duckdb.parquet');
    let ourFile = '';
    for (let round = 0; round < ROUNDS[size]; round++) {
      const out = path.join(folder, `parquet-${round}`);
      ours.push(compact(folder, out));
      ourFile = path.join(out, fileBelow(out, 'ticks.parquet'));
      rmSync(theirFile, { force: true });
      theirs.push(compactWithDuckDb(recording, theirFile));
    }
    await requireSameRows([ourFile, theirFile], rows);
    const compare = (what: string, figure: keyof Spent, bounds: Pick<BenchRow, 'goal' | 'limit'>): BenchRow => {
      const [our, their] = [ours, theirs].map((spent) => median(spent.map((one) => one[figure]))) as [number, number];
      const measured = `${our.toFixed(0)} and ${their.toFixed(0)} ms, ${rows.toLocaleString('en')} rows`;
      return { what, figure: our / their, unit: 'x', better: 'smaller', ...bounds, measured };
    };
    const bytes = [ourFile, theirFile].map((file) => statSync(file).size / 1024 / 1024) as [number, number];
    return [
      compare('compact, CPU, against DuckDB on one thread', 'cpuMs', { goal: GOAL, limit: LIMIT[size] }),
      compare('compact, wall time, against DuckDB on one thread', 'ms', {}),
      {
        what: 'compact, size of the file, against DuckDB',
        figure: bytes[0] / bytes[1],
        unit: 'x',
        better: 'smaller',
        measured: `${bytes.map((mib) => mib.toFixed(1)).join(' and ')} MiB`,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

await runAsProgram(import.meta.url, benchCompact);
