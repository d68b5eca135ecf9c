import type { Clock } from '../clock/clock.ts';
import type { Feed, FeedListener } from '../feed/feed.ts';
import { LiveFeed } from '../feed/live-feed.ts';
import type { KeyJudge } from './data-connection.ts';
import { SimulatedExchange } from './exchange.ts';
import { connectInMemory } from './memory-socket.ts';
import { conditionsOf, type SimulatedFeedOptions } from './sim-feed-options.ts';
import { DEFAULT_GENERATED } from './universe-options.ts';

/** A private simulator has one client, whose key is always good. */
const USER: KeyJudge = { judgeKey: () => ({ status: 'good', token: { user: 'SIM' } }) };
const ANY_KEY = '0'.repeat(56);

/**
 * The live feed on a new simulator in this process, which lives as long as the feed. Both exchange the messages of the data socket in
 * memory: a server, a WebSocket and an HTTP call of its own take a fifth of the start of a command. Faults are those of a network, so
 * with them there is a real server.
 */
export async function openSimulatedFeed(options: SimulatedFeedOptions, listener: FeedListener): Promise<Feed> {
  if (options.faults?.length) {
    const { openServedFeed } = await import('./served-feed.ts');
    return openServedFeed(options, listener);
  }
  const { clock } = options;
  const exchange = new SimulatedExchange({ generated: DEFAULT_GENERATED, ...options }, clock, USER);
  // The simulator's own timers do not keep the process alive, as a server would.
  const held = clock.after(FOREVER_MS, () => {});
  return LiveFeed.open(
    {
      ...conditionsOf(options),
      connect: connectInMemory((socket) => exchange.serve(socket)),
      readToken: async () => tokenAt(clock),
      resolve: async (symbols) => {
        const { fresh } = exchange.find(symbols);
        return new Map(symbols.map((symbol) => [symbol, fresh.get(symbol) ?? 'unknown']));
      },
      onClosed: () => {
        held.cancel();
        exchange.stop();
      },
    },
    listener,
  );
}

const tokenAt = (clock: Clock) => ({ hsmKey: ANY_KEY, expiresAtMs: clock.now() + LIFE_MS, simulated: true });
const LIFE_MS = 30 * 86_400_000;
const FOREVER_MS = Number.MAX_SAFE_INTEGER;
