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
import { printHeader } from './header.ts';

/** Rows delivered in each run, over all clients. */
const DELIVERED = 2_000_000;
const RUNS = 3;
const LEAST_RATIO = 0.7;
const FOLDER = fileURLToPath(new URL('hub', import.meta.url));

interface Delivery {
  readonly rows: number;
  readonly bytes: number;
  /** Rows in this time. */
  readonly timed: number;
  readonly ms: number;
}

function start(script: string, args: readonly string[]): ChildProcess {
  return fork(path.join(FOLDER, script), [...args], { execArgv: ['--import', 'tsx'] });
}

async function deliver(server: 'hub' | 'bare', kind: 'equal' | 'mixed', clients: number): Promise<Delivery> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-bench-'));
  const socket = path.join(folder, 's');
  const rows = DELIVERED / clients;
  const serving = start('server.ts', [server, socket]);
  try {
    await once(serving, 'message');
    const receiving = start('clients.ts', [socket, String(clients), server === 'bare' ? 'bare' : kind, String(rows)]);
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
async function compare(kind: 'equal' | 'mixed', clients: number): Promise<{ hub: number; bare: number }> {
  const best = { hub: 0, bare: 0 };
  for (let run = 0; run < RUNS; run++) {
    const [hub, bare] = [await deliver('hub', kind, clients), await deliver('bare', kind, clients)];
    if (kind === 'equal' && (hub.bytes !== bare.bytes || hub.rows !== bare.rows)) {
      throw new Error(`they differ: ${JSON.stringify({ hub, bare })}`);
    }
    best.hub = Math.max(best.hub, rateOf(hub));
    best.bare = Math.max(best.bare, rateOf(bare));
  }
  return best;
}

export async function benchFanOut(): Promise<boolean> {
  console.log(`${'rows delivered to clients'.padEnd(36)} ${'rows/s'.padStart(12)} ${'x bare'.padStart(7)}`);
  let holds = true;
  for (const kind of ['equal', 'mixed'] as const) {
    for (const clients of [1, 10, 50]) {
      const { hub, bare } = await compare(kind, clients);
      const ratio = hub / bare;
      const name = `${clients} client${clients === 1 ? '' : 's'}, ${kind} subscriptions`;
      console.log(
        `${name.padEnd(36)} ${Math.round(hub).toLocaleString('en').padStart(12)} ${ratio.toFixed(2).padStart(7)}`,
      );
      if (kind === 'equal' && clients > 1) holds &&= ratio >= LEAST_RATIO;
    }
  }
  return holds;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  printHeader();
  process.exitCode = (await benchFanOut()) ? 0 : 1;
}
