import { constants, type Stats } from 'node:fs';
import { access, readlink, realpath } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../errors/errno.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { decodeText, encodeText, findEncoding, PLAIN_UTF8, type TextEncoding } from './decode-text.ts';
import { makeDirectory } from './make-directory.ts';
import { currentUser } from './ownership.ts';
import { LockHeld, type LockOptions, nameHolder, type ProcessLock, waitForLock } from './process-lock.ts';
import { describeInputFailure, type Input, readInput, wasAborted } from './read-input.ts';
import { type FileOwnership, removeLeftovers, replaceFile } from './replace-file.ts';
import { shortHash } from './short-hash.ts';

/** A file of settings is the user's own. */
const NEW_FILE_MODE = 0o600;
const MODE_BITS = 0o7777;
/** A change takes some milliseconds, so this is for processes that were stopped, and for busy machines. */
const MAX_WAIT_MS = 20_000;
/** As many as Linux follows. */
const MAX_LINKS = 40;

export interface ChangeOptions extends Omit<LockOptions, 'inherited'> {
  readonly maxBytes: number;
  /** Whether the directories above a new file are made, too. */
  readonly makesDirectory: boolean;
}

/**
 * Changes a text file that people edit, too. Processes that change the same file take turns, so that none undoes what another did.
 * The file is replaced by write-and-rename: whatever happens, it is the old one or the new one. Links are followed, and mode, owner
 * and encoding stay as they were. A new file has mode 0600.
 *
 * @param change gets the text, `undefined` when there is no file, and returns the new one; `undefined` leaves the file as it is
 * @returns whether the file was changed. Throws what `change` throws, `INPUT_MISSING` for what is no text file, `OUTPUT_FAILED` when
 *   another process does not finish its change, else what the file system says
 */
export async function changeTextFile(
  file: string,
  options: ChangeOptions,
  change: (text: string | undefined) => string | undefined | Promise<string | undefined>,
): Promise<boolean> {
  const target = await followLinks(file);
  const lock = await takeTurn(file, target, options);
  try {
    const old = await readOld(file, target, options);
    const text = await change(old?.text);
    if (text === undefined || text === old?.text) return false;
    if (old === undefined && options.makesDirectory) makeDirectory(path.dirname(target), true);
    // The directory alone decides whether a rename is allowed; a file that was made read-only is to stay as it is.
    if (old !== undefined) await access(target, constants.W_OK);
    await removeLeftovers(path.dirname(target));
    await replaceFile(target, encodeText(text, old?.encoding ?? PLAIN_UTF8), ownershipOf(old?.stats));
    return true;
  } finally {
    lock.release();
  }
}

/** The path that a link leads to, also when nothing is there yet: dotfiles are often links to a repository. */
export async function followLinks(file: string): Promise<string> {
  let target = path.resolve(file);
  for (let links = 0; links < MAX_LINKS; links++) {
    try {
      return await realpath(target);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
    const next = await readlink(target).catch(() => undefined);
    if (next === undefined) return path.join(await findRealDirectory(path.dirname(target)), path.basename(target));
    target = path.resolve(path.dirname(target), next);
  }
  throw Object.assign(new Error('too many symbolic links'), { code: 'ELOOP' });
}

/** The real path of a directory, which may be missing: then that of the nearest above it that is there, and the rest. */
async function findRealDirectory(directory: string): Promise<string> {
  try {
    return await realpath(directory);
  } catch (error) {
    const parent = path.dirname(directory);
    if (errnoOf(error) !== 'ENOENT' || parent === directory) throw error;
    return path.join(await findRealDirectory(parent), path.basename(directory));
  }
}

async function takeTurn(file: string, target: string, options: ChangeOptions): Promise<ProcessLock> {
  try {
    return await waitForLock(shortHash(`file\n${target}`), 'writer', { ...options, maxWaitMs: MAX_WAIT_MS });
  } catch (error) {
    if (!(error instanceof LockHeld)) throw error;
    throw new TickpipeError('OUTPUT_FAILED', `cannot write ${file}: ${nameHolder(error.holder)} is changing it`, {
      hint: `end that process; if it has ended already, remove ${error.holder.file}`,
    });
  }
}

interface OldFile {
  readonly text: string;
  readonly encoding: TextEncoding;
  readonly stats: Stats;
}

async function readOld(
  file: string,
  target: string,
  { maxBytes, signal }: ChangeOptions,
): Promise<OldFile | undefined> {
  let input: Input;
  try {
    input = await readInput(target, { maxBytes, signal, filesOnly: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    if (wasAborted(error, signal)) throw error;
    throw refuse(file, describeFailure(error, maxBytes));
  }
  const encoding = findEncoding(input.bytes);
  const text = decodeText(input.bytes);
  // Bytes that are no characters would be lost when the text is written.
  if (text === undefined || !encodeText(text, encoding).equals(input.bytes)) {
    throw refuse(file, 'it is not text in UTF-8 or UTF-16');
  }
  return { text, encoding, stats: input.stats };
}

function describeFailure(error: unknown, maxBytes: number): string {
  return errnoOf(error) === 'EFBIG' ? `it is larger than ${maxBytes} bytes` : describeInputFailure(error);
}

function refuse(file: string, reason: string): TickpipeError {
  return new TickpipeError('INPUT_MISSING', `${file} cannot be read: ${reason}`);
}

/** @param old of the file that is replaced */
function ownershipOf(old: Stats | undefined): FileOwnership {
  if (old === undefined) return { mode: NEW_FILE_MODE };
  const { uid, gid } = old;
  // Others than root can only keep a file.
  return { mode: old.mode & MODE_BITS, owner: currentUser() === 0 ? { uid, gid } : undefined };
}
