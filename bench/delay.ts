/*
 * From the moment at which a tick is sent upstream to its row in the reader's hands: 25,000 ticks a second over 5,000 symbols, for a
 * command with its own connection and for one that shares a connection, beside the same bytes through programs of Node that only copy
 * from one pipe into the next. Each row has its own delay. The sender follows a plan that does not depend on the receiver, and what it
 * was late itself is a column of its own. Run: npm run build && npx tsx bench/delay.ts
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BenchOptions, type BenchRow, median, runAsProgram } from './benchmark.ts';
import { forkPart, LOAD, LOAD_SYMBOLS, LoadReader, LoadServer, nextMessage, ROOT } from './load/load.ts';
import type { Sent } from './load/pace.ts';
import { closePipe, openPipe } from './load/pipe.ts';

/** The first seconds are those of the compiler. */
const SIZES = {
  full: { warmUpS: 3, measuredS: 6, runs: 3 },
  quick: { warmUpS: 1, measuredS: 1, runs: 1 },
} as const;
/** A reader that has not got the last row this long after it was sent never gets it. */
const PATIENCE_MS = 10_000;
const RELAY = 'bench/load/relay.cjs';

interface Delays {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** The 99th percentile of what the sender was late. */
  readonly late: number;
}

type Road = (folder: string, messages: number) => Promise<{ readonly sent: Sent; readonly arrivals: Float64Array }>;

const ROADS = {
  relay: (folder, messages) => relay(folder, messages, 1),
  direct: (folder, messages) => stream(folder, messages, ['--direct']),
  twoRelays: (folder, messages) => relay(folder, messages, 2),
  hub: (folder, messages) => stream(folder, messages, []),
} as const satisfies Record<string, Road>;
type RoadName = keyof typeof ROADS;

/** Lines from a process over `relays` others to the reader. */
async function relay(folder: string, messages: number, relays: number): ReturnType<Road> {
  const pipes = Array.from({ length: relays + 1 }, () => openPipe(folder));
  const copies = pipes.slice(1).map(({ write }, at) => {
    return spawn(process.execPath, [RELAY], { cwd: ROOT, stdio: [pipes[at]?.read, write, 'inherit'] });
  });
  const reader = new LoadReader(pipes.at(-1)?.read ?? 0, messages * LOAD.rowsPerMessage, folder);
  const lines = forkPart('lines.ts', [messages, LOAD.periodMs, LOAD.rowsPerMessage], pipes[0]?.write);
  pipes.forEach(closePipe);
  const sent = await nextMessage<Sent>(lines);
  return { sent, arrivals: await finish(reader, copies) };
}

async function stream(folder: string, messages: number, flags: readonly string[]): ReturnType<Road> {
  const server = await LoadServer.start();
  const pipe = openPipe(folder);
  const args = ['bin/run.js', 'stream', 'symbols', '-', '--quiet', ...flags];
  const command = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: folder, TICKPIPE_LINGER: '0s', ...server.environment },
    stdio: ['pipe', pipe.write, 'inherit'],
  });
  const reader = new LoadReader(pipe.read, messages * LOAD.rowsPerMessage, folder);
  closePipe(pipe);
  try {
    (command.stdin as NodeJS.WritableStream).end(LOAD_SYMBOLS.join('\n'));
    await server.subscribed();
    const sent = await server.send(messages);
    return { sent, arrivals: await finish(reader, [command]) };
  } finally {
    server.close();
  }
}

/** Waits for the last row, then for the end of the processes that brought it. */
async function finish(reader: LoadReader, sources: readonly ChildProcess[]): Promise<Float64Array> {
  const ended = sources.map((source) => source.exitCode ?? once(source, 'close'));
  const end = (): void => {
    for (const source of sources) source.kill('SIGINT');
  };
  const timer = setTimeout(end, PATIENCE_MS);
  const arrivals = await reader.arrivals();
  clearTimeout(timer);
  end();
  await Promise.all(ended);
  return arrivals;
}

