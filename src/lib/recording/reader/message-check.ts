import { createByteSet } from '../../text/byte-set.ts';
import { bytesOf, skipDigits, skipText } from './byte-text.ts';

/** The longest message that a data socket is let send, as base64, and what stands around it. */
export const MAX_MESSAGE_LINE_BYTES = 24 * 1024 * 1024;

const ZERO = 0x30;
const PADDING = 0x3d;
const MAX_DIGITS = 15;
const AT = bytesOf('{"at":');
const CONNECTION = bytesOf(',"connection":');
const MESSAGE = bytesOf(',"message":"');
const END = bytesOf('"}\n');
const IN_BASE64 = createByteSet('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');

/** One message of a data socket, as it was recorded. */
export interface RecordedMessage {
  /** When it arrived, epoch milliseconds. */
  readonly at: number;
  /** Counts the connections of a run. */
  readonly connection: number;
  readonly bytes: Buffer;
}

/** Checks `{"at":1,"connection":1,"message":"base64"}` byte by byte. Returns where the line ends, or -1. */
export function checkMessageLine(bytes: Buffer, begin: number, end: number): number {
  let at = skipNumber(bytes, skipText(bytes, begin, end, AT), end);
  at = skipNumber(bytes, skipText(bytes, at, end, CONNECTION), end);
  at = skipText(bytes, at, end, MESSAGE);
  if (at < 0) return -1;
  const first = at;
  while (at < end && IN_BASE64[bytes[at] as number] === 1) at++;
  for (let padding = 0; padding < 2 && bytes[at] === PADDING; padding++) at++;
  return (at - first) % 4 === 0 ? skipText(bytes, at, end, END) : -1;
}

/** The message of a line that was checked. */
export function parseMessageLine(line: Buffer): RecordedMessage {
  const { at, connection, message } = JSON.parse(line.toString('latin1')) as {
    at: number;
    connection: number;
    message: string;
  };
  return { at, connection, bytes: Buffer.from(message, 'base64') };
}

function skipNumber(bytes: Buffer, at: number, end: number): number {
  const place = skipDigits(bytes, at, end, MAX_DIGITS);
  return bytes[at] === ZERO && place > at + 1 ? -1 : place;
}
