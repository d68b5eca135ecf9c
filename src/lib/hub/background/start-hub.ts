import { type ChildProcess, spawn } from 'node:child_process';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { Clock } from '../../clock/clock.ts';
import { pause } from '../../clock/pause.ts';
import { CATALOGUE, type ErrorCode, EXIT } from '../../errors/catalogue.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { type AccountLock, acquireAccountLock, findLockHolder, type LockedAccount } from '../../feed/account-lock.ts';
import { connectHub, NobodyThere } from './connect-hub.ts';
import type { HubLocation } from './hub-location.ts';
import type { HubOrders } from './hub-orders.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where a background hub says how its start went: one line of JSON. */
export const READY_FD = 3;
const GIVE_UP_MS = 20_000;
const LOOK_AGAIN_MS = 25;
const MAX_LINE_BYTES = 64 * 1024;
/** All that a hub takes from the environment of the command that started it. */
const INHERITED = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TICKPIPE_RUN_DIR',
  'XDG_STATE_HOME',
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
] as const;
/** Failures that would only repeat. */
const FINAL_EXITS: ReadonlySet<number> = new Set([EXIT.token, EXIT.limit, EXIT.configuration]);

const startReportSchema = z.union([
  z.object({ ready: z.literal(true) }),
  z.object({ error: z.object({ code: z.string(), message: z.string(), hint: z.string() }) }),
]);
export type StartReport = z.infer<typeof startReportSchema>;

export interface AttachOptions {
  readonly account: LockedAccount;
  readonly location: HubLocation;
  /** For the upgrade request. */
  readonly query: URLSearchParams;
  /** The command line that runs a background hub. */
  readonly command: readonly string[];
  readonly orders: () => Promise<HubOrders>;
  readonly env: Environment;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * A connection to the account's hub, which is started when there is none. Of many that want one at once a single one starts it,
 * and should two do it, the hub's own lock lets one live. Throws coded errors; the signal's reason.
 */
export async function attachHub(options: AttachOptions): Promise<WebSocket> {
  const { location, query, clock, signal } = options;
  const giveUpAt = clock.monotonic() + GIVE_UP_MS;
  for (;;) {
    try {
      return await connectHub({ path: location.socketPath }, query, signal);
    } catch (error) {
      if (!(error instanceof NobodyThere) || clock.monotonic() > giveUpAt) throw error;
    }
    const lock = await takeTurn(options);
    if (lock === undefined) {
      await pause(clock, LOOK_AGAIN_MS * (1 + Math.random()), signal);
      continue;
    }
    try {
      // Somebody may have started one just before our turn.
      return await connectHub({ path: location.socketPath }, query, signal).catch(async (error) => {
        if (!(error instanceof NobodyThere)) throw error;
        await startHub(options);
        return connectHub({ path: location.socketPath }, query, signal);
      });
    } catch (error) {
      if (!isPassing(error, options) || clock.monotonic() > giveUpAt) throw error;
      await pause(clock, LOOK_AGAIN_MS, signal);
    } finally {
      lock.release();
    }
  }
}

/** The right to start a hub now; undefined while another command has it. */
async function takeTurn({ account, env, clock, signal }: AttachOptions): Promise<AccountLock | undefined> {
  try {
    return await acquireAccountLock({ ...account, feed: `${account.feed} start` }, { env, clock, signal });
  } catch (error) {
    if (error instanceof TickpipeError && error.code === 'SECOND_CONNECTION') return undefined;
    throw error;
  }
}

function isPassing(error: unknown, { account, env }: AttachOptions): boolean {
  if (!(error instanceof TickpipeError)) return false;
  // A hub that is leaving holds the account a moment longer than its socket.
  if (error.code === 'SECOND_CONNECTION') return findLockHolder(account, env)?.role !== 'command';
  return !FINAL_EXITS.has(error.exit);
}

/** Starts a hub that outlives this process. Resolves once it can be connected to. Throws why it did not start. */
async function startHub({ command, orders, env, location, signal }: AttachOptions): Promise<void> {
  const [file, ...args] = command;
  if (file === undefined) throw new TickpipeError('BUG', 'no command to start a hub with');
  const told = JSON.stringify(await orders());
  const child = spawn(file, args, {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    env: Object.fromEntries(INHERITED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
  });
  try {
    child.stdin?.on('error', () => {});
    child.stdin?.end(told);
    const report = await readReport(child, signal);
    if ('ready' in report) return;
    const { code, message, hint } = report.error;
    throw new TickpipeError(code in CATALOGUE ? (code as ErrorCode) : 'BUG', message, { hint });
  } catch (error) {
    if (error instanceof TickpipeError || signal.aborted) throw error;
    throw new TickpipeError('HUB_UNAVAILABLE', 'the shared session did not start', {
      hint: `look into ${location.logFile}, or use --direct for a connection of your own`,
      cause: error,
    });
  } finally {
    // Nothing of it may keep this process, or those who read what it prints.
    for (const stream of child.stdio) stream?.destroy();
    child.unref();
  }
}

function readReport(child: ChildProcess, signal: AbortSignal): Promise<StartReport> {
  const stream = child.stdio[READY_FD];
  return new Promise((resolve, reject) => {
    let text = '';
    const stop = (): void => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    child.once('error', reject);
    stream?.on('data', (chunk) => {
      text += String(chunk);
      if (text.length > MAX_LINE_BYTES) reject(new Error('too long a report'));
    });
    stream?.once('error', reject);
    stream?.once('close', () => {
      signal.removeEventListener('abort', stop);
      try {
        resolve(startReportSchema.parse(JSON.parse(text)));
      } catch (error) {
        reject(error);
      }
    });
  });
}
