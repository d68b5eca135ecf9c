import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HubFeed, type HubFeedOptions } from '../../../src/lib/hub/client/hub-feed.ts';
import type { HubMessage } from '../../../src/lib/hub/protocol/messages.ts';
import type { Subscription } from '../../../src/lib/market/kinds.ts';
import { toRow } from '../../../src/lib/market/row.ts';
import { indexBytes } from '../../../src/lib/rows/batch-index.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { HubRecorder } from './hub-recorder.ts';
import { HELLO, ScriptedHub } from './scripted-hub.ts';

const SBIN: Subscription = { kind: 'symbol', symbol: 'NSE:SBIN-EQ' };
const INFY: Subscription = { kind: 'symbol', symbol: 'NSE:INFY-EQ' };
const M_AND_M: Subscription = { kind: 'lite', symbol: 'NSE:M&M-EQ' };

const sbin = (ltp: number): string => `{"type":"SymbolUpdate","symbol":"NSE:SBIN-EQ","ltp":${ltp},"received_at":5}`;
const infy = (ltp: number): string => `{"type":"SymbolUpdate","symbol":"NSE:INFY-EQ","ltp":${ltp},"received_at":5}`;

let hub: ScriptedHub;
let clock: ManualClock;
let recorder: HubRecorder;
let feed: HubFeed | undefined;

beforeEach(async () => {
  hub = await ScriptedHub.start();
  clock = new ManualClock();
  recorder = new HubRecorder();
});

afterEach(async () => {
  await feed?.close();
  feed = undefined;
  await hub.close();
});

async function open(options: Partial<HubFeedOptions> = {}): Promise<HubFeed> {
  feed = await HubFeed.open(
    {
      connect: hub.connect,
      clock,
      random: () => 0.5,
      nameOf: ({ feed, pid }) => `${feed} of ${pid}`,
      signal: new AbortController().signal,
      ...options,
    },
    recorder,
  );
  return feed;
}

describe('opening', () => {
  it('waits for the first message of the hub', async () => {
    hub.hello = { ...HELLO, simulated: true };
    const { simulated, name } = await open();
    expect({ simulated, name }).toEqual({ simulated: true, name: 'the scripted feed of 4711' });
    expect(recorder.all).toEqual([{ name: 'state', values: [HELLO.state] }]);
  });

  it('fails when the hub says nothing for ten seconds', async () => {
    hub.hello = undefined;
    const opening = open();
    await hub.connected(1);
    // The timer is set a moment after the hub has seen the connection.
    await expect.poll(() => clock.pending).toBe(2);
    clock.advance(10_000);
    await expect(opening).rejects.toMatchObject({ code: 'HUB_UNAVAILABLE' });
    await hub.disconnected(1);
    expect(clock.pending).toBe(0);
  });

  it('fails when the hub leaves before it says anything', async () => {
    hub.hello = undefined;
    const opening = open();
    await hub.connected(1);
    hub.drop();
    await expect(opening).rejects.toMatchObject({ code: 'HUB_UNAVAILABLE' });
    expect(clock.pending).toBe(0);
  });

  it.each(['before', 'after'] as const)('ends by its signal, %s the connection is there', async (when) => {
    hub.hello = undefined;
    const controller = new AbortController();
    const reason = new Error('interrupted');
    const opening = open({ signal: controller.signal });
    if (when === 'after') await expect.poll(() => clock.pending).toBe(2);
    controller.abort(reason);
    await expect(opening).rejects.toBe(reason);
    if (when === 'after') await hub.disconnected(1);
    expect(clock.pending).toBe(0);
  });

  it('reports a hub that waits for a token, unless the hub takes ours', async () => {
    hub.hello = {
      ...HELLO,
      state: { state: 'waiting_for_token', at: 7, code: 'TOKEN_EXPIRED', message: 'it is over' },
    };
    await expect(open()).rejects.toMatchObject({ code: 'TOKEN_EXPIRED', message: 'it is over' });
    await hub.disconnected(1);
    await open({ greet: async () => true });
    expect(recorder.all).toEqual([]);
  });

  it('waits for a token with the hub when it should', async () => {
    hub.hello = {
      ...HELLO,
      state: { state: 'waiting_for_token', at: 7, code: 'TOKEN_EXPIRED', message: 'it is over' },
    };
    await open({ waitsForToken: true });
    const state = { state: 'disconnected', at: 7, reason: 'token', detail: 'it is over', retryAt: 7 };
    expect(recorder.all).toEqual([{ name: 'state', values: [state] }]);
  });
});

