import type { ControlType } from './control.ts';
import { FRAME, STATUS_OK, STATUS_REFUSED } from './wire.ts';

/*
 * Server -> client control frames (docs/protocol.md): u16 length, u8 type, u8 field count, then per field u8 id,
 * u16 length, bytes. Data frames are in data-frame.ts.
 */

const MAX_U16 = 0xffff;

const TYPE_BYTES: Record<ControlType, number> = {
  auth: FRAME.auth,
  subscribe: FRAME.subscribe,
  unsubscribe: FRAME.unsubscribe,
  pause: FRAME.pause,
  resume: FRAME.resume,
  snapshot: FRAME.snapshot,
  mode: FRAME.mode,
};

/** An answer with a status only: `K` or `N`. */
export function encodeStatus(type: ControlType, ok: boolean): Buffer {
  return encodeFields(TYPE_BYTES[type], [Buffer.from([ok ? STATUS_OK : STATUS_REFUSED])]);
}

/**
 * The answer to a good auth frame. @param ackEvery in 2 bytes, as the live server sends it; 0 for never
 * @param dictionary the JSON field dictionary, at most 65,535 bytes of UTF-8; left out unless the client asked for it
 */
export function encodeAuthAccepted(ackEvery: number, dictionary?: string): Buffer {
  if (!Number.isInteger(ackEvery) || ackEvery < 0 || ackEvery > MAX_U16) throw new RangeError(`ackEvery ${ackEvery}`);
  const fields = [Buffer.from([STATUS_OK]), Buffer.from([ackEvery >> 8, ackEvery & 0xff])];
  if (dictionary !== undefined) fields.push(Buffer.from(dictionary, 'utf8'));
  return encodeFields(FRAME.auth, fields);
}

/** A control frame; field ids count from 1. The length prefix wraps. Throws `RangeError` for a field over 65,535 bytes. */
export function encodeFields(type: number, fields: readonly Buffer[]): Buffer {
  const size = fields.reduce((sum, field) => sum + 3 + field.length, 4);
  const bytes = Buffer.allocUnsafe(size);
  bytes.writeUInt16BE((size - 2) & MAX_U16, 0);
  bytes[2] = type;
  bytes[3] = fields.length;
  let at = 4;
  for (const [position, field] of fields.entries()) {
    if (field.length > MAX_U16) throw new RangeError(`a field of ${field.length} bytes`);
    bytes[at] = position + 1;
    bytes.writeUInt16BE(field.length, at + 1);
    field.copy(bytes, at + 3);
    at += 3 + field.length;
  }
  return bytes;
}
