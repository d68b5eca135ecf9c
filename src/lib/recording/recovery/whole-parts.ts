import { type FileHandle, open } from 'node:fs/promises';
import { countLines } from '../count-lines.ts';
import type { RecordingName } from '../layout.ts';
import type { Damage } from '../reader/damage.ts';
import { FileBlocks } from '../reader/file-blocks.ts';
import { findMember } from '../reader/gzip-contents.ts';
import { measureHeader } from '../reader/gzip-header.ts';
import { inflateMember } from '../reader/gzip-member.ts';
import { readRecordedMessages, readRecordedRows } from '../reader/recorded-lines.ts';

/** A run of bytes in a file. */
export interface FilePart {
  readonly begin: number;
  readonly end: number;
}

/** What is worth keeping of a data file that was not finished. */
export interface WholeParts {
  /** In their order, none of them empty: whole gzip members, or whole lines. */
  readonly parts: readonly FilePart[];
  /** Lines in them. */
  readonly rows: number;
  /** Of the file, with what is not kept. */
  readonly length: number;
}

/** Finds the whole members of a gzip file, the whole rows or messages of a plain one. */
export async function findWholeParts(file: string, name: RecordingName): Promise<WholeParts> {
  return name.isGzip ? findWholeMembers(file) : findWholeLines(file, name.isRaw);
}

async function findWholeMembers(file: string): Promise<WholeParts> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    return { ...(await walkMembers(handle)), length: size };
  } finally {
    await handle.close();
  }
}

async function walkMembers(handle: FileHandle): Promise<Pick<WholeParts, 'parts' | 'rows'>> {
  const blocks = new FileBlocks(handle);
  const parts = new PartList();
  let rows = 0;
  for (let offset = 0; (await blocks.read(offset)).length > 0; ) {
    const header = await measureHeader(blocks, offset);
    const member = typeof header === 'number' ? await countMember(blocks, offset + header) : undefined;
    if (member) {
      parts.add(offset, member.end);
      rows += member.rows;
      offset = member.end;
    } else offset = (await findMember(blocks, offset + 1, 'only whole')).offset;
  }
  return { parts: parts.all, rows };
}

/** Undefined for a member that is not whole. */
async function countMember(
  blocks: FileBlocks,
  dataOffset: number,
): Promise<{ readonly end: number; readonly rows: number } | undefined> {
  const member = inflateMember(blocks, dataOffset);
  let rows = 0;
  for (;;) {
    const { done, value } = await member.next();
    if (done) return value.state === 'whole' ? { end: value.end, rows } : undefined;
    rows += countLines(value);
  }
}

async function findWholeLines(file: string, isRaw: boolean): Promise<WholeParts> {
  const damages: Damage[] = [];
  const read = isRaw ? readRecordedMessages : readRecordedRows;
  const parts = new PartList();
  let rows = 0;
  let length = 0;
  for await (const lines of read(file, (damage) => damages.push(damage))) {
    rows += countLines(lines);
    length += lines.length;
  }
  for (const { bytes } of damages) length += bytes;
  let begin = 0;
  for (const { offset, bytes } of damages) {
    parts.add(begin, offset);
    begin = offset + bytes;
  }
  parts.add(begin, length);
  return { parts: parts.all, rows, length };
}

/** Parts in their order; those that touch are one. */
class PartList {
  readonly all: { begin: number; end: number }[] = [];

  add(begin: number, end: number): void {
    if (begin === end) return;
    const last = this.all.at(-1);
    if (last?.end === begin) last.end = end;
    else this.all.push({ begin, end });
  }
}
