import path from 'node:path';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { type AccessToken, parseAccessToken } from './access-token.ts';
import { readTokenFile, type TokenFileContent } from './token-file.ts';

/** Where access tokens come from. */
export interface TokenSource {
  /**
   * The token as it is now: read again for every connection, since a day's token is replaced while programs run.
   * Throws `NO_TOKEN` or `TOKEN_MALFORMED`. Whether it may be used is for `checkAccessToken`.
   */
  read(): Promise<AccessToken>;
  /** What the last `read` found that people should know, for stderr. */
  warnings(): readonly string[];
}

/** What a token was read from on the command line. */
export interface GivenTokenSource extends TokenSource {
  /**
   * The path of the token's file for another process that reads it again, once it has been read here. Undefined for a token of the
   * environment, and for a pipe, of which only the content can be handed over.
   */
  lastingFile(): string | undefined;
}

export interface TokenSourceOptions {
  readonly tokenFile?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends the wait for the writer of a pipe. */
  readonly signal?: AbortSignal;
  /** Refuses a pipe in the place of the file: no program writes one for a hub. */
  readonly filesOnly?: boolean;
}

/** The file when one is named, else `FYERS_ACCESS_TOKEN`; `FYERS_APP_ID` completes a bare JWT of either. */
export function createTokenSource(options: TokenSourceOptions): GivenTokenSource {
  const { tokenFile, env, signal = new AbortController().signal, filesOnly } = options;
  let last: TokenFileContent | undefined;

  async function readText(): Promise<string> {
    if (tokenFile !== undefined) {
      if (!last?.once) last = await readTokenFile(tokenFile, signal, filesOnly);
      return last.text;
    }
    const text = env['FYERS_ACCESS_TOKEN'];
    if (text === undefined || text.trim() === '')
      throw new TickpipeError('NO_TOKEN', 'no FYERS access token was given');
    return text;
  }

  return {
    read: async () => parseAccessToken(await readText(), { appId: env['FYERS_APP_ID'] }),
    warnings: () => last?.warnings ?? [],
    lastingFile: () => (tokenFile === undefined || last?.once !== false ? undefined : path.resolve(tokenFile)),
  };
}
