import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SAMPLE_ROWS } from '../../src/lib/market/sample-rows.ts';
import { type FeedEvent, type LiveSource, type openFeed, type Row, Simulator } from '../../src/library/index.ts';
import { openRowFeed } from '../../src/library/open-feed.ts';

const SBIN = { kind: 'symbol', symbol: 'NSE:SBIN-EQ' } as const;
const closers: (() => Promise<unknown>)[] = [];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tickpipe-library-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startSimulator(settings?: Parameters<typeof Simulator.start>[0]) {
  const simulator = await Simulator.start(settings);
  closers.push(() => simulator.close());
  const { socketUrl, dataUrl, token } = simulator;
  return { simulator, source: { from: 'fyers', socketUrl, dataUrl, token } satisfies LiveSource };
}

/** A feed whose account lock is in the folder of this test. */
async function open(...[source, listener]: Parameters<typeof openFeed>) {
  const surroundings = { env: { TICKPIPE_RUN_DIR: path.join(folder, 'run') }, root: '.' };
  const feed = await openRowFeed(source, listener, surroundings);
  closers.push(() => feed.close());
  return feed;
}

/** A listener, and a promise of the first event that something is true of. */
function listen() {
  const rows: Row[] = [];
  const events: FeedEvent[] = [];
  const waits: { isIt: (event: FeedEvent) => boolean; resolve: (event: FeedEvent) => void }[] = [];
  return {
    rows,
    events,
    until: (isIt: (event: FeedEvent) => boolean) =>
      new Promise<FeedEvent>((resolve) => {
        const found = events.find(isIt);
        if (found) resolve(found);
        else waits.push({ isIt, resolve });
      }),
    listener: {
      tick: (row: Row) => void rows.push(row),
      event: (event: FeedEvent) => {
        events.push(event);
        for (const { isIt, resolve } of waits) if (isIt(event)) resolve(event);
      },
    },
  };
}

