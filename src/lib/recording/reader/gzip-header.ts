import type { FileBlocks } from './file-blocks.ts';

/* A member's header, RFC 1952: 1f 8b, method 8, flags, 4 bytes time, 2 bytes, then what the flags announce. */

export const GZIP_MAGIC = Buffer.from([0x1f, 0x8b, 0x08]);
const FIXED_BYTES = 10;
const FLAGS_AT = 3;
const FLAG = { headerChecksum: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const;
/** Names and comments that are longer are none. */
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
