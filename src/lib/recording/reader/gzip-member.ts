import { Readable } from 'node:stream';
import { constants, crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { errnoOf } from '../../errors/errno.ts';
import type { FileBlocks } from './file-blocks.ts';

const TRAILER_BYTES = 8;
const OUTPUT_BYTES = 128 * 1024;

/** How a member is unpacked in one call. A stream costs twenty times as much to set up, and twice as much for each byte. */
interface AtOnce {
  /** How many packed bytes are looked at: the member has to end within them. */
  readonly packedBytes: number;
  /** What it may unpack to at most, and what it probably will. */
  readonly maxBytes: number;
  readonly likelyBytes: number;
}

/** Of a member about which nothing is known. */
const SMALL: AtOnce = { packedBytes: 64 * 1024, maxBytes: 2 * 1024 * 1024, likelyBytes: OUTPUT_BYTES };
/** Half as large again as the largest member that this program writes, packed and unpacked. */
const MAX_PACKED_BYTES = 2 * 1024 * 1024;
const MAX_BYTES = 8 * 1024 * 1024;
/** The next member is at most so much larger than the one before. */
const GROWTH = 1.5;

/** How a member ended. `cut`: the file ended first. `end`: the offset behind it, or behind what could be used of it. */
export interface MemberEnd {
  readonly state: 'whole' | 'broken' | 'cut';
  readonly end: number;
}

/** What a member unpacks to, piece by piece, before it is known whether that is right. */
export type InflatedMember = AsyncGenerator<Buffer, MemberEnd>;

/** Unpacks members of a file. */
export class MemberInflater {
  readonly #blocks: FileBlocks;
  /** Members of a size mostly follow each other. Undefined while they are too large to be unpacked in one call. */
  #atOnce: AtOnce | undefined = SMALL;

  constructor(blocks: FileBlocks) {
    this.#blocks = blocks;
  }

  /** @param offset behind its header */
  async *inflate(offset: number): InflatedMember {
    let bytes = 0;
    const pieces = this.#inflate(offset);
    for (;;) {
      const { done, value } = await pieces.next();
      if (done) {
        this.#atOnce = value.state === 'whole' ? nextAfter(value.end - offset, bytes) : SMALL;
        return value;
      }
      bytes += value.length;
      yield value;
    }
  }

  async *#inflate(offset: number): InflatedMember {
    const blocks = this.#blocks;
    if (!(await beginsDeflate(blocks, offset))) return { state: 'broken', end: offset };
    const atOnce = this.#atOnce && (await inflateInOneCall(blocks, offset, this.#atOnce));
    if (atOnce === undefined || atOnce === 'larger') return yield* inflateAsStream(blocks, offset);
    if (atOnce === 'broken') return { state: 'broken', end: offset };
    const { contents, dataEnd } = atOnce;
    if (contents.length > 0) yield contents;
    return readTrailer(blocks, dataEnd, contents.length, crc32(contents));
  }
}

/** How to unpack the member behind one of this size. */
function nextAfter(packedBytes: number, bytes: number): AtOnce | undefined {
  const next: AtOnce = {
    packedBytes: Math.max(SMALL.packedBytes, Math.ceil(packedBytes * GROWTH)),
    maxBytes: Math.max(SMALL.maxBytes, Math.ceil(bytes * GROWTH)),
    likelyBytes: Math.max(SMALL.likelyBytes, bytes + OUTPUT_BYTES),
  };
  return next.packedBytes <= MAX_PACKED_BYTES && next.maxBytes <= MAX_BYTES ? next : undefined;
}

const STORED = 0;
const NO_BLOCK_TYPE = 3;

/** Whether compressed data may begin here: a look at its first bytes, which most bytes that only look like a member do not pass. */
async function beginsDeflate(blocks: FileBlocks, offset: number): Promise<boolean> {
  const first = await blocks.readExactly(offset, 5);
  const type = ((first[0] ?? 0) >> 1) & 3;
  if (type === NO_BLOCK_TYPE) return false;
  if (type !== STORED || first.length < 5) return true;
  return (first.readUInt16LE(1) ^ first.readUInt16LE(3)) === 0xffff;
}

/** A member that is there as a whole within the bytes that are looked at, or is the file's last. */
async function inflateInOneCall(
  blocks: FileBlocks,
  offset: number,
  size: AtOnce,
): Promise<{ readonly contents: Buffer; readonly dataEnd: number } | 'larger' | 'broken'> {
  const packed = await blocks.readExactly(offset, size.packedBytes);
  const unpacked = inflateBytes(packed, size);
  if (typeof unpacked === 'string') return unpacked;
  const dataEnd = offset + unpacked.usedBytes;
  const mayGoOn = unpacked.usedBytes === packed.length && (await blocks.read(dataEnd)).length > 0;
  return mayGoOn ? 'larger' : { contents: unpacked.contents, dataEnd };
}