describe('a feed in a loop', () => {
  test('gives rows of what is subscribed, and is closed when the loop is left', async () => {
    const feed = await open({ from: 'simulator', rate: 1_000 });
    const results = await feed.subscribe([
      { kind: 'symbol', symbol: ' nse:sbin-eq ' },
      { kind: 'symbol', symbol: 'NSE:NIFTY50-INDEX' },
      { kind: 'lite', symbol: 'NSE:NOBODY-EQ' },
    ]);
    expect(results).toEqual([
      { subscription: SBIN, status: 'accepted' },
      { subscription: { kind: 'index', symbol: 'NSE:NIFTY50-INDEX' }, status: 'accepted' },
      { subscription: { kind: 'lite', symbol: 'NSE:NOBODY-EQ' }, status: 'unknown' },
    ]);
    const types = new Set<string>();
    for await (const row of feed) {
      expect(row.simulated).toBe(true);
      types.add(row.type);
      if (types.size === 2) break;
    }
    expect(types).toEqual(new Set(['SymbolUpdate', 'IndexUpdate']));
    expect(feed.simulated).toBe(true);
    expect(feed.status().state.state).toBe('closed');
  });

  test('ends when the feed is closed, and is had once', async () => {
    const feed = await open({ from: 'simulator', rate: 0 });
    await feed.subscribe([SBIN]);
    let rows = 0;
    for await (const _ of feed) {
      rows++;
      void feed.close();
    }
    expect(rows).toBe(1);
    await expect(feed[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('that is slow makes the source wait, and misses no row', async () => {
    const line = SAMPLE_ROWS.LiteUpdate;
    const made = 20_000;
    const lines = Array.from({ length: made }, (_, at) => line.replace('874.65', `${at + 1}`)).join('\n');
    await writeFile(path.join(folder, 'many.ndjson'), `${lines}\n`);
    const feed = await open({
      from: 'recording',
      path: path.join(folder, 'many.ndjson'),
      speed: Number.POSITIVE_INFINITY,
    });
    await feed.subscribe([{ kind: 'lite', symbol: 'NSE:SBIN-EQ' }]);
    const prices: (number | null)[] = [];
    for await (const row of feed) {
      if (prices.length === 0) {
        // The playback goes on as far as it may: it stops when as much waits as may wait.
        for (let before = -1; before < feed.status().counters.ticks; ) {
          before = feed.status().counters.ticks;
          for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
        }
        expect(feed.status().counters.ticks).toBeLessThan(made / 2);
      }
      if (row.type === 'LiteUpdate') prices.push(row.ltp);
    }
    expect(prices).toEqual(Array.from({ length: made }, (_, at) => at + 1));
  });

  test('throws what the feed failed with', async () => {
    const { simulator, source } = await startSimulator({ rate: 100 });
    const feed = await open(source);
    await feed.subscribe([SBIN]);
    simulator.inject('refuse-auth');
    simulator.inject('drop');
    const loop = async () => {
      for await (const _ of feed);
    };
    await expect(loop()).rejects.toMatchObject({ name: 'TickpipeError', code: 'TOKEN_REFUSED' });
  });
});

describe('a feed with a listener', () => {
  test('gives rows and events as they come, and cannot be iterated', async () => {
    const { simulator, source } = await startSimulator({ rate: 200 });
    const { rows, events, until, listener } = listen();
    const feed = await open(source, listener);
    await feed.subscribe([SBIN]);
    await until((event) => event.type === 'state' && event.state.state === 'live');
    simulator.inject('drop');
    const gap = await until(({ type }) => type === 'gap');
    expect(gap).toMatchObject({ gap: { reason: 'server_closed', symbols: ['NSE:SBIN-EQ'] } });
    expect(rows.length).toBeGreaterThan(0);
    await feed.close();
    const states = events.flatMap((event) => (event.type === 'state' ? [event.state.state] : []));
    expect(states).toEqual(['connecting', 'live', 'disconnected', 'connecting', 'live', 'closed']);
    await expect(feed[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('gives rows that last: they are copies', async () => {
    const { simulator, source } = await startSimulator({ rate: 0 });
    const { rows, until, listener } = listen();
    let wake = () => {};
    const tick = (row: Row) => {
      listener.tick(row);
      wake();
    };
    const feed = await open(source, { ...listener, tick });
    await feed.subscribe([SBIN]);
    await until((event) => event.type === 'state' && event.state.state === 'live');
    while (rows.length < 2) {
      const another = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (rows.length > 0) simulator.tick('NSE:SBIN-EQ');
      await another;
    }
    expect(rows[0]).not.toBe(rows[1]);
    expect(rows[0]).not.toEqual(rows[1]);
  });

  test('whose listener throws goes on; the exception is nobody else’s', async () => {
    const thrown: unknown[] = [];
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => thrown.push(error));
    try {
      let rows = 0;
      let done = () => {};
      const second = new Promise<void>((resolve) => {
        done = resolve;
      });
      const feed = await open(
        { from: 'simulator', rate: 500 },
        {
          tick: () => {
            if (++rows === 2) done();
            throw new Error('of the listener');
          },
        },
      );
      await feed.subscribe([SBIN]);
      await second;
      await feed.close();
      expect(thrown.length).toBeGreaterThanOrEqual(1);
      expect(thrown[0]).toMatchObject({ message: 'of the listener' });
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const other of others) process.on('uncaughtException', other);
    }
  });
});

describe('a live feed', () => {
  test('asks for its token before each connection', async () => {
    const { simulator, source } = await startSimulator({ rate: 100 });
    let asked = 0;
    const token = async () => {
      asked++;
      return simulator.token;
    };
    const { until, listener } = listen();
    const feed = await open({ ...source, token }, listener);
    await feed.subscribe([SBIN]);
    await until((event) => event.type === 'state' && event.state.state === 'live');
    const before = asked;
    simulator.inject('drop');
    await until(({ type }) => type === 'gap');
    expect(asked).toBeGreaterThan(before);
    await feed.close();
  });

  test('holds the connection of its account, unless it is forced', async () => {
    const { source } = await startSimulator();
    const first = await open(source);
    await expect(open(source)).rejects.toMatchObject({ code: 'SECOND_CONNECTION' });
    await (await open({ ...source, force: true })).close();
    await first.close();
    await (await open(source)).close();
  });

  test.each([
    ['no token', { token: ' ' }, 'NO_TOKEN'],
    ['a token that is none', { token: async () => 'APP:nonsense' }, 'TOKEN_MALFORMED'],
    ['an endpoint without TLS', { socketUrl: 'ws://example.com/' }, 'INSECURE_ENDPOINT'],
    ['an endpoint that is no URL', { dataUrl: 'example' }, 'BAD_CONFIGURATION'],
  ])('is refused with %s', async (_, wrong, code) => {
    const { source } = await startSimulator();
    await expect(open({ ...source, ...wrong })).rejects.toMatchObject({ code });
  });

  test('fails after so many attempts', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    const { source } = await startSimulator();
    const { until, listener } = listen();
    const feed = await open({ ...source, socketUrl: `ws://127.0.0.1:${port}/`, maxRetries: 1 }, listener);
    await feed.subscribe([SBIN]);
    expect(await until(({ type }) => type === 'failed')).toMatchObject({ error: { code: 'FEED_UNREACHABLE' } });
  });
});

describe('a recording', () => {
  test('says what it has, gives it, and finishes', async () => {
    const file = path.join(folder, 'one.ndjson');
    await writeFile(file, `${SAMPLE_ROWS.DepthUpdate}\n`);
    const { rows, until, listener } = listen();
    const feed = await open({ from: 'recording', path: file, speed: Number.POSITIVE_INFINITY }, listener);
    // A file without a header lists nothing.
    expect(feed.available).toEqual([]);
    await feed.subscribe([{ kind: 'depth', symbol: 'NSE:SBIN-EQ' }]);
    await until(({ type }) => type === 'finished');
    expect(rows).toEqual([JSON.parse(SAMPLE_ROWS.DepthUpdate)]);
  });

  test('that is not there is refused', async () => {
    const source = { from: 'recording', path: path.join(folder, 'nothing') } as const;
    await expect(open(source)).rejects.toMatchObject({ code: 'INPUT_MISSING' });
  });
});

describe('what is subscribed', () => {
  test.each([
    [{ kind: 'symbol', symbol: 'SBIN' }, 'MALFORMED_SYMBOL'],
    [{ kind: 'depth', symbol: 'NSE:NIFTY50-INDEX' }, 'INDEX_HAS_NO_DEPTH'],
    [{ kind: 'index', symbol: 'NSE:SBIN-EQ' }, 'NOT_AN_INDEX'],
  ] as const)('must be of the kind that is asked for: %j', async (subscription, code) => {
    const feed = await open({ from: 'simulator' });
    await expect(feed.subscribe([subscription])).rejects.toMatchObject({ code });
    await expect(feed.unsubscribe([subscription])).rejects.toMatchObject({ code });
  });

  test('is all or nothing when that is asked for', async () => {
    const feed = await open({ from: 'simulator' });
    const nobody = { kind: 'lite', symbol: 'NSE:NOBODY-EQ' } as const;
    const results = await feed.subscribe([SBIN, nobody], { strict: true });
    expect(results.map(({ status }) => status)).toEqual(['refused', 'unknown']);
    expect(feed.status().subscriptions).toEqual([]);
  });

  test('can be dropped', async () => {
    const feed = await open({ from: 'simulator' });
    await feed.subscribe([SBIN]);
    expect(feed.status().subscriptions).toMatchObject([SBIN]);
    await feed.unsubscribe([SBIN]);
    expect(feed.status().subscriptions).toEqual([]);
  });
});

test.each([
  [{ from: 'nothing' }, 'USAGE'],
  [{ from: 'simulator', faults: ['nonsense'] }, 'USAGE'],
])('a source that does not exist is refused: %j', async (source, code) => {
  await expect(open(source as never)).rejects.toMatchObject({ code });
});
