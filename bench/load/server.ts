/*
 * A simulator in a process of its own that sends its ticks at planned times. Arguments: symbols, rows of a message. Its first message
 * is the environment of clients; `{ subscribed: true }` asks how many topics the newest client has, and `{ messages, periodMs, from }`
 * makes it send. `from` is the number of the first message. The answer is `Sent`.
 */

import { SYMBOL_SLOTS } from '../../src/lib/market/slots.ts';
import { startSimulator } from '../../src/lib/simulator/simulator.ts';
import type { TopicStream } from '../../src/lib/simulator/topic-stream.ts';
import { FIRST_NUMBER } from './numbers.ts';
import { type Sent, sendSteadily } from './pace.ts';

interface LoadRequest {
  readonly subscribed?: boolean;
  readonly messages?: number;
  readonly periodMs?: number;
  readonly from?: number;
}

/** A client that stands still for a second is not starved: its ticks go on, and all count. */
const ACK_EVERY = 400;

const [symbols = 0, rows = 0] = process.argv.slice(2).map(Number);
const simulator = await startSimulator({ rate: 0, generated: symbols, seed: 20261130, ackEvery: ACK_EVERY });

async function sendRows(messages: number, periodMs: number, from: number): Promise<Sent> {
  const connection = simulator.connections.at(-1);
  if (connection === undefined) throw new Error('no client is connected');
  const streams = [...connection.topics.streams];
  const { sender } = connection;
  let writer = sender.open();
  let next = from * rows;
  const prepare = async (): Promise<boolean> => {
    let isOnTime = true;
    for (writer = sender.open(); writer === undefined; writer = sender.open()) {
      isOnTime = false;
      await connection.whenReady();
    }
    const seconds = simulator.market.nowSeconds;
    for (let row = 0; row < rows; row++) {
      const stream = streams[next % streams.length] as TopicStream;
      const { source } = stream;
      source?.mover.step(seconds, () => {});
      if (source !== undefined) source.values[SYMBOL_SLOTS.volume] = FIRST_NUMBER + next;
      sender.write(writer, stream);
      next++;
    }
    return isOnTime;
  };
  return sendSteadily(messages, periodMs, prepare, () => writer && sender.finish(writer));
}

process.on('message', ({ messages = 0, periodMs = 0, from = 0, subscribed }: LoadRequest) => {
  if (subscribed) process.send?.(simulator.connections.at(-1)?.topics.size ?? 0);
  else void sendRows(messages, periodMs, from).then((sent) => process.send?.(sent));
});
process.on('disconnect', () => process.exit(0));
process.send?.(simulator.environment);
