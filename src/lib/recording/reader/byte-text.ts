/** ASCII text as bytes. */
export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

/** Where this text ends if it stands at `at`, else -1; also when `at` is negative. */
export function skipText(bytes: Uint8Array, at: number, end: number, text: Uint8Array): number {
  const { length } = text;
  if (at < 0 || at + length > end) return -1;
  for (let place = 0; place < length; place++) if (bytes[at + place] !== text[place]) return -1;
  return at + length;
}

const ZERO = 0x30;
const NINE = 0x39;

/** Where the digits that stand at `at` end, at least one and at most `max`, else -1. */
export function skipDigits(bytes: Uint8Array, at: number, end: number, max: number): number {
  if (at < 0) return -1;
  let place = at;
  while (place < end && (bytes[place] as number) >= ZERO && (bytes[place] as number) <= NINE) place++;
  return place > at && place - at <= max ? place : -1;
}
