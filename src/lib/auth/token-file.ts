import type { Stats } from 'node:fs';
import { lstat, readlink, realpath } from 'node:fs/promises';
import path from 'node:path';
import { describeErrno, errnoOf } from '../errors/errno.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { readText, wasAborted } from '../host/read-input.ts';
import { checkPrivateFile } from './private-file.ts';
import { readLoginText } from './stored-login.ts';

const MAX_FILE_BYTES = 65_536;
const OTHERS_MAY_READ = 0o044;
/** A token given where its file's name belongs; the name is not repeated then. */
const LOOKS_LIKE_TOKEN = /\beyJ[\w-]+|^\s*[\w-]+:[\w.-]{20,}\s*$/;
/** Folders of a process's own descriptors: each process finds other files there. */
const DESCRIPTORS = /^\/(?:proc\/|dev\/fd$)/;
const MAX_LINKS = 40;

export interface TokenFileContent {
  readonly text: string;
  /** A pipe, as from `<(...)`, gives its content once only, and what /dev/stdin is depends on the process. */
  readonly once: boolean;
  /** What people should know of the file, for stderr. */
  readonly warnings: readonly string[];
}

/**
 * Reads a token file, or what `login` stored; waits for the writer of a pipe. Throws `NO_TOKEN` when it is missing, unreadable, a
 * directory or empty, `TOKEN_MALFORMED` when too large, `SECRET_FILE_UNSAFE` for a stored login that others can read, or as `readInput`
 * when the signal is aborted.
 */
export async function readTokenFile(file: string, signal: AbortSignal, filesOnly = false): Promise<TokenFileContent> {
  if (LOOKS_LIKE_TOKEN.test(file)) {
    throw noToken(
      '--token-file was given something that looks like a token',
      'it takes the name of a file that holds the token',
    );
  }
  const name = `token file ${JSON.stringify(file)}`;
  const { text, stats } = await readText(file, { maxBytes: MAX_FILE_BYTES, signal, filesOnly }).catch(
    (error: unknown) => {
      throw wasAborted(error, signal) ? error : describeFailure(name, error);
    },
  );
  if (text.trim() === '') throw noToken(`${name} is empty`, HINT);
  const once = !(await isLasting(file, stats));
  // A stored login has to be as private here as in its own place.
  const login = readLoginText(text, name);
  if (login === undefined) return { text, once, warnings: warningsOf(name, stats) };
  checkPrivateFile(file, stats, name);
  return { text: login, once, warnings: [] };
}

/** Whether another process that reads the path later gets what the file holds then. */
async function isLasting(file: string, stats: Stats): Promise<boolean> {
  return stats.isFile() && stats.nlink > 0 && !(await leadsToDescriptor(path.resolve(file)));
}

async function leadsToDescriptor(file: string, links = 0): Promise<boolean> {
  const folder = await realpath(path.dirname(file));
  if (links > MAX_LINKS || DESCRIPTORS.test(folder)) return true;
  const place = path.join(folder, path.basename(file));
  if (!(await lstat(place)).isSymbolicLink()) return false;
  return leadsToDescriptor(path.resolve(folder, await readlink(place)), links + 1);
}

function warningsOf(name: string, stats: Stats): readonly string[] {
  const isOpen = stats.isFile() && process.platform !== 'win32' && (stats.mode & OTHERS_MAY_READ) !== 0;
  return isOpen ? [`${name} can be read by others: chmod 600 it`] : [];
}

const HINT = 'put APPID:TOKEN in it, or run tickpipe login without it; --feed sim needs no token';

const noToken = (message: string, hint: string): TickpipeError => new TickpipeError('NO_TOKEN', message, { hint });

function describeFailure(name: string, error: unknown): TickpipeError {
  const code = errnoOf(error);
  if (code === 'EFBIG') return new TickpipeError('TOKEN_MALFORMED', `${name} is too large to hold just a token`);
  if (code === 'EILSEQ') return noToken(`${name} is not text in UTF-8 or UTF-16`, HINT);
  if (code === 'ESPIPE') return noToken(`${name} is no regular file any more`, HINT);
  if (code === 'EISDIR') return noToken(`${name} is a directory`, HINT);
  if (code === 'ENOENT' || code === 'ENOTDIR') return noToken(`${name} does not exist`, HINT);
  if (code === 'EACCES' || code === 'EPERM') return noToken(`${name} may not be read by this user`, HINT);
  return noToken(`${name} cannot be read (${describeErrno(error)})`, HINT);
}
