import type { DamageReason } from './damage.ts';
import type { FileBlocks } from './file-blocks.ts';
import { type InflatedMember, type MemberEnd, MemberInflater, measureHeader } from './gzip-member.ts';
import { MemberSearch } from './member-search.ts';

/** A member that unpacks to no more than this is checked before anything of it is handed out. Ours are half as large at most. */
const MAX_HELD_BYTES = 8 * 1024 * 1024;
/**
 * Rows of a day pack to a tenth or a fortieth. A file that unpacks to more than this is made to fill time and disks: what goes
 * beyond is left out.
 */
const MAX_EXPANSION = 300;
const FREE_EXPANSION_BYTES = 64 * 1024 * 1024;

/** What a file of so many bytes is unpacked to at most. */
export function maxUnpackedBytes(fileBytes: number): number {
  return FREE_EXPANSION_BYTES + fileBytes * MAX_EXPANSION;
}

/** Contents of a file in their order. `torn`: bytes are missing here, and were reported. */
export type Contents = AsyncGenerator<Buffer | 'torn'>;

/** Gets the bytes that could not be used, by their offset. */
export type ReportBytes = (offset: number, bytes: number, reason: DamageReason) => void;

/** A member's end, what it unpacked to, and whether anything of it was handed out. */
interface Unpacked extends MemberEnd {
  readonly bytes: number;
  readonly isUsed: boolean;
}

/**
 * What a file of gzip members unpacks to, in constant memory. A broken member is left out and the next one looked for; of a
 * last member that was cut comes what there is.
 */
export async function* unpackGzip(blocks: FileBlocks, report: ReportBytes): Contents {
  const fileBytes = await blocks.size();
  const inflater = new MemberInflater(blocks);
  const search = new MemberSearch(blocks, inflater, fileBytes);
  let leftBytes = maxUnpackedBytes(fileBytes);
  for (let offset = 0; (await blocks.read(offset)).length > 0; ) {
    const header = await measureHeader(blocks, offset);
    let member: Unpacked | undefined;
    if (typeof header === 'number') {
      const unpacking = unpackMember(inflater.inflate(offset + header), search, offset, leftBytes);
      member = yield* unpacking;
      leftBytes -= member.bytes;
    }
    if (leftBytes < 0) {
      report(offset, fileBytes - offset, 'gzip data that unpacks to far more than rows do');
      yield 'torn';
      return;
    }
    if (member?.state === 'whole') {
      offset = member.end;
      continue;
    }
    if (member?.state === 'cut' && member.isUsed) {
      report(member.end, 0, 'gzip data that was cut off');
      yield 'torn';
      return;
    }
    const next = await search.find(offset + 1, 'even cut');
    report(
      offset,
      next.offset - offset,
      next.isGivenUp ? 'gzip data too broken to be searched' : reasonOf(header, member),
    );
    yield 'torn';
    offset = next.offset;
  }
}

function reasonOf(header: number | 'cut' | 'none', member: Unpacked | undefined): DamageReason {
  if (header === 'cut' || member?.state === 'cut') return 'gzip data that was cut off';
  return member ? 'gzip data that is broken' : 'not gzip data';
}

/** @param maxBytes it is not unpacked any further when it has come to more */
async function* unpackMember(
  member: InflatedMember,
  search: MemberSearch,
  offset: number,
  maxBytes: number,
): AsyncGenerator<Buffer, Unpacked> {
  let held: Buffer[] | undefined = [];
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await member.next();
      if (done) {
        const isUsed = held === undefined || (bytes > 0 && (await isTrusted(search, offset, value)));
        if (isUsed && held) yield* held;
        return { ...value, bytes, isUsed };
      }
      bytes += value.length;
      if (bytes > maxBytes) return { state: 'broken', end: offset, bytes, isUsed: held === undefined };
      if (held === undefined) {
        yield value;
        continue;
      }
      held.push(value);
      if (bytes <= MAX_HELD_BYTES) continue;
      yield* held;
      held = undefined;
    }
  } finally {
    await member.return({ state: 'cut', end: offset });
  }
}

/** What was cut is the last there is: where a whole member follows, it was not cut but broken, and ran on into that one. */
async function isTrusted(search: MemberSearch, offset: number, { state }: MemberEnd): Promise<boolean> {
  if (state !== 'cut') return state === 'whole';
  const { isEnd, isGivenUp } = await search.find(offset + 1, 'only whole');
  return isEnd && !isGivenUp;
}
