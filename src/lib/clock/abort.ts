import type { Clock, Timer } from './clock.ts';

/** Waits `delayMs`. Rejects with the signal's reason as soon as it is aborted, and leaves no timer behind. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const timer = clock.after(delayMs, () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    const stop = (): void => {
      timer.cancel();
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** How long something may take. */
export class TimeLimit {
  /** Aborted when the time is over, or when the signal that was given is. */
  readonly signal: AbortSignal;
  readonly #over = new AbortController();
  readonly #timer: Timer;

  /** @param reason what `signal` is aborted with when the time is over */
  constructor(clock: Clock, limitMs: number, signal: AbortSignal, reason?: Error) {
    this.signal = AbortSignal.any([signal, this.#over.signal]);
    this.#timer = clock.after(limitMs, () => this.#over.abort(reason));
  }

  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  /** The work is done: the limit does not hold any more. */
  end(): void {
    this.#timer.cancel();
  }
}

/** Work that took longer than it may. */
export class Overdue extends Error {
  override readonly name = 'Overdue';
  readonly limitMs: number;

  constructor(limitMs: number, cause: unknown) {
    super(`not done within ${limitMs} ms`, { cause });
    this.limitMs = limitMs;
  }
}

/** Does work that may take so long. Throws `Overdue` when it takes longer, the signal's reason, or what the work throws. */
export async function within<T>(
  limitMs: number,
  clock: Clock,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new TimeLimit(clock, limitMs, signal);
  try {
    return await raceAbort(work(limit.signal), limit.signal);
  } catch (error) {
    signal.throwIfAborted();
    throw limit.isOver ? new Overdue(limitMs, error) : error;
  } finally {
    limit.end();
  }
}

/** What the work comes to; throws the signal's reason as soon as it is aborted, whatever becomes of the work. */
export async function raceAbort<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
