import type { Clock, Timer } from '../../clock/clock.ts';
import type { ClientQueue } from './client-queue.ts';

/** A client with so much queued is not reading as fast as rows come. */
const PRESSED_BYTES = 1024 * 1024;
/** The longest pause: clients that read nothing for so long delay the others no further. */
const MAX_PAUSE_MS = 2_000;

/**
 * Stops reading upstream while every client is behind, so that readers that are merely slower than a burst lose nothing.
 * As long as one client keeps up, it does not wait for the others.
 */
export class SlowClientsPause {
  readonly #clock: Clock;
  readonly #pause: (on: boolean) => void;
  #timer: Timer | undefined;

  constructor(clock: Clock, pause: (on: boolean) => void) {
    this.#clock = clock;
    this.#pause = pause;
  }

  /** Looks at all clients that are given rows. */
  weigh(queues: Iterable<ClientQueue>): void {
    let pressed = 0;
    for (const queue of queues) {
      if (queue.isBehind) continue;
      if (queue.queuedBytes < PRESSED_BYTES) {
        this.#release();
        return;
      }
      pressed++;
    }
    if (pressed === 0) this.#release();
    else this.#hold(queues);
  }

  close(): void {
    this.#timer?.cancel();
  }

  #hold(queues: Iterable<ClientQueue>): void {
    if (this.#timer) return;
    this.#pause(true);
    this.#timer = this.#clock.after(MAX_PAUSE_MS, () => {
      for (const queue of queues) if (queue.queuedBytes >= PRESSED_BYTES) queue.giveUp();
      this.#release();
    });
  }

  #release(): void {
    if (this.#timer === undefined) return;
    this.#timer.cancel();
    this.#timer = undefined;
    this.#pause(false);
  }
}
