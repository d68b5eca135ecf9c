import { TickpipeError } from '../errors/tickpipe-error.ts';
import { type AccessToken, parseAccessToken } from './access-token.ts';
import { readTokenFile, type TokenFileContent } from './token-file.ts';

/** Where access tokens come from. */
export interface TokenSource {
  /**
   * The token as it stands now: read anew for every connection, since a day's token is replaced while programs run.
   * Throws `NO_TOKEN` or `TOKEN_MALFORMED`. Whether it may be used is for `checkAccessToken`.
   */
  read(): Promise<AccessToken>;
  /** What the last `read` found that people should know, for stderr. */
  warnings(): readonly string[];
}

/** The file when one is named, else `FYERS_ACCESS_TOKEN`; `FYERS_APP_ID` completes a bare JWT of either. */
export function createTokenSource(options: {
  tokenFile?: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
}): TokenSource {
  const { tokenFile, env } = options;
  let last: TokenFileContent | undefined;

  async function readText(): Promise<string> {
    if (tokenFile !== undefined) {
      if (!last?.once) last = await readTokenFile(tokenFile);
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
  };
}
