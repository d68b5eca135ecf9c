import { onTestFinished } from 'vitest';
import type { FeedToken } from '../../src/lib/feed/connection-token.ts';
import { LiveFeed } from '../../src/lib/feed/live-feed.ts';
import type { LiveFeedOptions } from '../../src/lib/feed/live-feed-options.ts';
import type { Subscription } from '../../src/lib/market/kinds.ts';
import { isIndexSymbol } from '../../src/lib/market/symbols.ts';
import type { Instrument } from '../../src/lib/market/topics.ts';
import { WEEKDAYS } from '../../src/lib/market/trading-hours.ts';
import { FeedRecorder } from '../support/feed-recorder.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

export const SBIN: Subscription = { kind: 'symbol', symbol: 'NSE:1-EQ' };
export const INFY: Subscription = { kind: 'symbol', symbol: 'NSE:2-EQ' };
export const SBIN_TOPIC = 'sf|nse_cm|1';
export const INFY_TOPIC = 'sf|nse_cm|2';

/** `NSE:7-EQ` has the token 7; `NSE:UNKNOWN-EQ` is unknown. */
export function instrumentOf(symbol: string): Instrument | 'unknown' {
  if (symbol === 'NSE:UNKNOWN-EQ') return 'unknown';
  const name = symbol.slice(4).replace(/-(EQ|INDEX)$/, '');
  return { symbol, segment: 'nse_cm', feedName: isIndexSymbol(symbol) && name.startsWith('ALIAS') ? 'Alias' : name };
}

/** A live feed on a server that does what the test says, and a clock that stands still; closed after the test. */
export async function setUp(options: Partial<LiveFeedOptions<FeedToken>> = {}) {
  const server = await ScriptedServer.start();
  const clock = new ManualClock();
  const recorder = new FeedRecorder();
  let lookups = 0;
  const feed = await LiveFeed.open<FeedToken>(
    {
      name: 'test',
      socketUrl: server.url,
      readToken: async () => ({ hsmKey: 'k'.repeat(56), expiresAtMs: clock.now() + 3_600_000, simulated: false }),
      resolve: async (symbols) => {
        lookups++;
        return new Map(symbols.map((symbol) => [symbol, instrumentOf(symbol)]));
      },
      clock,
      random: () => 0.5,
      calendar: WEEKDAYS,
      stallTimeoutMs: 30_000,
      ...options,
    },
    recorder,
  );
  onTestFinished(async () => {
    await feed.close();
    await server.close();
  });
  /** Waits for the break and lets the time of the next attempt come. */
  const retry = async (): Promise<void> => {
    const { retryAt } = await recorder.nextState('disconnected');
    clock.advance(retryAt - clock.now());
  };
  /** Lets time pass second by second, in which everything that is sent is read. */
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      clock.advance(1_000);
      await server.settle();
    }
  };
  return { server, clock, recorder, feed, retry, pass, lookups: () => lookups };
}
