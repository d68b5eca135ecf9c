import type { FileBlocks } from './file-blocks.ts';
import type { Contents } from './gzip-contents.ts';

/** A file's bytes as they are. */
export async function* readPlain(blocks: FileBlocks): Contents {
  for (let offset = 0; ; ) {
    const block = await blocks.read(offset);
    if (block.length === 0) return;
    offset += block.length;
    yield block;
  }
}
