import { open } from 'node:fs/promises';
import type { RowShape } from '../../output/rows/row-shape.ts';
import { countLines } from '../count-lines.ts';
import type { RecordingName } from '../layout.ts';
import type { Damage } from '../reader/damage.ts';
import { FileBlocks } from '../reader/file-blocks.ts';
import { maxUnpackedBytes } from '../reader/gzip-contents.ts';
import { type InflatedMember, type MemberEnd, MemberInflater, measureHeader } from '../reader/gzip-member.ts';
import { MemberSearch } from '../reader/member-search.ts';
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

/**
 * Finds the whole members of a gzip file, the whole rows or messages of a plain one. Undefined for a gzip file that
 * cannot be searched to its end in reasonable time: it has too many false headers, or unpacks to too much.
 * @param shape of its rows, when they are not those of this version
 * @param signal ends it: its reason is thrown
 */
export async function findWholeParts(
  file: string,
  name: RecordingName,
  shape: RowShape | undefined,
  signal: AbortSignal,
): Promise<WholeParts | undefined> {
  return name.isGzip ? findWholeMembers(file, signal) : findWholeLines(file, name.isRaw, shape, signal);
}

async function findWholeMembers(file: string, signal: AbortSignal): Promise<WholeParts | undefined> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const found = await walkMembers(new FileBlocks(handle, signal), size);
    return found && { ...found, length: size };
  } finally {
    await handle.close();
  }
}

async function walkMembers(blocks: FileBlocks, size: number): Promise<Pick<WholeParts, 'parts' | 'rows'> | undefined> {
  const inflater = new MemberInflater(blocks);
  const search = new MemberSearch(blocks, inflater, size);
  const parts = new PartList();
  let leftBytes = maxUnpackedBytes(size);
  let rows = 0;
  for (let offset = 0; (await blocks.read(offset)).length > 0; ) {
    const header = await measureHeader(blocks, offset);
    if (typeof header === 'number') {
      const member = await countMember(inflater.inflate(offset + header), leftBytes);
      leftBytes -= member.bytes;
      if (leftBytes < 0) return undefined;
      if (member.state === 'whole') {
        parts.add(offset, member.end);
        rows += member.rows;
        offset = member.end;
        continue;
      }
    }
    const next = await search.find(offset + 1, 'only whole');
    if (next.isGivenUp) return undefined;
    offset = next.offset;
  }
  return { parts: parts.all, rows };
}

interface CountedMember extends MemberEnd {
  readonly rows: number;
  /** What it unpacks to. */
  readonly bytes: number;
}

/** @param maxBytes it is not unpacked any further when it has come to more */
async function countMember(member: InflatedMember, maxBytes: number): Promise<CountedMember> {
  let rows = 0;
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await member.next();
      if (done) return { ...value, rows, bytes };
      rows += countLines(value);
      bytes += value.length;
      if (bytes > maxBytes) return { state: 'broken', end: 0, rows, bytes };
    }
  } finally {
    await member.return({ state: 'cut', end: 0 });
  }
}

async function findWholeLines(
  file: string,
  isRaw: boolean,
  shape: RowShape | undefined,
  signal: AbortSignal,
): Promise<WholeParts> {
  const damages: Damage[] = [];
  const note = (damage: Damage): number => damages.push(damage);
  const found = isRaw ? readRecordedMessages(file, note, signal) : readRecordedRows(file, note, signal, shape);
  const parts = new PartList();
  let rows = 0;
  let length = 0;
  for await (const lines of found) {
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
