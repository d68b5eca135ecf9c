import type { FeedCounters } from './feed.ts';

/** The counters of one connection. */
type Counted = Pick<FeedCounters, 'messages' | 'bytes' | 'malformed'>;

/** The sums of the counters of all connections of a feed. */
export class ConnectionCounters {
  #ended: Counted = { messages: 0, bytes: 0, malformed: 0 };

  /** The sums. @param current the connection that is open, if one is */
  read(current: Counted | undefined): Counted {
    const { messages, bytes, malformed } = this.#ended;
    if (current === undefined) return this.#ended;
    return {
      messages: messages + current.messages,
      bytes: bytes + current.bytes,
      malformed: malformed + current.malformed,
    };
  }

  /** Adds the counters of a connection that has ended. */
  keep(ended: Counted): void {
    this.#ended = this.read(ended);
  }
}
