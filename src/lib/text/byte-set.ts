/** By byte, whether it is one of these ASCII characters: 1 or 0. */
export function createByteSet(characters: string): Uint8Array {
  const set = new Uint8Array(256);
  for (const byte of Buffer.from(characters, 'latin1')) set[byte] = 1;
  return set;
}
