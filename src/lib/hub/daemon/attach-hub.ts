import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { onAbort, pause, TimeLimit } from '../../clock/abort.ts';
import type { Clock } from '../../clock/clock.ts';
import { EXIT } from '../../errors/catalogue.ts';
import { fromPlainError, TickpipeError } from '../../errors/tickpipe-error.ts';
import { findFeedHolder, lockFeed, SecondConnection } from '../../feed/feed-identity.ts';
import { selectEnvironment } from '../../host/child-environment.ts';
import { NotStarted, spawnDetached } from '../../host/detached-process.ts';
import { type LockHolder, nameHolder, type ProcessLock } from '../../host/process-lock.ts';
import { HubUnreachable } from '../protocol/hub-errors.ts';
import type { EarlyHub } from './early-hub.ts';
import { findLog, type HubLocation, locateHub } from './hub-location.ts';
import type { HubSpawnConfig } from './hub-spawn-config.ts';
import type { PausedWebSocket } from './paused-web-socket.ts';

export interface AttachOptions {
  readonly config: HubSpawnConfig;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The program and arguments that make a process run `runLockedHub`. */
  readonly command: readonly string[];
  /** Such a process that waits for its configuration. It ends when it is not needed. */
  readonly early?: EarlyHub | undefined;
  /** What the hub is to know of this command. */
  readonly query: URLSearchParams;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Enough for a hub that leaves, one that starts after it, and a slow machine. */
const ATTACH_TIMEOUT_MS = 15_000;
/** How often to check whether a hub has come, or gone. */
const LOOK_EVERY_MS = 25;
/** The pause after the first hub that failed to start; it doubles after each. */
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 4_000;
/** Failures that another hub would only repeat. */
const FINAL_EXITS: ReadonlySet<number> = new Set([EXIT.token, EXIT.limit, EXIT.configuration]);

/**
 * A WebSocket to the account's hub, which is started in the background when none runs. The hub has said hello, and the socket
 * is paused as `connectHub` leaves it, so that it is the first message. Throws `HUB_UNAVAILABLE` when there is no hub
 * within 15 s, `SECOND_CONNECTION` when a command holds the account's connection for itself, other errors of the hub that
 * stay, or the signal's reason.
 */
export async function attachHub(options: AttachOptions): Promise<PausedWebSocket> {
  const { config, env, clock, signal } = options;
  const location = locateHub(config.identity, env);
  const limit = new TimeLimit(clock, ATTACH_TIMEOUT_MS, signal);
  const attempt = new Attempt(options, location, limit.signal);
  try {
    return await attempt.run();
  } catch (error) {
    signal.throwIfAborted();
    if (!limit.isOver) throw error;
    throw describeOverdue(attempt.lastFailure, location, await findFeedHolder(config.identity, env));
  } finally {
    limit.end();
    options.early?.discard();
  }
}

class Attempt {
  /** Why there is no hub yet. */
  lastFailure: TickpipeError | undefined;
  readonly #options: AttachOptions;
  readonly #location: HubLocation;
  readonly #signal: AbortSignal;

  constructor(options: AttachOptions, location: HubLocation, signal: AbortSignal) {
    this.#options = options;
    this.#location = location;
    this.#signal = signal;
  }

