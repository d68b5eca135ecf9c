import type { FeedCounters } from './feed.ts';

/** What a connection counts of itself. */
type Counted = Pick<FeedCounters, 'messages' | 'bytes' | 'malformed'>;

/** What the connections of a feed have counted together. */
export class ConnectionCounters {
  #ended: Counted = { messages: 0, bytes: 0, malformed: 0 };

  /** With those of the present one. */
  read(current: Counted | undefined): Counted {
    const { messages, bytes, malformed } = this.#ended;
    if (current === undefined) return this.#ended;
    return {
      messages: messages + current.messages,
      bytes: bytes + current.bytes,
      malformed: malformed + current.malformed,
    };
  }

  /** This one counts no further. */
  keep(ended: Counted): void {
    this.#ended = this.read(ended);
  }
}
