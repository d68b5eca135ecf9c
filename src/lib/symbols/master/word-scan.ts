import type { MasterFile } from './master-file.ts';
import { BEGIN, GOES_ON, MAY_GO_ON, WHOLE } from './search-text.ts';
import type { StringTable } from './string-table.ts';

/*
 * Where a word stands in the texts of a file. The scans go through all texts at once with Buffer.indexOf: a loop over 160,000
 * rows in a process that has just started takes longer than a command may.
 */

/** How well a word matches a stem or an ending; bits, since it may stand in several places. */
export const FOUND = 1;
/** It begins a word of the text. */
export const BEGINS_WORD = 2;
/** It is a word of the text. */
export const IS_WORD = 4;
/** It begins a field of the text. */
export const BEGINS_FIELD = 8;
const ALL = FOUND | BEGINS_WORD | IS_WORD | BEGINS_FIELD;

/** A word whose beginning is the end of a stem, and whose rest begins the ending of a row. */
export interface Bridge {
  readonly stems: Uint8Array;
  readonly endings: Uint8Array;
}

export interface WordMatches {
  /** Bits by stem. */
  readonly stems: Uint8Array;
  /** Bits by ending; undefined when no ending has the word. */
  readonly endings: Uint8Array | undefined;
  readonly bridges: readonly Bridge[];
}

/** Whether a word may be in an ending, which is a number and CE or PE. */
const ENDING_PART = /^[\d.]*(?:C|P|E|CE|PE)?$/;
const ENDING_BEGIN = /^\d[\d.]*(?:C|P|CE|PE)?$/;
const DIGIT = /\d/;

/** Matches of one word with the texts of the words. A word of one letter has to begin a word. */
export function matchWord(file: MasterFile, word: string): WordMatches {
  const least = [...word].length === 1 ? BEGINS_WORD : FOUND;
  return {
    stems: scan(file.table('searchText'), word, least),
    endings: matchEndings(file, word, least),
    bridges: findBridges(file, file.table('searchText'), word),
  };
}

/** Matches of words that were joined, with the texts without blanks. */
export function matchJoined(file: MasterFile, joined: string): WordMatches {
  const table = file.table('squeezedText');
  const least = [...joined].length === 1 ? BEGINS_FIELD : FOUND;
  return { stems: scan(table, joined, least), endings: undefined, bridges: findBridges(file, table, joined) };
}

/** The bits of one row; 0 where the word is not in it. */
export function bitsOf({ stems, endings, bridges }: WordMatches, stem: number, ending: number): number {
  let bits = stems[stem] as number;
  if (endings !== undefined) bits |= endings[ending] as number;
  for (const bridge of bridges) bits |= (bridge.stems[stem] as number) & (bridge.endings[ending] as number);
  return bits;
}

/** Whether any row of a stem may have the word. */
export function mayMatch({ stems, endings, bridges }: WordMatches, stem: number): boolean {
  return stems[stem] !== 0 || endings !== undefined || bridges.some((bridge) => bridge.stems[stem] !== 0);
}

/** @param least bits that a place must have to count */
function scan({ offsets, bytes }: StringTable, word: string, least: number): Uint8Array {
  const bits = new Uint8Array(offsets.length - 1);
  const wanted = Buffer.from(word);
  let index = 0;
  for (let at = bytes.indexOf(wanted); at >= 0; ) {
    while ((offsets[index + 1] as number) <= at) index++;
    const found = bitsAt(bytes, at, at + wanted.length);
    if ((found & least) !== 0) bits[index] = (bits[index] as number) | found;
    // Nothing better is in this text.
    const isDone = bits[index] === ALL;
    at = bytes.indexOf(wanted, isDone ? (offsets[index + 1] as number) : at + 1);
  }
  return bits;
}

