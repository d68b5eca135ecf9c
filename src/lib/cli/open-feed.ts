import type { Feed, FeedListener } from '../feed/feed.ts';
import { openFyersFeed } from '../feed/fyers-feed.ts';
import { WEEKDAYS } from '../market/sessions.ts';
import type { FeedChoice } from './flag-values.ts';
import { lockAccount, lockedAccount, openAccount } from './live-account.ts';
import type { Program } from './program.ts';
import type { SessionName } from './shared-feed.ts';
import type { Reporter } from './stderr.ts';

/** The flags that say whose ticks. */
export interface FeedSettings {
  readonly feed: FeedChoice;
  readonly 'token-file'?: string | undefined;
  readonly 'hub-token-file'?: string | undefined;
  readonly 'stall-timeout': number;
  readonly 'max-retries'?: number | undefined;
  readonly linger: number;
  /** A connection of this process's own; with `force` also beside another of this machine. */
  readonly direct?: boolean;
  readonly force?: boolean;
  /** Goes on when the token is refused or expires, until there is another. */
  readonly waitsForToken?: boolean;
}

/** What a feed is opened with. */
export interface FeedContext {
  readonly program: Program;
  readonly reporter: Reporter;
  /** Ends waits on the way to the feed. */
  readonly signal: AbortSignal;
  readonly session: SessionName;
}

/** Opens the feed that the flags name; nothing is connected to FYERS before its first subscription. Throws coded errors. */
export async function openFeed(settings: FeedSettings, context: FeedContext, listener: FeedListener): Promise<Feed> {
  const { feed } = settings;
  if (feed === 'sim') return openSimulated(settings, context, listener);
  if (feed === 'fyers' && settings.direct) return openDirect(settings, context, listener);
  const { openHubElsewhere, openSharedFeed } = await import('./shared-feed.ts');
  return feed === 'fyers'
    ? openSharedFeed(settings, context, listener)
    : openHubElsewhere({ ...settings, feed }, context, listener);
}

/** A live socket of this process alone. */
async function openDirect(settings: FeedSettings, context: FeedContext, listener: FeedListener): Promise<Feed> {
  const { program, reporter, signal } = context;
  const { endpoints, tokens, feedName } = openAccount(settings['token-file'], program);
  const feed = await openFyersFeed(
    {
      name: feedName,
      endpoints,
      tokens,
      clock: program.clock,
      random: Math.random,
      calendar: WEEKDAYS,
      stallTimeoutMs: settings['stall-timeout'],
      maxRetries: settings['max-retries'],
      ...(!settings.force && {
        acquire: (token) => lockAccount(lockedAccount(endpoints, token), 'command', program, signal),
      }),
    },
    listener,
  );
  for (const warning of tokens.warnings()) reporter.warn(warning, { event: 'token' });
  return feed;
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
