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
  /** Calls once after `delayMs`. The timer keeps the process alive. */
  after(delayMs: number, callback: () => void): Timer;
  /** Calls every `periodMs`. The timer does not keep the process alive. */
  every(periodMs: number, callback: () => void): Timer;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
  every(periodMs, callback) {
    const timer = setInterval(callback, periodMs);
    timer.unref();
    return { cancel: () => clearInterval(timer) };
  },
};
