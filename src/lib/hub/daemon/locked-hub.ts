import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { raceAbort, TimeLimit } from '../../clock/abort.ts';
import type { Clock } from '../../clock/clock.ts';
import { describeErrno } from '../../errors/errno.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { type AccountLock, acquireAccountLock, findLockHolder } from '../../feed/account-lock.ts';
import { BackgroundLog } from '../../host/log-file.ts';
import { describeFailure, type SpawnResult } from '../../host/spawn-result.ts';
import { type HubLocation, locateHub } from './hub-location.ts';
import type { HubSpawnConfig } from './hub-spawn-config.ts';
import { HubUnreachable } from './hub-target.ts';

/** Why a hub ends: a user stopped it, no command uses it any more, or one with other network settings replaces it. */
export type HubEnd = 'stopped' | 'unused' | 'replaced';

/** A hub that serves. */
export interface ServedHub {
  /** Resolves when it should end, to why. */
  readonly done: Promise<HubEnd>;
  close(): Promise<void>;
}

/** Makes a hub and listens at the path. The signal ends what it waits for meanwhile. */
export type ServeHub = (
  listenPath: string,
  orders: HubSpawnConfig,
  log: BackgroundLog,
  signal: AbortSignal,
) => Promise<ServedHub>;

export interface BackgroundHubOptions {
  readonly orders: HubSpawnConfig;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Told once, whether it serves or why not. */
  readonly ready: (answer: SpawnResult) => void;
  /** Ends the hub. */
  readonly signal: AbortSignal;
  readonly serve: ServeHub;
  /** How long the hub may take to serve before it gives up the account's lock. Undefined for no limit. */
  readonly startTimeoutMs?: number | undefined;
}

const PRIVATE_UMASK = 0o077;
/** A check of silent symbols takes up to 5 s of it. */
const CLOSE_TIMEOUT_MS = 8_000;
const END_WORDS: Readonly<Record<HubEnd | 'interrupted', string>> = {
  stopped: 'stopped, as somebody asked',
  unused: 'leaving: nobody uses it any more',
  replaced: 'leaving: it never reached the feed, and a command with other network settings starts another',
  interrupted: 'interrupted by a signal',
};

/**
 * The life of a hub in the background, from lock to lock: the account's lock is taken before the socket is touched and given
 * back after it is gone, so that there is never a second hub, nor a socket taken from one. Resolves when the hub has ended;
 * throws why it could not serve, or failed, after that was told and logged. For a process of its own, which is ended afterwards:
 * the umask is its, and a hub that does not close in time is left to its end.
 */
export async function runLockedHub(options: BackgroundHubOptions): Promise<void> {
  const umask = process.umask(PRIVATE_UMASK);
  let lock: AccountLock | undefined;
  let log: BackgroundLog | undefined;
  let isTold = false;
  const tell = (answer: SpawnResult): void => {
    if (!isTold) options.ready(answer);
    isTold = true;
  };
  try {
    const location = locateHub(options.orders.account, options.env);
    lock = await takeLock(options);
    log = new BackgroundLog([location.logFile, location.spareLogFile], options.clock);
    log.write(`starting, pid ${process.pid}`);
    await serveUntilDone(location, log, { ...options, ready: tell });
  } catch (error) {
    const isInterrupted = options.signal.aborted && error === options.signal.reason;
    log?.write(isInterrupted ? END_WORDS.interrupted : `failed: ${describeForLog(error)}`);
    tell(describeFailure(isInterrupted ? new HubUnreachable('a signal ended the shared session') : error));
    throw error;
  } finally {
    lock?.release();
    process.umask(umask);
  }
}

/** A hub that starts or leaves just now is not in the way of those who want one: they try again. */
async function takeLock({ orders, env, clock, signal }: BackgroundHubOptions): Promise<AccountLock> {
  try {
    return await acquireAccountLock(orders.account, { env, clock, signal, role: 'hub' });
  } catch (error) {
    const isHeld = error instanceof TickpipeError && error.code === 'SECOND_CONNECTION';
    if (!isHeld) throw error;
    const holder = await findLockHolder(orders.account, env);
    if (holder?.role === 'command' || holder?.place === 'unknown') throw error;
    throw new HubUnreachable('another hub is there', { cause: error });
  }
}

async function serveUntilDone(location: HubLocation, log: BackgroundLog, options: BackgroundHubOptions): Promise<void> {
  const { clock, ready, signal } = options;
  const { socketPath } = location;
  removeSocket(socketPath);
  signal.throwIfAborted();
  const served = await serveInTime(socketPath, log, options);
  try {
    makePrivate(socketPath);
    log.write(`serving, pid ${process.pid}`);
    ready({ ready: true });
    log.write(END_WORDS[await untilDone(served, signal)]);
  } finally {
    const isClosed = await closeInTime(served, clock, log);
    removeSocket(socketPath);
    log.write(isClosed ? 'ended' : 'ended, though it did not close in time');
  }
}

/** Whatever a hub waits for at its start, a signal or the limit ends it. */
async function serveInTime(
  socketPath: string,
  log: BackgroundLog,
  { orders, clock, signal, serve, startTimeoutMs }: BackgroundHubOptions,
): Promise<ServedHub> {
  const limit = startTimeoutMs && new TimeLimit(clock, startTimeoutMs, signal, describeSlowStart(startTimeoutMs));
  const starting = limit ? limit.signal : signal;
  const serving = serve(socketPath, orders, log, starting);
  try {
    return await raceAbort(serving, starting);
  } catch (error) {
    serving.then((late) => late.close()).catch(() => {});
    throw error;
  } finally {
    if (limit) limit.end();
  }
}

function describeSlowStart(limitMs: number): HubUnreachable {
  return new HubUnreachable(`the shared session (pid ${process.pid}) did not start within ${limitMs / 1_000} s`);
}

/** Of a hub that was killed, or our own. Throws `BAD_CONFIGURATION` when something else is in the way. */
function removeSocket(socketPath: string): void {
  try {
    rmSync(socketPath, { force: true });
  } catch (error) {
    const message = `the socket ${JSON.stringify(socketPath)} cannot be removed (${describeErrno(error)})`;
    throw new TickpipeError('BAD_CONFIGURATION', message);
  }
}

/** The umask has kept others out since it was bound; the contract says 0600. */
function makePrivate(socketPath: string): void {
  chmodSync(socketPath, 0o600);
  const { mode } = lstatSync(socketPath);
  if ((mode & 0o177) !== 0) throw new TickpipeError('BAD_CONFIGURATION', 'the socket cannot be kept from others');
}

function untilDone({ done }: ServedHub, signal: AbortSignal): Promise<HubEnd | 'interrupted'> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => resolve('interrupted'), { once: true });
    if (signal.aborted) resolve('interrupted');
    done.then(resolve, reject);
  });
}

/** Resolves to whether it closed: others wait for the lock. */
function closeInTime(served: ServedHub, clock: Clock, log: BackgroundLog): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = clock.after(CLOSE_TIMEOUT_MS, () => resolve(false));
    served
      .close()
      .catch((error: unknown) => log.write(`failed to close: ${describeForLog(error)}`))
      .finally(() => {
        timer.cancel();
        resolve(true);
      });
  });
}

function describeForLog(error: unknown): string {
  if (error instanceof TickpipeError) return `${error.code} ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : 'something that is no error was thrown';
}
