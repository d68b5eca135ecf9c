import { parseAccessToken } from '../auth/access-token.ts';
import type { Clock } from '../clock/clock.ts';
import type { Feed, FeedListener } from '../feed/feed.ts';
import { openFyersFeed } from '../feed/fyers-feed.ts';
import type { FeedConditions } from '../feed/live-feed-options.ts';
import type { BarHistory } from '../history/bar-history.ts';
import { LazyHistory } from '../history/lazy-history.ts';
import { WEEKDAYS } from '../market/trading-hours.ts';
import { DIRECT } from '../network/route.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts';
import { DEFAULT_GENERATED } from './universe-options.ts';

/** `random` is for the backoff, not for prices. */
export interface SimulatedFeedOptions
  extends Omit<SimulatorOptions, 'port' | 'clock'>,
    Omit<FeedConditions, 'name' | 'calendar' | 'waitsForToken'> {}

/**
 * The live feed on a new simulator in this process, behind a real socket. The simulator lives as long as the feed. Its instruments are
 * known without an HTTP call, which takes a twelfth of the start of a command, unless faults may answer that call.
 */
export async function openSimulatedFeed(options: SimulatedFeedOptions, listener: FeedListener): Promise<Feed> {
  const simulator = await startSimulator({ generated: DEFAULT_GENERATED, ...options });
  try {
    return await openOn(simulator, options, listener);
  } catch (error) {
    await simulator.close();
    throw error;
  }
}

async function loadHistory({ market }: Simulator, clock: Clock): Promise<BarHistory> {
  const { SimulatedHistory } = await import('./history/simulated-history.ts');
  return new SimulatedHistory({ candlesOf: (symbol) => market.candlesOf(symbol), clock });
}

function openOn(simulator: Simulator, options: SimulatedFeedOptions, listener: FeedListener): Promise<Feed> {
  const { clock, random, stallTimeoutMs, maxRetries, tap, faults = [] } = options;
  return openFyersFeed(
    {
      name: 'the simulator',
      endpoints: { socketUrl: simulator.socketUrl, dataUrl: simulator.dataUrl },
      outgoing: DIRECT,
      listed: faults.length === 0 ? { find: async (symbols) => simulator.find(symbols) } : undefined,
      tokens: { read: async () => parseAccessToken(simulator.token), warnings: () => [] },
      clock,
      random,
      calendar: WEEKDAYS,
      stallTimeoutMs,
      maxRetries,
      tap,
      history: new LazyHistory(
        () => true,
        () => loadHistory(simulator, clock),
      ),
      acquire: async () => ({ release: () => simulator.close() }),
    },
    listener,
  );
}
