import { describe, expect, it } from 'vitest';
import { appendHeader, headerBytes, MAX_HEADER_BYTES, OPCODE, writeHeader } from '../../../src/lib/hub/core/frames.ts';
import { ByteBuffer } from '../../../src/lib/output/rows/byte-buffer.ts';
import { readFrames } from './read-frames.ts';

/** RFC 6455, section 5.2: the length in 7 bits, or 126 and 16 bits, or 127 and 64 bits. */
const HEADERS: readonly [payload: number, header: string][] = [
  [0, '8200'],
  [1, '8201'],
  [125, '827d'],
  [126, '827e007e'],
  [65_535, '827effff'],
  [65_536, '827f0000000000010000'],
  [4_194_305, '827f0000000000400001'],
];

describe('the header of a frame', () => {
  it.each(HEADERS)('of %i bytes is %s', (payload, header) => {
    const bytes = Buffer.alloc(MAX_HEADER_BYTES + 1, 0xee);
    writeHeader(bytes, 1, OPCODE.binary, payload);
    const length = headerBytes(payload);
    expect(bytes.toString('hex', 1, 1 + length)).toBe(header);
    expect([bytes[0], bytes.subarray(1 + length).every((byte) => byte === 0xee)]).toEqual([0xee, true]);
  });

  it('says text or binary', () => {
    const bytes = Buffer.alloc(2);
    writeHeader(bytes, 0, OPCODE.text, 3);
    expect(bytes.toString('hex')).toBe('8103');
  });

  it('is appended, however little room there is', () => {
    const buffer = new ByteBuffer(3);
    buffer.appendText('x');
    appendHeader(buffer, OPCODE.binary, 65_536);
    expect(buffer.bytes.toString('hex', 0, buffer.length)).toBe('78827f0000000000010000');
  });
});

describe('a WebSocket client', () => {
  it.each(HEADERS.map(([payload]) => payload))('reads a frame of %i bytes, and the next one', async (payload) => {
    const buffer = new ByteBuffer(16);
    const text = 'r'.repeat(payload);
    appendHeader(buffer, OPCODE.binary, payload);
    buffer.appendText(text);
    appendHeader(buffer, OPCODE.text, 4);
    buffer.appendText('next');
    expect(await readFrames(buffer.bytes.subarray(0, buffer.length), String)).toEqual([
      { isBinary: true, text },
      { isBinary: false, text: 'next' },
    ]);
  });
});
