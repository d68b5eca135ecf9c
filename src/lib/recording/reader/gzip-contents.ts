import type { DamageReason } from './damage.ts';
import type { FileBlocks } from './file-blocks.ts';
import { findHeader, measureHeader } from './gzip-header.ts';
import { inflateMember, type MemberEnd } from './gzip-member.ts';

/** A member that unpacks to no more than this is checked before anything of it is handed out. Ours are half as large at most. */
const MAX_HELD_BYTES = 8 * 1024 * 1024;
const OPENING_BRACE = 0x7b;

/** Contents of a file in their order. `torn`: something is missing here, and has been told. */
export type Contents = AsyncGenerator<Buffer | 'torn'>;

/** What could not be used of the stored file. */
export type TellTorn = (offset: number, bytes: number, reason: DamageReason) => void;

/** A member's end, and whether anything of it was handed out. */
interface Unpacked extends MemberEnd {
  readonly isUsed: boolean;
}

/**
 * What a file of gzip members unpacks to, in constant memory. A broken member is left out and the next one looked for; of a
 * last member that was cut comes what there is.
 */
export async function* unpackGzip(blocks: FileBlocks, tell: TellTorn): Contents {
  for (let offset = 0; (await blocks.read(offset)).length > 0; ) {
    const header = await measureHeader(blocks, offset);
    let member: Unpacked | undefined;
    if (typeof header === 'number') member = yield* unpackMember(blocks, offset, offset + header);
    if (member?.state === 'whole') {
      offset = member.end;
      continue;
    }
    if (member?.state === 'cut' && member.isUsed) {
      tell(member.end, 0, 'gzip data that was cut off');
      yield 'torn';
      return;
    }
    const next = await findMember(blocks, offset + 1, 'even cut');
    const isCut = header === 'cut' || member?.state === 'cut';
    const reason = isCut ? 'gzip data that was cut off' : member ? 'gzip data that is broken' : 'not gzip data';
    tell(offset, next.offset - offset, reason);
    yield 'torn';
    offset = next.offset;
  }
}

async function* unpackMember(blocks: FileBlocks, offset: number, dataOffset: number): AsyncGenerator<Buffer, Unpacked> {
  const member = inflateMember(blocks, dataOffset);
  let held: Buffer[] | undefined = [];
  let heldBytes = 0;
  try {
    for (;;) {
      const { done, value } = await member.next();
      if (done) {
        const isUsed = held === undefined || (heldBytes > 0 && (await isTrusted(blocks, offset, value)));
        if (isUsed && held) yield* held;
        return { ...value, isUsed };
      }
      if (held === undefined) {
        yield value;
        continue;
      }
      held.push(value);
      heldBytes += value.length;
      if (heldBytes <= MAX_HELD_BYTES) continue;
      yield* held;
      held = undefined;
    }
  } finally {
    await member.return({ state: 'cut', end: dataOffset });
  }
}

/** What was cut is the last there is: where a whole member follows, it was not cut but broken, and ran on into that one. */
async function isTrusted(blocks: FileBlocks, offset: number, { state }: MemberEnd): Promise<boolean> {
  if (state !== 'cut') return state === 'whole';
  return (await findMember(blocks, offset + 1, 'only whole')).isEnd;
}

/** The first offset from `from` on at which a member begins, or where the file ends. */
export async function findMember(
  blocks: FileBlocks,
  from: number,
  which: 'only whole' | 'even cut',
): Promise<{ readonly offset: number; readonly isEnd: boolean }> {
  for (let at = from; ; at++) {
    const found = await findHeader(blocks, at);
    if (found.isEnd) return found;
    at = found.offset;
    const header = await measureHeader(blocks, at);
    if (typeof header === 'number' && (await isMember(blocks, at + header, which))) return found;
  }
}

/** Bytes in compressed data may look like a header: what follows must unpack, too. */
async function isMember(blocks: FileBlocks, dataOffset: number, which: 'only whole' | 'even cut'): Promise<boolean> {
  const member = inflateMember(blocks, dataOffset);
  let bytes = 0;
  let first: number | undefined;
  try {
    for (;;) {
      const { done, value } = await member.next();
      if (done) {
        return value.state === 'whole' || (which === 'even cut' && value.state === 'cut' && first === OPENING_BRACE);
      }
      first ??= value[0];
      bytes += value.length;
      if (bytes > MAX_HELD_BYTES) return true;
    }
  } finally {
    await member.return({ state: 'cut', end: dataOffset });
  }
}
