import path from 'node:path';
import type { AccessToken } from '../../auth/access-token.ts';
import { checkAccessToken } from '../../auth/access-token.ts';
import { createTokenSource, type GivenTokenSource } from '../../auth/token-source.ts';
import { DEFAULT_ENDPOINTS, type Endpoints, readEndpoints } from '../../feed/endpoints.ts';
import type { FeedIdentity } from '../../feed/feed-identity.ts';
import { describeTokenEnd } from '../../hub/core/token-watch.ts';
import type { HubFlags } from '../command/flag-groups.ts';
import type { RecordingChoice } from '../program/flag-values.ts';
import type { CommandContext } from '../program/program.ts';

/** The live account of a command: its endpoints and its token. */
export interface LiveAccount {
  readonly endpoints: Endpoints;
  readonly tokens: GivenTokenSource;
  /** What to call its data socket on stderr. */
  readonly feedName: string;
  /** The token as it stands now, checked. Throws coded errors. */
  readToken(): Promise<AccessToken>;
}

/** Throws `BAD_CONFIGURATION`, `INSECURE_ENDPOINT`. The context's signal ends the wait for a token that comes through a pipe. */
export function openAccount({ 'token-file': tokenFile }: HubFlags, { program, signal }: CommandContext): LiveAccount {
  const { env, clock } = program;
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

/** The feed of this account, as one token sees it. */
export function identifyFeed(
  { socketUrl, dataUrl }: Endpoints,
  { userId, simulated }: AccessToken,
): FeedIdentity & { readonly kind: 'fyers' } {
  return { kind: 'fyers', socketUrl, dataUrl, userId, simulated };
}

/** The feed of a recording: one hub serves each path. */
export function identifyRecording({ recording }: RecordingChoice): FeedIdentity {
  return { kind: 'file', path: path.resolve(recording) };
}

/**
 * Warns once of each token of a hub that ends within a quarter of an hour. The hub itself warns only the clients that are
 * connected when the quarter of an hour begins.
 */
export function createTokenEndReport(context: CommandContext): (expiresAtMs: number | null) => void {
  let warnedOf: number | null = null;
  return (expiresAtMs) => {
    if (expiresAtMs !== warnedOf && warnOfTokenEnd(expiresAtMs, context)) warnedOf = expiresAtMs;
  };
}

/** Another gateway must not be taken for FYERS itself. */
export function nameSocket(socketUrl: string): string {
  return socketUrl === DEFAULT_ENDPOINTS.socketUrl
    ? 'the FYERS data socket'
    : `the data socket at ${new URL(socketUrl).host}`;
}

/**
 * Warns of a token that ends within a quarter of an hour. Returns whether it did.
 * @param expiresAtMs epoch milliseconds; null where there is no token
 */
export function warnOfTokenEnd(expiresAtMs: number | null, { program, reporter }: CommandContext): boolean {
  const message = describeTokenEnd(expiresAtMs, program.clock.now());
  if (message !== undefined) reporter.warn(message, { event: 'token' });
  return message !== undefined;
}
