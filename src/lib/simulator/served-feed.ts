import { parseAccessToken } from '../auth/access-token.ts';
import type { Feed, FeedListener } from '../feed/feed.ts';
import { openFyersFeed } from '../feed/fyers-feed.ts';
import { DIRECT } from '../network/route.ts';
import { conditionsOf, type SimulatedFeedOptions } from './sim-feed-options.ts';
import { startSimulator } from './simulator.ts';
import { DEFAULT_GENERATED } from './universe-options.ts';

/** The live feed on a new simulator behind a real socket, which lives as long as the feed. Throws `USAGE` for a fault. */
export async function openServedFeed(options: SimulatedFeedOptions, listener: FeedListener): Promise<Feed> {
  const simulator = await startSimulator({ generated: DEFAULT_GENERATED, ...options });
  try {
    return await openFyersFeed(
      {
        ...conditionsOf(options),
        endpoints: { socketUrl: simulator.socketUrl, dataUrl: simulator.dataUrl },
        outgoing: DIRECT,
        tokens: { read: async () => parseAccessToken(simulator.token), warnings: () => [] },
        acquire: async () => ({ release: () => simulator.close() }),
      },
      listener,
    );
  } catch (error) {
    await simulator.close();
    throw error;
  }
}
