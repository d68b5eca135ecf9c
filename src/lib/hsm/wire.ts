/*
 * Numbers of the HSM protocol, the binary protocol of the FYERS data socket (docs/protocol.md). All integers on the wire
 * are big-endian.
 */

/** Frame types, in both directions. */
export const FRAME = {
  auth: 1,
  ack: 3,
  subscribe: 4,
  unsubscribe: 5,
  data: 6,
  pause: 7,
  resume: 8,
  snapshot: 9,
  ping: 11,
  mode: 12,
} as const;

/** First byte of a packet within a data frame. */
export const PACKET = { snapshot: 0x53, update: 0x55, lite: 0x4c } as const;

/** Marks a field without a value, or one that has not changed. */
export const NO_VALUE = -2147483648;

export const MODE_BYTES = { full: 0x46, lite: 0x4c } as const;
export type ChannelMode = keyof typeof MODE_BYTES;

/** Topics in one subscribe or unsubscribe frame. */
export const MAX_TOPICS_PER_FRAME = 1_500;
/** Topics on one connection. */
export const MAX_TOPICS_PER_CONNECTION = 5_000;
/** Channels are numbered 1 to 30. */
export const MAX_CHANNEL = 30;
export const MAX_PRECISION = 9;
/** A server drops a client that sends no ping for about two minutes. */
export const PING_PERIOD_MS = 10_000;

/** Status byte of a control response. */
export const STATUS_OK = 0x4b;
export const STATUS_REFUSED = 0x4e;

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
