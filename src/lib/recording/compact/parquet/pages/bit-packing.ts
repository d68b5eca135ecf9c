/** With up to seven bits left over from the value before, wider ones do not fit into an integer of 32 bits. */
const MAX_SIMPLE_WIDTH = 24;
const HALF_WIDTH = 16;
const HALF_MASK = 0xffff;

/**
 * Packs values of so many bits, the lowest bits first, as Parquet has them in both its packed encodings. Returns the offset behind the
 * last byte, which may be half empty. There has to be room.
 * @param width 0 to 32
 */
export function packBits(
  values: Uint32Array,
  from: number,
  count: number,
  width: number,
  bytes: Uint8Array,
  at: number,
): number {
  let place = at;
  let buffer = 0;
  let used = 0;
  for (let index = from; index < from + count; index++) {
    let value = values[index] as number;
    let left = width;
    if (width > MAX_SIMPLE_WIDTH) {
      buffer |= (value & HALF_MASK) << used;
      bytes[place++] = buffer;
      bytes[place++] = buffer >>> 8;
      buffer >>>= HALF_WIDTH;
      value >>>= HALF_WIDTH;
      left -= HALF_WIDTH;
    }
    buffer |= value << used;
    for (used += left; used >= 8; used -= 8) {
      bytes[place++] = buffer;
      buffer >>>= 8;
    }
  }
  if (used > 0) bytes[place++] = buffer;
  return place;
}

/** The reverse of `packBits`: puts so many values into `values`. Returns the offset behind the last byte. */
export function unpackBits(
  bytes: Uint8Array,
  at: number,
  width: number,
  values: Uint32Array,
  from: number,
  count: number,
): number {
  let place = at;
  let buffer = 0;
  let held = 0;
  const isSimple = width <= MAX_SIMPLE_WIDTH;
  const mask = isSimple ? (1 << width) - 1 : HALF_MASK;
  const highMask = (1 << (width - HALF_WIDTH)) - 1;
  for (let index = from; index < from + count; index++) {
    for (const needed = isSimple ? width : HALF_WIDTH; held < needed; held += 8) {
      buffer |= (bytes[place++] as number) << held;
    }
    let value = buffer & mask;
    if (isSimple) {
      buffer >>>= width;
      held -= width;
    } else {
      buffer >>>= HALF_WIDTH;
      held -= HALF_WIDTH;
      for (; held < width - HALF_WIDTH; held += 8) buffer |= (bytes[place++] as number) << held;
      value |= (buffer & highMask) << HALF_WIDTH;
      buffer >>>= width - HALF_WIDTH;
      held -= width - HALF_WIDTH;
    }
    values[index] = value;
  }
  return place;
}
