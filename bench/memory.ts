/*
 * What the processes of a stream keep in memory: 25,000 ticks a second over 5,000 symbols, for a command with its own connection, and
 * for a command and the hub it shares. `node -e 0` is a Node that does nothing. Run: npm run build && npx tsx bench/memory.ts
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BenchOptions, type BenchRow, runAsProgram } from './benchmark.ts';
import { LOAD, LOAD_SYMBOLS, LoadReader, LoadServer, ROOT } from './load/load.ts';
import { closePipe, openPipe } from './load/pipe.ts';

const SECONDS = 30;
const QUICK_SECONDS = 4;
/** Rows that have not come this long after the last one was sent never come. */
const PATIENCE_MS = 10_000;
const PROBE = ['--require', path.join(ROOT, 'bench/load/probe.cjs')];
const BYTES_PER_MB = 1e6;
const BYTES_PER_KB = 1_024;

/** One process, in bytes. */
interface Usage {
  /** At the end. */
  readonly rss: number;
  readonly peakRss: number;
  /** Pages of files at the end: the binary of Node and its libraries. */
  readonly files: number;
  /** Each is the largest of all samples of the second half. */
  readonly heapTotal: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
}

interface Notes {
  readonly role: 'command' | 'hub';
  readonly pid: number;
  readonly samples: readonly NodeJS.MemoryUsage[];
}

/** Resident bytes from the system: now, at most, and now of files. Zero where there is no /proc. */
function readResident(pid: number | undefined): Pick<Usage, 'rss' | 'peakRss' | 'files'> {
  let text = '';
  try {
    text = readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {}
  const read = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return {
    rss: read('VmRSS') * BYTES_PER_KB,
    peakRss: read('VmHWM') * BYTES_PER_KB,
    files: read('RssFile') * BYTES_PER_KB,
  };
}

function readUsages(folder: string): Map<Notes['role'], Usage> {
  const files = readdirSync(folder).filter((name) => /^memory-\d+\.json$/.test(name));
  const notes = files.map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Notes);
  return new Map(
    notes.map(({ role, pid, samples }) => {
      const later = samples.slice(Math.floor(samples.length / 2));
      const most = (key: keyof NodeJS.MemoryUsage): number => Math.max(...later.map((sample) => sample[key]));
      const usage = {
        ...readResident(pid),
        heapTotal: most('heapTotal'),
        heapUsed: most('heapUsed'),
        external: most('external'),
        arrayBuffers: most('arrayBuffers'),
      };
      return [role, usage];
    }),
  );
}

async function measure(flags: readonly string[], seconds: number): Promise<Map<Notes['role'], Usage>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-bench-'));
  const server = await LoadServer.start();
  const pipe = openPipe(folder);
  const command = spawn(process.execPath, [...PROBE, 'bin/run.js', 'stream', 'symbols', '-', '--quiet', ...flags], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: folder, TICKPIPE_LINGER: '0s', ...server.environment },
    stdio: ['pipe', pipe.write, 'inherit'],
  });
  const ended = once(command, 'close');
  const messages = (seconds * 1_000) / LOAD.periodMs;
  const reader = new LoadReader(pipe.read, messages * LOAD.rowsPerMessage, folder);
  closePipe(pipe);
  let timer: NodeJS.Timeout | undefined;
  try {
    (command.stdin as NodeJS.WritableStream).end(LOAD_SYMBOLS.join('\n'));
    await server.subscribed();
    await server.send(messages);
    const usages = readUsages(folder);
    timer = setTimeout(() => command.kill('SIGINT'), PATIENCE_MS);
    const missing = (await reader.arrivals()).filter(Number.isNaN).length;
    if (missing > 0) throw new Error(`${missing} rows did not arrive`);
    command.kill('SIGINT');
    await ended;
    return usages;
  } finally {
    clearTimeout(timer);
    command.kill('SIGKILL');
    server.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** A Node that waits. */
async function measureNode(): Promise<Usage> {
  const child = spawn(process.execPath, [
    '-e',
    'console.log(JSON.stringify(process.memoryUsage()));setInterval(()=>{},1e6)',
  ]);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { heapTotal, heapUsed, external, arrayBuffers } = JSON.parse(String(line)) as NodeJS.MemoryUsage;
  const usage = { ...readResident(child.pid), heapTotal, heapUsed, external, arrayBuffers };
  child.kill('SIGKILL');
  return usage;
}

/** Of each process the goal and the limit for what is resident at most, in MB. */
const BOUNDS = {
  'tickpipe --direct': { goal: 80, limit: 150 },
  'a client of the hub': { goal: 80, limit: 170 },
  'the hub': { goal: 110, limit: 200 },
} as const;

function toRow(name: string, usage: Usage, bounds: { readonly goal?: number; readonly limit?: number } = {}): BenchRow {
  const format = (key: keyof Usage): string => (usage[key] / BYTES_PER_MB).toFixed(1);
  return {
    what: `memory at 25,000 ticks/s, ${name}, at most`,
    figure: usage.peakRss / BYTES_PER_MB,
    unit: 'MB',
    better: 'smaller',
    ...bounds,
    measured: `at the end ${format('rss')}; of files ${format('files')}; heap ${format('heapTotal')}, used ${format('heapUsed')}; outside of it ${format('external')}`,
  };
}

export async function benchMemory({ quick }: BenchOptions): Promise<readonly BenchRow[]> {
  const seconds = quick ? QUICK_SECONDS : SECONDS;
  const direct = await measure(['--direct'], seconds);
  const shared = await measure([], seconds);
  const usages = {
    'tickpipe --direct': direct.get('command'),
    'a client of the hub': shared.get('command'),
    'the hub': shared.get('hub'),
  };
  const rows = Object.entries(usages).map(([name, usage]) => {
    if (usage === undefined) throw new Error(`no notes of ${name}`);
    return toRow(name, usage, BOUNDS[name as keyof typeof BOUNDS]);
  });
  return [toRow('a Node that waits', await measureNode()), ...rows];
}

await runAsProgram(import.meta.url, benchMemory);
