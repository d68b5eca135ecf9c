import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { Simulator, SimulatorOptions } from '../../../src/lib/simulator/simulator.ts';
import { afterTest, emptyFolder, type Running, run, type StartOptions, simulate, start } from '../program.ts';

/** The lock of a hub, or of a command with a connection of its own. */
const LOCK = /^[0-9a-f]{16}\.(\d+)\./;

/** An account on a simulator of its own, with a home of its own: its commands share a hub, which ends with the test. */
export class SharedAccount {
  readonly simulator: Simulator;
  readonly home = emptyFolder();
  readonly env: NodeJS.ProcessEnv;

  private constructor(simulator: Simulator, lingerMs: number) {
    this.simulator = simulator;
    this.env = {
      ...simulator.environment,
      HOME: this.home,
      TICKPIPE_LINGER: `${lingerMs}ms`,
      TICKPIPE_DIRECT: undefined,
    };
    afterTest(() => {
      for (const pid of this.holders()) kill(pid);
    });
  }

  static async create(options: SimulatorOptions = {}, lingerMs = 60_000): Promise<SharedAccount> {
    return new SharedAccount(await simulate(options), lingerMs);
  }

  start(args: readonly string[], options: StartOptions = {}): Running {
    return start(args, { ...options, env: { ...this.env, ...options.env } });
  }

  run(args: readonly string[], options: StartOptions = {}): ReturnType<typeof run> {
    return run(args, { ...options, env: { ...this.env, ...options.env } });
  }

  /** Processes that hold the account's lock. */
  holders(): number[] {
    const directory = path.join(this.home, '.tickpipe', 'run');
    try {
      const pids = readdirSync(directory).map((name) => Number(LOCK.exec(name)?.[1] ?? Number.NaN));
      return pids.filter((pid) => Number.isInteger(pid));
    } catch {
      return [];
    }
  }

  /** The socket of the hub that runs. */
  hubSocket(): string {
    const directory = path.join(this.home, '.tickpipe', 'run');
    const name = readdirSync(directory).find((one) => one.endsWith('.sock'));
    if (name === undefined) throw new Error('no hub runs');
    return path.join(directory, name);
  }

  /** What `status` prints. */
  async status(): Promise<Status> {
    const { stdout, status } = await this.run(['status']);
    expect(status).toBe(0);
    return JSON.parse(stdout) as Status;
  }

  /** The pid of the hub that runs. */
  async hubPid(): Promise<number> {
    const { hub } = await this.status();
    if (hub === null) throw new Error('no hub runs');
    return hub.pid;
  }
}

export interface Status {
  readonly hub: {
    readonly pid: number;
    readonly state: string;
    readonly reconnects: number;
    readonly gaps: number;
  } | null;
  readonly sessions: readonly {
    readonly id: string;
    readonly pid: number;
    readonly command: string;
    readonly symbols: readonly string[];
    readonly rows: number;
  }[];
  readonly subscriptions: Readonly<Record<string, readonly string[]>>;
  readonly silent: readonly string[];
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Resolves when a process that is not our child has ended. */
export async function ended(pid: number): Promise<void> {
  await expect.poll(() => isRunning(pid)).toBe(false);
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Rows of ticks of a running command. */
export function ticksOf(running: Running, symbol?: string): Record<string, unknown>[] {
  return running.rows.filter((row) => 'received_at' in row && (symbol === undefined || row['symbol'] === symbol));
}

export function gapsOf(running: Running): Record<string, unknown>[] {
  return running.rows.filter((row) => row['type'] === 'Gap');
}
