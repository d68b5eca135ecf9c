const SERIES = /-[A-Z0-9]{1,5}$/;
/** Letters and digits share 32 bits: two that share one are taken for the same, which lets a name pass that is looked at again. */
const MASK = 31;

/** The part of a symbol that names it, without exchange, series and blanks: `SBIN` of `NSE:SBIN-EQ`. */
export function baseOf(symbol: string): string {
  return symbol
    .slice(symbol.indexOf(':') + 1)
    .replace(SERIES, '')
    .replaceAll(' ', '');
}

/** A bit for each letter that is in a text. Two texts that are few edits apart differ in few bits. */
export function letterBits(text: string): number {
  let bits = 0;
  for (let at = 0; at < text.length; at++) bits |= 1 << (text.charCodeAt(at) & MASK);
  return bits >>> 0;
}

export function countBits(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}
