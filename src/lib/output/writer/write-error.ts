import { errnoOf } from '../../errors/errno.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';

/** What a failed write or open means, in words. Anything else keeps the system's code. */
const ERRNO_WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBADF: 'it is not open for writing',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is too large',
  EIO: 'the device reports an input/output error',
  EISDIR: 'it is a directory',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
  ENODEV: 'there is no such device',
  ENOENT: 'there is no such directory',
  ENOSPC: 'no space left on the device',
  ENOTDIR: 'a part of the path is not a directory',
  ENXIO: 'there is no such device',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
  ESTALE: 'the file is no longer there',
};

/** What to do where the disk and the permissions are not the reason. */
const ERRNO_HINTS: Readonly<Record<string, string>> = {
  EACCES: 'check the permissions, or write elsewhere',
  EFBIG: 'write to several files, or raise the limit (ulimit -f)',
  EISDIR: 'name a file in it',
  ELOOP: 'correct the link, or name the file itself',
  EMFILE: 'raise the limit of open files (ulimit -n)',
  ENAMETOOLONG: 'use a shorter name',
  ENODEV: 'correct the name',
  ENOENT: 'make the directory first, or correct the name',
  ENOTDIR: 'correct the name',
  ENXIO: 'correct the name',
  EPERM: 'check the permissions, or write elsewhere',
  EROFS: 'write elsewhere',
  ESTALE: 'it was removed while it was written: start again',
};

/**
 * The reader has closed its end. ECONNRESET is how a socket says so when it left something unread, and a stream that had
 * one of them before says ERR_STREAM_DESTROYED.
 */
const READER_GONE: ReadonlySet<string> = new Set([
  'EPIPE',
  'ECONNRESET',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
]);

export function isReaderGone(error: unknown): boolean {
  return READER_GONE.has(errnoOf(error) ?? '');
}

/** An `OUTPUT_FAILED` that says what could not be written and why. */
export function outputFailed(target: string, error: unknown): TickpipeError {
  if (error instanceof TickpipeError) return error;
  const code = errnoOf(error);
  const words = code === undefined ? 'for a reason unknown' : (ERRNO_WORDS[code] ?? code);
  const hint = code === undefined ? undefined : ERRNO_HINTS[code];
  return new TickpipeError('OUTPUT_FAILED', `cannot write ${target}: ${words}`, {
    cause: error,
    hint,
  });
}
