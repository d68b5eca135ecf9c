import { systemClock } from '../../src/lib/clock/clock.ts';
import { acquireLock, LockHeld, type ProcessLock } from '../../src/lib/host/process-lock.ts';

/** What the tests of the lock ask of a process of its own. It answers each with one word. */
interface Order {
  /** The key of the lock. */
  acquire?: string;
  /** The moment at which to acquire, epoch milliseconds: all racers spin until it comes. */
  at?: number;
  release?: boolean;
  ready?: boolean;
  exit?: boolean;
}

let lock: ProcessLock | undefined;

async function obey(order: Order): Promise<string> {
  if (order.exit) process.exit(0);
  if (order.release) {
    lock?.release();
    return 'released';
  }
  if (!order.acquire) return 'ready';
  while (order.at !== undefined && Date.now() < order.at);
  try {
    const { signal } = new AbortController();
    lock = await acquireLock(order.acquire, 'command', { env: process.env, clock: systemClock, signal });
    return 'held';
  } catch (error) {
    return error instanceof LockHeld ? 'refused' : String(error);
  }
}

process.on('message', (order: Order) => void obey(order).then((answer) => process.send?.(answer)));
