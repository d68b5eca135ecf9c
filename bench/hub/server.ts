/*
 * A server to be measured, on a Unix socket: `hub`, whose feed is a seeded row of ticks, or `bare`, which broadcasts the same rows
 * with nothing but `ws`. Arguments: which, the socket. It says when it listens; told {rows} it sends so many, in turns of the
 * event loop, no faster than its clients read.
 */
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { systemClock } from '../../src/lib/clock/clock.ts';
import type { Feed, FeedListener } from '../../src/lib/feed/feed.ts';
import { HubServer } from '../../src/lib/hub/server/hub-server.ts';
import { WEEKDAYS } from '../../src/lib/market/trading-hours.ts';
import { ByteBuffer } from '../../src/lib/output/rows/byte-buffer.ts';
import { createRowEncoder } from '../../src/lib/output/rows/row-encoder.ts';
import { ALL, TickSource } from './ticks.ts';

/** Some 60 KB of messages of the feed in one read. */
const TICKS_PER_TURN = 500;
const MAX_QUEUED_BYTES = 1024 * 1024;
const [which, path = ''] = process.argv.slice(2);

/** Sends rows turn by turn while `mayGo`. */
async function sendInTurns(rows: number, send: (count: number) => void, mayGo: () => boolean): Promise<void> {
  for (let left = rows; left > 0; ) {
    if (mayGo()) {
      const count = Math.min(left, TICKS_PER_TURN);
      send(count);
      left -= count;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function serveHub(): Promise<(rows: number) => Promise<void>> {
  const source = new TickSource();
  let listener: FeedListener | undefined;
  let isPaused = false;
  const feed: Feed = {
    name: 'ticks made up for a benchmark',
    simulated: false,
    subscribe: async (subscriptions) => {
      source.subscribe(subscriptions);
      return subscriptions.map((subscription) => ({ subscription, status: 'accepted' }));
    },
    unsubscribe: async () => [],
    pause: () => {
      isPaused = true;
    },
    resume: () => {
      isPaused = false;
    },
    status: () => ({
      state: { state: 'live', at: 0 },
      counters: { messages: 0, bytes: 0, ticks: 0, reconnects: 0, gaps: 0, malformed: 0 },
      lastDataAt: null,
      subscriptions: [],
    }),
    close: async () => {},
  };
  const server = await HubServer.open({
    calendar: WEEKDAYS,
    clock: systemClock,
    webFolder: 'src/web',
    version: '0',
    onBug: (error) => console.error(error),
    openFeed: async (opened) => {
      listener = opened;
      return feed;
    },
  });
  await server.listen({ path }, { isTrusted: true, allowOrigins: [] });
  const send = (count: number): void => {
    for (let n = 0; n < count; n++) listener?.tick(source.next());
  };
  const outlets = () => Array.from(server.hub.sessions(), ({ client }) => client.queue);
  const mayGo = () => !isPaused && outlets().every((outlet) => (outlet?.queuedBytes ?? 0) < MAX_QUEUED_BYTES);
  return (rows) => sendInTurns(rows, send, mayGo);
}

async function serveBare(): Promise<(rows: number) => Promise<void>> {
  const source = new TickSource();
  source.subscribe(ALL);
  const encoder = createRowEncoder({ format: 'ndjson', kinds: ['symbol'], time: 'epoch', simulated: false });
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return async (rows) => {
    // Rows are made beforehand: only sending them is measured.
    const frames: Buffer[] = [];
    for (let left = rows; left > 0; left -= TICKS_PER_TURN) {
      const buffer = new ByteBuffer();
      for (let n = Math.min(left, TICKS_PER_TURN); n > 0; n--) encoder.encode(source.next(), buffer);
      frames.push(Buffer.from(buffer.bytes.subarray(0, buffer.length)));
    }
    const clients = [...sockets.clients];
    let at = 0;
    const send = (): void => {
      const frame = frames[at++] as Buffer;
      for (const client of clients) client.send(frame);
    };
    process.send?.({ prepared: true });
    await sendInTurns(rows, send, () => clients.every(({ bufferedAmount }) => bufferedAmount < MAX_QUEUED_BYTES));
  };
}

const send = await (which === 'hub' ? serveHub() : serveBare());
process.on('message', ({ rows }: { rows: number }) => {
  void send(rows);
});
process.on('disconnect', () => process.exit(0));
process.send?.({ listening: true });
