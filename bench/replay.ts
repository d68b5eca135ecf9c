/*
 * The processor time of `tickpipe replay --speed max` beside `zcat`, on the same gzipped recording of a million rows: into a pipe and
 * to a file, whole rows as NDJSON, and three columns as CSV. What comes out must be what `zcat` gives, or the columns of it. The start
 * of Node counts for `replay`, and so does the check of every row, which `zcat` does not make. Run: npm run build && npx tsx bench/replay.ts
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type BenchOptions, type BenchRow, median, runAsProgram } from './benchmark.ts';
import { readChildrenMs, recordBurst } from './recorded-burst.ts';

const ROWS = { full: 1_000_000, quick: 200_000 } as const;
const ROUNDS = { full: 3, quick: 1 } as const;
const PROGRAM = fileURLToPath(new URL('../bin/run.js', import.meta.url));

const FIELDS = ['symbol', 'ltp', 'received_at'] as const;
const REPLAY = `"${process.execPath}" "${PROGRAM}" replay --speed max --quiet`;
const CSV = `${REPLAY} --format csv --fields ${FIELDS.join(',')}`;

/** What is measured: a command, and what it is compared with. `IN` is the recording. With fewer rows the start of Node counts for more. */
const COMPARED = [
  {
    what: 'replay into a pipe, CPU, against zcat',
    ours: `${REPLAY} IN`,
    to: '| cat > /dev/null',
    goal: 1.2,
    limit: 1.6,
  },
  { what: 'replay to a file, CPU, against zcat', ours: `${REPLAY} IN`, to: '> out', goal: 1.2, limit: 1.6 },
  { what: 'replay, CSV with three fields, CPU, against zcat', ours: `${CSV} IN`, to: '> out', goal: 1.5, limit: 2 },
] as const;
/** A quick run may be so much slower. */
const QUICK_LIMIT = 2;

/** Processor time of a command without what reads its output. */
function spentMs(command: string, to: string, recording: string, folder: string): number {
  // Each side of a pipe is a shell of its own, which knows the time of its child alone.
  const script = `{ ${command.replace('IN', `"${recording}"`)} && times >&3; } ${to}`;
  const { status, output } = spawnSync(
    'bash',
    ['-c', `set -o pipefail; ${script.replace('> out', `> "${folder}/out"`)}`],
    {
      env: { PATH: process.env['PATH'], HOME: folder },
      encoding: 'utf8',
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    },
  );
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
  return readChildrenMs(output[3] ?? '');
}

function digestOf(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Throws when what `replay` prints is not what was recorded. */
function requireSameRows(recording: string, folder: string): void {
  const rows = gunzipSync(readFileSync(recording));
  const printed = (command: string): Buffer => {
    spentMs(command, '> out', recording, folder);
    return readFileSync(path.join(folder, 'out'));
  };
  if (digestOf(printed(`${REPLAY} IN`)) !== digestOf(rows))
    throw new Error('replay prints other rows than were recorded');
  const csv = createHash('sha256').update(`${FIELDS.join(',')},simulated\n`);
  for (let at = 0; at < rows.length; ) {
    const end = rows.indexOf('\n', at);
    const row = JSON.parse(rows.toString('latin1', at, end)) as Record<string, unknown>;
    csv.update(`${FIELDS.map((name) => row[name] ?? '').join(',')},true\n`);
    at = end + 1;
  }
  if (digestOf(printed(`${CSV} IN`)) !== csv.digest('hex'))
    throw new Error('the CSV has other values than were recorded');
}

export async function benchReplay({ quick }: BenchOptions): Promise<readonly BenchRow[]> {
  const size = quick ? 'quick' : 'full';
  const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-bench-'));
  try {
    const recording = await recordBurst(folder, ROWS[size]);
    requireSameRows(recording, folder);
    const ours = COMPARED.map(() => [] as number[]);
    const theirs = COMPARED.map(() => [] as number[]);
    for (let round = 0; round < ROUNDS[size]; round++) {
      for (const [at, { ours: command, to }] of COMPARED.entries()) {
        ours[at]?.push(spentMs(command, to, recording, folder));
        theirs[at]?.push(spentMs('zcat IN', to, recording, folder));
      }
    }
    return COMPARED.map(({ what, goal, limit }, at): BenchRow => {
      const [our, their] = [median(ours[at] ?? []), median(theirs[at] ?? [])];
      const measured = `${our.toFixed(0)} and ${their.toFixed(0)} ms, ${ROWS[size].toLocaleString('en')} rows`;
      return {
        what,
        figure: our / their,
        unit: 'x',
        better: 'smaller',
        goal,
        limit: quick ? limit * QUICK_LIMIT : limit,
        measured,
      };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

await runAsProgram(import.meta.url, benchReplay);
