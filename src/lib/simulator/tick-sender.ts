import type { DataFrameWriter } from '../hsm/data-frame.ts';
import { PACKET } from '../hsm/wire.ts';
import type { SeededRandom } from './chance/random.ts';
import type { FaultState } from './fault-state.ts';
import { LITE_COUNT } from './field-dictionary.ts';
import type { FrameQueue } from './frame-queue.ts';
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

/** Every so many data frames one is disturbed. */
export const DISTURB_EVERY = 5;
const UNKNOWN_PACKET_KIND = 0x5a;
const UNKNOWN_FRAME_TYPE = 13;
/** A topic id that is never given out: ids begin at 1. */
const UNBOUND_ID = 0;

/** Frames that a client must survive without a wrong tick. What a cut frame still holds has been sent whole before. */
export function garbledFrames(frame: Buffer, random: SeededRandom): Buffer[] {
  const noise = Buffer.from(Array.from({ length: 1 + random.below(60) }, () => random.below(256)));
  if (noise.length > 2) noise[2] = 0xf0;
  return [
    Buffer.from(frame.subarray(0, random.below(frame.length))),
    noise,
    Buffer.alloc(random.below(3)),
    Buffer.from([0, 6, 1, 200, 1, 0xff, 0xff, 0x4b]),
  ];
}

/** A frame of a type that is seen live and described nowhere. */
export function unknownFrame(random: SeededRandom): Buffer {
  return Buffer.from([0, 5, UNKNOWN_FRAME_TYPE, 1, random.below(256), random.below(256), random.below(256)]);
}

/** An update for a topic that no snapshot has named, which can be skipped, and a packet of an unknown kind, which cannot. */
export const STRANGE_PACKETS: readonly Buffer[] = [
  Buffer.from([PACKET.update, 0, UNBOUND_ID, 2, 0, 0, 0, 1, 0, 0, 0, 2]),
  Buffer.from([UNKNOWN_PACKET_KIND, 1, 2, 3]),
];
