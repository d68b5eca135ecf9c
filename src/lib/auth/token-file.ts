import { open } from 'node:fs/promises';
import { describeErrno } from '../errors/errno.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';

const MAX_FILE_BYTES = 65_536;
const OTHERS_MAY_READ = 0o044;
/** A token given where its file's name belongs; the name is not repeated then. */
const LOOKS_LIKE_TOKEN = /\beyJ[\w-]+|^\s*[\w-]+:[\w.-]{20,}\s*$/;

export interface TokenFileContent {
  readonly text: string;
  /** A pipe, as from `<(...)`, gives its content once only. */
  readonly once: boolean;
  /** What people should know of the file, for stderr. */
  readonly warnings: readonly string[];
}

/** Reads a token file. Throws `NO_TOKEN` when it is missing, unreadable, a directory or empty, `TOKEN_MALFORMED` when too large. */
export async function readTokenFile(path: string): Promise<TokenFileContent> {
  const name = LOOKS_LIKE_TOKEN.test(path) ? undefined : JSON.stringify(path);
  if (name === undefined) {
    throw noToken(
      '--token-file was given something that looks like a token',
      'it takes the name of a file that holds the token',
    );
  }
  const file = await open(path, 'r').catch((error: unknown) => {
    throw noToken(`token file ${name} ${describeFailure(error)}`, HINT);
  });
  try {
    const stat = await file.stat();
    if (stat.isDirectory()) throw noToken(`token file ${name} is a directory`, HINT);
    const text = await readBounded(file, name);
    if (text.trim() === '') throw noToken(`token file ${name} is empty`, HINT);
    const open = stat.isFile() && process.platform !== 'win32' && (stat.mode & OTHERS_MAY_READ) !== 0;
    return {
      text,
      once: !stat.isFile(),
      warnings: open ? [`token file ${name} can be read by others: chmod 600 it`] : [],
    };
  } finally {
    await file.close();
  }
}

const HINT = 'put APPID:TOKEN in it, or name another file; --feed sim needs no token';

const noToken = (message: string, hint: string): TickpipeError => new TickpipeError('NO_TOKEN', message, { hint });

async function readBounded(file: Awaited<ReturnType<typeof open>>, name: string): Promise<string> {
  const buffer = Buffer.alloc(MAX_FILE_BYTES + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, null).catch((error: unknown) => {
      throw noToken(`token file ${name} ${describeFailure(error)}`, HINT);
    });
    if (bytesRead === 0) return buffer.toString('utf8', 0, length).replace(/^\uFEFF/, '');
    length += bytesRead;
  }
  throw new TickpipeError('TOKEN_MALFORMED', `token file ${name} is too large to hold just a token`);
}

function describeFailure(error: unknown): string {
  const code = describeErrno(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
  return `cannot be read (${code})`;
}
