const MARKS = {
  utf8: Buffer.from([0xef, 0xbb, 0xbf]),
  utf16le: Buffer.from([0xff, 0xfe]),
  utf16be: Buffer.from([0xfe, 0xff]),
} as const;

/** How a text file is written: its encoding, and whether it begins with a byte-order mark. */
export interface TextEncoding {
  readonly name: keyof typeof MARKS;
  readonly hasMark: boolean;
}

/** The encoding of files that the program makes. */
export const PLAIN_UTF8: TextEncoding = { name: 'utf8', hasMark: false };

/**
 * The text of a file that a person made, on whatever system: a byte-order mark decides between UTF-8 and UTF-16 (which
 * Windows PowerShell 5 and Excel write), without one it is UTF-8. The mark is not part of the text.
 * `undefined` when the bytes are not text: they hold a NUL character.
 */
export function decodeText(bytes: Buffer): string | undefined {
  const text = decode(bytes, findEncoding(bytes));
  return text.includes('\0') ? undefined : text;
}

/** The encoding of a file, from its byte-order mark. */
export function findEncoding(bytes: Buffer): TextEncoding {
  const names = Object.keys(MARKS) as (keyof typeof MARKS)[];
  const name = names.find((one) => bytes.subarray(0, MARKS[one].length).equals(MARKS[one]));
  return name === undefined ? PLAIN_UTF8 : { name, hasMark: true };
}

/** A text as bytes, with its byte-order mark when the encoding has one. */
export function encodeText(text: string, { name, hasMark }: TextEncoding): Buffer {
  const bytes = name === 'utf16be' ? swapPairs(Buffer.from(text, 'utf16le')) : Buffer.from(text, name);
  return hasMark ? Buffer.concat([MARKS[name], bytes]) : bytes;
}

function decode(bytes: Buffer, { name, hasMark }: TextEncoding): string {
  const content = bytes.subarray(hasMark ? MARKS[name].length : 0);
  return name === 'utf16be' ? swapPairs(content).toString('utf16le') : content.toString(name);
}

/** A copy with the two bytes of each pair exchanged. An odd last byte is half a character and is dropped. */
function swapPairs(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2))).swap16();
}
