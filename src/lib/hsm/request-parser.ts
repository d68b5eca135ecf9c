import { type ChannelMode, FRAME, MAX_CHANNEL, MODE_BYTES, readFields } from './wire.ts';

/*
 * Client -> server frames, read as a server reads them (docs/protocol.md): the length prefix is ignored, because clients
 * send 0 in mode and channel frames, and bytes after the last field are, too.
 */

/** A client's request. */
export type Request =
  | { readonly type: 'auth'; readonly hsmKey: string; readonly wantsDictionary: boolean; readonly source: string }
  | { readonly type: 'ack'; readonly messageNumber: number }
  | { readonly type: 'subscribe' | 'unsubscribe'; readonly topics: readonly string[]; readonly channel: number }
  | { readonly type: 'snapshot'; readonly topics: readonly string[] }
  | { readonly type: 'pause' | 'resume'; readonly channels: readonly number[] }
  | { readonly type: 'mode'; readonly channels: readonly number[]; readonly mode: ChannelMode }
  | { readonly type: 'ping' };

type FieldReader = (fields: ReadonlyMap<number, Buffer>) => Request | undefined;

const FIELD_READERS: ReadonlyMap<number, FieldReader> = new Map<number, FieldReader>([
  [FRAME.auth, readAuth],
  [FRAME.ack, readAck],
  [FRAME.subscribe, (fields) => readTopics('subscribe', fields)],
  [FRAME.unsubscribe, (fields) => readTopics('unsubscribe', fields)],
  [FRAME.snapshot, readSnapshot],
  [FRAME.pause, (fields) => readChannels('pause', fields)],
  [FRAME.resume, (fields) => readChannels('resume', fields)],
  [FRAME.mode, readMode],
]);

/** Reads one socket message of a client; `undefined` when it is malformed or of an unknown type. Never throws. */
export function parseRequest(bytes: Buffer): Request | undefined {
  const type = bytes[2];
  if (type === undefined) return undefined;
  // The ping alone has no field count.
  if (type === FRAME.ping) return { type: 'ping' };
  const read = FIELD_READERS.get(type);
  const fields = read && readFields(bytes);
  return fields && read?.(fields);
}

function readAuth(fields: ReadonlyMap<number, Buffer>): Request | undefined {
  const key = fields.get(1);
  if (key === undefined || key.length === 0) return undefined;
  return {
    type: 'auth',
    hsmKey: key.toString('latin1'),
    wantsDictionary: fields.get(3)?.[0] === 1,
    source: fields.get(4)?.toString('latin1') ?? '',
  };
}

function readAck(fields: ReadonlyMap<number, Buffer>): Request | undefined {
  const number = fields.get(1);
  return number?.length === 4 ? { type: 'ack', messageNumber: number.readUInt32BE(0) } : undefined;
}

function readTopics(type: 'subscribe' | 'unsubscribe', fields: ReadonlyMap<number, Buffer>): Request | undefined {
  const topics = readTopicList(fields.get(1));
  const channel = fields.get(2);
  return topics && channel?.length === 1 ? { type, topics, channel: channel[0] as number } : undefined;
}

function readSnapshot(fields: ReadonlyMap<number, Buffer>): Request | undefined {
  const topics = readTopicList(fields.get(1));
  return topics && { type: 'snapshot', topics };
}

function readTopicList(list: Buffer | undefined): string[] | undefined {
  if (list === undefined || list.length < 2) return undefined;
  const topics: string[] = [];
  let at = 2;
  for (let left = list.readUInt16BE(0); left > 0; left--) {
    const size = list[at];
    if (size === undefined || at + 1 + size > list.length) return undefined;
    topics.push(list.toString('latin1', at + 1, at + 1 + size));
    at += 1 + size;
  }
  return topics;
}

function readChannels(type: 'pause' | 'resume', fields: ReadonlyMap<number, Buffer>): Request | undefined {
  const channels = readBitmap(fields.get(1));
  return channels && { type, channels };
}

function readMode(fields: ReadonlyMap<number, Buffer>): Request | undefined {
  const channels = readBitmap(fields.get(1));
  const byte = fields.get(2)?.[0];
  if (channels === undefined) return undefined;
  if (byte === MODE_BYTES.full) return { type: 'mode', channels, mode: 'full' };
  return byte === MODE_BYTES.lite ? { type: 'mode', channels, mode: 'lite' } : undefined;
}

/** The channels of a u64 bitmap. Only 1 to 30 exist: the low word is read, the high one is ignored. */
function readBitmap(field: Buffer | undefined): number[] | undefined {
  if (field?.length !== 8) return undefined;
  const bits = field.readUInt32BE(4);
  const channels: number[] = [];
  for (let channel = 1; channel <= MAX_CHANNEL; channel++) if (bits & (1 << channel)) channels.push(channel);
  return channels;
}
