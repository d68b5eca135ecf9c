import type { AccessToken } from '../auth/access-token.ts';
import { checkAccessToken } from '../auth/token-check.ts';
import type { TokenSource } from '../auth/token-source.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { createSymbolLookup } from '../symbols/symbol-lookup.ts';
import type { Endpoints } from './endpoints.ts';
import type { Feed, FeedListener } from './feed.ts';
import { LiveFeed } from './live-feed.ts';
import type { FeedConditions } from './live-feed-options.ts';

export interface FyersFeedOptions extends FeedConditions {
  readonly endpoints: Endpoints;
  readonly tokens: TokenSource;
  /** Takes what must be held while the feed is open, for example the account's lock; called with the first good token. */
  readonly acquire?: (token: AccessToken) => Promise<{ release(): void | Promise<void> }>;
}

/**
 * A feed on a FYERS data socket: tokens, symbol lookup and connection put together. Throws a token's error before
 * anything is connected, and whatever `acquire` throws.
 */
export async function openFyersFeed(options: FyersFeedOptions, listener: FeedListener): Promise<Feed> {
  const { endpoints, tokens, acquire, ...conditions } = options;
  const { clock, random } = conditions;
  /** Whose connection it is: what is held for it is held for this user. */
  let userId: string | undefined;
  const readToken = async (): Promise<AccessToken> => {
    const token = await tokens.read();
    checkAccessToken(token, clock.now());
    userId ??= token.userId;
    if (token.userId !== userId) throw new TickpipeError('TOKEN_CHANGED_KIND', 'the token is of another user now');
    return token;
  };
  const held = await acquire?.(await readToken());
  const life = new AbortController();
  const lookup = createSymbolLookup({ dataUrl: endpoints.dataUrl, clock, signal: life.signal, random });
  const release = async (): Promise<void> => {
    life.abort();
    await held?.release();
  };
  try {
    return await LiveFeed.open(
      {
        ...conditions,
        socketUrl: endpoints.socketUrl,
        readToken,
        resolve: lookup.resolve,
        onClosed: release,
      },
      listener,
    );
  } catch (error) {
    await release();
    throw error;
  }
}
