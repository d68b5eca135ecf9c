import { Readable } from 'node:stream';
import { constants, crc32, createInflateRaw } from 'node:zlib';
import { errnoOf } from '../../errors/errno.ts';
import type { FileBlocks } from './file-blocks.ts';

const TRAILER_BYTES = 8;
const OUTPUT_BYTES = 128 * 1024;

/** How a member ended. `cut`: the file ended first. `end`: the offset behind it, or behind what could be used of it. */
export interface MemberEnd {
  readonly state: 'whole' | 'broken' | 'cut';
  readonly end: number;
}

/**
 * Unpacks one member, piece by piece, before it is known whether that is right.
 * @param offset behind its header
 */
export async function* inflateMember(blocks: FileBlocks, offset: number): AsyncGenerator<Buffer, MemberEnd> {
  const source = Readable.from(readFrom(blocks, offset), { objectMode: true, highWaterMark: 1 });
  // What a cut member holds is given out; its missing trailer tells that it was cut.
  const inflate = createInflateRaw({ chunkSize: OUTPUT_BYTES, finishFlush: constants.Z_SYNC_FLUSH });
  source.on('error', (error) => inflate.destroy(error));
  source.pipe(inflate);
  let checksum = 0;
  let length = 0;
  try {
    for await (const piece of inflate as AsyncIterable<Buffer>) {
      checksum = crc32(piece, checksum);
      length += piece.length;
      yield piece;
    }
  } catch (error) {
    if (errnoOf(error)?.startsWith('Z_') !== true) throw error;
    return { state: 'broken', end: offset + inflate.bytesWritten };
  } finally {
    source.destroy();
    inflate.destroy();
  }
  const dataEnd = offset + inflate.bytesWritten;
  const trailer = await blocks.readExactly(dataEnd, TRAILER_BYTES);
  if (trailer.length < TRAILER_BYTES) return { state: 'cut', end: dataEnd + trailer.length };
  const isRight = trailer.readUInt32LE(0) === checksum && trailer.readUInt32LE(4) === length % 2 ** 32;
  return { state: isRight ? 'whole' : 'broken', end: dataEnd + TRAILER_BYTES };
}

async function* readFrom(blocks: FileBlocks, offset: number): AsyncGenerator<Buffer> {
  for (let at = offset; ; ) {
    const block = await blocks.read(at);
    if (block.length === 0) return;
    at += block.length;
    yield block;
  }
}
