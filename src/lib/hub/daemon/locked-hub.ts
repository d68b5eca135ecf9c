import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { onAbort, raceAbort, TimeLimit } from '../../clock/abort.ts';
import type { Clock } from '../../clock/clock.ts';
import { describeErrno } from '../../errors/errno.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { lockFeed, SecondConnection } from '../../feed/feed-identity.ts';
import { BackgroundLog } from '../../host/log-file.ts';
import type { ProcessLock } from '../../host/process-lock.ts';
import { describeFailure, type SpawnResult } from '../../host/spawn-result.ts';
import { HubUnreachable } from '../protocol/hub-errors.ts';
import { type HubLocation, locateHub } from './hub-location.ts';
import type { HubSpawnConfig } from './hub-spawn-config.ts';

/** Why a hub ends: a user stopped it, no command uses it any more, or one with other network settings replaces it. */
export type HubEnd = 'stopped' | 'unused' | 'replaced';

/** A hub that serves. */
export interface ServedHub {
  /** Resolves when it should end, to why. */
  readonly done: Promise<HubEnd>;
  close(): Promise<void>;
}

/** Makes a hub that listens at the path. The signal ends its waits until it serves. */
export type ServeHub = (
  listenPath: string,
  config: HubSpawnConfig,
  log: BackgroundLog,
  signal: AbortSignal,
) => Promise<ServedHub>;

export interface LockedHubOptions {
  readonly config: HubSpawnConfig;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Called once: it serves, or why it does not. */
  readonly ready: (answer: SpawnResult) => void;
  /** Ends the hub. */
  readonly signal: AbortSignal;
  readonly serve: ServeHub;
  /** How long the hub may take to serve before it gives up its lock. Undefined for no limit. */
  readonly startTimeoutMs?: number | undefined;
}

const PRIVATE_UMASK = 0o077;
/** A check of silent symbols takes up to 5 s of it. */
const CLOSE_TIMEOUT_MS = 8_000;
const END_WORDS: Readonly<Record<HubEnd | 'interrupted', string>> = {
  stopped: 'stopped at the request of a user',
  unused: 'ending: no client is left',
  replaced: 'ending: it never reached the feed, and a command with other network settings starts another',
  interrupted: 'interrupted by a signal',
};

/**
 * The whole life of a hub: it takes the lock of its feed before it touches the socket, and gives it back after the socket is gone. So
 * there is never a second hub, and none takes a socket from another. Resolves when the hub has ended. Throws why it could not serve, or
 * failed, after that was answered and logged. It needs a process of its own that ends afterwards: it sets the umask, and a hub that
 * does not close in time ends with the process.
 */
export async function runLockedHub(options: LockedHubOptions): Promise<void> {
  const umask = process.umask(PRIVATE_UMASK);
  let lock: ProcessLock | undefined;
  let log: BackgroundLog | undefined;
  let hasAnswered = false;
  const answerOnce = (answer: SpawnResult): void => {
    if (!hasAnswered) options.ready(answer);
    hasAnswered = true;
  };
  try {
    const location = locateHub(options.config.identity, options.env);
    lock = await takeLock(options);
    log = new BackgroundLog([location.logFile, location.spareLogFile], options.clock);
    log.write(`starting, pid ${process.pid}`);
    await serveUntilDone(location, log, { ...options, ready: answerOnce });
  } catch (error) {
    const isInterrupted = options.signal.aborted && error === options.signal.reason;
    log?.write(isInterrupted ? END_WORDS.interrupted : `failed: ${describeForLog(error)}`);
    answerOnce(describeFailure(isInterrupted ? new HubUnreachable('a signal ended the shared session') : error));
    throw error;
  } finally {
    lock?.release();
    process.umask(umask);
  }
}

/** Throws `HubUnreachable` beside a hub that starts, serves or leaves: a command that wants a hub tries again. */
async function takeLock({ config, env, clock, signal }: LockedHubOptions): Promise<ProcessLock> {
  try {
    return await lockFeed(config.identity, 'hub', { env, clock, signal, inherited: config.inheritedLock });
  } catch (error) {
    if (error instanceof SecondConnection && error.isPassing) {
      throw new HubUnreachable('another hub is there', { cause: error });
    }
    throw error;
  }
}

async function serveUntilDone(location: HubLocation, log: BackgroundLog, options: LockedHubOptions): Promise<void> {
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

/** The signal, or the limit, ends whatever a hub waits for at its start. */
async function serveInTime(
  socketPath: string,
  log: BackgroundLog,
  { config, clock, signal, serve, startTimeoutMs }: LockedHubOptions,
): Promise<ServedHub> {
  const limit = startTimeoutMs && new TimeLimit(clock, startTimeoutMs, signal, describeSlowStart(startTimeoutMs));
  const starting = limit ? limit.signal : signal;
  const serving = serve(socketPath, config, log, starting);
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

/** Removes the socket of a hub that was killed, or our own. Throws `BAD_CONFIGURATION` when something else is in the way. */
function removeSocket(socketPath: string): void {
  try {
    rmSync(socketPath, { force: true });
  } catch (error) {
    const message = `the socket ${JSON.stringify(socketPath)} cannot be removed (${describeErrno(error)})`;
    throw new TickpipeError('BAD_CONFIGURATION', message);
  }
}

/** The umask has kept other users out since the socket was bound; the documented mode is 0600. */
function makePrivate(socketPath: string): void {
  chmodSync(socketPath, 0o600);
  const { mode } = lstatSync(socketPath);
  if ((mode & 0o177) !== 0) throw new TickpipeError('BAD_CONFIGURATION', 'the socket cannot be kept from others');
}

function untilDone({ done }: ServedHub, signal: AbortSignal): Promise<HubEnd | 'interrupted'> {
  return new Promise((resolve, reject) => {
    const stopListening = onAbort(signal, () => resolve('interrupted'));
    done.then(resolve, reject).finally(stopListening);
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
