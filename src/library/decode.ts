import { HsmDecoder } from '../lib/hsm/decoder.ts';
import type { HsmTopicState } from '../lib/hsm/topic-table.ts';
import type { Kind, TopicKind } from '../lib/market/kinds.ts';
import { toRow } from '../lib/market/row.ts';
import type { Tick } from '../lib/market/tick.ts';
import type { Row } from './row-types.ts';

/** A binary message of a FYERS data socket. `receivedAt`: epoch milliseconds, now when it is left out. */
export type RawMessage = Uint8Array | { readonly bytes: Uint8Array; readonly receivedAt?: number | undefined };

export interface DecodeOptions {
  /** The symbol of a topic such as `sf|nse_cm|3045`. Without it, or when it gives undefined, the topic stands in `symbol`. */
  readonly symbolOf?: ((topic: string) => string | undefined) | undefined;
  /** Marks the rows as made up. */
  readonly simulated?: boolean | undefined;
}

/** What one message says. */
export interface DecodedMessage {
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** A row of each topic that changed, in the order of the message. They are copies, which last. */
  readonly rows: readonly Row[];
  /** The server's answer to a request, where the message is one. `ackEvery`: after how many messages it wants an acknowledgement. */
  readonly answer?: {
    readonly type: 'auth' | 'subscribe' | 'unsubscribe' | 'pause' | 'resume' | 'snapshot' | 'mode';
    readonly ok: boolean;
    readonly ackEvery: number;
  };
  /** The number of the message that the server wants acknowledged now. */
  readonly ackDue?: number;
  /** Parts of the message that could not be used: malformed, of an unknown kind, or of a topic without a snapshot. */
  readonly unusable: number;
}

const KINDS: Readonly<Record<TopicKind, Kind>> = { sf: 'symbol', if: 'index', dp: 'depth' };

/**
 * Decodes the messages of one connection, in their order and from the first on: the answer to authentication says how the rest is
 * laid out, and a topic's first message names it. Gives one result for each message, when it is asked for. Never throws because of
 * a message.
 */
export function decode(messages: Iterable<RawMessage>, options?: DecodeOptions): IterableIterator<DecodedMessage>;
export function decode(
  messages: AsyncIterable<RawMessage>,
  options?: DecodeOptions,
): AsyncIterableIterator<DecodedMessage>;
export function decode(
  messages: Iterable<RawMessage> | AsyncIterable<RawMessage>,
  options: DecodeOptions = {},
): IterableIterator<DecodedMessage> | AsyncIterableIterator<DecodedMessage> {
  const connection = new DecodedConnection(options);
  return Symbol.asyncIterator in messages ? decodeStream(messages, connection) : decodeList(messages, connection);
}

function* decodeList(
  messages: Iterable<RawMessage>,
  connection: DecodedConnection,
): Generator<DecodedMessage, void, undefined> {
  for (const message of messages) yield connection.decode(message);
}

async function* decodeStream(
  messages: AsyncIterable<RawMessage>,
  connection: DecodedConnection,
): AsyncGenerator<DecodedMessage, void, undefined> {
  for await (const message of messages) yield connection.decode(message);
}

/** What is known of a message while it is decoded. */
interface Contents {
  readonly rows: Row[];
  answer?: NonNullable<DecodedMessage['answer']>;
  ackDue?: number;
}

class DecodedConnection {
  readonly #options: DecodeOptions;
  readonly #decoder: HsmDecoder<Tick>;
  #contents: Contents = { rows: [] };

  constructor(options: DecodeOptions) {
    this.#options = options;
    this.#decoder = new HsmDecoder({
      control: ({ type, ok, ackEvery }) => {
        this.#contents.answer = { type, ok, ackEvery };
      },
      snapshot: () => {},
      tick: (state) => this.#add(state),
      ackDue: (messageNumber) => {
        this.#contents.ackDue = messageNumber;
      },
    });
  }

  decode(message: RawMessage): DecodedMessage {
    const { bytes, receivedAt = Date.now() } = message instanceof Uint8Array ? { bytes: message } : message;
    const before = this.#countUnusable();
    this.#contents = { rows: [] };
    this.#decoder.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), receivedAt);
    return { receivedAt, ...this.#contents, unusable: this.#countUnusable() - before };
  }

  #add(state: HsmTopicState<Tick>): void {
    const { symbolOf, simulated = false } = this.#options;
    const symbol = symbolOf?.(state.topic) ?? state.topic;
    const tick: Tick = { id: 0, kind: KINDS[state.kind], symbol, state };
    // The schemas allow texts for times; epoch numbers were asked for.
    this.#contents.rows.push(toRow(tick, { simulated, time: 'epoch' }) as Row);
  }

  #countUnusable(): number {
    const { unknownFrames, unknownPackets, malformed, unboundPackets, refusedSnapshots } = this.#decoder.counters;
    return unknownFrames + unknownPackets + malformed + unboundPackets + refusedSnapshots;
  }
}
