import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../../../src/lib/clock/clock.ts';
import type { Feed, FeedListener } from '../../../src/lib/feed/feed.ts';
import { MAX_QUEUED_BYTES } from '../../../src/lib/hub/core/client-queue.ts';
import { ROWS_PROTOCOL, STREAM_PATH } from '../../../src/lib/hub/protocol/messages.ts';
import { HubServer } from '../../../src/lib/hub/server/hub-server.ts';
import { SYMBOL_SLOTS } from '../../../src/lib/market/slots.ts';
import { WEEKDAYS } from '../../../src/lib/market/trading-hours.ts';
import { makeTick, setValues } from '../../support/make-tick.ts';
import { rowsOf } from '../../support/row-messages.ts';

const READERS = 20;
const SYMBOLS = 50;
/** Three seconds of 20,000 ticks, in turns of the event loop. */
const TICKS = 60_000;
const TICKS_PER_TURN = 200;

let folder: string;
let server: HubServer;
let listener: FeedListener | undefined;
const clients: Client[] = [];

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-'));
  const feed: Feed = {
    name: 'made-up ticks',
    simulated: false,
    subscribe: async (subscriptions) => subscriptions.map((subscription) => ({ subscription, status: 'accepted' })),
    unsubscribe: async () => [],
    pause: () => {},
    resume: () => {},
    status: () => ({
      state: { state: 'live', at: 0 },
      counters: { messages: 0, bytes: 0, ticks: 0, reconnects: 0, gaps: 0, malformed: 0 },
      lastDataAt: null,
      subscriptions: [],
    }),
    close: async () => {},
  };
  server = await HubServer.open({
    calendar: WEEKDAYS,
    clock: systemClock,
    webFolder: 'src/web',
    version: '0',
    onBug: (error) => {
      throw error;
    },
    openFeed: async (opened) => {
      listener = opened;
      return feed;
    },
  });
  await server.listen({ path: path.join(folder, 's') }, { isTrusted: true, allowOrigins: [] });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.terminate();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A client that only counts, and keeps the last row of each symbol. */
class Client {
  readonly socket: WebSocket;
  rows = 0;
  skipped = 0;
  readonly last = new Map<string, Record<string, unknown>>();
  readonly subscribed: Promise<void>;
  #changed: (() => void)[] = [];

  constructor() {
    clients.push(this);
    this.socket = new WebSocket(`ws://localhost${STREAM_PATH}`, ROWS_PROTOCOL, {
      perMessageDeflate: false,
      createConnection: () => connect(path.join(folder, 's')),
    });
    const subscriptions = symbols.map((symbol) => ['SymbolUpdate', symbol]);
    this.socket.on('open', () => this.socket.send(JSON.stringify({ action: 'subscribe', id: 1, subscriptions })));
    this.subscribed = new Promise((resolve) => {
      this.socket.on('message', (data, isBinary) => {
        if (isBinary) this.#take(rowsOf(data as Buffer));
        else {
          const message = JSON.parse(String(data)) as { type: string; rows?: number };
          if (message.type === 'result') resolve();
          if (message.type === 'skipped') this.skipped += message.rows ?? 0;
        }
        for (const wake of this.#changed.splice(0)) wake();
      });
    });
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#changed.push(resolve));
  }

  #take(text: string): void {
    const lines = text.split('\n').slice(0, -1);
    this.rows += lines.length;
    // Parsing all would be what is measured.
    for (const line of lines.slice(-SYMBOLS)) {
      const row = JSON.parse(line) as { symbol: string };
      this.last.set(row.symbol, row);
    }
  }
}

const symbols = Array.from({ length: SYMBOLS }, (_, n) => `NSE:SLOW${n}-EQ`);

describe('one client that never reads beside twenty that do', () => {
  it('costs them nothing, keeps its queue bounded, and has the latest rows and a count when it reads again', async () => {
    const readers = Array.from({ length: READERS }, () => new Client());
    const slow = new Client();
    await Promise.all(clients.map(({ subscribed }) => subscribed));
    slow.socket.pause();
    const ticks = symbols.map((symbol, id) => makeTick(id, 'symbol', symbol, { values: { [SYMBOL_SLOTS.ltp]: 100 } }));
    const slowSession = [...server.hub.sessions()].at(-1);
    let mostQueued = 0;
    for (let sent = 0; sent < TICKS; sent += TICKS_PER_TURN) {
      for (let n = sent; n < sent + TICKS_PER_TURN; n++) {
        const tick = ticks[n % SYMBOLS];
        if (tick === undefined) throw new Error('no tick');
        setValues(tick.state, { [SYMBOL_SLOTS.ltp]: 1_000 + n });
        listener?.tick(tick);
      }
      await Promise.all(readers.map((reader) => reader.until(() => reader.rows >= sent + TICKS_PER_TURN)));
      mostQueued = Math.max(mostQueued, slowSession?.client.queue?.queuedBytes ?? 0);
    }
    for (const { rows, skipped } of readers) expect({ rows, skipped }).toEqual({ rows: TICKS, skipped: 0 });
    expect(slow.rows).toBe(0);
    expect(mostQueued).toBeGreaterThan(MAX_QUEUED_BYTES / 2);
    expect(mostQueued).toBeLessThanOrEqual(MAX_QUEUED_BYTES);

    slow.socket.resume();
    await slow.until(() => slow.rows + slow.skipped === TICKS);
    expect(slow.skipped).toBeGreaterThan(TICKS / 2);
    expect(slow.last).toEqual(readers[0]?.last);
    expect(slowSession?.client.queue).toMatchObject({ rows: slow.rows, skipped: slow.skipped });
  }, 60_000);
});
