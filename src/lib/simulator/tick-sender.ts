import type { DataFrameWriter } from '../hsm/data-frame.ts';
import { DISTURB_EVERY, garbledFrames, STRANGE_PACKETS, unknownFrame } from './disturbance.ts';
import type { FaultState } from './fault-state.ts';
import { LITE_COUNT } from './field-dictionary.ts';
import type { FrameQueue } from './frame-queue.ts';
import type { SeededRandom } from './random.ts';
import type { Channels, TopicStream } from './topic-stream.ts';

const MAX_PACKETS_PER_FRAME = 0xffff;
/** Entries of the queue that have been taken are cut off when there are so many. */
const COMPACT_AFTER = 4_096;

export interface SenderSettings {
  /** The client must acknowledge every so many data frames; 0 for never. Without acks frames carry no message number. */
  readonly ackEvery: number;
  /** With so many frames unacknowledged the ticks stop, silently. */
  readonly starveAfter: number;
}

/** Sends what changed, as data frames. What cannot be sent now waits as one state a topic, never as a queue of ticks. */
export class TickSender {
  readonly #outlet: FrameQueue;
  readonly #channels: Channels;
  readonly #faults: FaultState;
  readonly #random: SeededRandom;
  readonly #settings: SenderSettings;
  #queue: TopicStream[] = [];
  #head = 0;
  #number = 0;
  #acknowledged = 0;

  constructor(
    outlet: FrameQueue,
    channels: Channels,
    faults: FaultState,
    random: SeededRandom,
    settings: SenderSettings,
  ) {
    this.#outlet = outlet;
    this.#channels = channels;
    this.#faults = faults;
    this.#random = random;
    this.#settings = settings;
  }

  /** Whether the client owes so many acks that it gets nothing more. */
  get isStarved(): boolean {
    return this.#settings.ackEvery > 0 && this.#number - this.#acknowledged >= this.#settings.starveAfter;
  }

  readonly mark = (stream: TopicStream): void => {
    stream.queued = true;
    this.#queue.push(stream);
  };

  acknowledge(messageNumber: number): void {
    if (messageNumber > this.#acknowledged && messageNumber <= this.#number) this.#acknowledged = messageNumber;
  }

  /** Sends what waits, as far as the client reads and acknowledges. */
  flush(): void {
    while (this.#head < this.#queue.length) {
      const writer = this.open();
      if (writer === undefined) break;
      while (this.#head < this.#queue.length && this.hasRoom(writer)) {
        const stream = this.#queue[this.#head++] as TopicStream;
        stream.queued = false;
        this.write(writer, stream);
      }
      this.finish(writer);
    }
    if (this.#head === this.#queue.length) {
      this.#queue.length = 0;
      this.#head = 0;
    } else if (this.#head > COMPACT_AFTER) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Begins a frame; `undefined` while the client is starved or slow. */
  open(): DataFrameWriter | undefined {
    if (this.isStarved) return undefined;
    const writer = this.#outlet.take();
    writer?.begin(this.#settings.ackEvery > 0 ? (this.#number + 1) >>> 0 : undefined);
    return writer;
  }

  hasRoom(writer: DataFrameWriter): boolean {
    return writer.hasRoom && writer.packets < (this.#faults.split ? 1 : MAX_PACKETS_PER_FRAME);
  }

  /** Writes what a topic has that its client has not; false when that is nothing. */
  write(writer: DataFrameWriter, stream: TopicStream): boolean {
    const { source, sent, id } = stream;
    if (source === undefined || stream.stalled) return false;
    const mode = this.#channels.modeOf(stream.channels);
    if (mode === undefined) return false;
    if (stream.needsSnapshot) {
      writer.snapshot(id, source.values, source.names);
      sent.set(source.values);
      stream.needsSnapshot = false;
      return true;
    }
    if (this.#faults.loseUpdates) return false;
    // A book has no lite packets.
    if (mode === 'full' || source.kind === 'dp') return writer.update(id, source.values, sent);
    return writer.lite(id, source.values, sent, LITE_COUNT);
  }

  /** Sends the frame, unless it is empty. */
  finish(writer: DataFrameWriter): void {
    if (writer.packets === 0) {
      this.#outlet.giveBack(writer);
      return;
    }
    this.#number++;
    const disturbed = this.#number % DISTURB_EVERY === 0;
    if (disturbed && this.#faults.unknownPackets) {
      this.#outlet.send(unknownFrame(this.#random));
      for (const packet of STRANGE_PACKETS) writer.raw(packet);
    }
    const frame = writer.finish();
    const garbled = disturbed && this.#faults.garble ? garbledFrames(frame, this.#random) : [];
    this.#outlet.sendFrame(writer, frame);
    for (const bytes of garbled) this.#outlet.send(bytes);
  }
}
