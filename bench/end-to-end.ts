/*
 * From the data socket to lines on stdout: tickpipe, the official SDK with JSON.stringify, and a client that only adds integers
 * up, each a process of its own behind the same seeded burst of a simulator in another process. Prices of tickpipe and the SDK
 * are compared before anything is measured. Run: npm run build && npx tsx bench/end-to-end.ts
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BenchOptions, type BenchRow, formatRate, runAsProgram } from './benchmark.ts';
import { BurstServer, BURST_SYMBOLS as symbols } from './burst.ts';

const CHECKED_ROWS = 3_000;
const ROWS = {
  bare: 3_000_000,
  decode: 3_000_000,
  tickpipe: 3_000_000,
  shared: 1_000_000,
  sdkDecode: 60_000,
  sdk: 60_000,
} as const;
/** Of these rows, when it must be quick: too few, and the start counts more than the speed. */
const QUICK_SHARE = 0.25;
/** Made-up instruments have these exchange tokens. */
const FIRST_TOKEN = 1_000_001;

type Receiver = keyof typeof ROWS;

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const topics = symbols.map((_, n) => `sf|nse_cm|${FIRST_TOKEN + n}`);

const BARE = ['--import', 'tsx', 'bench/receivers/bare.ts'];
const SDK = ['bench/receivers/sdk.cjs'];

const streamOf = (rows: number): string[] => {
  return ['bin/run.js', 'stream', 'symbols', ...symbols, '--count', String(rows), '--quiet'];
};

const COMMANDS: Record<Receiver, (rows: number) => readonly string[]> = {
  bare: () => BARE,
  decode: () => BARE,
  tickpipe: (rows) => [...streamOf(rows), '--direct'],
  shared: streamOf,
  sdkDecode: () => SDK,
  sdk: () => SDK,
};
const VARIABLES: Partial<Record<Receiver, Record<string, string>>> = {
  decode: { DECODE: '1' },
  shared: { TICKPIPE_LINGER: '0s' },
  sdkDecode: { PRINT: '0' },
};

interface Measured {
  readonly stdout: string;
  /** Rows a second, from the burst's begin to the receiver's end. */
  readonly rate: number;
}

/** A pipe as a shell makes it: what Node calls a pipe to a child process is a socket. */
const COUNTED = ['sh', '-c', '"$@" | wc -l', 'sh'] as const;

/** Lets one receiver take `rows` rows, the first snapshots among them. @param keep collects its stdout, else `wc` reads it */
async function measure(receiver: Receiver, rows: number, keep: boolean): Promise<Measured> {
  const server = await BurstServer.start();
  const home = mkdtempSync(path.join(tmpdir(), 'tickpipe-bench-'));
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    ...server.environment,
    SYMBOLS: symbols.join(','),
    TOPICS: topics.join(','),
    RECEIVE: String(rows),
    ...VARIABLES[receiver],
  };
  try {
    const [program, ...args] = [...(keep ? [] : COUNTED), process.execPath, ...COMMANDS[receiver](rows)] as const;
    const source = spawn(program, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
    let stdout = '';
    source.stdout.on('data', (chunk) => {
      stdout += String(chunk);
    });
    const ended = once(source, 'close');
    await server.subscribed();
    const begun = performance.now();
    await server.burst(rows - symbols.length);
    await ended;
    return { stdout, rate: (rows / (performance.now() - begun)) * 1_000 };
  } finally {
    server.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

type Price = readonly [symbol: unknown, ltp: unknown, volume: unknown, bid: unknown, ask: unknown];

/** Both must print the same prices in the same order for each symbol. */
async function checkEquality(): Promise<void> {
  const read = async (receiver: Receiver, keys: readonly string[]): Promise<Map<unknown, Price[]>> => {
    const { stdout } = await measure(receiver, CHECKED_ROWS, true);
    const prices = new Map<unknown, Price[]>();
    for (const line of stdout.trimEnd().split('\n')) {
      const row = JSON.parse(line) as Record<string, unknown>;
      const [symbol, ltp, volume, bid, ask] = keys.map((key) => row[key]);
      prices.set(symbol, [...(prices.get(symbol) ?? []), [symbol, ltp, volume, bid, ask]]);
    }
    return prices;
  };
  const ours = await read('tickpipe', ['symbol', 'ltp', 'volume', 'bid', 'ask']);
  const theirs = await read('sdk', ['symbol', 'ltp', 'vol_traded_today', 'bid_price', 'ask_price']);
  for (const symbol of symbols) {
    const [mine, other] = [JSON.stringify(ours.get(symbol)), JSON.stringify(theirs.get(symbol))];
    if (mine === undefined || mine !== other) throw new Error(`${symbol} differs:\n${mine}\n${other}`);
  }
}

export async function benchEndToEnd({ quick }: BenchOptions): Promise<readonly BenchRow[]> {
  await checkEquality();
  const rates = {} as Record<Receiver, number>;
  for (const receiver of Object.keys(ROWS) as Receiver[]) {
    rates[receiver] = (await measure(receiver, ROWS[receiver] * (quick ? QUICK_SHARE : 1), false)).rate;
  }
  const { bare, decode, tickpipe, shared, sdk, sdkDecode } = rates;
  const compare = (what: string, rate: number, base: number, bounds: Pick<BenchRow, 'goal' | 'limit'>): BenchRow => {
    return { what, figure: rate / base, unit: 'x', better: 'larger', ...bounds, measured: formatRate(rate) };
  };
  return [
    compare('NDJSON on stdout, against the official SDK', tickpipe, sdk, { goal: 100, limit: 30 }),
    compare('NDJSON on stdout, against receive-and-parse only', tickpipe, bare, { goal: 0.5, limit: 0.2 }),
    compare('NDJSON through the hub, against direct', shared, tickpipe, { goal: 0.6, limit: 0.25 }),
    compare('decoded, against receive-and-parse only', decode, bare, {}),
    compare('decoded, against the official SDK', decode, sdkDecode, {}),
  ];
}

await runAsProgram(import.meta.url, benchEndToEnd);
