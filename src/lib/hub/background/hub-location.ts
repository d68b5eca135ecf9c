import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { hashAccount, type LockedAccount } from '../../feed/account-lock.ts';
import { openRunDirectory } from '../../feed/run-directory.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where an account's hub is found. */
export interface HubLocation {
  /** Stands for the account without telling who it is. */
  readonly key: string;
  readonly socketPath: string;
  readonly logFile: string;
}

/** The kernel takes some 104 bytes (macOS) to 108 (Linux). */
const MAX_PATH_BYTES = 100;
const HASH_LENGTH = 16;
const SOCKET = /^([0-9a-f]{16})\.sock$/;

/**
 * The hub of an account: the name of its socket is a hash of all that makes its feed what it is. Makes the directory.
 * Throws `BAD_CONFIGURATION`.
 */
export function locateHub(account: LockedAccount, env: Environment): HubLocation {
  return locate(hashAccount(account), env);
}

/** The hubs that may be running: their sockets are there. Throws `BAD_CONFIGURATION`. */
export function listHubs(env: Environment): HubLocation[] {
  const directory = openRunDirectory(env);
  const fallback = path.dirname(locate('0'.repeat(HASH_LENGTH), env).socketPath);
  if (fallback !== directory) return readdirSync(directory).flatMap((name) => keyOf(name, /^([0-9a-f]{16})\./, env));
  return readdirSync(directory).flatMap((name) => keyOf(name, SOCKET, env));
}

function keyOf(name: string, pattern: RegExp, env: Environment): HubLocation[] {
  const key = pattern.exec(name)?.[1];
  return key === undefined ? [] : [locate(key, env)];
}

function locate(key: string, env: Environment): HubLocation {
  const directory = openRunDirectory(env);
  const logFile = path.join(stateDirectory(env), `hub-${key}.log`);
  const socketPath = path.join(directory, `${key}.sock`);
  if (Buffer.byteLength(socketPath) <= MAX_PATH_BYTES) return { key, socketPath, logFile };
  const hash = createHash('sha256').update(socketPath).digest('hex').slice(0, HASH_LENGTH);
  return { key, socketPath: path.join(openShortDirectory(), `${hash}.sock`), logFile };
}

/** Not TMPDIR's: cron and a login shell must find the same place. */
function openShortDirectory(): string {
  return openRunDirectory({ TICKPIPE_RUN_DIR: `/tmp/tickpipe-${process.getuid?.() ?? 0}` });
}

function stateDirectory(env: Environment): string {
  const state = env['XDG_STATE_HOME'];
  const base = state && path.isAbsolute(state) ? state : path.join(env['HOME'] || homedir(), '.local', 'state');
  return path.join(base, 'tickpipe');
}
