import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import path from 'node:path';
import { selectEnvironment } from '../../host/child-environment.ts';
import { spawnApart } from '../../host/spawn-apart.ts';
import { configDirectory, listLogins } from '../../host/user-directories.ts';

/*
 * The process of a hub, started before the program of its command is loaded: it loads its own program meanwhile. It is no hub yet. It
 * waits for its configuration, which the command sends only when it holds the hub's lock, and ends when none comes. So a wrong guess
 * costs some time of the processor, and nothing else.
 */

/** The commands that start a hub as a matter of course. */
const COMMANDS = /^(?:quote|record|stream (?:symbols|index|depth|lite))$/;
/** Words after which a command may need no hub, or another one. */
const OTHERWISE = /^(?:--(?:feed|direct|force|profile|help|detach)(?:=|$)|-h$|(?:--fields=)?help$)/;
const VARIABLES = ['TICKPIPE_FEED', 'TICKPIPE_DIRECT', 'TICKPIPE_PROFILE', 'TICKPIPE_CONFIG'] as const;
const SETTING = /"(?:feed|direct|profile)"/;
/** Where it is longer, the sockets are elsewhere. @see hub-location.ts */
const MAX_DIRECTORY_BYTES = 78;
/** The process waits 10 s for its configuration. One that has waited nearly as long is not used. */
const MAX_WAIT_MS = 5_000;

type Env = Readonly<Record<string, string | undefined>>;

export class EarlyHub {
  #child: ChildProcess | undefined;
  readonly #startedAtMs = performance.now();

  constructor(child: ChildProcess) {
    this.#child = child;
    // A process that cannot be started is no reason to fail: the command tries it again when it needs it.
    for (const one of [child, ...pipesOf(child)]) {
      one.on('error', () => {});
      one.unref();
    }
  }

  /** The process, once, for the one caller that sends its configuration; undefined when there is none that can be used. */
  take(): ChildProcess | undefined {
    const child = this.#child;
    const isLate = performance.now() - this.#startedAtMs > MAX_WAIT_MS;
    if (child === undefined || isLate || this.hasEnded) {
      this.discard();
      return undefined;
    }
    this.#child = undefined;
    for (const one of [child, ...pipesOf(child)]) one.ref();
    return child;
  }

  /** Whether there is no process, because it has ended or could not be started. */
  get hasEnded(): boolean {
    const child = this.#child;
    return child?.pid === undefined || child.exitCode !== null || child.signalCode !== null;
  }

  /** Ends a process that was not taken. Safe twice. */
  discard(): void {
    if (this.#child) for (const pipe of pipesOf(this.#child)) pipe.destroy();
    this.#child = undefined;
  }
}

/**
 * Starts the process of a hub when the command line and the files of the user say that one will be needed. This is a guess: the command
 * decides for itself.
 * @param command the program and the arguments that make a process a hub
 */
export function startEarlyHub(argv: readonly string[], env: Env, command: readonly string[]): EarlyHub | undefined {
  try {
    if (!isLikely(argv, env)) return undefined;
    const [program = '', ...args] = command;
    return new EarlyHub(spawnApart(program, args, selectEnvironment(env)));
  } catch {
    // No descriptor is free, for example: the command reports that when it needs the hub.
    return undefined;
  }
}

function isLikely(argv: readonly string[], env: Env): boolean {
  if (!COMMANDS.test(argv[0] === 'stream' ? argv.slice(0, 2).join(' ') : `${argv[0]}`)) return false;
  // A raw recording has a connection of its own.
  if (argv[0] === 'record' && argv.includes('--raw')) return false;
  if (argv.some((word) => OTHERWISE.test(word)) || VARIABLES.some((name) => env[name])) return false;
  const directory = locateSockets(env);
  if (directory === undefined || hasHub(directory)) return false;
  const hasToken = Boolean(env['FYERS_ACCESS_TOKEN']) || listLogins(env).length > 0;
  return hasToken && !SETTING.test(readIfThere(path.join(configDirectory(env), 'config.json')));
}

function locateSockets(env: Env): string | undefined {
  const { HOME: home = '', TICKPIPE_RUN_DIR: given } = env;
  const directory = given ? path.resolve(given) : path.join(home, '.tickpipe', 'run');
  return path.isAbsolute(directory) && Buffer.byteLength(directory) <= MAX_DIRECTORY_BYTES ? directory : undefined;
}

/** Whether any hub of this user seems to run. */
function hasHub(directory: string): boolean {
  try {
    return readdirSync(directory).some((name) => name.endsWith('.sock'));
  } catch {
    return false;
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function pipesOf(child: ChildProcess): Socket[] {
  return child.stdio.filter((pipe): pipe is Socket => pipe !== null && pipe !== undefined);
}
