import { gzipSync } from 'node:zlib';

/*
 * Files of about a megabyte that are made so that whoever looks for gzip members in them has much to do. Each of the first
 * five took a minute or more.
 */

const BYTES = 1_000_000;
const HEADER = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];

function repeat(unit: Buffer): Buffer {
  return Buffer.concat(Array.from({ length: Math.floor(BYTES / unit.length) }, () => unit));
}

/** Each header is followed by a stored block that ends where the block behind another header begins. */
function nestedMembers(): Buffer {
  const unit = Buffer.from([...HEADER, 0, 0, 0, 0, 0]);
  const length = unit.length * 2_666 - 5;
  unit.writeUInt16LE(length, HEADER.length + 1);
  unit.writeUInt16LE(length ^ 0xffff, HEADER.length + 3);
  return repeat(unit);
}

/** Members whose checksum is wrong. */
function brokenMembers(): Buffer {
  const member = gzipSync('{"x":1}\n');
  member.writeUInt32LE(member.readUInt32LE(member.length - 8) ^ 1, member.length - 8);
  return repeat(member);
}

export const HOSTILE_FILES: Readonly<Record<string, () => Buffer>> = {
  'repeated headers': () => repeat(Buffer.from(HEADER)),
  'repeated headers with a name that does not end': () => repeat(Buffer.from([0x1f, 0x8b, 8, 8, 1, 1, 1, 1, 1, 3])),
  'members within members': nestedMembers,
  'broken members': brokenMembers,
  'empty members': () => repeat(gzipSync('')),
  'a gigabyte of line ends': () => gzipSync(Buffer.alloc(1_000_000_000, '\n')),
};
