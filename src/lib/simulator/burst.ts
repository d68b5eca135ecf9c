import { setImmediate } from 'node:timers/promises';
import type { DataFrameWriter } from '../hsm/data-frame.ts';
import type { DataConnection } from './data-connection.ts';
import type { TopicStream } from './topic-stream.ts';
import type { TradingFloor } from './trading-floor.ts';

/** So many tries in a row without a packet mean that nothing here can tick. */
const MAX_BARREN_TRIES = 1_000;
/** Frames between two looks at the sockets: acks have to be read. */
const FRAMES_PER_TURN = 4;

/**
 * Sends exactly `updates` packets to one client as fast as it reads and acknowledges, each a new state of its topic; none
 * is lost or merged. Returns the number of sent packets: fewer when the client left or has no topic that ticks.
 */
export async function sendBurst(connection: DataConnection, floor: TradingFloor, updates: number): Promise<number> {
  const burst = new Burst(connection, floor, updates);
  for (let frames = 1; connection.isOpen && burst.left > 0; frames++) {
    const writer = connection.sender.open();
    if (writer === undefined) {
      await connection.whenReady();
      continue;
    }
    const isBarren = !burst.fill(writer);
    connection.sender.finish(writer);
    if (isBarren) break;
    if (frames % FRAMES_PER_TURN === 0) await setImmediate();
  }
  return updates - burst.left;
}

class Burst {
  left: number;
  readonly #connection: DataConnection;
  readonly #floor: TradingFloor;
  readonly #streams: readonly TopicStream[];
  #cursor = 0;

  constructor(connection: DataConnection, floor: TradingFloor, updates: number) {
    this.#connection = connection;
    this.#floor = floor;
    this.left = updates;
    this.#streams = [...connection.topics.streams].filter(({ source }) => source?.mover.moves);
  }

  /** Fills a frame, topic after topic. False when nothing changed however often it was tried. */
  fill(writer: DataFrameWriter): boolean {
    const { sender } = this.#connection;
    // Asking the clock costs half of what a step does.
    const { nowSeconds } = this.#floor;
    let barren = 0;
    while (this.left > 0 && sender.hasRoom(writer) && barren < MAX_BARREN_TRIES) {
      const stream = this.#next();
      if (stream?.source === undefined) return false;
      this.#floor.step(stream.source.mover, nowSeconds);
      if (sender.write(writer, stream)) {
        this.left--;
        barren = 0;
      } else barren++;
    }
    return barren < MAX_BARREN_TRIES;
  }

  #next(): TopicStream | undefined {
    this.#cursor = this.#cursor + 1 >= this.#streams.length ? 0 : this.#cursor + 1;
    return this.#streams[this.#cursor];
  }
}
