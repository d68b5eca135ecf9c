/** What happened, to be awaited: a test waits for events, never for a guessed time. */
export class EventQueue<T> {
  readonly #events: T[] = [];
  readonly #waiting: { matches: (event: T) => boolean; resolve: (event: T) => void }[] = [];

  push(event: T): void {
    const position = this.#waiting.findIndex(({ matches }) => matches(event));
    if (position < 0) this.#events.push(event);
    else this.#waiting.splice(position, 1)[0]?.resolve(event);
  }

  /** The next event that matches, past or to come. Events before it that do not match stay. */
  next(matches: (event: T) => boolean = () => true): Promise<T> {
    const position = this.#events.findIndex(matches);
    if (position >= 0) return Promise.resolve(this.#events.splice(position, 1)[0] as T);
    return new Promise((resolve) => this.#waiting.push({ matches, resolve }));
  }

  /** Takes all that has happened and was not awaited. */
  take(): T[] {
    return this.#events.splice(0);
  }
}
