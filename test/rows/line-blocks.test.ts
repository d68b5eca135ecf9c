import { describe, expect, test } from 'vitest';
import { LineBlocks } from '../../src/lib/rows/line-blocks.ts';

function collect(maxBytes: number): { readonly seen: string[]; readonly blocks: LineBlocks } {
  const seen: string[] = [];
  const blocks = new LineBlocks(maxBytes, {
    lines: (bytes, begin, end) => {
      const text = bytes.toString('utf8', begin, end);
      seen.push(...text.split('\n').slice(0, -1));
      if (!text.endsWith('\n')) throw new Error('half a line');
    },
    tooLong: () => seen.push('<long>'),
    unended: (bytes) => seen.push(`<unended ${bytes.toString('utf8').replace('\n', '$')}>`),
  });
  return { seen, blocks };
}

describe('lines of an input that comes in pieces', () => {
  const text = 'one\ntwo\n\nthree\nlast';

  test.each(Array.from(text, (_, at) => at + 1))('cut after every %i bytes', (size) => {
    const { seen, blocks } = collect(100);
    for (let at = 0; at < text.length; at += size) blocks.add(Buffer.from(text.slice(at, at + size)));
    blocks.end();
    expect(seen).toEqual(['one', 'two', '', 'three', '<unended last$>']);
  });

  test('a line that is too long is passed over, and no part of it is kept', () => {
    const { seen, blocks } = collect(8);
    blocks.add(Buffer.from('a\n0123'));
    blocks.add(Buffer.from('45678'));
    blocks.add(Buffer.from('9012345678901234567890'));
    blocks.add(Buffer.from('\nb\n'));
    blocks.add(Buffer.from('0123456789'));
    blocks.end();
    expect(seen).toEqual(['a', '<long>', 'b', '<long>']);
  });

  test('a beginning is copied: the piece may be written over', () => {
    const { seen, blocks } = collect(100);
    const piece = Buffer.from('begin');
    blocks.add(piece);
    piece.fill(0x78);
    blocks.add(Buffer.from(' end\n'));
    blocks.end();
    expect(seen).toEqual(['begin end']);
  });

  test('nothing at all', () => {
    const { seen, blocks } = collect(100);
    blocks.end();
    expect(seen).toEqual([]);
  });
});
