import path from 'node:path';
import type { AccessToken } from '../../auth/access-token.ts';
import { checkAccessToken } from '../../auth/token-check.ts';
import { createTokenSource, type GivenTokenSource } from '../../auth/token-source.ts';
import { type AccountLock, acquireAccountLock, type FeedIdentity, type LockRole } from '../../feed/account-lock.ts';
import { DEFAULT_ENDPOINTS, type Endpoints, readEndpoints } from '../../feed/endpoints.ts';
import type { RecordingChoice } from '../program/flag-values.ts';
import type { Program } from '../program/program.ts';

/** The live account of a command: its endpoints and its token. */
export interface LiveAccount {
  readonly endpoints: Endpoints;
  readonly tokens: GivenTokenSource;
  /** What to call its data socket on stderr. */
  readonly feedName: string;
  /** The token as it stands now, checked. Throws coded errors. */
  readToken(): Promise<AccessToken>;
}

/**
 * Throws `BAD_CONFIGURATION`, `INSECURE_ENDPOINT`.
 * @param signal ends the wait for a token that comes through a pipe
 */
export function openAccount(
  tokenFile: string | undefined,
  { env, clock }: Pick<Program, 'env' | 'clock'>,
  signal: AbortSignal,
): LiveAccount {
  const endpoints = readEndpoints(env);
  const tokens = createTokenSource({ tokenFile, env, signal });
  return {
    endpoints,
    tokens,
    feedName: nameSocket(endpoints.socketUrl),
    readToken: async () => {
      const token = await tokens.read();
      checkAccessToken(token, clock.now());
      return token;
    },
  };
}

/** The hub that `serve --feed sim` makes: one of this user. */
export const SIMULATED_ACCOUNT: FeedIdentity = {
  feed: 'sim',
  socketUrl: '',
  dataUrl: '',
  userId: '',
  simulated: true,
};

/** The hub that `serve --feed file:PATH` makes: one for each path. */
export function recordedAccount({ recording }: RecordingChoice): FeedIdentity {
  return { feed: 'file', socketUrl: path.resolve(recording), dataUrl: '', userId: '', simulated: false };
}

/** What makes the account's feed what it is. */
export function lockedAccount(endpoints: Endpoints, { userId, simulated }: AccessToken): FeedIdentity {
  return { feed: 'fyers', ...endpoints, userId, simulated };
}

/** FYERS allows one data connection per user, so a second one of this machine is refused. Throws `SECOND_CONNECTION`. */
export function lockAccount(
  account: FeedIdentity,
  role: LockRole,
  { env, clock }: Program,
  signal: AbortSignal,
): Promise<AccountLock> {
  return acquireAccountLock(account, { env, clock, signal, role });
}

/** Another gateway must not be taken for FYERS itself. */
export function nameSocket(socketUrl: string): string {
  return socketUrl === DEFAULT_ENDPOINTS.socketUrl
    ? 'the FYERS data socket'
    : `the data socket at ${new URL(socketUrl).host}`;
}