function inflateBytes(
  packed: Buffer,
  { maxBytes, likelyBytes }: AtOnce,
): { readonly contents: Buffer; readonly usedBytes: number } | 'larger' | 'broken' {
  try {
    // With `info` the answer has the engine, which the types of Node do not say.
    const { buffer, engine } = inflateRawSync(packed, {
      info: true,
      chunkSize: likelyBytes,
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: maxBytes,
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    return { contents: buffer, usedBytes: engine.bytesWritten };
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ERR_BUFFER_TOO_LARGE') return 'larger';
    if (code?.startsWith('Z_') === true) return 'broken';
    throw error;
  }
}

async function* inflateAsStream(blocks: FileBlocks, offset: number): InflatedMember {
  const source = Readable.from(blocks.readFrom(offset), { objectMode: true, highWaterMark: 1 });
  // The contents of a cut member are used; its missing trailer shows that it was cut.
  const inflate = createInflateRaw({ chunkSize: OUTPUT_BYTES, finishFlush: constants.Z_SYNC_FLUSH });
  source.on('error', (error) => inflate.destroy(error));
  source.pipe(inflate);
  let checksum = 0;
  let length = 0;
  try {
    for await (const piece of inflate as AsyncIterable<Buffer>) {
      await blocks.step();
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
  return readTrailer(blocks, offset + inflate.bytesWritten, length, checksum);
}

async function readTrailer(blocks: FileBlocks, dataEnd: number, length: number, checksum: number): Promise<MemberEnd> {
  const trailer = await blocks.readExactly(dataEnd, TRAILER_BYTES);
  if (trailer.length < TRAILER_BYTES) return { state: 'cut', end: dataEnd + trailer.length };
  const isRight = trailer.readUInt32LE(0) === checksum && trailer.readUInt32LE(4) === length % 2 ** 32;
  return { state: isRight ? 'whole' : 'broken', end: dataEnd + TRAILER_BYTES };
}

/* A member's header, RFC 1952: 1f 8b, method 8, flags, 4 bytes time, 2 bytes, then what the flags announce. */

export const GZIP_MAGIC = Buffer.from([0x1f, 0x8b, 0x08]);
const FIXED_BYTES = 10;
const FLAGS_AT = 3;
const FLAG = { headerChecksum: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const;
/** A header with a longer name or comment is taken for other bytes. */
const MAX_TEXT_BYTES = 4 * 1024;

/** How many bytes the header at this offset takes. `cut`: the file ends within it. `none`: there is no header here. */
export async function measureHeader(blocks: FileBlocks, offset: number): Promise<number | 'cut' | 'none'> {
  const fixed = await blocks.readExactly(offset, FIXED_BYTES);
  const magic = fixed.subarray(0, GZIP_MAGIC.length);
  if (!magic.equals(GZIP_MAGIC.subarray(0, magic.length))) return 'none';
  const flags = fixed[FLAGS_AT] ?? 0;
  if ((flags & FLAG.reserved) !== 0) return 'none';
  if (fixed.length < FIXED_BYTES) return 'cut';
  let length = FIXED_BYTES;
  if (flags & FLAG.extra) {
    const size = await blocks.readExactly(offset + length, 2);
    if (size.length < 2) return 'cut';
    length += 2 + size.readUInt16LE(0);
  }
  for (const flag of [FLAG.name, FLAG.comment]) {
    if ((flags & flag) === 0) continue;
    const text = await blocks.readExactly(offset + length, MAX_TEXT_BYTES);
    const end = text.indexOf(0);
    if (end < 0) return text.length < MAX_TEXT_BYTES ? 'cut' : 'none';
    length += end + 1;
  }
  return length + (flags & FLAG.headerChecksum ? 2 : 0);
}

/** The offset of the first header from `from` on, or where the file ends. */
export async function findHeader(blocks: FileBlocks, from: number): Promise<{ offset: number; isEnd: boolean }> {
  for (let offset = from; ; ) {
    const block = await blocks.read(offset);
    if (block.length === 0) return { offset, isEnd: true };
    const candidate = block.indexOf(GZIP_MAGIC[0] as number);
    if (candidate < 0) {
      offset += block.length;
      continue;
    }
    offset += candidate;
    if (typeof (await measureHeader(blocks, offset)) === 'number') return { offset, isEnd: false };
    offset++;
  }
}
