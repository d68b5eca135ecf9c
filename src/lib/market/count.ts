/** A raw count of the wire: nothing that is counted can be below zero, so all its 32 bits are magnitude. */
export function countOf(raw: number): number {
  return raw >>> 0;
}
