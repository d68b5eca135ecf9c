const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** An entry of the master has 800 bytes. */
const MAX_ENTRY_BYTES = 65_536;

/** The stream is not one JSON object of objects. */
export class NotEntries extends Error {
  override readonly name = 'NotEntries';
}

/**
 * Cuts one huge JSON object into its members as its bytes come, and parses each by itself: the file of the master has a hundred megabytes.
 * Throws `NotEntries` for another form; what is between members is not checked.
 */
export class JsonEntries {
  readonly #onEntry: (key: string, value: unknown) => void;
  /** How many braces and brackets are open. */
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  /** The bytes of the current member from earlier chunks; `undefined` outside of one. */
  #member: Buffer[] | undefined;
  #memberBytes = 0;

  constructor(onEntry: (key: string, value: unknown) => void) {
    this.#onEntry = onEntry;
  }

  write(chunk: Buffer): void {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) this.#isInString = false;
      } else if (byte === QUOTE) {
        this.#isInString = true;
        if (this.#depth === 0) throw new NotEntries('the file is not a JSON object');
        if (this.#depth === 1 && this.#member === undefined) {
          this.#member = [];
          from = at;
        }
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (this.#depth === 0 && byte === OPEN_BRACKET) throw new NotEntries('the file is not a JSON object');
        this.#depth++;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        this.#depth--;
        if (this.#depth === 1 && this.#member !== undefined) {
          this.#finish(Buffer.concat([...this.#member, chunk.subarray(from, at + 1)]));
        }
      }
    }
    if (this.#member === undefined) return;
    this.#member.push(Buffer.from(chunk.subarray(from)));
    this.#memberBytes += chunk.length - from;
    if (this.#memberBytes > MAX_ENTRY_BYTES) throw new NotEntries('an entry is too long');
  }

  /** The stream is at its end. Throws `NotEntries` for a file that was cut. */
  end(): void {
    if (this.#depth !== 0 || this.#isInString || this.#member !== undefined) throw new NotEntries('the file is cut');
  }

  #finish(member: Buffer): void {
    this.#member = undefined;
    this.#memberBytes = 0;
    try {
      for (const [key, value] of Object.entries(JSON.parse(`{${member}}`) as object)) this.#onEntry(key, value);
    } catch (error) {
      if (error instanceof SyntaxError) throw new NotEntries('an entry is no JSON');
      throw error;
    }
  }
}
