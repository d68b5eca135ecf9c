import path from 'node:path';
import type { FeedFactory } from '../feed/feed.ts';
import { openFyersFeed } from '../feed/fyers-feed.ts';
import type { HubOrders } from '../hub/background/hub-orders.ts';
import { HubServer } from '../hub/hub-server.ts';
import { TokenVault } from '../hub/token-vault.ts';
import { WEEKDAYS } from '../market/sessions.ts';
import { openSimulatedFeed } from '../simulator/sim-feed.ts';
import { nameSocket } from './live-account.ts';
import type { Program } from './program.ts';

const WEB_FOLDER = 'src/web';

export interface HostOptions {
  readonly orders: HubOrders;
  readonly version: string;
  /** Undefined: it stays whether it has clients or not. */
  readonly lingerMs: number | undefined;
  /** Undefined for no end. */
  readonly maxRetries?: number | undefined;
  readonly onBug: (error: unknown) => void;
}

/** A hub of this process, on the feed that the orders name. Throws coded errors. */
export function hostHub(options: HostOptions, { clock, root }: Program): Promise<HubServer> {
  const { orders, version, lingerMs, maxRetries, onBug } = options;
  const { account, stallTimeoutMs, token, tokenFile, appId } = orders;
  const isSimulator = account.feed === 'sim';
  const vault = isSimulator ? undefined : new TokenVault({ text: token, tokenFile, appId, clock });
  const common = { clock, random: Math.random, stallTimeoutMs, maxRetries };
  const openFeed: FeedFactory = (listener) =>
    vault === undefined
      ? openSimulatedFeed(common, listener)
      : openFyersFeed(
          { ...common, name: nameSocket(account.socketUrl), endpoints: account, tokens: vault, calendar: WEEKDAYS },
          listener,
        );
  return HubServer.open({ openFeed, vault, clock, version, lingerMs, onBug, webFolder: path.join(root, WEB_FOLDER) });
}
