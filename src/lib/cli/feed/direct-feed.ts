import type { AccessToken } from '../../auth/access-token.ts';
import { checkTokenOf, type GivenTokenSource, type TokenSource } from '../../auth/token-source.ts';
import type { Clock } from '../../clock/clock.ts';
import { createAppLimits } from '../../data-api/shared-call-limit.ts';
import type { Feed, FeedListener } from '../../feed/feed.ts';
import { lockFeed } from '../../feed/feed-identity.ts';
import { openFyersFeed } from '../../feed/fyers-feed.ts';
import { createSessionInstruments } from '../../feed/session-instruments.ts';
import { TokenWatch, type WatchedToken } from '../../hub/core/token-watch.ts';
import { createOutgoing } from '../../network/route.ts';
import type { FeedFlags } from '../command/flag-groups.ts';
import type { CommandContext } from '../program/program.ts';
import { readCalendar } from '../settings/calendars.ts';
import { identifyFeed, openAccount, warnOfTokenEnd, watchTokenOf } from './account.ts';
import type { FeedUse } from './feed-use.ts';

/** Opens a live socket for this process only. Throws coded errors. */
export async function openDirect(
  flags: FeedFlags,
  use: FeedUse,
  context: CommandContext,
  listener: FeedListener,
): Promise<Feed> {
  const { program, reporter, signal, version } = context;
  const { endpoints, tokens, feedName } = openAccount(flags, context);
  const { clock, env } = program;
  let watch: TokenWatch | undefined;
  const acquire = async (token: AccessToken): Promise<{ release(): Promise<void> }> => {
    // FYERS allows one data connection per user, so a second one on this machine is refused.
    const lock = flags.force
      ? undefined
      : await lockFeed(identifyFeed(endpoints, token), 'command', { env, clock, signal });
    return {
      release: async () => {
        watch?.close();
        await lock?.release();
      },
    };
  };
  const held = new LatestToken(tokens, clock);
  const feed = await openFyersFeed(
    {
      name: feedName,
      endpoints,
      tokens: held,
      outgoing: createOutgoing(env, version),
      listed: createSessionInstruments(endpoints, env, clock),
      // Without the lock nothing in the run directory is needed.
      limitOf: flags.force ? undefined : createAppLimits(endpoints.dataUrl, { env, clock, random: Math.random }),
      clock,
      random: Math.random,
      calendar: await readCalendar({ env, clock }, signal),
      stallTimeoutMs: flags['stall-timeout'],
      maxRetries: flags['max-retries'],
      waitsForToken: use.waitsForToken,
      watchToken: watchTokenOf(tokens, clock),
      tap: use.tap,
      acquire,
    },
    listener,
  );
  for (const warning of tokens.warnings()) reporter.warn(warning, { event: 'token' });
  warnOfTokenEnd(held.expiresAtMs, context);
  watch = new TokenWatch(held, clock, (message) => reporter.warn(message, { event: 'token' }));
  return feed;
}

/** A source of tokens that knows when its last token expires. */
class LatestToken implements TokenSource, WatchedToken {
  readonly #tokens: GivenTokenSource;
  readonly #clock: Clock;
  expiresAtMs: number | null = null;

  constructor(tokens: GivenTokenSource, clock: Clock) {
    this.#tokens = tokens;
    this.#clock = clock;
  }

  /** Throws as `checkTokenOf`, too. */
  async read(): Promise<AccessToken> {
    const token = await this.#tokens.read();
    checkTokenOf(this.#tokens.origin, token, this.#clock.now());
    this.expiresAtMs = token.expiresAtMs;
    return token;
  }

  warnings(): readonly string[] {
    return this.#tokens.warnings();
  }

  /** Reads the token file again, which may contain another token. If it cannot be read, the token stays. */
  async refresh(): Promise<void> {
    await this.read().catch(() => {});
  }
}
