import { DataFrameWriter, type SnapshotNames } from '../../../src/lib/hsm/data-frame.ts';
import { HsmDecoder } from '../../../src/lib/hsm/decoder.ts';
import { encodeAuthAccepted } from '../../../src/lib/hsm/responses.ts';
import type { HsmTopicState } from '../../../src/lib/hsm/topic-table.ts';
import type { Kind, Subscription } from '../../../src/lib/market/kinds.ts';
import type { Tick } from '../../../src/lib/market/tick.ts';
import { ByteBuffer } from '../../../src/lib/output/rows/byte-buffer.ts';
import { createRowEncoder, type RowEncoderOptions } from '../../../src/lib/output/rows/row-encoder.ts';

/** When each message arrives: `2026-11-23T10:41:23.755+05:30`. */
export const RECEIVED_AT = Date.parse('2026-11-23T10:41:23.755+05:30');

export const TOPICS: Record<Kind, string> = {
  symbol: 'sf|nse_cm|3045',
  index: 'if|nse_cm|Nifty 50',
  depth: 'dp|nse_cm|3045',
  lite: 'sf|nse_cm|3045',
};
export const SYMBOLS: Record<Kind, string> = {
  symbol: 'NSE:SBIN-EQ',
  index: 'NSE:NIFTY50-INDEX',
  depth: 'NSE:SBIN-EQ',
  lite: 'NSE:SBIN-EQ',
};

/** One message of the server. */
export type Message =
  | {
      readonly snapshot: readonly number[];
      readonly kind?: Kind;
      readonly multiplier?: number;
      readonly precision?: number;
    }
  | { readonly update: Buffer };

/** A hand-made update packet of topic 1. */
export function updatePacket(values: readonly number[]): Buffer {
  const packet = Buffer.alloc(4 + values.length * 4);
  packet.set([0x55, 0, 1, values.length]);
  for (const [position, value] of values.entries()) packet.writeInt32BE(value, 4 + position * 4);
  return packet;
}

function frameOf(message: Message, kind: Kind): Buffer {
  const writer = new DataFrameWriter(0);
  writer.begin(1);
  if ('update' in message) writer.raw(message.update);
  else {
    const { multiplier = 1, precision = 2 } = message;
    const topic = TOPICS[message.kind ?? kind];
    const names: SnapshotNames = { topic, multiplier, precision, exchange: '', exchangeToken: '', tradingSymbol: '' };
    writer.snapshot(TOPIC_IDS[message.kind ?? kind], Int32Array.from(message.snapshot), names);
  }
  return Buffer.from(writer.finish());
}

const TOPIC_IDS: Record<Kind, number> = { symbol: 1, lite: 1, depth: 1, index: 2 };

export interface RowsRequest extends Partial<Omit<RowEncoderOptions, 'kinds'>> {
  readonly kinds: readonly Kind[];
  /** The field dictionary of the auth response. */
  readonly dictionary?: object;
}

/** What is printed for these messages, with the header: bytes of the wire to bytes of the output. Messages are of the first kind unless they say theirs. */
export function rowsOf(messages: readonly Message[], { dictionary, ...options }: RowsRequest): string {
  const [kind = 'symbol'] = options.kinds;
  const encoder = createRowEncoder({ format: 'ndjson', time: 'epoch', simulated: false, ...options });
  const out = new ByteBuffer(1);
  out.appendText(encoder.header);
  const ticks = new Map<string, Tick>();
  const decoder = new HsmDecoder<null>({
    control: () => undefined,
    snapshot: () => undefined,
    tick: (state) => encoder.encode(tickOf(state), out),
    ackDue: () => undefined,
  });
  const tickOf = (state: HsmTopicState<null>): Tick => {
    const known = ticks.get(state.topic);
    if (known) return known;
    const subscription: Subscription | undefined = options.kinds
      .map((candidate) => ({ kind: candidate, symbol: SYMBOLS[candidate] }))
      .find((candidate) => TOPICS[candidate.kind] === state.topic);
    if (subscription === undefined) throw new Error(`no kind for ${state.topic}`);
    const tick = { id: ticks.size, ...subscription, state };
    ticks.set(state.topic, tick);
    return tick;
  };
  decoder.decode(encodeAuthAccepted(50, dictionary && JSON.stringify(dictionary)), RECEIVED_AT);
  for (const message of messages) decoder.decode(frameOf(message, kind), RECEIVED_AT);
  return out.bytes.toString('utf8', 0, out.length);
}
