import { errnoOf } from '../errors/errno.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { chownCommand } from '../host/ownership.ts';
import { describeInputFailure, readText, wasAborted } from '../host/read-input.ts';
import { parseJsonObject } from '../text/json-object.ts';
import { type AccessToken, parseAccessToken } from './access-token.ts';
import { checkPrivateFile } from './private-file.ts';

/*
 * The login of a profile: {"app_id":"XXXXXXXXXX-100","access_token":"<JWT>"} in `tokens/<profile>.json` of the configuration
 * directory, mode 0600 in a folder of mode 0700. An app secret is never in it.
 */

const MAX_FILE_BYTES = 65_536;

/** What errors call the file. */
const nameLogin = (file: string): string => `the stored login ${JSON.stringify(file)}`;

/**
 * The login in the text of a file, as `APPID:JWT`; undefined for a text that is no JSON, as that of a token file. Throws
 * `TOKEN_MALFORMED`, which quotes nothing.
 */
export function readLoginText(text: string, name: string): string | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  const { app_id: appId, access_token: jwt } = parseJsonObject(text) ?? {};
  if (typeof appId === 'string' && typeof jwt === 'string') return `${appId}:${jwt}`;
  throw damaged(name);
}

/**
 * Reads the login of a profile, as `APPID:JWT`; undefined when there is none. Throws `SECRET_FILE_UNSAFE`, `TOKEN_MALFORMED`, and
 * `NO_TOKEN` for a file that cannot be read; or as `readInput` when the signal is aborted.
 * @param check what the file has to be before it is used
 */
export async function readStoredLogin(
  file: string,
  signal: AbortSignal,
  check: typeof checkPrivateFile = checkPrivateFile,
): Promise<string | undefined> {
  const name = nameLogin(file);
  const found = await readText(file, { maxBytes: MAX_FILE_BYTES, signal, filesOnly: true }).catch((error: unknown) => {
    if (wasAborted(error, signal)) throw error;
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw describeUnreadable(file, name, error);
  });
  if (found === undefined) return undefined;
  check(file, found.stats, name);
  const text = readLoginText(found.text, name);
  if (text === undefined) throw damaged(name);
  return text;
}

const damaged = (name: string): TickpipeError =>
  new TickpipeError('TOKEN_MALFORMED', `${name} is damaged`, { hint: 'run tickpipe login' });

function describeUnreadable(file: string, name: string, error: unknown): TickpipeError {
  const code = errnoOf(error);
  if (code === 'EILSEQ' || code === 'EFBIG') return damaged(name);
  if (code !== 'EACCES' && code !== 'EPERM') {
    return new TickpipeError('NO_TOKEN', `${name} cannot be read: ${describeInputFailure(error)}`, {
      hint: 'remove it, then run tickpipe login',
    });
  }
  return new TickpipeError('SECRET_FILE_UNSAFE', `${name} may not be read by this user`, { hint: chownCommand(file) });
}

/** The last login of a profile, expired or not; undefined when nothing usable is stored. */
export async function readLastLogin(file: string, signal: AbortSignal): Promise<AccessToken | undefined> {
  try {
    const text = await readStoredLogin(file, signal);
    return text === undefined ? undefined : parseAccessToken(text);
  } catch (error) {
    if (error instanceof TickpipeError && !signal.aborted) return undefined;
    throw error;
  }
}
