import { type ChannelMode, MAX_CHANNEL } from '../hsm/wire.ts';
import type { Source } from './source.ts';

/** One topic of one connection: what it shows, and what its client has of it. */
export class TopicStream {
  readonly topic: string;
  readonly source: Source | undefined;
  /** What the client has, once it has had a snapshot. */
  readonly sent: Int32Array;
  id: number;
  /** Bit n is set while channel n carries it. */
  channels = 0;
  needsSnapshot = true;
  /** Waits in the queue of the sender. */
  queued = false;
  /** Silenced by a fault for the rest of the connection. */
  stalled = false;
  readonly #mark: (stream: TopicStream) => void;

  constructor(topic: string, source: Source | undefined, id: number, mark: (stream: TopicStream) => void) {
    this.topic = topic;
    this.source = source;
    this.sent = new Int32Array(source?.values.length ?? 0);
    this.id = id;
    this.#mark = mark;
  }

  /** Queues the topic: its source has new values, or it has to be sent again. */
  changed(): void {
    if (!this.queued) this.#mark(this);
  }
}

/** Modes and pauses of a connection's channels, 1 to 30. A channel begins in full mode, running. */
export class Channels {
  #lite = 0;
  #paused = 0;

  static isChannel(channel: number): boolean {
    return channel >= 1 && channel <= MAX_CHANNEL;
  }

  setMode(channels: readonly number[], mode: ChannelMode): void {
    this.#lite = mode === 'lite' ? this.#lite | bitmap(channels) : this.#lite & ~bitmap(channels);
  }

  pause(channels: readonly number[]): void {
    this.#paused |= bitmap(channels);
  }

  resume(channels: readonly number[]): void {
    this.#paused &= ~bitmap(channels);
  }

  /** How a topic on these channels is sent now: in full when one running channel is full; `undefined` when all are paused. */
  modeOf(channels: number): ChannelMode | undefined {
    const running = channels & ~this.#paused;
    if (running === 0) return undefined;
    return (running & ~this.#lite) !== 0 ? 'full' : 'lite';
  }
}

function bitmap(channels: readonly number[]): number {
  let bits = 0;
  for (const channel of channels) bits |= 1 << channel;
  return bits;
}
