import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import type { ErrorCode } from '../../../src/lib/errors/catalogue.ts';
import { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import type { FeedState } from '../../../src/lib/feed/feed.ts';
import { HubFeed, type HubFeedOptions } from '../../../src/lib/hub/client/hub-feed.ts';
import type { HubMessage, HubState } from '../../../src/lib/hub/protocol/messages.ts';
import type { Subscription } from '../../../src/lib/market/kinds.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { RowMessages } from '../../support/row-messages.ts';
import { HubRecorder } from './hub-recorder.ts';
import { HELLO, ScriptedHub } from './scripted-hub.ts';

const SBIN: Subscription = { kind: 'symbol', symbol: 'NSE:SBIN-EQ' };
const INFY: Subscription = { kind: 'symbol', symbol: 'NSE:INFY-EQ' };
const sbin = (ltp: number): string => `{"type":"SymbolUpdate","symbol":"NSE:SBIN-EQ","ltp":${ltp},"received_at":5}`;

let hub: ScriptedHub;
let clock: ManualClock;
let recorder: HubRecorder;
let feed: HubFeed;
/** What stands in the way of the next connections, first one first. */
let obstacles: (() => Promise<unknown> | undefined)[];
/** This end of each connection. */
let sockets: WebSocket[];

beforeEach(async () => {
  hub = await ScriptedHub.start();
  clock = new ManualClock();
  recorder = new HubRecorder();
  obstacles = [];
  sockets = [];
});

afterEach(async () => {
  await feed.close();
  expect(clock.pending).toBe(0);
  await hub.close();
});

async function open(options: Partial<HubFeedOptions> = {}): Promise<void> {
  feed = await HubFeed.open(
    {
      connect: async (signal): Promise<WebSocket> => {
        await obstacles.shift()?.();
        const socket = await hub.connect(signal);
        sockets.push(socket);
        return socket;
      },
      clock,
      random: () => 0.5,
      nameOf: () => 'the hub',
      signal: new AbortController().signal,
      ...options,
    },
    recorder,
  );
}

const fail =
  (code: ErrorCode): (() => Promise<never>) =>
  () =>
    Promise.reject(new TickpipeError(code, `failed with ${code}`));

const stateNamed =
  (name: FeedState['state']) =>
  (state: FeedState): boolean =>
    state.state === name;

describe('a hub that cannot reach its feed', () => {
  const failedState = (at: number): FeedState => ({
    state: 'disconnected',
    at,
    reason: 'network_error',
    detail: 'refused',
    retryAt: at + 300,
  });

  it.each([0, 2])('ends a command after its %i retries; the last failure announces no other', async (maxRetries) => {
    await open({ maxRetries });
    const subscribing = feed.subscribe([SBIN]);
    subscribing.catch(() => {});
    for (let attempt = 0; attempt <= maxRetries; attempt++) hub.tell({ type: 'state', state: failedState(attempt) });
    expect(await recorder.next('failed')).toMatchObject([
      { code: 'FEED_UNREACHABLE', message: 'cannot reach the feed: refused' },
    ]);
    await expect(subscribing).rejects.toMatchObject({ code: 'FEED_UNREACHABLE' });
    const announced = recorder.told('state').filter(({ values }) => stateNamed('disconnected')(values[0] as FeedState));
    expect(announced).toHaveLength(maxRetries);
  });
});

describe('a feed that a user disconnected', () => {
  const detail = 'asked from 127.0.0.1';
  const disconnect = async (): Promise<void> => {
    const at = clock.now();
    hub.tell({ type: 'state', state: { state: 'disconnected', at, reason: 'disconnected', detail, retryAt: at } });
    await recorder.next('state', stateNamed('disconnected'));
  };
  const expectAsked = async (): Promise<void> => {
    expect(await hub.request('subscribe')).toMatchObject({ subscriptions: [['SymbolUpdate', SBIN.symbol]] });
  };

  it('stays so for a stream, which does not count it as a failure to reach the feed', async () => {
    await open({ maxRetries: 0 });
    await feed.subscribe([SBIN]);
    await disconnect();
    expect(recorder.told('failed')).toEqual([]);
    const pending = clock.pending;
    clock.advance(60_000);
    expect(clock.pending).toBe(pending);
  });

  it('is connected again by a recording after 30 s, which says when', async () => {
    await open({ reopens: true });
    await feed.subscribe([SBIN]);
    await expectAsked();
    await disconnect();
    expect(feed.status().state).toMatchObject({ reason: 'disconnected', detail, retryAt: clock.now() + 30_000 });
    const { pending } = clock;
    clock.advance(29_999);
    expect(clock.pending).toBe(pending);
    clock.advance(1);
    expect(clock.pending).toBe(pending - 1);
    await expectAsked();
  });

  it('is asked for again when the hub fails at it and says no more', async () => {
    await open({ reopens: true });
    await feed.subscribe([SBIN]);
    await expectAsked();
    const { subscribe } = hub.answers;
    const message = 'not now';
    hub.answers = { ...hub.answers, subscribe: ({ id }) => ({ type: 'error', id, code: 'BUG', message, hint: '' }) };
    await disconnect();
    clock.advance(30_000);
    await expectAsked();
    hub.answers = { ...hub.answers, subscribe };
    // The refusal must have arrived before the time goes on.
    await expect.poll(() => clock.pending, { interval: 1 }).toBe(2);
    clock.advance(30_000);
    await expectAsked();
  });

  it('is left alone when another client has connected it', async () => {
    await open({ reopens: true });
    await feed.subscribe([SBIN]);
    await expectAsked();
    await disconnect();
    hub.tell({ type: 'state', state: { state: 'live', at: clock.now() } });
    await recorder.next('state', (state: FeedState) => state.state === 'live' && state.at === clock.now());
    clock.advance(60_000);
    await feed.unsubscribe([SBIN]);
    expect((await hub.request('unsubscribe')).id).toBe(2);
  });
});

describe('a client that was stopped for minutes', () => {
  it('goes on with what waits for it, and says that it was stopped', async () => {
    await open();
    await feed.subscribe([SBIN]);
    hub.rows(sbin(1));
    await recorder.next('row');
    hub.tell({ type: 'skipped', rows: 7, at: 3 });
    hub.rows(sbin(2));
    clock.stop(400_000);
    expect(await recorder.next('warning')).toEqual(['program_stopped', 'this program was stopped for 400 s']);
    expect(await recorder.next('skipped')).toEqual([7, 3]);
    await recorder.next('row', (row: string) => row.includes(':2,'));
    clock.advance(60_000);
    expect([hub.connections, recorder.told('gap'), feed.status().state.state]).toEqual([1, [], 'live']);
  });

  it('and lost its connection meanwhile says that it was stopped, not that the hub ended', async () => {
    await open();
    await feed.subscribe([SBIN]);
    hub.rows(sbin(1));
    await recorder.next('row');
    const from = clock.now();
    hub.drop();
    clock.stop(400_000);
    const [state] = await recorder.next('state', stateNamed('disconnected'));
    expect(state).toMatchObject({ reason: 'program_stopped', detail: 'this program was stopped for 400 s' });
    await hub.connected(2);
    hub.rows(sbin(2));
    expect(await recorder.next('gap')).toEqual([
      { from, to: clock.now(), reason: 'program_stopped', symbols: ['NSE:SBIN-EQ'] },
    ]);
  });

  it('blames that on nothing that ends later', async () => {
    await open();
    await feed.subscribe([SBIN]);
    clock.stop(400_000);
    await recorder.next('warning');
    clock.advance(10_000);
    hub.drop();
    expect((await recorder.next('state', stateNamed('disconnected')))[0]).toMatchObject({ reason: 'hub_gone' });
  });
});

it('a machine that slept is said to have, when that cost the connection', async () => {
  await open();
  await feed.subscribe([SBIN]);
  hub.drop();
  clock.jumpWall(3_600_000);
  const [state] = await recorder.next('state', stateNamed('disconnected'));
  expect(state).toMatchObject({ reason: 'clock_jump', detail: 'the machine slept for 3600 s' });
  await hub.connected(2);
});

it('a hub that has been live for long is live for a client that returns from now on', async () => {
  await open();
  await feed.subscribe([SBIN]);
  clock.advance(20_000);
  hub.drop();
  await hub.request('subscribe');
  await hub.request('subscribe');
  await recorder.next('state', (state: FeedState) => state.state === 'live' && state.at === clock.now());
  const times = recorder.told('state').map(({ values }) => (values[0] as FeedState).at);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});

describe('a hub that is gone', () => {
  it.each(['cut', 'close'] as const)('is followed by another, with one gap (%s)', async (how) => {
    await open();
    await feed.subscribe([SBIN, INFY]);
    await hub.request('subscribe');
    hub.rows(sbin(1));
    await recorder.next('row');
    const from = clock.now();
    clock.advance(1_000);
    hub.hello = { ...HELLO, pid: 4712, state: { state: 'connecting', at: 77, attempt: 1 } };
    hub.drop(how);
    expect(await hub.request('subscribe')).toMatchObject({
      connection: 2,
      subscriptions: [
        ['SymbolUpdate', 'NSE:SBIN-EQ'],
        ['SymbolUpdate', 'NSE:INFY-EQ'],
      ],
    });
    hub.tell({ type: 'state', state: { state: 'live', at: 78 } });
    await recorder.next('state', (state: FeedState) => state.at === 78);
    clock.advance(500);
    hub.rows(sbin(2), sbin(3));
    await recorder.next('row', (row: string) => row.includes(':3,'));
    const at = from + 1_000;
    expect(recorder.all).toEqual([
      { name: 'state', values: [HELLO.state] },
      { name: 'row', values: [`${sbin(1)}\n`] },
      {
        name: 'state',
        values: [{ state: 'disconnected', at, reason: 'hub_gone', detail: 'the shared session ended', retryAt: at }],
      },
      { name: 'state', values: [{ state: 'connecting', at, attempt: 1 }] },
      // It has been so before: for this client it is so from now on.
      { name: 'state', values: [{ state: 'connecting', at, attempt: 1 }] },
      { name: 'state', values: [{ state: 'live', at: 78 }] },
      // Symbols that never ticked have no gap.
      { name: 'gap', values: [{ from, to: at + 500, reason: 'hub_gone', symbols: ['NSE:SBIN-EQ'] }] },
      { name: 'row', values: [`${sbin(2)}\n`] },
      { name: 'row', values: [`${sbin(3)}\n`] },
    ]);
    expect(feed.status().counters).toMatchObject({ reconnects: 1, gaps: 1, ticks: 3 });
    expect(feed.status().subscriptions.map(({ stage }) => stage)).toEqual(['live', 'acknowledged']);
  });

  it('and a clock that is set back have a gap as long as the break was', async () => {
    await open();
    await feed.subscribe([SBIN]);
    hub.rows(sbin(1));
    await recorder.next('row');
    clock.advance(1_000);
    clock.jumpWall(-3_600_000);
    hub.drop();
    await hub.connected(2);
    clock.advance(500);
    hub.rows(sbin(2));
    await recorder.next('row');
    const to = clock.now();
    expect(recorder.told('gap')).toEqual([
      { name: 'gap', values: [{ from: to - 1_500, to, reason: 'hub_gone', symbols: ['NSE:SBIN-EQ'] }] },
    ]);
  });

  it('before any row leaves no gap', async () => {
    await open();
    await feed.subscribe([SBIN]);
    hub.drop();
    await hub.connected(2);
    hub.rows(sbin(1));
    await recorder.next('row');
    expect(recorder.told('gap')).toEqual([]);
  });

  it('again and again makes one gap until rows are back, and longer pauses', async () => {
    await open();
    await feed.subscribe([SBIN]);
    hub.rows(sbin(1));
    await recorder.next('row');
    const from = clock.now();
    const delays: number[] = [];
    for (let connection = 2; connection <= 5; connection++) {
      hub.drop();
      const [state] = (await recorder.next('state', stateNamed('disconnected'))) as [FeedState & { retryAt: number }];
      delays.push(state.retryAt - state.at);
      clock.advance(state.retryAt - state.at);
      await hub.connected(connection);
      await recorder.next('state', stateNamed('live'));
      await expect.poll(() => feed.status().subscriptions[0]?.stage).toBe('acknowledged');
    }
    hub.rows(sbin(2));
    await recorder.next('row');
    expect(recorder.told('gap')).toEqual([
      { name: 'gap', values: [{ from, to: clock.now(), reason: 'hub_gone', symbols: ['NSE:SBIN-EQ'] }] },
    ]);
    // Half of 1, 2 and 4 seconds after the first, which is at once.
    expect(delays).toEqual([0, 500, 1_000, 2_000]);
  });

  it('is looked for at once again after a connection that was good', async () => {
    await open();
    await feed.subscribe([SBIN]);
    for (const connection of [2, 3]) {
      hub.rows(sbin(1));
      await recorder.next('row');
      clock.advance(10_000);
      hub.rows(sbin(2));
      await recorder.next('row');
      hub.drop();
      await hub.connected(connection);
      await expect.poll(() => feed.status().subscriptions[0]?.stage).toBe('acknowledged');
    }
    expect(hub.connections).toBe(3);
  });

  it('that does not answer requests any more has another reason than one that is silent altogether', async () => {
    await open();
    await feed.subscribe([SBIN]);
    clock.advance(60_000);
    hub.ping();
    hub.rows(sbin(1));
    await recorder.next('row');
    clock.advance(74_000);
    expect(hub.connections).toBe(1);
    clock.advance(6_000);
    await hub.disconnected(1);
    await hub.connected(2);
  });

  it('that is silent is said to be silent, in the state and in the gap', async () => {
    await open();
    await feed.subscribe([SBIN]);
    hub.rows(sbin(1));
    await recorder.next('row');
    const from = clock.now();
    clock.advance(75_000);
    const [state] = await recorder.next('state', stateNamed('disconnected'));
    expect(state).toMatchObject({ reason: 'hub_silent', detail: 'the hub did not answer for 75 s' });
    await hub.connected(2);
    hub.rows(sbin(2));
    await recorder.next('row');
    expect(await recorder.next('gap')).toEqual([
      { from, to: clock.now(), reason: 'hub_silent', symbols: ['NSE:SBIN-EQ'] },
    ]);
  });

  it('keeps rows back from a paused feed, also on its new connection', async () => {
    await open();
    await feed.subscribe([SBIN]);
    feed.pause();
    feed.resume();
    hub.drop();
    await recorder.next('state', stateNamed('disconnected'));
    feed.pause();
    await hub.connected(2);
    await expect.poll(() => feed.status().subscriptions[0]?.stage).toBe('acknowledged');
    await expect.poll(() => sockets[1]?.isPaused).toBe(true);
    hub.rows(sbin(1));
    feed.resume();
    await recorder.next('row');
  });
});

describe('what is wanted', () => {
  it('is asked for again as it is by then, without what was dropped', async () => {
    await open();
    await feed.subscribe([SBIN, INFY]);
    await hub.request('subscribe');
    await feed.unsubscribe([INFY]);
    hub.tell({ type: 'changed', added: [['LiteUpdate', 'NSE:A-EQ']], dropped: [] });
    await recorder.next('changed');
    hub.drop();
    expect((await hub.request('subscribe')).subscriptions).toEqual([
      ['SymbolUpdate', 'NSE:SBIN-EQ'],
      ['LiteUpdate', 'NSE:A-EQ'],
    ]);
  });

  it('is refused when the new hub does not know it any more', async () => {
    await open();
    await feed.subscribe([SBIN, INFY]);
    hub.answers = {
      ...hub.answers,
      subscribe: ({ id }) => ({ type: 'result', id, results: [{ status: 'accepted' }, { status: 'unknown' }] }),
    };
    hub.drop();
    expect(await recorder.next('refused')).toEqual([[INFY]]);
    expect(feed.status().subscriptions).toEqual([{ ...SBIN, stage: 'acknowledged' }]);
  });

  it('while there is no hub waits for one', async () => {
    obstacles = [() => undefined, fail('HUB_UNAVAILABLE')];
    await open();
    hub.drop();
    await recorder.next('state', stateNamed('disconnected'));
    const [{ at, retryAt }] = (await recorder.next('state', stateNamed('disconnected'))) as [
      { at: number; retryAt: number },
    ];
    const subscribing = feed.subscribe([SBIN]);
    expect(retryAt).toBeGreaterThan(at);
    clock.advance(retryAt - at);
    expect(await subscribing).toEqual([{ subscription: SBIN, status: 'accepted' }]);
    expect(await hub.request('subscribe')).toMatchObject({ connection: 2 });
  });

  it('and not answered yet is asked of the next hub as it was of the first', async () => {
    const { answers } = hub;
    hub.answers = { ...answers, subscribe: () => undefined };
    await open();
    await hub.connected(1);
    const subscribing = feed.subscribe([SBIN, INFY], { strict: true });
    await hub.request('subscribe');
    hub.answers = {
      ...answers,
      subscribe: ({ id }) => ({ type: 'result', id, results: [{ status: 'accepted' }, { status: 'unknown' }] }),
    };
    hub.drop();
    expect((await subscribing).map(({ status }) => status)).toEqual(['accepted', 'unknown']);
    expect(await hub.request('subscribe')).toMatchObject({ connection: 2, strict: true });
    // An unknown symbol is no refusal of the feed.
    expect(recorder.told('refused')).toEqual([]);
    expect(hub.events.take().filter(({ type }) => type === 'request')).toEqual([]);
  });

  it('has the hub listen again, and reports a new address', async () => {
    await open();
    const wish = { host: '127.0.0.1', port: 0, allowOrigins: [] };
    await feed.listen(wish);
    await feed.subscribe([SBIN]);
    await hub.request('listen');
    hub.answers = { ...hub.answers, listen: ({ id }) => ({ type: 'listening', id, url: 'http://127.0.0.1:9' }) };
    hub.drop();
    expect(await hub.request('listen')).toMatchObject({ connection: 2, ...wish });
    expect(await recorder.next('warning')).toEqual([
      'listening',
      'the shared session is served at http://127.0.0.1:9 now',
    ]);
  });
});

describe('a new connection', () => {
  it.each<ErrorCode>(['TOKEN_EXPIRED', 'SECOND_CONNECTION', 'USAGE', 'BAD_CONFIGURATION'])(
    'is not tried again after %s',
    async (code) => {
      await open();
      obstacles = [fail(code)];
      hub.drop();
      expect(await recorder.next('failed')).toEqual([expect.objectContaining({ code })]);
      expect(feed.status().state.state).toBe('closed');
      expect(hub.connections).toBe(1);
    },
  );

  it('is tried as often as it may be, then the feed is unreachable', async () => {
    await open({ maxRetries: 2 });
    obstacles = [fail('HUB_UNAVAILABLE'), fail('FEED_UNREACHABLE')];
    hub.drop();
    await recorder.next('state', stateNamed('disconnected'));
    const [state] = (await recorder.next('state', stateNamed('disconnected'))) as [{ detail: string }];
    expect(state.detail).toBe('failed with HUB_UNAVAILABLE');
    const waiting = feed.subscribe([SBIN]);
    clock.advance(30_000);
    expect(await recorder.next('failed')).toEqual([
      expect.objectContaining({
        code: 'FEED_UNREACHABLE',
        message: 'cannot reach the feed: failed with FEED_UNREACHABLE',
      }),
    ]);
    await expect(waiting).rejects.toMatchObject({ code: 'FEED_UNREACHABLE' });
    await expect(feed.subscribe([SBIN])).rejects.toMatchObject({ code: 'FEED_UNREACHABLE' });
  });

  it('must be of the same kind of feed', async () => {
    await open();
    hub.hello = { ...HELLO, simulated: true };
    hub.drop();
    expect(await recorder.next('failed')).toEqual([expect.objectContaining({ code: 'TOKEN_CHANGED_KIND' })]);
    await hub.disconnected(2);
  });

  it('reports a token that is of no use', async () => {
    await open();
    hub.hello = { ...HELLO, state: { state: 'waiting_for_token', at: 1, code: 'TOKEN_REFUSED', message: 'no' } };
    hub.drop();
    expect(await recorder.next('failed')).toEqual([expect.objectContaining({ code: 'TOKEN_REFUSED' })]);
  });

  it('that ends before it is used is followed by another', async () => {
    let greetings = 0;
    await open({
      greet: async () => {
        if (++greetings === 2) {
          const gone = once(sockets[1] as WebSocket, 'close');
          hub.drop();
          await gone;
        }
        return false;
      },
    });
    hub.drop();
    await recorder.next('state', stateNamed('disconnected'));
    const [{ at, retryAt }] = (await recorder.next('state', stateNamed('disconnected'))) as [
      { at: number; retryAt: number },
    ];
    clock.advance(retryAt - at);
    await hub.connected(3);
    expect(await feed.subscribe([SBIN])).toEqual([{ subscription: SBIN, status: 'accepted' }]);
  });

  it('has its state reported before its events, also those that come while it is greeted', async () => {
    await open({
      greet: async () => {
        if (hub.connections < 2) return false;
        const came = once(sockets[1] as WebSocket, 'message');
        hub.tell({ type: 'warning', event: 'early', message: 'came while it was greeted' });
        await came;
        return false;
      },
    });
    const state = { state: 'connecting', at: 1, attempt: 7 } as const;
    hub.hello = { ...HELLO, state };
    hub.drop();
    await recorder.next('warning', (event: string) => event === 'early');
    expect(recorder.told('state', 'warning').slice(-2)).toEqual([
      { name: 'state', values: [{ ...state, at: clock.now() }] },
      { name: 'warning', values: ['early', 'came while it was greeted'] },
    ]);
  });

  it('on which nothing is answered for a minute is given up for another', async () => {
    const { answers } = hub;
    await open();
    await feed.subscribe([SBIN]);
    await hub.request('subscribe');
    hub.answers = { ...answers, subscribe: () => undefined };
    hub.drop();
    await hub.request('subscribe');
    hub.answers = answers;
    await recorder.next('state', stateNamed('disconnected'));
    clock.advance(60_000);
    await recorder.next('state', stateNamed('disconnected'));
    await hub.disconnected(2);
    clock.advance(1_000);
    expect(await hub.request('subscribe')).toMatchObject({ connection: 3 });
  });
});

describe('a feed that waits for another token', () => {
  const WAITING: HubState = { state: 'waiting_for_token', at: 1, code: 'TOKEN_EXPIRED', message: 'no' };
  const refuse = ({ id }: { readonly id: number }): HubMessage => ({
    type: 'error',
    id,
    code: 'TOKEN_EXPIRED',
    message: 'no',
    hint: '',
  });

  /** The hub waits, refuses what is asked of it, and takes it once it is live. */
  async function goLive(accepting: ScriptedHub['answers'], connection: number): Promise<void> {
    await hub.request('subscribe');
    expect(recorder.told('failed')).toEqual([]);
    hub.answers = accepting;
    hub.tell({ type: 'state', state: { state: 'live', at: 2 } });
    expect(await hub.request('subscribe')).toMatchObject({
      connection,
      subscriptions: [['SymbolUpdate', SBIN.symbol]],
    });
  }

  it('asks again when the hub is live', async () => {
    const { answers } = hub;
    hub.hello = { ...HELLO, state: WAITING };
    hub.answers = { ...answers, subscribe: refuse };
    await open({ waitsForToken: true });
    const subscribing = feed.subscribe([SBIN]);
    await goLive(answers, 1);
    expect(await subscribing).toEqual([{ subscription: SBIN, status: 'accepted' }]);
    // The hub's state has said it.
    expect(recorder.told('warning')).toEqual([]);
  });

  it('asks again after a while where the hub does not report that it is live, and says once that it waits', async () => {
    const { answers } = hub;
    hub.answers = { ...answers, subscribe: refuse };
    await open({ waitsForToken: true });
    const subscribing = feed.subscribe([SBIN]);
    await hub.request('subscribe');
    await expect.poll(() => clock.pending).toBe(2);
    clock.advance(5_000);
    await hub.request('subscribe');
    hub.answers = answers;
    await expect.poll(() => clock.pending).toBe(2);
    clock.advance(5_000);
    expect(await subscribing).toEqual([{ subscription: SBIN, status: 'accepted' }]);
    expect(recorder.told('warning')).toEqual([
      { name: 'warning', values: ['token', expect.stringMatching(/; waiting for another token$/)] },
    ]);
  });

  it('asks a hub that follows, too, when that one is live', async () => {
    const { answers } = hub;
    await open({ waitsForToken: true });
    await feed.subscribe([SBIN]);
    await hub.request('subscribe');
    hub.hello = { ...HELLO, state: WAITING };
    hub.answers = { ...answers, subscribe: refuse };
    hub.drop();
    await goLive(answers, 2);
    await expect.poll(() => feed.status().subscriptions[0]?.stage).toBe('acknowledged');
    expect(recorder.told('failed')).toEqual([]);
  });

  it('goes on to ask when that hub leaves meanwhile, and can be closed', async () => {
    const { answers } = hub;
    await open({ waitsForToken: true });
    await feed.subscribe([SBIN]);
    await hub.request('subscribe');
    hub.hello = { ...HELLO, state: WAITING };
    hub.answers = { ...answers, subscribe: refuse };
    hub.drop();
    await hub.request('subscribe');
    hub.drop();
    const isGone = (state: FeedState): boolean => state.state === 'disconnected' && state.reason === 'hub_gone';
    await recorder.next('state', isGone);
    await recorder.next('state', isGone);
    clock.advance(1_000);
    expect(await hub.request('subscribe')).toMatchObject({ connection: 3 });
    const subscribing = feed.subscribe([INFY]);
    await feed.close();
    await expect(subscribing).rejects.toMatchObject({ code: 'HUB_UNAVAILABLE' });
    expect(recorder.told('failed')).toEqual([]);
  });

  it('looks again, as often as it takes, while its own token is of no use', async () => {
    await open({ waitsForToken: true, maxRetries: 1 });
    await feed.subscribe([SBIN]);
    await hub.request('subscribe');
    obstacles = [fail('TOKEN_EXPIRED'), fail('TOKEN_REFUSED'), fail('TOKEN_REFUSED'), fail('NO_TOKEN')];
    hub.drop();
    await recorder.next('state', stateNamed('disconnected'));
    for (const code of ['TOKEN_EXPIRED', 'TOKEN_REFUSED', 'NO_TOKEN']) {
      const [state] = await recorder.next('state', stateNamed('disconnected'));
      const at = clock.now();
      const detail = `failed with ${code}`;
      expect(state).toEqual({ state: 'disconnected', at, reason: 'token', detail, retryAt: at + 5_000 });
      clock.advance(5_000);
      if (code !== 'TOKEN_REFUSED') continue;
      // The second time is not told.
      await expect.poll(() => [obstacles.length, clock.pending]).toEqual([1, 1]);
      clock.advance(5_000);
    }
    expect(await hub.request('subscribe')).toMatchObject({ connection: 2 });
    expect(recorder.told('failed')).toEqual([]);
  });

  it.each<ErrorCode>(['TOKEN_CHANGED_KIND', 'HUB_TOKEN_REFUSED'])('does not wait after %s', async (code) => {
    await open({ waitsForToken: true });
    obstacles = [fail(code)];
    hub.drop();
    expect(await recorder.next('failed')).toEqual([expect.objectContaining({ code })]);
  });
});

describe('closing', () => {
  it('while the feed waits to connect again', async () => {
    await open();
    obstacles = [fail('HUB_UNAVAILABLE')];
    hub.drop();
    await recorder.next('state', stateNamed('disconnected'));
    await recorder.next('state', stateNamed('disconnected'));
    await feed.close();
    expect(clock.pending).toBe(0);
    clock.advance(60_000);
    expect(hub.connections).toBe(1);
  });

  it('while it connects', async () => {
    await open();
    let release = (): void => {};
    obstacles = [
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    ];
    hub.drop();
    await recorder.next('state', stateNamed('connecting'));
    await feed.close();
    release();
    await hub.disconnected(2);
    expect(recorder.told('failed')).toEqual([]);
    expect(recorder.told('state').at(-1)?.values).toEqual([{ state: 'closed', at: clock.now() }]);
  });

  it('while it waits for the first message of the hub', async () => {
    await open();
    hub.hello = undefined;
    hub.drop();
    await hub.connected(2);
    await feed.close();
    await hub.disconnected(2);
    await expect.poll(() => clock.pending).toBe(0);
    expect(recorder.told('failed')).toEqual([]);
  });
});

it('the numbers of one hub mean nothing to the next', async () => {
  const infy = (ltp: number): string => sbin(ltp).replace('SBIN', 'INFY');
  await open();
  recorder.takesBatches = true;
  await feed.subscribe([SBIN, INFY]);
  hub.rows(sbin(1), infy(2));
  hub.rows(sbin(3), infy(4));
  await recorder.next('batch');
  hub.drop();
  await hub.connected(2);
  hub.messages = new RowMessages();
  // Had the numbers lasted, SBIN would have these prices of INFY.
  hub.rows(infy(5), sbin(6));
  await recorder.next('row', (row: string) => row.includes(':6,'));
  expect(recorder.ticks.slice(-2).map(({ symbol, row }) => [symbol, Buffer.from(row).toString()])).toEqual([
    ['NSE:INFY-EQ', `${infy(5)}\n`],
    ['NSE:SBIN-EQ', `${sbin(6)}\n`],
  ]);
});
