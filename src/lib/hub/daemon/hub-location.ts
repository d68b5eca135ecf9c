import { chmodSync, existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { describeErrno } from '../../errors/errno.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { type FeedIdentity, feedKey } from '../../feed/feed-identity.ts';
import { makeDirectory } from '../../host/make-directory.ts';
import { currentUser, findExisting, isForeign } from '../../host/ownership.ts';
import {
  checkOwner,
  checkPrivate,
  homeDirectory,
  locateRunDirectory,
  openRunDirectory,
} from '../../host/run-directory.ts';
import { shortHash } from '../../host/short-hash.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Where the hub of a feed is. */
export interface HubLocation {
  /** The `feedKey` of its feed. */
  readonly key: string;
  readonly socketPath: string;
  /** The log of a hub in the background. */
  readonly logFile: string;
  /** The log when `logFile` cannot be written. */
  readonly spareLogFile: string;
}

/** A longer path fails to be listened at, as EADDRINUSE: the kernel takes 107 bytes, macOS 103. */
const MAX_SOCKET_PATH_BYTES = 100;
/** Not TMPDIR: cron and a login shell must agree. */
const SHORT_ROOT = '/tmp';
const SUFFIX = '.sock';
const KEY_LENGTH = 16;
const KEY = /^[0-9a-f]{16}$/;

/**
 * Where the hub of this feed is, or would be. The socket's directory is made when it is missing; it is the user's own and
 * no other user can enter it, so a process that answers there is the user's. Throws `BAD_CONFIGURATION`.
 */
export function locateHub(identity: FeedIdentity, env: Env): HubLocation {
  const runDirectory = openRunDirectory(env);
  const key = feedKey(identity);
  return describeHub(key, openSocketFolder(runDirectory), env, runDirectory);
}

/** Where the hub of this feed seems to run; undefined where it has no socket. Makes no directory. */
export function findHubLocation(identity: FeedIdentity, env: Env): HubLocation | undefined {
  try {
    if (!hasSockets(locateRunDirectory(env))) return undefined;
    const location = locateHub(identity, env);
    return existsSync(location.socketPath) ? location : undefined;
  } catch (error) {
    // No hub can be where none could listen.
    if (error instanceof TickpipeError) return undefined;
    throw error;
  }
}

/** Whether any hub may run: without a socket there is no name to hash, and no `node:crypto` to load. */
function hasSockets(runDirectory: string): boolean {
  const { directory, ending } = findSocketFolder(runDirectory);
  try {
    return readdirSync(directory).some((name) => name.endsWith(ending));
  } catch {
    // What is there cannot be read, or is no folder: the hub's own look says so.
    return existsSync(directory);
  }
}

/** Where hubs of this user may be: finding them takes no token. A socket may be of a hub that was killed. Throws as `locateHub`. */
export function listHubs(env: Env): HubLocation[] {
  const runDirectory = openRunDirectory(env);
  return listSockets(openSocketFolder(runDirectory), env, runDirectory);
}

function listSockets(folder: SocketFolder, env: Env, runDirectory: string): HubLocation[] {
  return readdirSync(folder.directory)
    .filter((name) => name.endsWith(folder.ending) && KEY.test(name.slice(0, -folder.ending.length)))
    .sort()
    .map((name) => describeHub(name.slice(0, KEY_LENGTH), folder, env, runDirectory));
}

/**
 * The sockets of hubs of this user, as `listHubs` finds them; makes and changes nothing. Throws `BAD_CONFIGURATION` for a folder that
 * cannot be read, or in which another user could listen.
 */
export function peekHubs(env: Env): HubLocation[] {
  const runDirectory = locateRunDirectory(env);
  const folder = findSocketFolder(runDirectory);
  const { directory } = folder;
  const name = `run directory ${JSON.stringify(directory)}`;
  try {
    if (!existsSync(directory)) return [];
    // Under /tmp another user may have made a link of its name.
    checkOwner(directory === runDirectory ? statSync(directory) : lstatSync(directory), name, directory);
    return listSockets(folder, env, runDirectory);
  } catch (error) {
    if (error instanceof TickpipeError) throw error;
    throw new TickpipeError('BAD_CONFIGURATION', `${name} cannot be read (${describeErrno(error)})`);
  }
}

interface SocketFolder {
  readonly directory: string;
  /** What a socket's name has after the key. */
  readonly ending: string;
}

function describeHub(key: string, folder: SocketFolder, env: Env, runDirectory: string): HubLocation {
  const socketPath = path.join(folder.directory, `${key}${folder.ending}`);
  const log = `hub-${key}.log`;
  const logFile = path.join(findLogDirectory(env, runDirectory), log);
  return { key, socketPath, logFile, spareLogFile: path.join(runDirectory, log) };
}

/** The run directory; where a socket's path would be too long, one under /tmp, the name saying which run directory it stands for. */
function findSocketFolder(runDirectory: string): SocketFolder {
  const longest = path.join(runDirectory, `${'0'.repeat(KEY_LENGTH)}${SUFFIX}`);
  if (Buffer.byteLength(longest) <= MAX_SOCKET_PATH_BYTES) return { directory: runDirectory, ending: SUFFIX };
  const ending = `-${shortHash(runDirectory)}${SUFFIX}`;
  return { directory: path.join(SHORT_ROOT, `tickpipe-${currentUser() ?? 0}`), ending };
}

/** The same; a folder under /tmp is made when it is missing. Throws `BAD_CONFIGURATION` for one that other users can enter. */
function openSocketFolder(runDirectory: string): SocketFolder {
  const folder = findSocketFolder(runDirectory);
  const { directory } = folder;
  if (directory === runDirectory) {
    checkPrivate(statSync(runDirectory), `run directory ${JSON.stringify(runDirectory)}`, runDirectory);
    return folder;
  }
  const name = `socket directory ${JSON.stringify(directory)}`;
  try {
    makeDirectory(directory, false);
    // Another user may have made it, or a link of its name: it is checked before it is used.
    const stat = lstatSync(directory);
    if (stat.isDirectory() && stat.uid === currentUser()) chmodSync(directory, 0o700);
    checkPrivate(lstatSync(directory), name, directory);
  } catch (error) {
    if (error instanceof TickpipeError) throw error;
    throw new TickpipeError('BAD_CONFIGURATION', `${name} cannot be used (${describeErrno(error)})`, {
      hint: 'set TICKPIPE_RUN_DIR to a directory with a shorter path',
    });
  }
  return folder;
}

/** `~/.local/state/tickpipe` or what XDG_STATE_HOME says; the run directory for a user without a home of their own. */
export function findLogDirectory(env: Env, runDirectory: string): string {
  try {
    const state = findStateDirectory(env);
    if (state && !isForeign(findExisting(state.directory).stat, state.home))
      return path.join(state.directory, 'tickpipe');
  } catch {
    // TICKPIPE_RUN_DIR does without a home.
  }
  return runDirectory;
}

function findStateDirectory(env: Env): { readonly directory: string; readonly home?: string } | undefined {
  const given = env['XDG_STATE_HOME'];
  if (given && path.isAbsolute(given)) return { directory: given };
  const home = homeDirectory(env);
  return existsSync(home) ? { directory: path.join(home, '.local', 'state'), home } : undefined;
}

/** The log of a hub that ran there; undefined when it could write none. */
export function findLog({ logFile, spareLogFile }: HubLocation): string | undefined {
  return [logFile, spareLogFile].find((file) => existsSync(file));
}
