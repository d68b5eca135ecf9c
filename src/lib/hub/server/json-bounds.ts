import { TickpipeError } from '../../errors/tickpipe-error.ts';

/** Nothing of this API is nested deeper than three. */
const MAX_DEPTH = 8;
/** Commas and opening brackets: 5,000 subscriptions have three each. */
const MAX_MARKS = 20_000;

const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = '\\'.charCodeAt(0);
const COMMA = ','.charCodeAt(0);
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = ['[', ']', '{', '}'].map((mark) => mark.charCodeAt(0));

/**
 * Throws `BAD_REQUEST` for JSON that would cost more to parse and to check than anything this API takes: one pass over the
 * bytes, which ends at the first mark too many. It does not say whether the JSON is right.
 */
export function checkJsonBounds(json: Buffer): void {
  let depth = 0;
  let marks = 0;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte === QUOTE) {
      at = endOfString(json, at);
      continue;
    }
    if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--;
    if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth++;
    else if (byte !== COMMA) continue;
    if (depth > MAX_DEPTH) throw new TickpipeError('BAD_REQUEST', `JSON may be nested ${MAX_DEPTH} deep`);
    if (++marks > MAX_MARKS) throw new TickpipeError('BAD_REQUEST', `JSON may hold ${MAX_MARKS} values`);
  }
}

/** Where the string that begins here ends; the end of the bytes when it does not. */
function endOfString(json: Buffer, begin: number): number {
  let at = begin + 1;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}
