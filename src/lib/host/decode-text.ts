const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const UTF16_LE_MARK = Buffer.from([0xff, 0xfe]);
const UTF16_BE_MARK = Buffer.from([0xfe, 0xff]);

/**
 * The text of a file that a person made, on whatever system: a byte-order mark decides between UTF-8 and UTF-16 (which
 * Windows PowerShell 5 and Excel write), without one it is UTF-8. The mark is not part of the text.
 * `undefined` when the bytes are not text: they hold a NUL character.
 */
export function decodeText(bytes: Buffer): string | undefined {
  const text = decode(bytes);
  return text.includes('\0') ? undefined : text;
}

function decode(bytes: Buffer): string {
  if (startsWith(bytes, UTF16_LE_MARK)) return bytes.toString('utf16le', UTF16_LE_MARK.length);
  if (startsWith(bytes, UTF16_BE_MARK)) return swapPairs(bytes.subarray(UTF16_BE_MARK.length)).toString('utf16le');
  return bytes.toString('utf8', startsWith(bytes, UTF8_MARK) ? UTF8_MARK.length : 0);
}

function startsWith(bytes: Buffer, mark: Buffer): boolean {
  return bytes.subarray(0, mark.length).equals(mark);
}

/** A copy with the two bytes of each pair exchanged. An odd last byte is half a character and is dropped. */
function swapPairs(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2))).swap16();
}
