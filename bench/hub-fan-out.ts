/*
 * Ready-made rows from a hub to its clients, beside the same bytes broadcast by a bare `ws` server: server and clients are processes
 * of their own. Bytes are compared before a rate counts. Run: npx tsx bench/hub-fan-out.ts
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type BenchOptions, type BenchRow, formatRate, runAsProgram } from './benchmark.ts';

/** Rows delivered in each run, over all clients. */
const DELIVERED = { full: 2_000_000, quick: 500_000 } as const;
const RUNS = { full: 3, quick: 1 } as const;
const CASES = [
  { mix: 'equal', clients: 1, goal: 0.6, limit: 0.2 },
  { mix: 'equal', clients: 10, goal: 0.9, limit: 0.7 },
  { mix: 'equal', clients: 50, goal: 0.95, limit: 0.7 },
  { mix: 'mixed', clients: 1, goal: 0.8, limit: 0.15 },
  { mix: 'mixed', clients: 10, goal: 0.8, limit: 0.45 },
  { mix: 'mixed', clients: 50, goal: 0.8, limit: 0.45 },
] as const;
const FOLDER = fileURLToPath(new URL('hub', import.meta.url));

interface Delivery {
  readonly rows: number;
  readonly bytes: number;
  /** Rows in this time. */
  readonly timed: number;
  readonly ms: number;
}

/** Bundles both programs: two dozen processes would otherwise spend more time on their start than on rows. */
async function bundlePrograms(folder: string): Promise<void> {
  await build({
    entryPoints: ['server', 'clients'].map((name) => path.join(FOLDER, `${name}.ts`)),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
}

/** Whether clients subscribe the same symbols or different ones. */
type Mix = (typeof CASES)[number]['mix'];

async function deliver(
  programs: string,
  server: 'hub' | 'bare',
  mix: Mix,
  clients: number,
  delivered: number,
): Promise<Delivery> {
  const start = (name: string, args: string[]): ChildProcess => fork(path.join(programs, name), args, { execArgv: [] });
  const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-bench-'));
  const socket = path.join(folder, 's');
  const rows = delivered / clients;
  const serving = start('server.mjs', [server, socket]);
  try {
    await once(serving, 'message');
    const receiving = start('clients.mjs', [socket, String(clients), server === 'bare' ? 'bare' : mix, String(rows)]);
    await once(receiving, 'message');
    serving.send({ rows });
    const ended = once(receiving, 'exit').then(([status]) => {
      throw new Error(`the clients ended with ${status}`);
    });
    ended.catch(() => {});
    const [delivery] = (await Promise.race([once(receiving, 'message'), ended])) as [Delivery];
    return delivery;
  } finally {
    serving.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

const rateOf = ({ timed, ms }: Delivery): number => (timed / ms) * 1_000;

/** The best of several runs, in turn: others of the machine only make it slower. */
async function compare(
  programs: string,
  mix: Mix,
  clients: number,
  quick: boolean,
): Promise<{ hub: number; bare: number }> {
  const size = quick ? 'quick' : 'full';
  const delivered = DELIVERED[size];
  const best = { hub: 0, bare: 0 };
  for (let run = 0; run < RUNS[size]; run++) {
    const hub = await deliver(programs, 'hub', mix, clients, delivered);
    const bare = await deliver(programs, 'bare', mix, clients, delivered);
    if (mix === 'equal' && (hub.bytes !== bare.bytes || hub.rows !== bare.rows)) {
      throw new Error(`they differ: ${JSON.stringify({ hub, bare })}`);
    }
    best.hub = Math.max(best.hub, rateOf(hub));
    best.bare = Math.max(best.bare, rateOf(bare));
  }
  return best;
}

export async function benchFanOut({ quick }: BenchOptions): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  const programs = mkdtempSync(path.join(tmpdir(), 'tickpipe-bench-'));
  try {
    await bundlePrograms(programs);
    for (const { mix, clients, goal, limit } of CASES) {
      const { hub, bare } = await compare(programs, mix, clients, quick);
      const what = `hub to ${clients} client${clients === 1 ? '' : 's'}, ${mix}, against a bare broadcast`;
      // A quick run delivers so few rows that the warm-up of a process decides: its figures are no reason to fail.
      const bounds = quick ? { goal } : { goal, limit };
      rows.push({ what, figure: hub / bare, unit: 'x', better: 'larger', ...bounds, measured: formatRate(hub) });
    }
    return rows;
  } finally {
    rmSync(programs, { recursive: true });
  }
}

await runAsProgram(import.meta.url, benchFanOut);
