import type { AccessToken } from '../auth/access-token.ts';
import type { TokenSource } from '../auth/token-source.ts';
import type { Feed, FeedListener } from '../feed/feed.ts';
import { openFyersFeed } from '../feed/fyers-feed.ts';
import { findHubLocation } from '../hub/background/hub-location.ts';
import { describeTokenEnd, TokenWatch, type WatchedToken } from '../hub/token-watch.ts';
import type { FeedContext, FeedSettings } from './feed-settings.ts';
import { isRecording } from './flag-values.ts';
import { lockAccount, lockedAccount, openAccount, SIMULATED_ACCOUNT } from './live-account.ts';
import { readCalendar } from './settings/calendars.ts';

/** Opens the feed that the flags name; nothing is connected to FYERS before its first subscription. Throws coded errors. */
export async function openFeed(settings: FeedSettings, context: FeedContext, listener: FeedListener): Promise<Feed> {
  const { feed } = settings;
  if (feed === 'sim') return openSimulated(settings, context, listener);
  if (feed === 'fyers' && settings.direct) return openDirect(settings, context, listener);
  if (isRecording(feed)) {
    const { openRecording } = await import('./replay/open-recording.ts');
    return openRecording({ ...settings, path: feed.recording }, context.program.clock, listener);
  }
  const { openHubElsewhere, openSharedFeed } = await import('./hub/shared-feed.ts');
  return feed === 'fyers'
    ? openSharedFeed(settings, context, listener)
    : openHubElsewhere({ ...settings, feed }, context, listener);
}

/** A live socket of this process alone. */
async function openDirect(settings: FeedSettings, context: FeedContext, listener: FeedListener): Promise<Feed> {
  const { program, reporter, signal } = context;
  const { endpoints, tokens, feedName } = openAccount(settings['token-file'], program);
  const { clock } = program;
  let watch: TokenWatch | undefined;
  const acquire = async (token: AccessToken): Promise<{ release(): Promise<void> }> => {
    const lock = settings.force
      ? undefined
      : await lockAccount(lockedAccount(endpoints, token), 'command', program, signal);
    return {
      release: async () => {
        watch?.close();
        await lock?.release();
      },
    };
  };
  const held = new LatestToken(tokens);
  const feed = await openFyersFeed(
    {
      name: feedName,
      endpoints,
      tokens: held,
      clock,
      random: Math.random,
      calendar: await readCalendar(program.env),
      stallTimeoutMs: settings['stall-timeout'],
      maxRetries: settings['max-retries'],
      waitsForToken: settings.waitsForToken,
      tap: settings.tap,
      acquire,
    },
    listener,
  );
  for (const warning of tokens.warnings()) reporter.warn(warning, { event: 'token' });
  const warn = (message: string): void => reporter.warn(message, { event: 'token' });
  const tokenEnd = describeTokenEnd(held.expiresAtMs, clock.now());
  if (tokenEnd !== undefined) warn(tokenEnd);
  watch = new TokenWatch(held, clock, warn);
  return feed;
}

/** A source of tokens that knows when the last one that it gave ends. */
class LatestToken implements TokenSource, WatchedToken {
  readonly #tokens: TokenSource;
  expiresAtMs: number | null = null;

  constructor(tokens: TokenSource) {
    this.#tokens = tokens;
  }

  async read(): Promise<AccessToken> {
    const token = await this.#tokens.read();
    this.expiresAtMs = token.expiresAtMs;
    return token;
  }

  warnings(): readonly string[] {
    return this.#tokens.warnings();
  }

  /** A token file may have another meanwhile; one that cannot be read now leaves it as it is. */
  async refresh(): Promise<void> {
    await this.read().catch(() => {});
  }
}

/** The simulated hub that runs, unless this process is to have a connection of its own; else a simulator in this process. */
async function openSimulated(settings: FeedSettings, context: FeedContext, listener: FeedListener): Promise<Feed> {
  const { program, reporter } = context;
  if (!settings.direct && settings.tap === undefined) {
    const location = findHubLocation(SIMULATED_ACCOUNT, program.env);
    if (location) {
      const { joinSimulatedHub } = await import('./hub/shared-feed.ts');
      const joined = await joinSimulatedHub(location, settings, context, listener);
      if (joined) return joined;
    }
    reporter.info('no simulated hub runs: this simulator is private; to share one, run tickpipe serve --feed sim', {
      event: 'private',
    });
  }
  // The simulator is loaded only when it is asked for.
  const { openSimulatedFeed } = await import('../simulator/sim-feed.ts');
  return openSimulatedFeed(
    {
      clock: program.clock,
      random: Math.random,
      stallTimeoutMs: settings['stall-timeout'],
      maxRetries: settings['max-retries'],
      tap: settings.tap,
    },
    listener,
  );
}
