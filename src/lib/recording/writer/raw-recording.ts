import type { FeedTap } from '../../feed/live-feed-options.ts';
import { type Subscription, symbolsOf, toWire } from '../../market/kinds.ts';
import { type ControlRow, formatControlRow } from '../../output/rows/control-rows.ts';
import type { WriterEnd } from '../../output/writer/output-writer.ts';
import type { Recording, RecordingListener, RecordingStatus } from './recording.ts';
import { type Beginning, RecordingFiles, type RecordingFilesOptions } from './recording-files.ts';

/** Everything in a line but the message. */
const MAX_FRAME_BYTES = 64;

interface RawMessage {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Counts the connections of a run, from 1: topic ids mean nothing on the next one. */
  readonly connection: number;
  readonly bytes: Buffer;
}

/**
 * The messages of a data socket on their way into files, a line each: `{"at":ms,"connection":n,"message":"base64"}`. They can
 * be decoded again with what the header says of the topics, so the first file waits for that.
 */
export class RawRecording implements Recording, FeedTap {
  readonly #files: RecordingFiles;
  #beginning: Beginning | undefined;
  /** What came before the topics were known: the answers to authentication and mode. */
  #waiting: RawMessage[] = [];
  #messages = 0;
  #gaps = 0;

  constructor(options: RecordingFilesOptions) {
    this.#files = new RecordingFiles(options);
  }

  get status(): RecordingStatus {
    return { ...this.#files.amount, rows: this.#messages, gaps: this.#gaps };
  }

  listen(listener: RecordingListener): void {
    this.#files.listen(listener);
  }

  /** A message of the data socket. @param bytes only valid until this returns */
  message(at: number, connection: number, bytes: Buffer): void {
    if (this.#beginning) this.#write({ at, connection, bytes }, this.#beginning);
    else this.#waiting.push({ at, connection, bytes: Buffer.from(bytes) });
  }

  /** What the messages mean from now on. */
  subscribed(topics: ReadonlyMap<string, readonly Subscription[]>): void {
    const subscriptions = [...topics.values()].flat();
    const beginning: Beginning = {
      symbols: symbolsOf(subscriptions),
      subscriptions: toWire(subscriptions),
      topics: Object.fromEntries(Array.from(topics, ([topic, its]) => [topic, symbolsOf(its)])),
      known: new Uint8Array(0),
    };
    this.#beginning = beginning;
    for (const message of this.#waiting.splice(0)) this.#write(message, beginning);
  }

  /** Ticks are not written: the messages hold them. */
  tick(): boolean {
    return true;
  }

  skip(): void {}

  change(): void {}

  control(row: ControlRow): boolean {
    if (row.type !== 'Gap') return true;
    this.#gaps++;
    for (const file of this.#files.current()) file.note(formatControlRow(row, 'epoch'));
    return true;
  }

  /** Finishes the files. Throws `OUTPUT_FAILED`. */
  async end(): Promise<WriterEnd> {
    try {
      await this.#files.close();
    } finally {
      // A disk that is full has not taken them all.
      this.#messages = this.#files.finishedRows;
    }
    return 'flushed';
  }

  #write({ at, connection, bytes }: RawMessage, beginning: Beginning): void {
    const file = this.#files.find('raw', at) ?? this.#files.begin('raw', at, beginning);
    const { lines } = file;
    lines.reserve(MAX_FRAME_BYTES + Math.ceil(bytes.length / 3) * 4);
    lines.appendText(`{"at":${at},"connection":${connection},"message":"`);
    lines.length += lines.bytes.write(bytes.toString('base64'), lines.length, 'latin1');
    lines.appendText('"}\n');
    file.commit();
    this.#messages++;
  }
}
