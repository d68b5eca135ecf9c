import { createTokenSource } from '../auth/token-source.ts';
import { acquireAccountLock } from '../feed/account-lock.ts';
import { readEndpoints } from '../feed/endpoints.ts';
import type { Feed, FeedListener } from '../feed/feed.ts';
import { openFyersFeed } from '../feed/fyers-feed.ts';
import { WEEKDAYS } from '../market/sessions.ts';
import type { FeedName } from './flag-values.ts';
import type { Program } from './program.ts';

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

type OpenFeed = (
  settings: FeedSettings,
  program: Program,
  listener: FeedListener,
  signal: AbortSignal,
) => Promise<Feed>;

const FEEDS: Record<FeedName, OpenFeed> = { fyers: openLive, sim: openSimulated };

/** Opens the feed that the flags name; nothing is connected before its first subscription. Throws coded errors. */
export const openFeed: OpenFeed = (settings, program, listener, signal) =>
  FEEDS[settings.feed](settings, program, listener, signal);

/** FYERS allows one data connection per user, so a second one of this machine is refused. */
async function openLive(
  settings: FeedSettings,
  program: Program,
  listener: FeedListener,
  signal: AbortSignal,
): Promise<Feed> {
  const { env, clock } = program;
  const endpoints = readEndpoints(env);
  return openFyersFeed(
    {
      name: 'the FYERS data socket',
      endpoints,
      tokens: createTokenSource({ tokenFile: settings['token-file'], env }),
      clock,
      random: Math.random,
      calendar: WEEKDAYS,
      stallTimeoutMs: settings['stall-timeout'],
      maxRetries: settings['max-retries'],
      ...(!(settings.direct && settings.force) && {
        acquire: ({ userId }) => acquireAccountLock({ feed: 'fyers', ...endpoints, userId }, { env, clock, signal }),
      }),
    },
    listener,
  );
}

/** The simulator is loaded only when it is asked for. */
async function openSimulated(settings: FeedSettings, program: Program, listener: FeedListener): Promise<Feed> {
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
