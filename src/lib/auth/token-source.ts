import path from 'node:path';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { tokenFileOf } from '../host/user-directories.ts';
import { type AccessToken, checkAccessToken, parseAccessToken } from './access-token.ts';
import { readStoredLogin } from './stored-login.ts';
import { readTokenFile, type TokenFileContent } from './token-file.ts';

/** Where access tokens come from. */
export interface TokenSource {
  /**
   * The token as it is now: read again for every connection, since a day's token is replaced while programs run.
   * Throws `NO_TOKEN`, `TOKEN_MALFORMED` or `SECRET_FILE_UNSAFE`. Whether it may be used is for `checkAccessToken`.
   */
  read(): Promise<AccessToken>;
  /** What the last `read` found that people should know, for stderr. */
  warnings(): readonly string[];
}

/** What gave a token: a file that the user named, `FYERS_ACCESS_TOKEN`, or what `login` stored. */
export type TokenOrigin = 'token-file' | 'environment' | 'login';

/** What a token was read from on the command line. */
export interface GivenTokenSource extends TokenSource {
  /** Of the token that was read last; before that, of the one that will be read. */
  readonly origin: TokenOrigin;
  /** The file from which another token may come while a program runs; undefined for a pipe. */
  readonly watchedFile: string | undefined;
  /**
   * The path of the token's file for another process that reads it again, once it has been read here. Undefined for a token of the
   * environment, and for a pipe, of which only the content can be handed over.
   */
  lastingFile(): string | undefined;
}

export interface TokenSourceOptions {
  readonly tokenFile?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whose stored login is used when nothing else gives a token; undefined for none. */
  readonly profile?: string | undefined;
  /** Wall time, epoch milliseconds: with it a login takes the place of a variable's token that has expired since it was read. */
  readonly now?: () => number;
  /** Ends the wait for the writer of a pipe. */
  readonly signal?: AbortSignal;
  /** Refuses a pipe in the place of the file: no program writes one for a hub. */
  readonly filesOnly?: boolean;
}

/**
 * The file when one is named, else `FYERS_ACCESS_TOKEN`, else the stored login of the profile; `FYERS_APP_ID` completes a bare JWT of
 * the first two.
 */
export function createTokenSource(options: TokenSourceOptions): GivenTokenSource {
  const { tokenFile, env, profile, signal = new AbortController().signal, filesOnly } = options;
  const loginFile = profile === undefined ? undefined : tokenFileOf(env, profile);
  if (tokenFile !== undefined) return createFileSource(tokenFile, env, signal, filesOnly);
  const variable = env['FYERS_ACCESS_TOKEN']?.trim() ? env['FYERS_ACCESS_TOKEN'] : undefined;
  if (variable !== undefined) return createVariableSource(variable, loginFile, options, signal);
  return createLoginSource(loginFile, signal);
}

function createFileSource(
  tokenFile: string,
  env: TokenSourceOptions['env'],
  signal: AbortSignal,
  filesOnly: boolean | undefined,
): GivenTokenSource {
  let last: TokenFileContent | undefined;
  const findLasting = (): string | undefined => (last?.once === false ? path.resolve(tokenFile) : undefined);
  return {
    origin: 'token-file',
    get watchedFile() {
      return findLasting();
    },
    read: async () => {
      if (!last?.once) last = await readTokenFile(tokenFile, signal, filesOnly);
      return parseAccessToken(last.text, { appId: env['FYERS_APP_ID'] });
    },
    warnings: () => last?.warnings ?? [],
    lastingFile: findLasting,
  };
}

function createLoginSource(file: string | undefined, signal: AbortSignal): GivenTokenSource {
  let wasRead = false;
  return {
    origin: 'login',
    watchedFile: file,
    read: async () => {
      const text = file === undefined ? undefined : await readStoredLogin(file, signal);
      if (text === undefined) throw new TickpipeError('NO_TOKEN', 'no FYERS access token was given');
      const token = parseAccessToken(text);
      wasRead = true;
      return token;
    },
    warnings: () => [],
    lastingFile: () => (wasRead ? file : undefined),
  };
}

/**
 * The environment of a process cannot change. So a program that has used its token takes a later login of the same user when that token
 * has expired: nothing else could bring it another.
 */
function createVariableSource(
  text: string,
  loginFile: string | undefined,
  { env, now }: TokenSourceOptions,
  signal: AbortSignal,
): GivenTokenSource {
  const login = createLoginSource(loginFile, signal);
  let used: AccessToken | undefined;
  let isReplaced = false;
  const replace = async (token: AccessToken): Promise<AccessToken | undefined> => {
    if (used === undefined || now === undefined || token.expiresAtMs > now()) return undefined;
    const other = await login.read().catch(() => undefined);
    const isLater = other !== undefined && other.expiresAtMs > token.expiresAtMs;
    return isLater && other.userId === token.userId && other.simulated === token.simulated ? other : undefined;
  };
  return {
    get origin() {
      return isReplaced ? 'login' : 'environment';
    },
    watchedFile: loginFile,
    read: async () => {
      const token = parseAccessToken(text, { appId: env['FYERS_APP_ID'] });
      const other = await replace(token);
      isReplaced = other !== undefined;
      if (now === undefined || token.expiresAtMs > now()) used = token;
      return other ?? token;
    },
    warnings: () => [],
    lastingFile: () => (isReplaced ? login.lastingFile() : undefined),
  };
}

/** What has to be done where another token counts before the one of a login. */
const HINTS: Readonly<Record<Exclude<TokenOrigin, 'login'>, string>> = {
  environment: 'set FYERS_ACCESS_TOKEN to a new token; or unset it, then run tickpipe login',
  'token-file': 'put a new token into the token file; or run tickpipe login, and leave --token-file out',
};

/** As `checkAccessToken`, with a hint that fits where the token came from: a login does not help while another token counts before it. */
export function checkTokenOf(origin: TokenOrigin, token: AccessToken, nowMs: number): void {
  try {
    checkAccessToken(token, nowMs);
  } catch (error) {
    if (!(error instanceof TickpipeError) || origin === 'login') throw error;
    throw new TickpipeError(error.code, error.message, { hint: HINTS[origin] });
  }
}
