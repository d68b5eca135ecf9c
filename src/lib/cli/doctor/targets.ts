import { readAuthUrl } from '../../auth/login-request.ts';
import { readEndpoints } from '../../feed/endpoints.ts';
import { readMasterUrl } from '../../symbols/master/master-url.ts';
import type { FeedChoice } from '../program/flag-values.ts';
import type { Environment } from '../program/program.ts';

/** A server that tickpipe connects to. */
export interface Target {
  readonly url: URL;
  /** What it is for. */
  readonly use: 'data socket' | 'market data' | 'login' | 'symbol master' | 'hub';
}

/** The servers that a feed needs, none for a simulator or a recording. Throws `BAD_CONFIGURATION`, `INSECURE_ENDPOINT`. */
export function listTargets(feed: FeedChoice, env: Environment): readonly Target[] {
  if (feed instanceof URL) return [{ url: feed, use: 'hub' }];
  if (feed !== 'fyers') return [];
  const { socketUrl, dataUrl } = readEndpoints(env);
  return [
    { url: new URL(socketUrl), use: 'data socket' },
    { url: new URL(dataUrl), use: 'market data' },
    { url: new URL(readAuthUrl(env)), use: 'login' },
    { url: new URL(readMasterUrl(env)), use: 'symbol master' },
  ];
}

/** Whether ticks come without a server, as they do without the symbol master. */
export function isDispensable({ use }: Target): boolean {
  return use === 'symbol master';
}

/** Whether a feed is reached through the network. */
export function isRemote(feed: FeedChoice): boolean {
  return feed === 'fyers' || feed instanceof URL;
}

/** The same with one target for each scheme, host and port, the least dispensable. */
export function listOrigins(targets: readonly Target[]): readonly Target[] {
  return [...new Map(targets.toReversed().map((target) => [originOf(target.url), target])).values()].reverse();
}

/** Equal for addresses that share a connection: the host, the port, and whether TLS is used. */
export function originOf(url: URL): string {
  return `${hasTls(url) ? 'tls' : 'plain'}://${url.host}`;
}

export function hasTls({ protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'wss:';
}
