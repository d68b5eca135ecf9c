import { systemClock } from '../../src/lib/clock/clock.ts';
import { TickpipeError } from '../../src/lib/errors/tickpipe-error.ts';
import { type AccountLock, acquireAccountLock, type FeedIdentity } from '../../src/lib/feed/account-lock.ts';

/** What the tests of the account lock ask of a process of its own. It answers each with one word. */
interface Order {
  acquire?: FeedIdentity;
  /** The moment at which to acquire, epoch milliseconds: all racers spin until it comes. */
  at?: number;
  release?: boolean;
  ready?: boolean;
  exit?: boolean;
}

let lock: AccountLock | undefined;

async function obey(order: Order): Promise<string> {
  if (order.exit) process.exit(0);
  if (order.release) {
    lock?.release();
    return 'released';
  }
  if (!order.acquire) return 'ready';
  while (order.at !== undefined && Date.now() < order.at);
  try {
    lock = await acquireAccountLock(order.acquire, { env: process.env, clock: systemClock });
    return 'held';
  } catch (error) {
    return error instanceof TickpipeError ? error.code : String(error);
  }
}

process.on('message', (order: Order) => void obey(order).then((answer) => process.send?.(answer)));
