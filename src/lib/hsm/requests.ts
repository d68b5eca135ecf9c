import { type ChannelMode, FRAME, MAX_CHANNEL, MAX_TOPICS_PER_FRAME, MODE_BYTES } from './wire.ts';

/*
 * Client -> server frames. Envelope: u16 length of what follows it, u8 type, u8 field count, then per field u8 id,
 * u16 length, bytes. The length saturates at 65,535 for a frame that is longer: servers do not read it.
 */

const MAX_U16 = 0xffff;

/** Throws `RangeError` for a field over 65,535 bytes: a length that is cut would make a server read other topics. */
function frame(type: number, fields: readonly Buffer[]): Buffer {
  const size = fields.reduce((sum, field) => sum + 3 + field.length, 4);
  const bytes = Buffer.allocUnsafe(size);
  bytes.writeUInt16BE(Math.min(size - 2, MAX_U16), 0);
  bytes[2] = type;
  bytes[3] = fields.length;
  let at = 4;
  for (const [position, field] of fields.entries()) {
    bytes[at] = position + 1;
    bytes.writeUInt16BE(field.length, at + 1);
    field.copy(bytes, at + 3);
    at += 3 + field.length;
  }
  return bytes;
}

/** The first frame of a connection. It asks for the field dictionary. @param source what the client calls itself, ASCII */
export function encodeAuth(hsmKey: string, source: string): Buffer {
  return frame(FRAME.auth, [
    Buffer.from(hsmKey, 'latin1'),
    Buffer.from('P', 'latin1'),
    Buffer.from([1]),
    Buffer.from(source, 'latin1'),
  ]);
}

/** Acknowledges data frames up to this message number. */
export function encodeAck(messageNumber: number): Buffer {
  const field = Buffer.allocUnsafe(4);
  field.writeUInt32BE(messageNumber >>> 0);
  return frame(FRAME.ack, [field]);
}

/** A subscribe frame for at most 1,500 topics on one channel (1 to 30). */
export function encodeSubscribe(topics: readonly string[], channel: number): Buffer {
  return frame(FRAME.subscribe, [topicList(topics), channelByte(channel)]);
}

/** An unsubscribe frame for at most 1,500 topics on one channel (1 to 30). */
export function encodeUnsubscribe(topics: readonly string[], channel: number): Buffer {
  return frame(FRAME.unsubscribe, [topicList(topics), channelByte(channel)]);
}

/** A frame that asks for snapshots of at most 1,500 topics. It is not known whether the live server serves it. */
export function encodeSnapshot(topics: readonly string[]): Buffer {
  return frame(FRAME.snapshot, [topicList(topics)]);
}

/** Sets the mode of channels (each 1 to 30): `full` or `lite` rows. */
export function encodeMode(channels: readonly number[], mode: ChannelMode): Buffer {
  return frame(FRAME.mode, [channelBitmap(channels), Buffer.from([MODE_BYTES[mode]])]);
}

export function encodePause(channels: readonly number[]): Buffer {
  return frame(FRAME.pause, [channelBitmap(channels)]);
}

export function encodeResume(channels: readonly number[]): Buffer {
  return frame(FRAME.resume, [channelBitmap(channels)]);
}

/** The ping is three bytes, without a field count. */
export function encodePing(): Buffer {
  return Buffer.from([0, 1, FRAME.ping]);
}

function topicList(topics: readonly string[]): Buffer {
  if (topics.length > MAX_TOPICS_PER_FRAME) throw new RangeError(`${topics.length} topics in a frame`);
  const parts: Buffer[] = [Buffer.from([topics.length >> 8, topics.length & 0xff])];
  for (const topic of topics) {
    const name = Buffer.from(topic, 'latin1');
    if (name.length > 0xff) throw new RangeError(`a topic of ${name.length} bytes`);
    parts.push(Buffer.from([name.length]), name);
  }
  return Buffer.concat(parts);
}

function channelByte(channel: number): Buffer {
  assertChannel(channel);
  return Buffer.from([channel]);
}

function channelBitmap(channels: readonly number[]): Buffer {
  let bits = 0;
  for (const channel of channels) {
    assertChannel(channel);
    bits |= 1 << channel;
  }
  const field = Buffer.alloc(8);
  field.writeUInt32BE(bits >>> 0, 4);
  return field;
}

function assertChannel(channel: number): void {
  if (!Number.isInteger(channel) || channel < 1 || channel > MAX_CHANNEL) throw new RangeError(`channel ${channel}`);
}
