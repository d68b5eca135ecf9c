import type { Gap } from '../../feed/feed.ts';
import { formatControlRow } from '../../output/control-rows.ts';
import type { Header } from '../meta.ts';
import { type Beginning, Segments, type SegmentsListener, type SegmentsOptions } from './segments.ts';

/** `{"at":1795406400123,"connection":1,"message":"` and the end. */
const MAX_FRAME_BYTES = 64;

/** What was subscribed, as a raw recording's header says it. */
export type RawSubscriptions = Required<Pick<Header, 'symbols' | 'subscriptions' | 'topics'>>;

interface RawMessage {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly connection: number;
  readonly message: Buffer;
}

/**
 * The messages of a data socket on their way into files, a line each: `{"at":ms,"connection":n,"message":"base64"}`. They can
 * be decoded again by what the header says of the topics, so the first files wait for that.
 */
export class RawRecording {
  readonly #segments: Segments;
  #subscriptions: RawSubscriptions | undefined;
  /** What came before the subscriptions were known: the answers to authentication and mode. */
  #waiting: RawMessage[] = [];
  #messages = 0;

  constructor(options: SegmentsOptions) {
    this.#segments = new Segments(options);
  }

  get messages(): number {
    return this.#messages;
  }

  get segments(): Segments {
    return this.#segments;
  }

  listen(listener: SegmentsListener): void {
    this.#segments.listen(listener);
  }

  /** From now on the messages mean something. */
  begin(subscriptions: RawSubscriptions): void {
    this.#subscriptions = subscriptions;
    for (const message of this.#waiting.splice(0)) this.#write(message, subscriptions);
  }

  /** @param message only valid until this returns */
  message(at: number, connection: number, message: Buffer): void {
    if (this.#subscriptions) this.#write({ at, connection, message }, this.#subscriptions);
    else this.#waiting.push({ at, connection, message: Buffer.from(message) });
  }

  gap(gap: Gap): void {
    for (const segment of this.#segments.current()) {
      segment.note(formatControlRow({ type: 'Gap', ...gap }, 'epoch'));
    }
  }

  /** Finishes the files. Throws `OUTPUT_FAILED`. */
  close(): Promise<void> {
    return this.#segments.close();
  }

  #write({ at, connection, message }: RawMessage, subscriptions: RawSubscriptions): void {
    const segment = this.#segments.at('raw', at, (): Beginning => ({ ...subscriptions, known: new Uint8Array(0) }));
    const { lines } = segment;
    lines.reserve(MAX_FRAME_BYTES + Math.ceil(message.length / 3) * 4);
    lines.appendText(`{"at":${at},"connection":${connection},"message":"`);
    lines.length += lines.bytes.write(message.toString('base64'), lines.length, 'latin1');
    lines.appendText('"}\n');
    segment.commit();
    this.#messages++;
  }
}
