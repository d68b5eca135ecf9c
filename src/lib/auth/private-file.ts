import type { Stats } from 'node:fs';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { chownCommand, currentUser, USE_OWN_HOME } from '../host/ownership.ts';
import { quoteForShell } from '../host/quote-for-shell.ts';

const OTHERS_MAY_USE = 0o066;

/**
 * Throws `SECRET_FILE_UNSAFE`, with the command that mends it, for a file that others can read or change, or that belongs to another
 * user. What is not a regular file, as the pipe of `<(...)`, has no owner that matters.
 * @param name what the error calls it, with its path
 */
export function checkPrivateFile(file: string, stats: Stats, name: string): void {
  checkFileOwner(file, stats, name);
  if (currentUser() === undefined || !stats.isFile() || (stats.mode & OTHERS_MAY_USE) === 0) return;
  throw unsafe(`${name} can be read or changed by others`, `chmod 600 ${quoteForShell(file)}`);
}

/** Checks the owner alone, not the mode. Throws as above. */
export function checkFileOwner(file: string, stats: Stats, name: string): void {
  const user = currentUser();
  if (user === undefined || !stats.isFile() || stats.uid === user) return;
  throw unsafe(`${name} belongs to another user`, user === 0 ? USE_OWN_HOME : chownCommand(file));
}

const unsafe = (message: string, hint: string): TickpipeError =>
  new TickpipeError('SECRET_FILE_UNSAFE', message, { hint });