describe('subscribing', () => {
  it('resolves to each result in the order asked', async () => {
    hub.answers = {
      ...hub.answers,
      subscribe: ({ id }) => ({
        type: 'result',
        id,
        results: [
          { status: 'accepted' },
          { status: 'unknown' },
          { status: 'refused', code: 'TOO_MANY_SYMBOLS', message: 'too many' },
        ],
      }),
    };
    const { subscribe, status } = bound(await open());
    expect(await subscribe([SBIN, M_AND_M, INFY], { strict: true, withinMs: 9_000 })).toEqual([
      { subscription: SBIN, status: 'accepted' },
      { subscription: M_AND_M, status: 'unknown' },
      { subscription: INFY, status: 'refused', code: 'TOO_MANY_SYMBOLS', message: 'too many' },
    ]);
    expect(await hub.request('subscribe')).toMatchObject({
      strict: true,
      within_ms: 9_000,
      subscriptions: [
        ['SymbolUpdate', 'NSE:SBIN-EQ'],
        ['LiteUpdate', 'NSE:M&M-EQ'],
        ['SymbolUpdate', 'NSE:INFY-EQ'],
      ],
    });
    expect(status().subscriptions).toEqual([{ ...SBIN, stage: 'acknowledged' }]);
  });

  it('throws what the hub refuses as a whole, and keeps only what was there before', async () => {
    const { subscribe, status } = bound(await open());
    await subscribe([SBIN]);
    hub.answers = {
      ...hub.answers,
      subscribe: ({ id }) => ({ type: 'error', id, code: 'REQUEST_TOO_LARGE', message: 'too much', hint: 'ask less' }),
    };
    await expect(subscribe([SBIN, INFY])).rejects.toMatchObject({ code: 'REQUEST_TOO_LARGE', hint: 'ask less' });
    expect(status().subscriptions).toEqual([{ ...SBIN, stage: 'acknowledged' }]);
  });

  it('takes an error without a number for the answer', async () => {
    hub.answers = {
      ...hub.answers,
      subscribe: () => ({ type: 'error', id: null, code: 'RATE_LIMITED', message: 'too often', hint: '' }),
    };
    await expect((await open()).subscribe([SBIN])).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });

  it.each<[string, (id: number) => HubMessage]>([
    ['of too few results', (id) => ({ type: 'result', id, results: [] })],
    ['to something else', (id) => ({ type: 'listening', id, url: 'http://127.0.0.1:1' })],
  ])('takes no answer %s', async (_, answer) => {
    hub.answers = { ...hub.answers, subscribe: ({ id }) => answer(id) };
    const { subscribe, status } = bound(await open());
    await expect(subscribe([SBIN])).rejects.toMatchObject({ code: 'BUG' });
    expect(status().subscriptions).toEqual([]);
  });

  it('fails when the hub says nothing for a minute, though it is there', async () => {
    hub.answers = { ...hub.answers, subscribe: () => undefined };
    const { subscribe } = bound(await open());
    let error: unknown;
    const asking = subscribe([SBIN]).catch((reason) => {
      error = reason;
    });
    await hub.request('subscribe');
    for (const _ of [1, 2]) {
      clock.advance(50_000);
      hub.tell({ type: 'state', state: { state: 'connecting', at: clock.now(), attempt: 1 } });
      await recorder.next('state', (state: { at: number }) => state.at === clock.now());
    }
    clock.advance(50_000);
    hub.ping();
    hub.rows('x');
    await expect.poll(() => feed?.status().counters.malformed).toBe(1);
    expect(error).toBeUndefined();
    clock.advance(10_000);
    await asking;
    expect(error).toMatchObject({ code: 'HUB_UNAVAILABLE' });
    expect(hub.connections).toBe(1);
  });

  it('and unsubscribing keep their order', async () => {
    const held: HubMessage[] = [];
    const { answers } = hub;
    hub.answers = {
      ...answers,
      subscribe: (request) => {
        held.push(answers.subscribe(request) as HubMessage);
        return undefined;
      },
    };
    const { subscribe, unsubscribe, status } = bound(await open());
    const subscribing = subscribe([SBIN]);
    const unsubscribing = unsubscribe([SBIN]);
    await hub.request('subscribe');
    expect(status().subscriptions).toEqual([{ ...SBIN, stage: 'wanted' }]);
    hub.tell(...held);
    expect(await subscribing).toEqual([{ subscription: SBIN, status: 'accepted' }]);
    expect(await unsubscribing).toEqual([{ subscription: SBIN, status: 'accepted' }]);
    expect(await hub.request('unsubscribe')).toMatchObject({ subscriptions: [['SymbolUpdate', 'NSE:SBIN-EQ']] });
    expect(status().subscriptions).toEqual([]);
    expect(await unsubscribe([SBIN])).toEqual([{ subscription: SBIN, status: 'unknown' }]);
  });

  it('is over for rows that still come after unsubscribing', async () => {
    const { subscribe, unsubscribe } = bound(await open());
    await subscribe([SBIN, INFY]);
    await unsubscribe([SBIN]);
    hub.rows(sbin(1), infy(2), sbin(3));
    hub.rows(infy(4));
    await recorder.next('row', (row: string) => row.includes(':4,'));
    expect(recorder.rows).toEqual([`${infy(2)}\n`, `${infy(4)}\n`]);
  });
});

