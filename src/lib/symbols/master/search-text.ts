import type { ListedInstrument } from './symbol-master.ts';

/*
 * What a search compares its words with, in upper case. Of each stem the fields: symbol without its exchange, underlying, name,
 * ISIN. A field begins with BEGIN; what ends it says whether the ending of a row (its strike and right) follows in the same word. The
 * squeezed text has no blanks: in it "STATEBANK" is found in "STATE BANK OF INDIA".
 */

export const BEGIN = 10;
/** The field goes on with the ending of the row. */
export const GOES_ON = 1;
/** The field is whole as it is, and a word may also go on with the ending of the row. */
export const MAY_GO_ON = 2;
/** The field is whole. */
export const WHOLE = 9;

const mark = (byte: number): string => String.fromCharCode(byte);

/** A stem as its texts: see master-file.ts. */
export interface StemTexts {
  readonly symbolHead: string;
  readonly nameHead: string;
  /** Whether rows of the stem have endings. */
  readonly hasEndings: boolean;
  /** Whether the name, too, goes on with the ending. */
  readonly splitsName: boolean;
  readonly instrument: Pick<ListedInstrument, 'type' | 'underlying' | 'isin'>;
}

export function searchTextOf(stem: StemTexts): string {
  return joinFields(stem, WHOLE);
}

/** @param searchText of the same stem */
export function squeezedTextOf(stem: StemTexts, searchText: string): string {
  return squeeze(stem.splitsName ? joinFields(stem, GOES_ON) : searchText);
}

/** The text of an ending, `29200CE`. */
export function endingTextOf(ending: string): string {
  return `${mark(BEGIN)}${ending}${mark(WHOLE)}`;
}

/** @param nameEnd what ends the name; in words, the strike of a name is a word of its own */
function joinFields({ symbolHead, nameHead, hasEndings, instrument }: StemTexts, nameEnd: number): string {
  const { type, underlying, isin } = instrument;
  const symbol = symbolHead.slice(symbolHead.indexOf(':') + 1);
  let text = field(symbol, hasEndings ? GOES_ON : WHOLE);
  if (underlying !== null) text += field(underlying, hasEndings ? MAY_GO_ON : WHOLE);
  if (underlying !== null && type === 'future') text += field(`${underlying}FUT`, WHOLE);
  text += field(nameHead, nameEnd);
  return isin === null ? text : text + field(isin, WHOLE);
}

const field = (text: string, end: number): string => mark(BEGIN) + text.toUpperCase() + mark(end);

/** Upper case, without blanks. @param text in which all white space is plain blanks, as that of a row */
export function squeeze(text: string): string {
  return text.toUpperCase().replaceAll(' ', '');
}

/** Letters, digits, `&`, the point of a strike, and the mark of a field that goes on. Other characters, by byte, are between words. */
export function isInWord(byte: number): boolean {
  return isDigitOrPoint(byte) || isLetter(byte) || byte === 0x26 || byte >= 0x80 || byte === GOES_ON;
}

const isDigitOrPoint = (byte: number): boolean => (byte >= 0x30 && byte <= 0x39) || byte === 0x2e;
export const isLetter = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a;
