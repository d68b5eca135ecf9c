import type { AccessToken } from '../auth/access-token.ts';
import { checkAccessToken } from '../auth/access-token.ts';
import type { TokenSource } from '../auth/token-source.ts';
import { formatIstMinute, istDate } from '../clock/ist.ts';
import type { CallLimit } from '../data-api/call-limit.ts';
import { RateLimit } from '../data-api/rate-limit.ts';
import type { AppToken } from '../data-api/shared-call-limit.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import type { Outgoing } from '../network/route.ts';
import type { ListedInstruments } from '../symbols/listed-instruments.ts';
import { createSymbolLookup } from '../symbols/symbol-lookup.ts';
import type { Endpoints } from './endpoints.ts';
import type { Feed, FeedListener } from './feed.ts';
import { LiveFeed } from './live-feed.ts';
import type { FeedConditions } from './live-feed-options.ts';
import type { AdmissionRecord } from './reconnect-policy.ts';

export interface FyersFeedOptions extends FeedConditions {
  readonly endpoints: Endpoints;
  readonly tokens: TokenSource;
  readonly outgoing: Outgoing;
  /** Shared by the feeds that follow each other in a process: a wait that a server asked for outlives a feed. */
  readonly limit?: CallLimit | undefined;
  /** The limit that all processes of the app of a token keep. */
  readonly limitOf?: ((token: AppToken) => CallLimit) | undefined;
  /** Instruments that are known without asking. */
  readonly listed?: ListedInstruments | undefined;
  /** Shared by those feeds, too. */
  readonly admissions?: AdmissionRecord | undefined;
  /** Takes what the feed must hold while it is open, for example the account's lock. Called with the first good token. */
  readonly acquire?: (token: AccessToken) => Promise<{ release(): void | Promise<void> }>;
}

/**
 * A feed on a FYERS data socket: tokens, symbol lookup and connection put together. Throws a token's error before
 * anything is connected, `BAD_CONFIGURATION` for a proxy that cannot be used, and whatever `acquire` throws.
 */
export async function openFyersFeed(options: FyersFeedOptions, listener: FeedListener): Promise<Feed> {
  const {
    endpoints,
    tokens,
    outgoing,
    limit = new RateLimit(options.clock),
    limitOf,
    listed,
    acquire,
    ...conditions
  } = options;
  const { clock, random } = conditions;
  // A proxy that cannot be used is a setting to correct, not a connection to try again.
  for (const url of [endpoints.socketUrl, endpoints.dataUrl]) outgoing.findRoute(new URL(url));
  /** The user of the first token. The lock is of this user, so later tokens must be, too. */
  let userId: string | undefined;
  const readToken = async (): Promise<AccessToken> => {
    const token = await tokens.read();
    checkAccessToken(token, clock.now());
    userId ??= token.userId;
    if (token.userId !== userId) throw new TickpipeError('TOKEN_CHANGED_KIND', 'the token belongs to another user now');
    return token;
  };
  const held = await acquire?.(await readToken());
  const life = new AbortController();
  const { signal } = life;
  const lookup = createSymbolLookup({
    dataUrl: endpoints.dataUrl,
    clock,
    signal,
    random,
    outgoing,
    limit,
    limitOf,
    listed,
    onStale: (checkedAtMs, { message }) => {
      const text = `symbols are looked up in the symbol master of ${istDate(checkedAtMs)}, ${formatIstMinute(checkedAtMs)} IST: ${message}`;
      listener.event({ type: 'warning', event: 'stale_master', message: text });
    },
  });
  const release = async (): Promise<void> => {
    life.abort(new TickpipeError('FEED_UNREACHABLE', 'the feed was closed before it knew the symbols'));
    await held?.release();
  };
  try {
    return await LiveFeed.open(
      {
        ...conditions,
        socketUrl: endpoints.socketUrl,
        readToken,
        resolve: lookup.resolve,
        findRoute: outgoing.findRoute,
        limit,
        onClosed: release,
      },
      listener,
    );
  } catch (error) {
    await release();
    throw error;
  }
}
