import type { Clock, Timer } from './clock.ts';

/** How often the wall clock is looked at: it may jump, and timers stand still while the machine sleeps. */
const WALL_CHECK_MS = 1_000;

/** Calls once, `delayMs` of running time from now, however long that is. */
export function callAfter(clock: Clock, delayMs: number, callback: () => void): Timer {
  const end = clock.monotonic() + delayMs;
  return repeat(clock, () => end - clock.monotonic(), callback);
}

/** Calls once the wall clock shows `at` (epoch milliseconds) or later. */
export function callAtWallTime(clock: Clock, at: number, callback: () => void): Timer {
  return repeat(clock, () => Math.min(at - clock.now(), WALL_CHECK_MS), callback);
}

/** Calls once nothing has happened for `idleMs`. @param lastAt returns when something last happened, monotonic milliseconds */
export function callWhenIdle(clock: Clock, idleMs: number, lastAt: () => number, callback: () => void): Timer {
  return repeat(clock, () => lastAt() + idleMs - clock.monotonic(), callback);
}

/** Waits again and again until nothing is left to wait for. */
function repeat(clock: Clock, leftMs: () => number, callback: () => void): Timer {
  let timer: Timer;
  const wait = (): void => {
    timer = clock.after(Math.max(0, leftMs()), () => (leftMs() > 0 ? wait() : callback()));
  };
  wait();
  return { cancel: () => timer.cancel() };
}