function bitsAt(bytes: Buffer, at: number, end: number): number {
  const before = bytes[at - 1] as number;
  if (isInWord(before)) return FOUND;
  const field = before === BEGIN ? BEGINS_FIELD : 0;
  return field | FOUND | BEGINS_WORD | (isInWord(bytes[end] as number) ? 0 : IS_WORD);
}

/** Letters, digits, `&`, the point of a strike, and the mark of a field that goes on. Other characters are between words. */
function isInWord(byte: number): boolean {
  return isDigitOrPoint(byte) || isLetter(byte) || byte === 0x26 || byte >= 0x80 || byte === GOES_ON;
}

/** The strike, the right, and both together are words. */
function matchEndings(file: MasterFile, word: string, least: number): Uint8Array | undefined {
  if (!ENDING_PART.test(word)) return undefined;
  const { offsets, bytes } = file.table('endingText');
  const bits = new Uint8Array(offsets.length - 1);
  const wanted = Buffer.from(word);
  const isRight = word === 'CE' || word === 'PE';
  const beginsRight = word.startsWith('C') || word.startsWith('P');
  const endsInDigit = DIGIT.test(word.slice(-1));
  let index = 0;
  let any = false;
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) {
    while ((offsets[index + 1] as number) <= at) index++;
    const beginsStrike = bytes[at - 1] === BEGIN;
    const after = bytes[at + wanted.length] as number;
    const isWord = isRight || (beginsStrike && (after === WHOLE || (endsInDigit && isLetter(after))));
    const found = FOUND | (beginsStrike || beginsRight ? BEGINS_WORD : 0) | (isWord ? IS_WORD : 0);
    if ((found & least) === 0) continue;
    bits[index] = (bits[index] as number) | found;
    any = true;
  }
  return any ? bits : undefined;
}

/** Each way to cut a word in two so that some stem ends with the first part and some ending begins with the second. */
function findBridges(file: MasterFile, table: StringTable, word: string): Bridge[] {
  const bridges: Bridge[] = [];
  for (let cut = 1; cut < word.length; cut++) {
    const rest = word.slice(cut);
    if (!ENDING_BEGIN.test(rest)) continue;
    const endings = scanEndingBegins(file.table('endingText'), rest);
    const stems = endings && scanStemEnds(table, word.slice(0, cut));
    if (endings && stems) bridges.push({ stems, endings });
  }
  return bridges;
}

/** Every bit of each ending that begins so; IS_WORD only where that is all of it. */
function scanEndingBegins({ offsets, bytes }: StringTable, rest: string): Uint8Array | undefined {
  const wanted = Buffer.from(`${String.fromCharCode(BEGIN)}${rest}`);
  let at = bytes.indexOf(wanted);
  if (at < 0) return undefined;
  const bits = new Uint8Array(offsets.length - 1);
  for (let index = 0; at >= 0; at = bytes.indexOf(wanted, at + 1)) {
    while ((offsets[index + 1] as number) <= at) index++;
    bits[index] = bytes[at + wanted.length] === WHOLE ? ALL : ALL & ~IS_WORD;
  }
  return bits;
}

/** The bits of each stem of which a field that may go on ends so. */
function scanStemEnds({ offsets, bytes }: StringTable, head: string): Uint8Array | undefined {
  const bits = new Uint8Array(offsets.length - 1);
  let any = false;
  for (const end of [GOES_ON, MAY_GO_ON]) {
    const wanted = Buffer.from(`${head}${String.fromCharCode(end)}`);
    let index = 0;
    for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) {
      while ((offsets[index + 1] as number) <= at) index++;
      const before = bytes[at - 1] as number;
      const begins = isInWord(before) ? 0 : BEGINS_WORD | IS_WORD | (before === BEGIN ? BEGINS_FIELD : 0);
      bits[index] = (bits[index] as number) | FOUND | begins;
      any = true;
    }
  }
  return any ? bits : undefined;
}

const isDigitOrPoint = (byte: number): boolean => (byte >= 0x30 && byte <= 0x39) || byte === 0x2e;
const isLetter = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a;
