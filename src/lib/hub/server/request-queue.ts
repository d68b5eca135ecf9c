/** What may wait for its turn: messages, and bytes of them. */
const MAX_WAITING = 1_000;
const MAX_WAITING_BYTES = 1024 * 1024;

/** Carries out what a client asks one after the other, and keeps only so much of it waiting. */
export class RequestQueue<T> {
  readonly #carryOut: (request: T) => Promise<void>;
  #waiting: { readonly request: T; readonly bytes: number }[] = [];
  #bytes = 0;
  #isBusy = false;

  /** @param carryOut never rejects */
  constructor(carryOut: (request: T) => Promise<void>) {
    this.#carryOut = carryOut;
  }

  /** False when too much waits already: then nothing becomes of it. */
  push(request: T, bytes: number): boolean {
    const isFull = this.#waiting.length >= MAX_WAITING || this.#bytes + bytes > MAX_WAITING_BYTES;
    if (isFull && this.#waiting.length > 0) return false;
    this.#waiting.push({ request, bytes });
    this.#bytes += bytes;
    if (!this.#isBusy) void this.#run();
    return true;
  }

  /** What waits is not carried out. */
  clear(): void {
    this.#waiting = [];
    this.#bytes = 0;
  }

  async #run(): Promise<void> {
    this.#isBusy = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      this.#bytes -= next.bytes;
      await this.#carryOut(next.request);
    }
    this.#isBusy = false;
  }
}
