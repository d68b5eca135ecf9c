/** A timer that has been set and can be taken back. */
export interface Timer {
  cancel(): void;
}

/** Time as an argument, so that tests decide what time it is. */
export interface Clock {
  /** Wall time, epoch milliseconds. It may jump. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back, and stands still while the machine sleeps. */
  monotonic(): number;
  /** Calls once after `delayMs`, however long that is. The timer keeps the process alive. */
  after(delayMs: number, callback: () => void): Timer;
  /** Calls every `periodMs`. The timer does not keep the process alive. */
  every(periodMs: number, callback: () => void): Timer;
}

/** The longest delay that Node's timers know; a longer one would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Not `performance.now()`: Node loads what is behind `performance` when it is first used, which takes a start a millisecond. */
function readMonotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: readMonotonicMs,
  after(delayMs, callback) {
    const endsAt = readMonotonicMs() + delayMs;
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number): void => {
      const isLong = leftMs > MAX_DELAY_MS;
      timer = setTimeout(isLong ? () => wait(endsAt - readMonotonicMs()) : callback, isLong ? MAX_DELAY_MS : leftMs);
    };
    wait(delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
  every(periodMs, callback) {
    const timer = setInterval(callback, periodMs);
    timer.unref();
    return { cancel: () => clearInterval(timer) };
  },
};
