import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Clock, systemClock } from '../../../src/lib/clock/clock.ts';
import { RateLimit } from '../../../src/lib/data-api/rate-limit.ts';
import { openFyersFeed } from '../../../src/lib/feed/fyers-feed.ts';
import { TokenHistory } from '../../../src/lib/feed/token-history.ts';
import type { Hub } from '../../../src/lib/hub/core/hub.ts';
import { SharedToken } from '../../../src/lib/hub/core/shared-token.ts';
import type { AccessRules } from '../../../src/lib/hub/server/access-policy.ts';
import { HubServer } from '../../../src/lib/hub/server/hub-server.ts';
import { WEEKDAYS } from '../../../src/lib/market/trading-hours.ts';
import { DIRECT } from '../../../src/lib/network/route.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../../src/lib/simulator/simulator.ts';

export interface HubFixtureOptions {
  /** Of the TCP listener; loopback without a token when left out. */
  readonly rules?: Partial<AccessRules>;
  /** The market stands still unless a rate is given: it moves by `simulator.tick`. */
  readonly simulator?: SimulatorOptions;
  /** The hub's own; the feed always has the system's. */
  readonly clock?: Clock;
  readonly lingerMs?: number;
  /** Whether the feed has a history; it has one when this is left out. */
  readonly hasHistory?: boolean;
}

/** A hub of this process on a simulator of its own, served on 127.0.0.1 and on a Unix socket. */
export interface HubFixture {
  readonly simulator: Simulator;
  readonly server: HubServer;
  readonly hub: Hub;
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly socketPath: string;
  /** What the hub itself took for a bug. */
  readonly bugs: unknown[];
  close(): Promise<void>;
}

export async function startHub(options: HubFixtureOptions = {}): Promise<HubFixture> {
  const { rules, clock = systemClock, lingerMs } = options;
  const simulator = await startSimulator({ rate: 0, seed: 7, ...options.simulator });
  const token = new SharedToken({ text: simulator.token, clock: systemClock });
  const bugs: unknown[] = [];
  const history = new TokenHistory({
    dataUrl: simulator.dataUrl,
    tokens: { read: () => token.current() },
    simulated: true,
    limitOf: () => new RateLimit(systemClock),
    clock: systemClock,
    random: () => 0,
    outgoing: DIRECT,
    calendar: WEEKDAYS,
  });
  const server = await HubServer.open({
    calendar: WEEKDAYS,
    openFeed: (listener) =>
      openFyersFeed(
        {
          name: 'the simulator',
          endpoints: simulator,
          outgoing: DIRECT,
          tokens: token,
          clock: systemClock,
          // Reconnects at once.
          random: () => 0,
          calendar: WEEKDAYS,
          stallTimeoutMs: 0,
          history: options.hasHistory === false ? undefined : history,
        },
        listener,
      ),
    token,
    clock,
    lingerMs,
    version: '1.2.3',
    webFolder: path.join(import.meta.dirname, '../../../src/web'),
    onBug: (error) => bugs.push(error),
  });
  const directory = mkdtempSync(path.join(tmpdir(), 'hub-'));
  const socketPath = path.join(directory, 'hub.sock');
  await server.listen({ path: socketPath }, { isTrusted: true, allowOrigins: [] });
  const { url } = await server.listen({ host: '127.0.0.1', port: 0 }, { isTrusted: false, allowOrigins: [], ...rules });
  return {
    simulator,
    server,
    hub: server.hub,
    url,
    socketPath,
    bugs,
    close: async () => {
      await server.close();
      history.close();
      await simulator.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
