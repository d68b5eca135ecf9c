import { setMaxListeners } from 'node:events';
import type { Clock, Timer } from './clock.ts';

/**
 * Calls a listener when the signal is aborted, at once if it is. Returns a function that removes the listener: call it when the work is
 * done, because a signal may live as long as the program. As many may listen as like to: Node warns of more than ten, as if they were
 * forgotten.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) {
    listener();
    return () => {};
  }
  setMaxListeners(0, signal);
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

/** Waits `delayMs`. Rejects with the signal's reason as soon as it is aborted, and leaves no timer behind. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const timer = clock.after(delayMs, () => {
      stopListening();
      resolve();
    });
    const stopListening = onAbort(signal, () => {
      timer.cancel();
      reject(signal.reason);
    });
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
  let stopListening = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stopListening = onAbort(signal, () => reject(signal.reason));
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    stopListening();
  }
}
