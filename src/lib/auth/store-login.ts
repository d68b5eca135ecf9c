import { chmodSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { makeDirectory } from '../host/make-directory.ts';
import { chownCommand, currentUser, findExisting, isForeign, USE_OWN_HOME } from '../host/ownership.ts';
import { removeLeftovers, replaceFile } from '../host/replace-file.ts';
import { tokenFileOf } from '../host/user-directories.ts';
import type { AccessToken } from './access-token.ts';

type Env = Readonly<Record<string, string | undefined>>;

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/**
 * Makes the folder of the stored logins, so that it is known before a login that the login can be kept. Throws `BAD_CONFIGURATION`
 * for a folder of another user, and what the file system says.
 */
export function prepareTokenFolder(env: Env): void {
  const folder = path.dirname(tokenFileOf(env, 'default'));
  const { place, stat } = findExisting(folder);
  // Only a home directory says whose place it is meant to be.
  const home = env['XDG_CONFIG_HOME'] ? undefined : env['HOME'];
  if (isForeign(stat, home)) {
    const what = `the directory ${JSON.stringify(place)}`;
    throw unusable(`${what} belongs to another user: no login is stored there`, USE_OWN_HOME);
  }
  makeDirectory(folder, true);
  const made = statSync(folder);
  const user = currentUser();
  if (user !== undefined && made.uid !== user) {
    throw unusable(`the directory ${JSON.stringify(folder)} belongs to another user`, chownCommand(folder));
  }
  chmodSync(folder, FOLDER_MODE);
}

const unusable = (message: string, hint: string): TickpipeError =>
  new TickpipeError('BAD_CONFIGURATION', message, { hint });

/** Stores the login of a profile in place of an earlier one. Throws as `prepareTokenFolder`; the earlier one is kept then. */
export async function storeLogin(env: Env, profile: string, { appId, jwt }: AccessToken): Promise<void> {
  prepareTokenFolder(env);
  const text = `${JSON.stringify({ app_id: appId, access_token: jwt })}\n`;
  await replaceFile(tokenFileOf(env, profile), text, { mode: FILE_MODE });
}

/**
 * Removes the login of a profile, and what a login that was killed left beside it. It may be gone already. Throws what the file system
 * says.
 */
export async function removeLogin(file: string): Promise<void> {
  await rm(file, { force: true });
  await removeLeftovers(path.dirname(file));
}
