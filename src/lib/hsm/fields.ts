/**
 * The fields of a control frame, in either direction: u8 field count at byte 3, then per field u8 id, u16 length, bytes.
 * The length prefix of the frame is not read. `undefined` when a field passes the end.
 */
export function readFields(bytes: Buffer): Map<number, Buffer> | undefined {
  if (bytes.length < 4) return undefined;
  const fields = new Map<number, Buffer>();
  let at = 4;
  for (let left = bytes[3] as number; left > 0; left--) {
    if (at + 3 > bytes.length) return undefined;
    const end = at + 3 + bytes.readUInt16BE(at + 1);
    if (end > bytes.length) return undefined;
    fields.set(bytes[at] as number, bytes.subarray(at + 3, end));
    at = end;
  }
  return fields;
}