  async run(): Promise<PausedWebSocket> {
    for (let failures = 0; ; ) {
      const found = await this.#greet();
      if (found !== 'absent' && found !== 'silent') return found;
      // A hub that listens and does not say hello is about to leave.
      const outcome = found === 'absent' ? await this.#startOne() : 'busy';
      if (outcome === 'started') continue;
      const pauseMs = outcome === 'failed' ? Math.min(FIRST_RETRY_MS * 2 ** failures++, MAX_RETRY_MS) : LOOK_EVERY_MS;
      await pause(this.#options.clock, pauseMs * (0.5 + Math.random()), this.#signal);
    }
  }

  async #greet(): Promise<PausedWebSocket | 'absent' | 'silent'> {
    // Where there is no socket, a hub is started before the code that would connect to it is loaded.
    if (!existsSync(this.#location.socketPath)) return 'absent';
    const { connectHub } = await loadConnect();
    let socket: PausedWebSocket | undefined;
    const stopListening = onAbort(this.#signal, () => socket?.terminate());
    try {
      socket = await connectHub(this.#location, { query: this.#options.query, signal: this.#signal });
      await socket.peek();
      return socket;
    } catch (error) {
      if (error instanceof HubUnreachable && error.isAbsent) return 'absent';
      this.#keepTrying(error);
      return 'silent';
    } finally {
      stopListening();
    }
  }

  /** Starts a hub. `started`: it serves. `busy`: another hub starts, serves or leaves. */
  async #startOne(): Promise<'started' | 'failed' | 'busy'> {
    const { config, env, command, early } = this.#options;
    const lock = await this.#takeLock();
    if (lock === undefined) return 'busy';
    try {
      const starting = spawnHub(command, env, { ...config, inheritedLock: lock.name }, this.#signal, early?.take());
      // While the hub starts: the code is ready when the hub is.
      loadConnect().catch(() => {});
      await starting;
      return 'started';
    } catch (error) {
      this.#keepTrying(error);
      return 'failed';
    } finally {
      lock.release();
    }
  }

  /**
   * Takes the hub's own lock, so that one command at a time starts a hub and none does beside a hub that leaves. The hub that is
   * started inherits it. Undefined while another hub, or a command that starts one, has it.
   */
  async #takeLock(): Promise<ProcessLock | undefined> {
    const { config, env, clock } = this.#options;
    try {
      return await lockFeed(config.identity, 'starter', { env, clock, signal: this.#signal });
    } catch (error) {
      if (error instanceof SecondConnection && error.isPassing) return undefined;
      throw error;
    }
  }

  /** Throws what trying again would not change. */
  #keepTrying(error: unknown): void {
    if (this.#signal.aborted || !(error instanceof TickpipeError) || FINAL_EXITS.has(error.exit)) throw error;
    this.lastFailure = error;
  }
}

/** Loads the WebSocket and all that it needs. It takes so long that a hub can start meanwhile. */
const loadConnect = () => import('./connect-hub.ts');

/**
 * Starts a hub in the background and resolves when it serves. Throws what the hub failed with, `HubUnreachable` when it ended
 * without an answer, or the signal's reason.
 */
async function spawnHub(
  command: readonly string[],
  env: AttachOptions['env'],
  config: HubSpawnConfig,
  signal: AbortSignal,
  started: ChildProcess | undefined,
): Promise<void> {
  const { answer } = await spawnDetached(command, selectEnvironment(env), config, signal, started).catch(
    (error: unknown) => {
      throw error instanceof NotStarted
        ? new HubUnreachable('the hub cannot be started', { cause: error.cause })
        : error;
    },
  );
  if (answer === undefined) throw new HubUnreachable('the hub ended before it was ready');
  if ('ready' in answer) return;
  const { code, message, hint } = answer.error;
  throw code === 'HUB_UNAVAILABLE' ? new HubUnreachable(message, { hint }) : fromPlainError(answer.error);
}

function describeOverdue(
  failure: TickpipeError | undefined,
  location: HubLocation,
  holder: LockHolder | undefined,
): TickpipeError {
  const reason = failure === undefined ? '' : `: ${failure.message}`;
  if (holder) {
    const held = `${nameHolder(holder)} holds ${holder.file}`;
    return new HubUnreachable(`the shared session does not start: ${held} and does not answer`, {
      hint: 'tickpipe stop ends it',
      cause: failure,
    });
  }
  const log = findLog(location);
  return new HubUnreachable(`the shared session does not start${reason}`, {
    // There is no log when the hub could not write one, or had not begun.
    ...(log !== undefined && { hint: `look into ${log}; stream, quote and record need no hub with --direct` }),
    cause: failure,
  });
}
