import type { FileBlocks } from './file-blocks.ts';
import type { MemberInflater } from './gzip-member.ts';
import { findHeader, measureHeader } from './gzip-member.ts';

/** Bytes that unpack to more than this are a member: no others unpack for so long. */
const MAX_TRIED_BYTES = 8 * 1024 * 1024;
/** The price of one try, beside its bytes: what setting it up costs, as bytes that are unpacked in that time. */
const TRY_BYTES = 16 * 1024;
/** What a search may cost in a file, in bytes read and unpacked: some seconds. Damage of disks and networks costs a fraction. */
const FIXED_COST_BYTES = 1024 * 1024 * 1024;
const COST_PER_BYTE = 16;
const OPENING_BRACE = 0x7b;

/** Which members count: only those that are there to their end, or also one that the file's end cuts. */
export type WantedMember = 'only whole' | 'even cut';

export interface FoundMember {
  /** Where it begins, or where the file ends. */
  readonly offset: number;
  readonly isEnd: boolean;
  /** The file has so many false headers that the rest of it was not searched. */
  readonly isGivenUp: boolean;
}

/**
 * Looks for the next member behind broken bytes. Each place that looks like a header is tried, and a file may consist of
 * such places: the cost of all searches in it together is bounded.
 */
export class MemberSearch {
  readonly #blocks: FileBlocks;
  readonly #inflater: MemberInflater;
  readonly #fileBytes: number;
  #leftBytes: number;

  constructor(blocks: FileBlocks, inflater: MemberInflater, fileBytes: number) {
    this.#blocks = blocks;
    this.#inflater = inflater;
    this.#fileBytes = fileBytes;
    this.#leftBytes = FIXED_COST_BYTES + fileBytes * COST_PER_BYTE;
  }

  /** The first offset from `from` on at which a member begins, or where the file ends. */
  async find(from: number, which: WantedMember): Promise<FoundMember> {
    for (let at = from; ; at++) {
      const found = await findHeader(this.#blocks, at);
      if (found.isEnd) return { ...found, isGivenUp: false };
      this.#leftBytes -= found.offset - at;
      at = found.offset;
      const header = await measureHeader(this.#blocks, at);
      if (typeof header === 'number' && (await this.#isMember(at + header, which))) {
        return { ...found, isGivenUp: false };
      }
      if (this.#leftBytes < 0) {
        return { offset: Math.max(at, this.#fileBytes), isEnd: true, isGivenUp: true };
      }
    }
  }

  /** Bytes in compressed data may look like a header: what follows must unpack, too. */
  async #isMember(dataOffset: number, which: WantedMember): Promise<boolean> {
    const member = this.#inflater.inflate(dataOffset);
    let bytes = 0;
    let first: number | undefined;
    try {
      for (;;) {
        const { done, value } = await member.next();
        if (done) {
          this.#leftBytes -= value.end - dataOffset;
          if (value.end > dataOffset) this.#leftBytes -= TRY_BYTES;
          return value.state === 'whole' || (which === 'even cut' && value.state === 'cut' && first === OPENING_BRACE);
        }
        first ??= value[0];
        bytes += value.length;
        this.#leftBytes -= value.length;
        if (bytes > MAX_TRIED_BYTES) return true;
      }
    } finally {
      await member.return({ state: 'cut', end: dataOffset });
    }
  }
}
