import { pause, TimeLimit } from '../../clock/abort.ts';
import type { Clock } from '../../clock/clock.ts';
import { EXIT } from '../../errors/catalogue.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import {
  type AccountLock,
  acquireAccountLock,
  findLockHolder,
  type LockHolder,
  nameHolder,
  secondConnectionError,
} from '../../feed/account-lock.ts';
import { connectHub } from './connect-hub.ts';
import { findLog, type HubLocation, locateHub } from './hub-location.ts';
import { spawnHub } from './hub-process.ts';
import type { HubSpawnConfig } from './hub-spawn-config.ts';
import { HubUnreachable } from './hub-target.ts';
import type { PausedWebSocket } from './paused-web-socket.ts';

export interface AttachOptions {
  readonly orders: HubSpawnConfig;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The program and arguments that make a process run `runBackgroundHub`. */
  readonly command: readonly string[];
  /** What the hub is told of this command. */
  readonly query: URLSearchParams;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** How long it may take in all: a hub that leaves, one that starts, and a slow machine. */
const ATTACH_TIMEOUT_MS = 15_000;
/** Another command that is to start a hub and does not get on is not waited for longer than this. */
const TURN_PATIENCE_MS = 5_000;
/** Between looks at whether a hub has come, or gone. */
const LOOK_EVERY_MS = 25;
/** After a hub that failed to start, twice as long after each. */
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 4_000;
/** Failures that another hub would only repeat. */
const FINAL_EXITS: ReadonlySet<number> = new Set([EXIT.token, EXIT.limit, EXIT.configuration]);

/**
 * A WebSocket to the account's hub, which is started in the background when none runs. The hub has said hello, and the socket
 * is paused as `connectHub` leaves it, so that it comes as the first message. Throws `HUB_UNAVAILABLE` when there is no hub
 * within 15 s, `SECOND_CONNECTION` when a command holds the account's connection for itself, other errors of the hub that
 * stay, or the signal's reason.
 */
export async function attachHub(options: AttachOptions): Promise<PausedWebSocket> {
  const { orders, env, clock, signal } = options;
  const location = locateHub(orders.account, env);
  const limit = new TimeLimit(clock, ATTACH_TIMEOUT_MS, signal);
  const attempt = new Attempt(options, location, limit.signal);
  try {
    return await attempt.run();
  } catch (error) {
    signal.throwIfAborted();
    if (!limit.isOver) throw error;
    throw describeOverdue(attempt.lastFailure, location, await findLockHolder(orders.account, env));
  } finally {
    limit.end();
  }
}

class Attempt {
  /** Why there is no hub yet. */
  lastFailure: TickpipeError | undefined;
  readonly #options: AttachOptions;
  readonly #location: HubLocation;
  readonly #signal: AbortSignal;
  readonly #begunAt: number;

  constructor(options: AttachOptions, location: HubLocation, signal: AbortSignal) {
    this.#options = options;
    this.#location = location;
    this.#signal = signal;
    this.#begunAt = options.clock.monotonic();
  }

  async run(): Promise<PausedWebSocket> {
    for (let failures = 0; ; ) {
      const found = await this.#greet();
      if (found !== 'absent' && found !== 'silent') return found;
      // Whoever is there but has nothing to say is about to leave.
      const outcome = found === 'absent' ? await this.#startOne() : 'busy';
      if (outcome === 'started') continue;
      const pauseMs = outcome === 'failed' ? Math.min(FIRST_RETRY_MS * 2 ** failures++, MAX_RETRY_MS) : LOOK_EVERY_MS;
      await pause(this.#options.clock, pauseMs * (0.5 + Math.random()), this.#signal);
    }
  }

  async #greet(): Promise<PausedWebSocket | 'absent' | 'silent'> {
    let socket: PausedWebSocket | undefined;
    const stop = (): void => socket?.terminate();
    this.#signal.addEventListener('abort', stop, { once: true });
    try {
      socket = await connectHub(this.#location, { query: this.#options.query, signal: this.#signal });
      await socket.peek();
      return socket;
    } catch (error) {
      if (error instanceof HubUnreachable && error.isAbsent) return 'absent';
      this.#keepTrying(error);
      return 'silent';
    } finally {
      this.#signal.removeEventListener('abort', stop);
    }
  }

  /** Starts a hub unless there is one, or somebody else is at it. `started`: it serves. */
  async #startOne(): Promise<'started' | 'failed' | 'busy'> {
    const { orders, env, command } = this.#options;
    const turn = await this.#takeTurn();
    if (turn === 'taken') return 'busy';
    try {
      const holder = await findLockHolder(orders.account, env);
      if (holder?.role === 'command' || holder?.place === 'unknown') throw secondConnectionError(holder);
      if (holder !== undefined) return 'busy';
      await spawnHub(command, env, orders, this.#signal);
      return 'started';
    } catch (error) {
      this.#keepTrying(error);
      return 'failed';
    } finally {
      if (turn !== 'free') turn.release();
    }
  }

  /** Only spares processes: that one hub stays of those that are started is the doing of the hub's own lock. */
  async #takeTurn(): Promise<AccountLock | 'taken' | 'free'> {
    const { orders, env, clock } = this.#options;
    if (clock.monotonic() - this.#begunAt > TURN_PATIENCE_MS) return 'free';
    try {
      const account = { ...orders.account, feed: `${orders.account.feed} hub, starting` };
      return await acquireAccountLock(account, { env, clock, signal: this.#signal });
    } catch (error) {
      if (error instanceof TickpipeError && error.code === 'SECOND_CONNECTION') return 'taken';
      throw error;
    }
  }

  /** Throws what trying again would not change. */
  #keepTrying(error: unknown): void {
    if (this.#signal.aborted || !(error instanceof TickpipeError) || FINAL_EXITS.has(error.exit)) throw error;
    this.lastFailure = error;
  }
}

function describeOverdue(
  failure: TickpipeError | undefined,
  location: HubLocation,
  holder: LockHolder | undefined,
): TickpipeError {
  const reason = failure === undefined ? '' : `: ${failure.message}`;
  if (holder) {
    const held = `${nameHolder(holder)} holds ${holder.file}`;
    return new TickpipeError('HUB_UNAVAILABLE', `the shared session does not start: ${held} and does not answer`, {
      hint: 'tickpipe stop ends it',
      cause: failure,
    });
  }
  const log = findLog(location);
  return new TickpipeError('HUB_UNAVAILABLE', `the shared session does not start${reason}`, {
    // There is no log when the hub could not write one or had not begun.
    ...(log !== undefined && { hint: `look into ${log}; stream, quote and record need no hub with --direct` }),
    cause: failure,
  });
}
