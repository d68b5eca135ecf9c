import path from 'node:path';
import { pause } from '../clock/abort.ts';
import type { Clock } from '../clock/clock.ts';
import { describeSpan } from '../clock/durations.ts';
import { describeErrno } from '../errors/errno.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { makeDirectory } from '../host/make-directory.ts';
import { identifyBoot } from '../host/process-identity.ts';
import { openRunDirectory } from '../host/run-directory.ts';
import { shortHash } from '../host/short-hash.ts';
import { CallLedger, type LedgerView } from './call-ledger.ts';
import { ALLOWED_CALLS, type CallLimit, type CallTurn, type TurnOptions } from './call-limit.ts';

/** What FYERS counts calls by. */
export interface CallingApp {
  /** The base of the market-data calls. */
  readonly dataUrl: string;
  readonly appId: string;
  /** The user of a token of the simulator, which is another app at each start; undefined for FYERS. */
  readonly simulatedUser?: string | undefined;
}

export interface SharedCallLimitOptions {
  readonly app: CallingApp;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** What of a token says whose calls they are. */
export interface AppToken {
  readonly appId?: string;
  readonly userId?: string;
  readonly simulated?: boolean;
}

/** Finds the limit of the app of a token; one object for each app. */
export function createAppLimits(
  dataUrl: string,
  options: Omit<SharedCallLimitOptions, 'app'>,
): (token: AppToken) => SharedCallLimit {
  const limits = new Map<string, SharedCallLimit>();
  return ({ appId = '', userId, simulated }) => {
    const simulatedUser = simulated ? userId : undefined;
    const key = `${appId} ${simulatedUser ?? ''}`;
    const limit = limits.get(key) ?? new SharedCallLimit({ ...options, app: { dataUrl, appId, simulatedUser } });
    limits.set(key, limit);
    return limit;
  };
}

/** Processes that wait for the same call wake apart from each other. */
const MAX_JITTER_MS = 20;
/** Before another look when another process was quicker. */
const MAX_RETRY_MS = 4;
/** How often to look whether calls have ended that hold this one up. */
const POLL_MS = 100;
/** A wait may turn out shorter or longer. */
const MAX_PAUSE_MS = 5_000;

/** The limit of an app for all processes of this user, by files in the run directory. See `CallLedger`. */
export class SharedCallLimit implements CallLimit {
  readonly #options: SharedCallLimitOptions;
  readonly #directory: string;
  readonly #ledger: CallLedger;
  #blockedUntilMs = 0;

  /** Throws `BAD_CONFIGURATION` when the directory cannot be used. */
  constructor(options: SharedCallLimitOptions) {
    const { app, env, clock } = options;
    this.#options = options;
    // The order of the parts is for ever: processes of other versions must find the same directory.
    const key = shortHash(JSON.stringify(['calls', app.dataUrl, app.appId, app.simulatedUser ?? null]));
    this.#directory = path.join(openRunDirectory(env), `${key}.calls`);
    this.#ledger = new CallLedger({ directory: this.#directory, clock, boot: identifyBoot() });
    this.#guard(() => makeDirectory(this.#directory, false));
  }

  async take(signal: AbortSignal, { mayLastMs, onWait, maxRefusals }: TurnOptions): Promise<CallTurn> {
    const { clock, random } = this.#options;
    for (;;) {
      signal.throwIfAborted();
      const view = this.#look();
      if (maxRefusals !== undefined) this.#checkRefusals(view, maxRefusals);
      const waitMs = this.#waitMs(view);
      if (waitMs > 0) {
        onWait?.(waitMs);
        await pause(clock, Math.min(waitMs, MAX_PAUSE_MS) + MAX_JITTER_MS * random(), signal);
        continue;
      }
      const number = this.#guard(() => this.#ledger.claim(view, mayLastMs));
      if (number !== undefined) return this.#turn(number);
      // A file system of a network may show the others' files late.
      await pause(clock, MAX_RETRY_MS * random(), signal);
    }
  }

  block(delayMs: number): void {
    this.#blockedUntilMs = Math.max(this.#blockedUntilMs, this.#options.clock.monotonic() + delayMs);
  }

  get blockedMs(): number {
    return Math.max(this.#ownBlockMs(), this.#ledger.blockedMs(this.#look()));
  }

  #turn(number: number): CallTurn {
    let isOver = false;
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      this.#guard(() => this.#ledger.end(number));
    };
    return {
      end,
      refused: (waitMs) => {
        this.#guard(() => this.#ledger.refuse(number, waitMs));
        end();
      },
    };
  }

  #waitMs(view: LedgerView): number {
    const windows = ALLOWED_CALLS.map((allowed) => this.#ledger.freeInMs(view, allowed, POLL_MS));
    return Math.max(this.#ownBlockMs(), this.#ledger.blockedMs(view), ...windows);
  }

  #ownBlockMs(): number {
    return Math.max(0, this.#blockedUntilMs - this.#options.clock.monotonic());
  }

  #checkRefusals(view: LedgerView, maxRefusals: number): void {
    const refusals = this.#ledger.refusalsToday(view);
    if (refusals < maxRefusals) return;
    const times = refusals === 1 ? 'once' : refusals === 2 ? 'twice' : `${refusals} times`;
    throw new TickpipeError('RATE_LIMITED', `FYERS refused calls of this app for their rate ${times} today`, {
      hint: 'these calls are made again tomorrow: after more than three breaches a day FYERS blocks the whole app; find what else uses it',
    });
  }

  #look(): LedgerView {
    return this.#guard(() => this.#ledger.look());
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof TickpipeError) throw error;
      const folder = JSON.stringify(this.#directory);
      throw new TickpipeError('BAD_CONFIGURATION', `no calls can be counted in ${folder} (${describeErrno(error)})`, {
        hint: 'make it writable, check the free space, or set TICKPIPE_RUN_DIR to a directory that is yours alone',
      });
    }
  }
}

/** For a wait that people see. */
export function describeCallWait(waitMs: number): string {
  return `waiting ${describeSpan(Math.max(1_000, waitMs))} for FYERS' limit of calls`;
}
