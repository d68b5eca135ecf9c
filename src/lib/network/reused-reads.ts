import type { OnReadOpts, Socket } from 'node:net';

/** What the system is asked for in one read. Node asks for 64 KiB, which cuts a message of a hub that is behind into several. */
const READ_BYTES = 256 * 1024;

/** The end of an answer's head. */
const HEAD_END = '\r\n\r\n';
/** The answer behind which frames begin. Others may come before it, as 100 and 103 do; of one that refuses, Node copies the body. */
const UPGRADED = /^\s*HTTP\/1\.\d 101 /;
/** Node refuses a head of 16 KiB, and the first frames may come in the same read. */
const MAX_HEADS_BYTES = 2 * READ_BYTES;

/** For the options of `net.connect`, `tls.connect`, and of a WebSocket that connects by these. */
export interface ReadOptions {
  readonly onread: OnReadOpts;
}

/**
 * Reads of a WebSocket into one buffer that is used again. Without it Node allocates 64 KiB for each read, however little comes, and
 * the collector frees them: at 1,000 messages a second that is most of the garbage of a stream.
 *
 * `ws` hands out a message as a view of what was read, so the message is only valid until its listeners return. What `ws` itself
 * keeps, the beginning of a message whose rest has not come, is a copy. One object for each connection.
 */
export function reuseReads(): ReadOptions {
  const frames = new FrameEnds();
  /** What has come of a head; undefined where nothing more is looked for. */
  let head: string | undefined = '';
  let isWebSocket = false;
  const noteHead = (bytes: Buffer): void => {
    if (head === undefined) return;
    head += bytes.toString('latin1');
    for (let end = head.indexOf(HEAD_END); end >= 0; end = head.indexOf(HEAD_END)) {
      const rest: string = head.slice(end + HEAD_END.length);
      isWebSocket = UPGRADED.test(head.slice(0, end));
      head = isWebSocket ? undefined : rest;
      if (head !== undefined) continue;
      // The first frames may come with the answer.
      frames.endOfLast(Buffer.from(rest, 'latin1'));
      return;
    }
    if (head.length > MAX_HEADS_BYTES) head = undefined;
  };
  return {
    onread: {
      buffer: Buffer.allocUnsafeSlow(READ_BYTES),
      /** Returns false when the socket should not be read for now: it goes on when its stream asks for more. */
      callback(this: Socket, count: number, bytes: Uint8Array): boolean {
        const read = (bytes as Buffer).subarray(0, count);
        const end = isWebSocket ? frames.endOfLast(read) : 0;
        if (!isWebSocket) noteHead(read);
        // A stream that is paused, or has not handed out what came before, keeps what it gets.
        const isFlowing = this.readableFlowing === true && this.readableLength === 0;
        if (!isFlowing || end === 0) return this.push(Buffer.from(read));
        this.emit('data', end === count ? read : read.subarray(0, end));
        return end === count || this.push(Buffer.from(read.subarray(end)));
      },
    } as OnReadOpts,
  };
}

const FINAL = 0x80;
const MASKED = 0x80;
const LENGTH = 0x7f;
const OPCODE = 0x0f;
const FIRST_CONTROL_OPCODE = 0x8;
const LENGTH_16_BITS = 126;
const LENGTH_64_BITS = 127;
const MASK_BYTES = 4;

/** Follows the frames of a WebSocket (RFC 6455, section 5.2) from chunk to chunk. */
export class FrameEnds {
  readonly #header = new Uint8Array(10);
  #headerBytes = 0;
  /** What is left of the payload of this frame. */
  #left = 0;
  /** A message of several frames is not complete. */
  #isFragmented = false;

  /** Where the last whole message of the chunk ends: behind it, part of a message may follow. 0 when no message ends in it. */
  endOfLast(chunk: Uint8Array): number {
    let end = 0;
    for (let at = 0; at < chunk.length; ) {
      if (this.#left === 0) {
        this.#header[this.#headerBytes++] = chunk[at++] as number;
        if (!this.#readHeader()) continue;
      }
      const part = Math.min(this.#left, chunk.length - at);
      this.#left -= part;
      at += part;
      if (this.#left === 0 && !this.#isFragmented) end = at;
    }
    return end;
  }

  /** Whether the header is whole. Then `#left` is the size of its payload. */
  #readHeader(): boolean {
    const header = this.#header;
    if (this.#headerBytes < 2) return false;
    const short = (header[1] as number) & LENGTH;
    const lengthBytes = short === LENGTH_16_BITS ? 2 : short === LENGTH_64_BITS ? 8 : 0;
    if (this.#headerBytes < 2 + lengthBytes) return false;
    let length = lengthBytes === 0 ? short : 0;
    for (let at = 0; at < lengthBytes; at++) length = length * 256 + (header[2 + at] as number);
    this.#left = length + (((header[1] as number) & MASKED) === 0 ? 0 : MASK_BYTES);
    const opcode = (header[0] as number) & OPCODE;
    if (opcode < FIRST_CONTROL_OPCODE) this.#isFragmented = ((header[0] as number) & FINAL) === 0;
    this.#headerBytes = 0;
    return true;
  }
}
