const MAX_TOPIC_ID = 0xffff;

/**
 * Gives topics their numbers. Numbers go on from connection to connection, so that a client that keeps old ones shows
 * it; with `reuse` every connection begins at 1 and takes a freed number again at once, as a server may.
 */
export class TopicIds {
  #next = 1;

  /** @param taken the numbers in use on the connection */
  take(taken: ReadonlySet<number>, reuse: boolean): number {
    let id = reuse ? 1 : this.#next;
    while (taken.has(id)) id = id === MAX_TOPIC_ID ? 1 : id + 1;
    if (!reuse) this.#next = id === MAX_TOPIC_ID ? 1 : id + 1;
    return id;
  }
}
