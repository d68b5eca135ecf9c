import { chmodSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { describeErrno } from '../errors/errno.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { makeDirectory } from './make-directory.ts';
import { chownCommand, currentUser, findExisting, isForeign, readAccountHome, USE_OWN_HOME } from './ownership.ts';

const OTHERS_MAY_WRITE = 0o022;
const OTHERS_MAY_ENTER = 0o077;
/** As a hint names it. */
const OWN_FOLDER = '~/.tickpipe';

/** Where `openRunDirectory` opens it; nothing is made or checked. Throws `BAD_CONFIGURATION`. */
export function locateRunDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const override = env['TICKPIPE_RUN_DIR'];
  return override ? path.resolve(override) : path.join(homeDirectory(env), '.tickpipe', 'run');
}

/**
 * The directory where the processes of one user find each other, made when it is missing: `TICKPIPE_RUN_DIR`, else
 * `~/.tickpipe/run` - a place that cron, ssh and a desktop agree on, as they do not on XDG_RUNTIME_DIR. It is the user's own
 * and nobody else can write in it. Throws `BAD_CONFIGURATION`.
 */
export function openRunDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const override = env['TICKPIPE_RUN_DIR'];
  const directory = locateRunDirectory(env);
  const name = `run directory ${JSON.stringify(directory)}`;
  try {
    checkPlace(directory, override ? undefined : homeDirectory(env));
    // The home directory itself is not for us to make.
    if (!override) makeDirectory(path.dirname(directory), false);
    makeDirectory(directory, Boolean(override));
    checkOwner(statSync(directory), name, override ? directory : OWN_FOLDER);
    if (!override) chmodSync(directory, 0o700);
    return directory;
  } catch (error) {
    if (error instanceof TickpipeError) throw error;
    throw unusable(`${name} cannot be used (${describeErrno(error)})`, 'set TICKPIPE_RUN_DIR to one that you can make');
  }
}

/** Throws `BAD_CONFIGURATION` for a place where nothing of this user may be made. @param home undefined for a place that was given */
function checkPlace(directory: string, home: string | undefined): void {
  const { place, stat } = findExisting(directory);
  if (home !== undefined && place.startsWith(path.dirname(directory))) {
    // A part of it is there already: root may have made it.
    checkOwner(stat, `run directory ${JSON.stringify(place)}`, OWN_FOLDER);
    return;
  }
  if (!isForeign(stat, home)) return;
  const what =
    home === undefined ? `the directory ${JSON.stringify(place)}` : `the home directory ${JSON.stringify(home)}`;
  throw unusable(`${what} belongs to another user: nothing is made there`, USE_OWN_HOME);
}

/**
 * Throws `BAD_CONFIGURATION` unless it is a directory of this user in which nobody else can write.
 * @param folder what to make the user's own, when it is not; its path as the shell has it
 */
export function checkOwner(stat: Stats, name: string, folder: string): void {
  if (!stat.isDirectory()) throw unusable(`${name} is not a directory`);
  const user = currentUser();
  if (user === undefined) return;
  if (stat.uid !== user) {
    throw unusable(`${name} belongs to another user`, user === 0 ? USE_OWN_HOME : chownCommand(folder));
  }
  if ((stat.mode & OTHERS_MAY_WRITE) !== 0) throw unusable(`${name} can be written by others`);
}

/** Throws `BAD_CONFIGURATION` unless it is a directory of this user that nobody else can enter, as sockets need it. */
export function checkPrivate(stat: Stats, name: string, folder: string): void {
  checkOwner(stat, name, folder);
  if ((stat.mode & OTHERS_MAY_ENTER) !== 0) throw unusable(`${name} can be entered by others`);
}

/** The user's home directory. Throws `BAD_CONFIGURATION`. */
export function homeDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const home = env['HOME'] || readAccountHome();
  if (home && path.isAbsolute(home)) return home;
  throw unusable('there is no home directory to keep run files in');
}

function unusable(
  message: string,
  hint = 'set TICKPIPE_RUN_DIR to a directory that is yours alone (chmod 700)',
): TickpipeError {
  return new TickpipeError('BAD_CONFIGURATION', message, { hint });
}
