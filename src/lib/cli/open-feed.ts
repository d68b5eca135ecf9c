import { createTokenSource } from '../auth/token-source.ts';
import { acquireAccountLock } from '../feed/account-lock.ts';
import { DEFAULT_ENDPOINTS, readEndpoints } from '../feed/endpoints.ts';
import type { Feed, FeedListener } from '../feed/feed.ts';
import { openFyersFeed } from '../feed/fyers-feed.ts';
import { WEEKDAYS } from '../market/sessions.ts';
import type { FeedName } from './flag-values.ts';
import type { Program } from './program.ts';
import type { Reporter } from './stderr.ts';

/** The flags that say whose ticks. */
export interface FeedSettings {
  readonly feed: FeedName;
  readonly 'token-file'?: string | undefined;
  readonly 'stall-timeout': number;
  readonly 'max-retries'?: number | undefined;
  /** Beside another live connection of this machine. */
  readonly direct?: boolean;
  readonly force?: boolean;
}

/** What a feed is opened with. */
export interface FeedContext {
  readonly program: Program;
  readonly reporter: Reporter;
  /** Ends the wait for the account's lock. */
  readonly signal: AbortSignal;
}

type OpenFeed = (settings: FeedSettings, context: FeedContext, listener: FeedListener) => Promise<Feed>;

const FEEDS: Record<FeedName, OpenFeed> = { fyers: openLive, sim: openSimulated };

/** Opens the feed that the flags name; nothing is connected before its first subscription. Throws coded errors. */
export const openFeed: OpenFeed = (settings, context, listener) => FEEDS[settings.feed](settings, context, listener);

/** FYERS allows one data connection per user, so a second one of this machine is refused. */
async function openLive(settings: FeedSettings, context: FeedContext, listener: FeedListener): Promise<Feed> {
  const { program, reporter, signal } = context;
  const { env, clock } = program;
  const endpoints = readEndpoints(env);
  const tokens = createTokenSource({ tokenFile: settings['token-file'], env });
  const feed = await openFyersFeed(
    {
      name: nameSocket(endpoints.socketUrl),
      endpoints,
      tokens,
      clock,
      random: Math.random,
      calendar: WEEKDAYS,
      stallTimeoutMs: settings['stall-timeout'],
      maxRetries: settings['max-retries'],
      ...(!(settings.direct && settings.force) && {
        acquire: ({ userId, simulated }) =>
          acquireAccountLock({ feed: 'fyers', ...endpoints, userId, simulated }, { env, clock, signal }),
      }),
    },
    listener,
  );
  for (const warning of tokens.warnings()) reporter.warn(warning, { event: 'token' });
  return feed;
}

/** Another gateway must not be taken for FYERS itself. */
function nameSocket(socketUrl: string): string {
  return socketUrl === DEFAULT_ENDPOINTS.socketUrl
    ? 'the FYERS data socket'
    : `the data socket at ${new URL(socketUrl).host}`;
}

/** The simulator is loaded only when it is asked for. */
async function openSimulated(settings: FeedSettings, { program }: FeedContext, listener: FeedListener): Promise<Feed> {
  const { openSimulatedFeed } = await import('../simulator/sim-feed.ts');
  return openSimulatedFeed(
    {
      clock: program.clock,
      random: Math.random,
      stallTimeoutMs: settings['stall-timeout'],
      maxRetries: settings['max-retries'],
    },
    listener,
  );
}
