/** What is carried out in one turn of the event loop before it looks at its sockets again. A subscription of 5,000 symbols is more. */
const BYTES_A_TURN = 64 * 1024;
/** The least that a request counts as: short ones cost work, too. */
const LEAST_BYTES = 1_024;

interface Job {
  readonly bytes: number;
  readonly work: () => void;
}

/**
 * Shares the event loop among all clients. While no request waits, a request is carried out at once. Beyond what fits into a
 * turn, the clients take turns with one request each, and sockets, timers and rows have theirs in between: a client that asks
 * for much waits, and the others do not.
 */
export class FairTurns {
  #left = BYTES_A_TURN;
  #isScheduled = false;
  /** In the order of their turns. */
  readonly #waiting = new Map<object, Job[]>();

  /** Carries out `work`, now or when it is its owner's turn. The work of one owner keeps its order. @param bytes what it may cost */
  enter(owner: object, bytes: number, work: () => void): void {
    if (this.#waiting.size === 0 && this.#left > 0) {
      this.#carryOut({ bytes, work });
      return;
    }
    const jobs = this.#waiting.get(owner);
    if (jobs) jobs.push({ bytes, work });
    else this.#waiting.set(owner, [{ bytes, work }]);
  }

  /** Drops the work of this owner that waits. */
  leave(owner: object): void {
    this.#waiting.delete(owner);
  }

  #carryOut({ bytes, work }: Job): void {
    this.#left -= Math.max(bytes, LEAST_BYTES);
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(this.#nextTurn);
    }
    work();
  }

  readonly #nextTurn = (): void => {
    this.#isScheduled = false;
    this.#left = BYTES_A_TURN;
    while (this.#left > 0) {
      const [first] = this.#waiting;
      if (first === undefined) return;
      const [owner, jobs] = first;
      const job = jobs.shift() as Job;
      this.#waiting.delete(owner);
      // The owner goes to the end of the line.
      if (jobs.length > 0) this.#waiting.set(owner, jobs);
      this.#carryOut(job);
    }
  };
}
