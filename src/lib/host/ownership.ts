import { type Stats, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { quoteForShell } from './quote-for-shell.ts';

/** The effective user; undefined where files have no owners. */
export function currentUser(): number | undefined {
  return process.geteuid?.();
}

/** The directory, or the nearest above it that is there. Throws what stands in the way of a look. */
export function findExisting(directory: string): { readonly place: string; readonly stat: Stats } {
  for (let place = path.resolve(directory); ; place = path.dirname(place)) {
    const stat = statSync(place, { throwIfNoEntry: false });
    if (stat !== undefined || place === path.dirname(place)) return { place, stat: stat ?? statSync(place) };
  }
}

/**
 * Whether files made there would belong to another user than the place does, so that its owner could not use them: root in a
 * user's home, as after sudo that keeps HOME; a user in the home of another. A user without an account entry, as a container may have, is never in a
 * foreign place.
 * @param home when it is the user's home directory, as the environment has it
 */
export function isForeign({ uid: owner }: Stats, home?: string): boolean {
  const user = currentUser();
  if (user === undefined || owner === user) return false;
  if (user === 0) return true;
  if (owner === 0 || home === undefined) return false;
  const own = readAccountHome();
  return own !== undefined && path.resolve(own) !== path.resolve(home);
}

/** The home directory that the account's entry names, whatever the environment says; undefined without an entry. */
export function readAccountHome(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    return undefined;
  }
}

/** What root has to do in the place of another user, for a hint. */
export const USE_OWN_HOME = 'run it as that user, or with a HOME of your own, as sudo -H has it';

/** What makes everything in a directory the user's own again, for a hint. */
export function chownCommand(directory: string): string {
  return `sudo chown -R "$USER" ${quoteForShell(directory)}`;
}