/** Of all rows after the warm-up. Throws when one of them did not arrive. @param first the first message that counts */
function judge(sent: Sent, arrivals: Float64Array, first: number): Delays {
  const delays = new Float64Array(arrivals.length - first * LOAD.rowsPerMessage);
  for (let row = 0; row < delays.length; row++) {
    const message = first + Math.floor(row / LOAD.rowsPerMessage);
    delays[row] = (arrivals[first * LOAD.rowsPerMessage + row] as number) - (sent.sentAt[message] as number);
  }
  const missing = delays.filter(Number.isNaN).length;
  if (missing > 0) throw new Error(`${missing} rows did not arrive`);
  const of = (values: Float64Array, share: number): number => values[Math.floor(values.length * share)] as number;
  delays.sort();
  const late = sent.lateMs.slice(first).sort();
  return {
    p50: of(delays, 0.5),
    p99: of(delays, 0.99),
    p999: of(delays, 0.999),
    max: delays.at(-1) as number,
    late: of(late, 0.99),
  };
}

async function measure(road: Road, warmUpS: number, measuredS: number): Promise<Delays> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-bench-'));
  const toMessages = (seconds: number): number => (seconds * 1_000) / LOAD.periodMs;
  try {
    const { sent, arrivals } = await road(folder, toMessages(warmUpS + measuredS));
    return judge(sent, arrivals, toMessages(warmUpS));
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** Of the runs of a road. */
function medians(runs: readonly Delays[]): Delays {
  const of = (key: keyof Delays): number => median(runs.map((delays) => delays[key]));
  return { p50: of('p50'), p99: of('p99'), p999: of('p999'), max: of('max'), late: of('late') };
}

const NAMES: Readonly<Record<RoadName, string>> = {
  relay: 'a relay between two pipes',
  direct: 'direct',
  twoRelays: 'two relays between three pipes',
  hub: 'through the hub',
};
const P99_GOALS: Partial<Record<RoadName, number>> = { direct: 1, hub: 2 };
/** What the hub and its client may add together, at the median. */
const ADDED_GOAL_MS = 1;
/** The median of a road may be so many times that of its anchor, where the sender of both was in time. */
const MOST_TIMES_ANCHOR = 10;
const ANCHORS: Partial<Record<RoadName, RoadName>> = { direct: 'relay', hub: 'twoRelays' };
/** A sender that is later than this says that the machine was too busy: then the figure is not the program's. */
const MOST_LATE_MS = 5;

/**
 * Runs the roads in turn. Milliseconds mean something on one machine only, so a limit is a multiple of the anchor of the same run. Only
 * medians have one: the 99th percentile follows what else the machine does.
 */
export async function benchDelay({ quick }: BenchOptions): Promise<readonly BenchRow[]> {
  const { warmUpS, measuredS, runs } = SIZES[quick ? 'quick' : 'full'];
  const names = Object.keys(ROADS) as RoadName[];
  const measured = new Map(names.map((name) => [name, [] as Delays[]]));
  for (let run = 0; run < runs; run++) {
    for (const name of names) measured.get(name)?.push(await measure(ROADS[name], warmUpS, measuredS));
  }
  const common = { unit: 'ms', better: 'smaller' } as const;
  const result = (name: RoadName): Delays => medians(measured.get(name) ?? []);
  const rows = names.flatMap((name): BenchRow[] => {
    const { p50, p99, p999, max, late } = result(name);
    const goal = P99_GOALS[name];
    const anchor = ANCHORS[name] && result(ANCHORS[name]);
    const isInTime = anchor !== undefined && Math.max(late, anchor.late) <= MOST_LATE_MS;
    const more = [
      `p99.9 ${p999.toFixed(1)} ms`,
      `longest ${max.toFixed(1)} ms`,
      `sender late by ${late.toFixed(1)} ms`,
    ];
    return [
      {
        what: `delay to the reader, ${NAMES[name]}, median`,
        figure: p50,
        ...common,
        ...(isInTime && { limit: Math.round(anchor.p50 * MOST_TIMES_ANCHOR * 10) / 10 }),
      },
      {
        what: `delay to the reader, ${NAMES[name]}, p99`,
        figure: p99,
        ...common,
        ...(goal !== undefined && { goal }),
        measured: more.join(', '),
      },
    ];
  });
  const added = result('hub').p50 - result('direct').p50;
  return [...rows, { what: 'delay that the hub adds, median', figure: added, ...common, goal: ADDED_GOAL_MS }];
}

await runAsProgram(import.meta.url, benchDelay);
