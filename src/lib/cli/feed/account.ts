import path from 'node:path';
import type { AccessToken } from '../../auth/access-token.ts';
import { checkTokenOf, createTokenSource, type GivenTokenSource } from '../../auth/token-source.ts';
import type { Clock } from '../../clock/clock.ts';
import { DEFAULT_ENDPOINTS, type Endpoints, readEndpoints } from '../../feed/endpoints.ts';
import type { FeedIdentity } from '../../feed/feed-identity.ts';
import type { WatchToken } from '../../feed/supervisor.ts';
import { watchFile } from '../../host/watch-file.ts';
import { describeTokenEnd } from '../../hub/core/token-watch.ts';
import type { HubFlags } from '../command/flag-groups.ts';
import { isRecording, type ServedFeed } from '../program/flag-values.ts';
import type { CommandContext } from '../program/program.ts';

/** The live account of a command: its endpoints and its token. */
export interface LiveAccount {
  readonly endpoints: Endpoints;
  readonly tokens: GivenTokenSource;
  /** The name of its data socket in messages. */
  readonly feedName: string;
  /** Reads and checks the current token. Throws coded errors. */
  readToken(): Promise<AccessToken>;
}

/** Throws `BAD_CONFIGURATION`, `INSECURE_ENDPOINT`. The context's signal ends the wait for a token that comes through a pipe. */
export function openAccount(
  { 'token-file': tokenFile }: HubFlags,
  { program, signal, profile }: CommandContext,
): LiveAccount {
  const { env, clock } = program;
  const endpoints = readEndpoints(env);
  const tokens = createTokenSource({ tokenFile, env, profile, signal, now: () => clock.now() });
  return {
    endpoints,
    tokens,
    feedName: nameSocket(endpoints.socketUrl),
    readToken: async () => {
      const token = await tokens.read();
      checkTokenOf(tokens.origin, token, clock.now());
      return token;
    },
  };
}

/** Notices a new login, or a new token in the token file. */
export function watchTokenOf(tokens: GivenTokenSource, clock: Clock): WatchToken {
  return (changed) => {
    const { watchedFile } = tokens;
    return watchedFile === undefined ? undefined : watchFile(watchedFile, clock, changed);
  };
}

/** The identity of the live feed for a token. */
export function identifyFeed(
  { socketUrl, dataUrl }: Endpoints,
  { userId, simulated }: AccessToken,
): FeedIdentity & { readonly kind: 'fyers' } {
  return { kind: 'fyers', socketUrl, dataUrl, userId, simulated };
}

/** The identity of a feed without an account. Each path of a recording has its own hub. */
export function identifyLocalFeed(feed: Exclude<ServedFeed, 'fyers'>): FeedIdentity {
  return isRecording(feed) ? { kind: 'file', path: path.resolve(feed.recording) } : { kind: feed };
}

/**
 * Warns once of each token of a hub that expires within 15 minutes. The hub itself warns only the clients that are connected
 * when the 15 minutes begin.
 */
export function createTokenEndReport(context: CommandContext): (expiresAtMs: number | null) => void {
  let warnedOf: number | null = null;
  return (expiresAtMs) => {
    if (expiresAtMs !== warnedOf && warnOfTokenEnd(expiresAtMs, context)) warnedOf = expiresAtMs;
  };
}

/** Names a data socket; that of another gateway by its host, so that users do not take it for FYERS. */
export function nameSocket(socketUrl: string): string {
  return socketUrl === DEFAULT_ENDPOINTS.socketUrl
    ? 'the FYERS data socket'
    : `the data socket at ${new URL(socketUrl).host}`;
}

/**
 * Warns of a token that expires within 15 minutes. Returns whether it did.
 * @param expiresAtMs epoch milliseconds; null where there is no token
 */
export function warnOfTokenEnd(expiresAtMs: number | null, { program, reporter }: CommandContext): boolean {
  const message = describeTokenEnd(expiresAtMs, program.clock.now());
  if (message !== undefined) reporter.warn(message, { event: 'token' });
  return message !== undefined;
}
