import type { ByteBuffer } from '../../output/rows/byte-buffer.ts';

/*
 * WebSocket frames as a server sends them (RFC 6455, section 5.2): final, unmasked, one frame a message.
 */

export const OPCODE = { text: 0x1, binary: 0x2 } as const;
export type Opcode = (typeof OPCODE)[keyof typeof OPCODE];

const FINAL = 0x80;
const LENGTH_16_BITS = 126;
const LENGTH_64_BITS = 127;
/** The longest header of an unmasked frame. */
export const MAX_HEADER_BYTES = 10;

/** How long the header of a payload is, in bytes. */
export function headerBytes(payloadBytes: number): number {
  if (payloadBytes < LENGTH_16_BITS) return 2;
  return payloadBytes <= 0xffff ? 4 : MAX_HEADER_BYTES;
}

/** Writes a frame's header into `bytes` from `at` on. */
export function writeHeader(bytes: Buffer, at: number, opcode: Opcode, payloadBytes: number): void {
  bytes[at] = FINAL | opcode;
  if (payloadBytes < LENGTH_16_BITS) bytes[at + 1] = payloadBytes;
  else if (payloadBytes <= 0xffff) {
    bytes[at + 1] = LENGTH_16_BITS;
    bytes.writeUInt16BE(payloadBytes, at + 2);
  } else {
    bytes[at + 1] = LENGTH_64_BITS;
    bytes.writeUInt32BE(0, at + 2);
    bytes.writeUInt32BE(payloadBytes, at + 6);
  }
}

/** Appends the header of a frame whose payload follows. */
export function appendHeader(into: ByteBuffer, opcode: Opcode, payloadBytes: number): void {
  const length = headerBytes(payloadBytes);
  into.reserve(length);
  writeHeader(into.bytes, into.length, opcode, payloadBytes);
  into.length += length;
}
