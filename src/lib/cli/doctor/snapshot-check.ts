import { Overdue, raceAbort, within } from '../../clock/abort.ts';
import { formatIstMoment } from '../../clock/ist.ts';
import { CATALOGUE } from '../../errors/catalogue.ts';
import { codedError, TickpipeError, tryCoded } from '../../errors/tickpipe-error.ts';
import type { Feed, FeedListener } from '../../feed/feed.ts';
import { HubFeed } from '../../hub/client/hub-feed.ts';
import { connectHub } from '../../hub/daemon/connect-hub.ts';
import { toRow } from '../../market/row.ts';
import type { Row } from '../../market/rows.ts';
import { findMarketReport } from '../feed/market-report.ts';
import { isRecording } from '../program/flag-values.ts';
import { type Check, type CheckResult, failed, passed, untried, warned } from './check.ts';
import type { Doctor } from './doctor.ts';
import type { RunningHub } from './hub-sight.ts';

const SYMBOL = 'NSE:SBIN-EQ';
/** A snapshot comes with the answer to a subscription. */
const SNAPSHOT_MS = 8_000;
/** In market hours the symbol trades every second. */
const MAX_AGE_MS = 15 * 60_000;
/** What a hub's feed is in when a subscription brings rows, and breaks nothing that a user wanted. */
const USABLE_STATES: ReadonlySet<string> = new Set(['live', 'idle', 'connecting']);

/** One row of NSE:SBIN-EQ: through the hub that runs, else on the connection of the socket check. */
export const snapshotCheck: Check = {
  appliesTo: (feed) => !isRecording(feed),
  after: ['socket'],
  limitMs: SNAPSHOT_MS + 4_000,
  run: async (doctor, signal) => {
    try {
      return await takeSnapshot(doctor, signal);
    } finally {
      doctor.closeConnection();
    }
  },
};

async function takeSnapshot(doctor: Doctor, signal: AbortSignal): Promise<CheckResult> {
  const { connection, feed } = doctor;
  const take = connection ? (within: AbortSignal) => connection.takeSnapshot(SYMBOL, within) : await findSource(doctor);
  if (take === undefined) return untried(feed === 'fyers' ? 'there is no connection' : 'no hub runs');
  if (typeof take !== 'function') return take;
  try {
    const row = await within(SNAPSHOT_MS, doctor.context.program.clock, signal, take);
    return await describeRow(row, doctor);
  } catch (error) {
    if (error instanceof Overdue) return await describeNoRow(doctor);
    throw error;
  }
}

type Take = (signal: AbortSignal) => Promise<Row>;

/** How to take the snapshot without a connection of our own, or why not. */
async function findSource(doctor: Doctor): Promise<Take | CheckResult | undefined> {
  // The hub check reports an error of the search.
  const sight = await tryCoded(() => doctor.lookForHub());
  if (sight instanceof TickpipeError) return untried(sight.message);
  if (sight.kind === 'running') {
    const { pid, state } = sight.status.hub;
    if (USABLE_STATES.has(state)) return (signal) => askHubForRow(sight, doctor, signal);
    return untried(`the shared session (pid ${pid}) is in the state ${state}`);
  }
  if (sight.kind === 'silent') return untried(sight.error.message);
  return doctor.feed === 'sim' ? (signal) => simulateRow(doctor, signal) : undefined;
}

async function describeRow(row: Row, doctor: Doctor): Promise<CheckResult> {
  const {
    ltp,
    exchange_time: time,
    simulated = false,
  } = row as {
    readonly ltp: number | null;
    readonly exchange_time: number | null;
    readonly simulated?: boolean;
  };
  const { program } = doctor.context;
  const now = program.clock.now();
  const atMs = time === null ? undefined : time * 1_000;
  const price = `${SYMBOL} ${ltp ?? 'without a price'}${atMs === undefined ? '' : ` of ${formatIstMoment(atMs, now)} IST`}`;
  if (simulated) return passed(`${price}, simulated`);
  const closed = await describeClosed(doctor);
  if (closed) return passed(`${price}; ${closed}`);
  const isOld = atMs !== undefined && closed === '' && now - atMs > MAX_AGE_MS;
  return isOld ? warned(`${price}, which is old: the market is open`, 'compare it with another source') : passed(price);
}

async function describeNoRow(doctor: Doctor): Promise<CheckResult> {
  const closed = await describeClosed(doctor);
  if (closed) return passed(`no row of ${SYMBOL}: ${closed}`);
  const { hint } = CATALOGUE.NEVER_TICKED;
  return failed('TIMEOUT', `no row of ${SYMBOL} within ${SNAPSHOT_MS / 1_000} s`, hint);
}

/** That the market is closed; empty when it is open, or nothing is known. */
async function describeClosed({ feed, context }: Doctor): Promise<string> {
  const report = await findMarketReport({ simulated: feed === 'sim' }, context.program);
  return report?.([SYMBOL]) ?? '';
}

async function simulateRow({ context }: Doctor, signal: AbortSignal): Promise<Row> {
  // Loaded here: only this feed needs the simulator.
  const { openSimulatedFeed } = await import('../../simulator/sim-feed.ts');
  const { clock } = context.program;
  const options = { clock, random: Math.random, stallTimeoutMs: 0, maxRetries: 0, tap: undefined };
  return firstRow((listener) => openSimulatedFeed(options, listener), signal);
}

function askHubForRow({ target, bearer }: RunningHub, { context }: Doctor, signal: AbortSignal): Promise<Row> {
  const { clock } = context.program;
  const query = new URLSearchParams({ command: 'doctor', pid: String(process.pid), kinds: 'symbol' });
  return firstRow(
    (listener) =>
      HubFeed.open(
        {
          connect: (connecting) =>
            connectHub(target, { query, token: bearer, signal: AbortSignal.any([connecting, signal]) }),
          clock,
          random: Math.random,
          maxRetries: 0,
          nameOf: ({ feed }) => feed,
          signal,
        },
        listener,
      ),
    signal,
  );
}

/** The first row of a feed, which is closed then. Throws the feed's refusal, or the signal's reason. */
async function firstRow(open: (listener: FeedListener) => Promise<Feed>, signal: AbortSignal): Promise<Row> {
  let feed: Feed | undefined;
  try {
    const row = new Promise<Row>((resolve, reject) => {
      const listener: FeedListener = {
        tick: (tick) => resolve(toRow(tick, { simulated: feed?.simulated ?? false, time: 'epoch' })),
        event: (event) => {
          if (event.type === 'failed') reject(event.error);
        },
      };
      const begin = async (): Promise<void> => {
        feed = await open(listener);
        const [result] = await feed.subscribe([{ kind: 'symbol', symbol: SYMBOL }]);
        if (result?.status === 'unknown') throw new TickpipeError('UNKNOWN_SYMBOL', `the feed does not know ${SYMBOL}`);
        if (result?.status === 'refused') throw new TickpipeError(result.code, result.message);
      };
      begin().catch((error) => reject(codedError(error, 'the snapshot failed')));
    });
    return await raceAbort(row, signal);
  } finally {
    await feed?.close();
  }
}
