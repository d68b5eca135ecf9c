import { ScaleWarnings } from '../../feed/scale-warnings.ts';
import { Subscriptions, type WantedTopic, wantedSymbols } from '../../feed/subscriptions.ts';
import { TickRouter } from '../../feed/tick-router.ts';
import { HsmDecoder, type OddScale } from '../../hsm/decoder.ts';
import { HsmTopicState } from '../../hsm/topic-table.ts';
import { fromWire, KINDS, type Subscription } from '../../market/kinds.ts';
import { isSymbol } from '../../market/symbols.ts';
import { SEGMENTS, type Segment, topicKindOf, topicKindOfName } from '../../market/topics.ts';
import { ByteBuffer } from '../../output/rows/byte-buffer.ts';
import type { RowEncoder } from '../../output/rows/encoder.ts';
import { createRowEncoder } from '../../output/rows/row-encoder.ts';
import type { Header } from '../meta.ts';
import { parseMessageLine } from '../reader/message-check.ts';

const LINE_END = 0x0a;
/** So many bytes of rows are handed on at once. */
const FULL_BYTES = 256 * 1024;

/** Makes rows of the messages of one run's data sockets, as the live feed does. State goes on from file to file. */
export class RawDecoder {
  readonly #topics = new Subscriptions(new HsmTopicState<WantedTopic>('', 'sf'));
  readonly #router: TickRouter;
  readonly #encoder: RowEncoder;
  #decoder = this.#createDecoder();
  #connection: number | undefined;
  #rows = new ByteBuffer();

  readonly #scaleWarnings = new ScaleWarnings();
  readonly #warn: (event: string, message: string) => void;

  /** @param warn gets warnings about the messages */
  constructor(simulated: boolean, warn: (event: string, message: string) => void) {
    this.#warn = warn;
    this.#encoder = createRowEncoder({ format: 'ndjson', kinds: KINDS, time: 'epoch', simulated });
    this.#router = new TickRouter(this.#topics, (tick) => this.#encoder.encode(tick, this.#rows));
  }

  /** What its messages mean, from this file on. */
  begin({ subscriptions = [], topics = {} }: Header): void {
    const kindsOf = new Map<string, Subscription[]>();
    // An invalid symbol must not get into a row.
    for (const subscription of fromWire(subscriptions).filter(({ symbol }) => isSymbol(symbol))) {
      const list = kindsOf.get(subscription.symbol);
      if (list) list.push(subscription);
      else kindsOf.set(subscription.symbol, [subscription]);
    }
    for (const [topic, symbols] of Object.entries(topics)) {
      const topicKind = topicKindOfName(topic);
      for (const symbol of symbols) {
        for (const subscription of kindsOf.get(symbol) ?? []) {
          if (topicKindOf(subscription.kind, symbol) === topicKind) this.#add(subscription, topic);
        }
      }
    }
  }

  /** @param lines whole lines of messages, checked. Buffers of whole rows; each is valid until the next is asked for. */
  *decode(lines: Buffer): Generator<Buffer> {
    for (let begin = 0; begin < lines.length; ) {
      const end = lines.indexOf(LINE_END, begin) + 1;
      const { at, connection, bytes } = parseMessageLine(lines.subarray(begin, end));
      begin = end;
      if (connection !== this.#connection) this.#reconnect(connection);
      this.#decoder.decode(bytes, at);
      if (this.#rows.length < FULL_BYTES && begin < lines.length) continue;
      if (this.#rows.length > 0) yield this.#rows.bytes.subarray(0, this.#rows.length);
      this.#rows.length = 0;
    }
  }

  #add(subscription: Subscription, topic: string): void {
    const [, segment, ...feedName] = topic.split('|');
    const known = Object.values(SEGMENTS).find((one): one is Segment => one === segment);
    if (known === undefined) return;
    this.#topics.add(subscription, { symbol: subscription.symbol, segment: known, feedName: feedName.join('|') });
  }

  /** Topic ids mean nothing on another connection: every topic gets a new snapshot. */
  #reconnect(connection: number): void {
    this.#connection = connection;
    this.#decoder = this.#createDecoder();
    this.#topics.forgetConnection();
  }

  #createDecoder(): HsmDecoder<WantedTopic> {
    return new HsmDecoder<WantedTopic>({
      control: () => {},
      snapshot: (state) => {
        const entry = this.#router.bind(state);
        if (entry) this.#router.snapshot(entry, state);
      },
      tick: (state) => this.#router.tick(state),
      ackDue: () => {},
      oddScale: (topic, scale) => this.#warnOfScale(topic, scale),
    });
  }

  #warnOfScale(topic: string, scale: OddScale): void {
    const entry = this.#topics.topic(topic);
    const message = entry && this.#scaleWarnings.describe(topic, scale, wantedSymbols([entry]));
    if (message) this.#warn('scale', message);
  }
}