describe('rows', () => {
  it('are delivered byte for byte, in order with everything else', async () => {
    const { subscribe, status } = bound(await open());
    await subscribe([SBIN, INFY]);
    hub.rows(sbin(610.5), infy(1500), sbin(610.45));
    hub.tell({ type: 'gap', gap: { from: 1, to: 2, reason: 'stalled', symbols: ['NSE:SBIN-EQ'] } });
    hub.rows(sbin(610.4));
    hub.tell({ type: 'skipped', rows: 3, at: 9 });
    hub.rows(infy(1501));
    await recorder.next('row', (row: string) => row.includes('1501'));
    expect(recorder.told('row', 'gap', 'skipped')).toEqual([
      { name: 'row', values: [`${sbin(610.5)}\n`] },
      { name: 'row', values: [`${infy(1500)}\n`] },
      { name: 'row', values: [`${sbin(610.45)}\n`] },
      { name: 'gap', values: [{ from: 1, to: 2, reason: 'stalled', symbols: ['NSE:SBIN-EQ'] }] },
      { name: 'row', values: [`${sbin(610.4)}\n`] },
      { name: 'skipped', values: [3, 9] },
      { name: 'row', values: [`${infy(1501)}\n`] },
    ]);
    expect(status()).toMatchObject({
      counters: { messages: 3, ticks: 5, gaps: 1, malformed: 0, reconnects: 0 },
      lastDataAt: clock.now(),
      subscriptions: [
        { ...SBIN, stage: 'live' },
        { ...INFY, stage: 'live' },
      ],
    });
    const rowBytes = 3 * (sbin(610.45).length + 1) + 2 * (infy(1500).length + 1) - 2;
    expect(status().counters.bytes).toBe(rowBytes + 3 * indexBytes(0) + 5 * (indexBytes(1) - indexBytes(0)));
  });

  it.each([
    ['the hub knows them', { status: 'accepted', precision: 4 } as const, 4],
    ['the hub has had no row', { status: 'accepted' } as const, 2],
  ])('have the decimals of their symbol, whether or not %s', async (_, result, precision) => {
    const { subscribe } = bound(await open());
    hub.answers = { ...hub.answers, subscribe: ({ id }) => ({ type: 'result', id, results: [result] }) };
    expect(await subscribe([SBIN])).toEqual([{ subscription: SBIN, ...result }]);
    const values: unknown[] = [];
    recorder.onTick = (tick) => values.push(tick.state.precision, toRow(tick, { simulated: false, time: 'epoch' }));
    hub.rows(sbin(610.5));
    await recorder.next('row');
    expect(values).toMatchObject([precision, { ltp: 610.5 }]);
  });

  it('come as batches where they are taken so, once each symbol has had a row', async () => {
    const { subscribe, status } = bound(await open());
    recorder.takesBatches = true;
    await subscribe([SBIN, INFY]);
    hub.rows(sbin(1));
    hub.rows(sbin(2), infy(3));
    hub.rows(sbin(4), infy(5), sbin(6));
    hub.tell({ type: 'gap', gap: { from: 1, to: 2, reason: 'stalled', symbols: ['NSE:SBIN-EQ'] } });
    hub.rows(infy(7));
    await recorder.next('batch', (rows: string) => rows.includes(':7,'));
    const textOf = (...rows: readonly string[]): string => rows.map((row) => `${row}\n`).join('');
    expect(recorder.told('row', 'batch', 'gap')).toEqual([
      ...[sbin(1), sbin(2), infy(3)].map((row) => ({ name: 'row', values: [textOf(row)] })),
      { name: 'batch', values: [textOf(sbin(4), infy(5), sbin(6))] },
      { name: 'gap', values: [{ from: 1, to: 2, reason: 'stalled', symbols: ['NSE:SBIN-EQ'] }] },
      { name: 'batch', values: [textOf(infy(7))] },
    ]);
    expect(status()).toMatchObject({ counters: { messages: 4, ticks: 7, malformed: 0 }, lastDataAt: clock.now() });
  });

  it('that are cut are counted, and whole rows are delivered', async () => {
    const { subscribe, status } = bound(await open());
    await subscribe([SBIN]);
    const row = `${sbin(1)}\n`;
    for (const text of [row + row.slice(0, 40), row.slice(40) + row, row]) hub.send(hub.messages.make(text));
    for (let count = 0; count < 3; count++) await recorder.next('row');
    expect(recorder.rows).toEqual([row, row, row]);
    expect(status().counters).toMatchObject({ ticks: 3, malformed: 2 });
  });

  it('of no subscription are no data', async () => {
    const { subscribe, status } = bound(await open());
    await subscribe([SBIN]);
    hub.rows(infy(1), 'half');
    hub.tell({ type: 'skipped', rows: 0, at: 1 });
    await recorder.next('skipped');
    expect(status()).toMatchObject({ lastDataAt: null, counters: { ticks: 0, messages: 1, malformed: 1 } });
    expect(status().subscriptions).toEqual([{ ...SBIN, stage: 'acknowledged' }]);
  });

  it('end with the feed, also within a message', async () => {
    const { subscribe, close } = bound(await open());
    await subscribe([SBIN]);
    recorder.onTick = () => void close();
    hub.rows(sbin(1), sbin(2));
    hub.rows(sbin(3));
    await hub.disconnected(1);
    expect(recorder.rows).toEqual([`${sbin(1)}\n`]);
    expect(clock.pending).toBe(0);
  });

  it('wait while the feed is paused', async () => {
    const { subscribe, pause, resume } = bound(await open());
    await subscribe([SBIN]);
    pause();
    hub.rows(sbin(1));
    // A hub that cannot be heard for minutes is not given up.
    for (let minute = 0; minute < 5; minute++) clock.advance(60_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(recorder.rows).toEqual([]);
    resume();
    clock.advance(5_000);
    await recorder.next('row');
    expect(hub.connections).toBe(1);
    expect(recorder.told('state')).toHaveLength(1);
  });
});

describe('what a hub sends', () => {
  it('is passed on', async () => {
    const { subscribe } = bound(await open());
    await subscribe([SBIN, INFY]);
    hub.tell(
      { type: 'state', state: { state: 'disconnected', at: 1, reason: 'stalled', detail: 'mute', retryAt: 2 } },
      { type: 'silent', subscriptions: [['SymbolUpdate', 'NSE:SBIN-EQ']] },
      { type: 'warning', event: 'token', message: 'it ends soon' },
    );
    await recorder.next('warning');
    expect(recorder.all.slice(1)).toEqual([
      {
        name: 'state',
        values: [{ state: 'disconnected', at: 1, reason: 'stalled', detail: 'mute', retryAt: 2 }],
      },
      { name: 'silent', values: [[SBIN]] },
      { name: 'warning', values: ['token', 'it ends soon'] },
    ]);
  });

  it('changes what is wanted: others added, dropped, refused', async () => {
    const { subscribe, status } = bound(await open());
    await subscribe([SBIN]);
    hub.tell({
      type: 'changed',
      added: [['SymbolUpdate', 'NSE:INFY-EQ']],
      dropped: [['SymbolUpdate', 'NSE:SBIN-EQ']],
    });
    hub.rows(sbin(1), infy(2));
    await recorder.next('row');
    expect(recorder.told('changed', 'row')).toEqual([
      { name: 'changed', values: [[INFY], [SBIN]] },
      { name: 'row', values: [`${infy(2)}\n`] },
    ]);
    expect(status().subscriptions).toEqual([{ ...INFY, stage: 'live' }]);
    hub.tell({ type: 'refused', subscriptions: [['SymbolUpdate', 'NSE:INFY-EQ']] });
    expect(await recorder.next('refused')).toEqual([[INFY]]);
    expect(status().subscriptions).toEqual([]);
  });

  it('that cannot be used is counted and changes nothing', async () => {
    const { subscribe, status } = bound(await open());
    await subscribe([SBIN]);
    const texts = ['', '{', 'null', '{"type":"gap"}', '{"type":"news"}', '{"type":"state","state":{"state":"odd"}}'];
    for (const text of texts) hub.send(text);
    // A second greeting and answers that nobody waits for are no news.
    hub.tell(HELLO, { type: 'result', id: 99, results: [] });
    hub.tell({ type: 'error', id: 98, code: 'BUG', message: '', hint: '' });
    hub.rows(sbin(1));
    await recorder.next('row');
    expect(status().counters.malformed).toBe(texts.length);
    expect(recorder.told('failed', 'gap')).toEqual([]);
    expect(recorder.told('state')).toHaveLength(1);
  });

  it('ends the feed when it has failed', async () => {
    const { status } = bound(await open());
    hub.tell({ type: 'failed', code: 'FEED_UNREACHABLE', message: 'no way', hint: 'wait' });
    expect(await recorder.next('failed')).toEqual([
      expect.objectContaining({ code: 'FEED_UNREACHABLE', message: 'no way', hint: 'wait' }),
    ]);
    await hub.disconnected(1);
    expect(status().state.state).toBe('closed');
    expect(recorder.told('state').at(-1)?.values).toEqual([{ state: 'closed', at: clock.now() }]);
  });

  it('of a useless token ends only commands that do not wait for another', async () => {
    const failed: HubMessage = { type: 'failed', code: 'TOKEN_EXPIRED', message: 'over', hint: 'log in' };
    const waiting: HubMessage = {
      type: 'state',
      state: { state: 'waiting_for_token', at: 3, code: 'TOKEN_EXPIRED', message: 'over' },
    };
    await open({ waitsForToken: true });
    hub.tell(waiting, failed, { type: 'state', state: { state: 'live', at: 4 } });
    await recorder.next('state', (state: { at: number }) => state.at === 4);
    expect(recorder.told('failed')).toEqual([]);
    const state = { state: 'disconnected', at: 3, reason: 'token', detail: 'over', retryAt: 3 };
    expect(recorder.told('state').at(-2)?.values).toEqual([state]);
    await feed?.close();
    recorder = new HubRecorder();
    await open();
    hub.tell(waiting, failed);
    await recorder.next('failed');
    expect(recorder.told('state').map(({ values }) => (values[0] as { state: string }).state)).toEqual([
      'live',
      'closed',
    ]);
  });
});

it('a request that waits for another token on a hub that is live says so, once', async () => {
  const { subscribe } = hub.answers;
  const message = 'the token was refused';
  const refuse: typeof subscribe = ({ id }) => ({ type: 'error', id, code: 'TOKEN_REFUSED', message, hint: '' });
  hub.answers = { ...hub.answers, subscribe: refuse };
  const asking = (await open({ waitsForToken: true })).subscribe([SBIN]);
  expect(await recorder.next('warning')).toEqual(['token', 'the token was refused; waiting for another token']);
  await hub.request('subscribe');
  clock.advance(5_000);
  await hub.request('subscribe');
  hub.answers = { ...hub.answers, subscribe };
  hub.tell({ type: 'state', state: { state: 'live', at: 9 } });
  expect(await asking).toMatchObject([{ status: 'accepted' }]);
  expect(recorder.told('warning')).toHaveLength(1);
});

describe('listening', () => {
  const wish = { host: '127.0.0.1', port: 8001, allowOrigins: ['https://a.example'], token: 'secret' };

  it('asks the hub and resolves to the URL', async () => {
    expect(await (await open()).listen(wish)).toBe('http://127.0.0.1:8001');
    expect(await hub.request('listen')).toMatchObject({ action: 'listen', ...wish });
  });

  it('throws what the hub refuses', async () => {
    hub.answers = {
      ...hub.answers,
      listen: ({ id }) => ({ type: 'error', id, code: 'LISTEN_FAILED', message: 'port 8001 is taken', hint: 'h' }),
    };
    await expect((await open()).listen(wish)).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
  });
});

describe('closing', () => {
  it('ends the connection, once, and whatever is asked', async () => {
    hub.answers = { ...hub.answers, subscribe: () => undefined };
    const { subscribe, close, pause, resume, status } = bound(await open());
    const asking = subscribe([SBIN]);
    const later = subscribe([INFY]);
    await hub.request('subscribe');
    await Promise.all([close(), close()]);
    await expect(asking).rejects.toMatchObject({ code: 'HUB_UNAVAILABLE' });
    await expect(later).rejects.toMatchObject({ code: 'HUB_UNAVAILABLE' });
    await hub.disconnected(1);
    pause();
    resume();
    await expect(subscribe([SBIN])).rejects.toMatchObject({ code: 'HUB_UNAVAILABLE' });
    expect(status()).toMatchObject({ state: { state: 'closed' }, subscriptions: [] });
    expect(recorder.told('state').map(({ values }) => (values[0] as { state: string }).state)).toEqual([
      'live',
      'closed',
    ]);
    expect(clock.pending).toBe(0);
    expect(hub.connections).toBe(1);
  });
});

describe('closing during a break', () => {
  const gaps = () => recorder.told('gap').map(({ values }) => values[0]);

  it('of the hub’s feed reports its gap, up to now', async () => {
    const opened = await open();
    await opened.subscribe([SBIN, INFY]);
    hub.rows(sbin(1));
    await recorder.next('row');
    const from = clock.now();
    clock.advance(1_000);
    for (const reason of ['server_closed', 'network_error'] as const) {
      const state = { state: 'disconnected', at: clock.now(), reason, detail: '', retryAt: clock.now() } as const;
      hub.tell({ type: 'state', state });
    }
    await recorder.next('state', ({ reason }: { reason?: string }) => reason === 'network_error');
    clock.advance(1_000);
    await opened.close();
    // Symbols that never ticked have no gap.
    expect(gaps()).toEqual([{ from, to: from + 2_000, reason: 'server_closed', symbols: ['NSE:SBIN-EQ'] }]);
    expect(recorder.all.at(-1)).toMatchObject({ name: 'state', values: [{ state: 'closed' }] });
  });

  it('of the hub reports its gap, up to now', async () => {
    const opened = await open();
    await opened.subscribe([SBIN]);
    hub.rows(sbin(1));
    await recorder.next('row');
    const from = clock.now();
    await hub.close();
    await recorder.next('state', ({ state }: { state: string }) => state === 'disconnected');
    clock.advance(100);
    await opened.close();
    expect(gaps()).toEqual([{ from, to: from + 100, reason: 'hub_gone', symbols: ['NSE:SBIN-EQ'] }]);
  });

  it.each([
    [
      'its gap was told',
      () => hub.tell({ type: 'gap', gap: { from: 1, to: 2, reason: 'stalled', symbols: ['NSE:SBIN-EQ'] } }),
    ],
    ['rows are back', () => hub.rows(sbin(2))],
  ])('reports none once %s', async (_name, end) => {
    const opened = await open();
    await opened.subscribe([SBIN]);
    hub.rows(sbin(1));
    const state = { state: 'disconnected', at: 1, reason: 'server_closed', detail: '', retryAt: 1 } as const;
    hub.tell({ type: 'state', state });
    hub.tell({ type: 'state', state: { state: 'live', at: 2 } });
    end();
    hub.tell({ type: 'warning', event: 'all', message: 'was read' });
    await recorder.next('warning');
    const told = gaps().length;
    await opened.close();
    expect(gaps()).toHaveLength(told);
  });
});

describe('concluding what the hub looks for', () => {
  /** What is told to a feed that concludes, and whether it is done. */
  const conclude = async () => {
    const opened = await open();
    const waits = clock.pending;
    let isDone = false;
    const done = opened.concludeProbe().then(() => {
      isDone = true;
    });
    return { done, isDone: () => isDone, waits };
  };

  it('is over with the hub’s answer, after the gap it found', async () => {
    const { done, waits } = await conclude();
    const { id } = await hub.request('conclude');
    expect(id).toBeGreaterThan(0);
    await done;
    expect(clock.pending).toBe(waits);
  });

  it('takes some seconds when the hub says so', async () => {
    hub.answers = { ...hub.answers, conclude: ({ id }) => ({ type: 'concluding', id }) };
    const { done, isDone } = await conclude();
    const { id } = await hub.request('conclude');
    hub.tell({ type: 'warning', event: 'all', message: 'was read' });
    await recorder.next('warning');
    clock.advance(5_000);
    expect(isDone()).toBe(false);
    hub.tell({ type: 'gap', gap: { from: 1, to: 2, reason: 'stalled', symbols: ['NSE:SBIN-EQ'] } });
    hub.tell({ type: 'result', id, results: [] });
    await done;
    expect(recorder.told('gap')).toHaveLength(1);
  });

  it('is given up with a hub that says nothing, as one that is stopped', async () => {
    hub.answers = { ...hub.answers, conclude: () => undefined };
    const { done, waits } = await conclude();
    await hub.request('conclude');
    clock.advance(1_000);
    await done;
    expect(clock.pending).toBe(waits);
  });

  it('is given up with a hub that does not come to an end, and at once with one that leaves or knows nothing of it', async () => {
    hub.answers = { ...hub.answers, conclude: ({ id }) => ({ type: 'concluding', id }) };
    const slow = await conclude();
    await hub.request('conclude');
    hub.tell({ type: 'warning', event: 'all', message: 'was read' });
    await recorder.next('warning');
    clock.advance(6_000);
    await slow.done;

    hub.answers = {
      ...hub.answers,
      conclude: ({ id }) => ({ type: 'error', id, code: 'BAD_REQUEST', message: '', hint: '' }),
    };
    await feed?.concludeProbe();

    hub.answers = { ...hub.answers, conclude: () => undefined };
    const leaving = feed?.concludeProbe();
    await hub.request('conclude');
    await hub.request('conclude');
    hub.drop();
    await leaving;
  });
});

/** A feed's methods, to be called bare. */
function bound(opened: HubFeed): Pick<HubFeed, 'subscribe' | 'unsubscribe' | 'close' | 'pause' | 'resume' | 'status'> {
  return {
    subscribe: (...args) => opened.subscribe(...args),
    unsubscribe: (...args) => opened.unsubscribe(...args),
    close: () => opened.close(),
    pause: () => opened.pause(),
    resume: () => opened.resume(),
    status: () => opened.status(),
  };
}
