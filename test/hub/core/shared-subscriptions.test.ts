import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import type { Gap, SubscriptionResult } from '../../../src/lib/feed/feed.ts';
import { SharedSubscriptions } from '../../../src/lib/hub/core/shared-subscriptions.ts';
import type { SharedTick } from '../../../src/lib/hub/core/shared-ticks.ts';
import { SharedToken } from '../../../src/lib/hub/core/shared-token.ts';
import type { Subscription } from '../../../src/lib/market/kinds.ts';
import { makeToken } from '../../support/make-token.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { FakeFeed, nameOf } from './fake-feed.ts';

const A: Subscription = { kind: 'symbol', symbol: 'NSE:A-EQ' };
const A_DEPTH: Subscription = { kind: 'depth', symbol: 'NSE:A-EQ' };
const B: Subscription = { kind: 'symbol', symbol: 'NSE:B-EQ' };

let clock: ManualClock;
let feeds: FakeFeed[];
let upstream: SharedSubscriptions;
let gaps: Gap[];
let dropped: string[];
let released: string[];
let failures: string[];
/** Symbols that the next feed does not know. */
let unknownToNext: string[];

class ForgetfulFeed extends FakeFeed {
  unknown: readonly string[] = [];

  override async subscribe(...request: Parameters<FakeFeed['subscribe']>): Promise<SubscriptionResult[]> {
    const results = await super.subscribe(...request);
    return results.map((result): SubscriptionResult => {
      const { subscription } = result;
      if (!this.unknown.includes(subscription.symbol)) return result;
      this.subscribed.delete(nameOf(subscription));
      return { subscription, status: 'unknown' };
    });
  }
}

beforeEach(() => {
  clock = new ManualClock();
  feeds = [];
  gaps = [];
  dropped = [];
  released = [];
  failures = [];
  unknownToNext = [];
  upstream = new SharedSubscriptions(
    async (listener) => {
      const feed = new ForgetfulFeed(listener);
      feed.unknown = unknownToNext;
      feeds.push(feed);
      return feed;
    },
    undefined,
    clock,
  );
  upstream.listen({
    tick: () => {},
    event: (event) => {
      if (event.type === 'gap') gaps.push(event.gap);
      if (event.type === 'changed') dropped.push(...event.dropped.map(nameOf));
      if (event.type === 'failed') failures.push(event.error.code);
    },
    released: (entries) => released.push(...entries.map(nameOf)),
  });
});

afterEach(() => upstream.close());

function feed(): FakeFeed {
  const last = feeds.at(-1);
  if (last === undefined) throw new Error('no feed was opened');
  return last;
}

const entriesOf = (...subscriptions: Subscription[]): SharedTick[] =>
  subscriptions.map((subscription) => upstream.ticks.findOrAdd(subscription));

async function want(owner: object, ...subscriptions: Subscription[]): Promise<SharedTick[]> {
  const entries = entriesOf(...subscriptions);
  await upstream.want(owner, entries);
  return entries;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what a client wants', () => {
  it('is asked of the feed once, however often it is named', async () => {
    const results = await upstream.want({}, entriesOf(A, A, B));
    expect(results.map(({ subscription }) => subscription)).toEqual([A, A, B]);
    await want({}, B, A);
    expect(feed().calls).toEqual(['+ symbol NSE:A-EQ, symbol NSE:B-EQ']);
  });

  it('opens the feed, and fails with it', async () => {
    expect(feeds).toEqual([]);
    await want({}, A);
    expect(feeds).toHaveLength(1);
  });

  it('leaves the feed with its last owner, all in one request', async () => {
    const [one, other] = [{}, {}];
    await want(one, A, B, A_DEPTH);
    const shared = await want(other, A);
    upstream.withdraw(one, entriesOf(A, B, A_DEPTH));
    expect(feed().calls.slice(1)).toEqual(['- symbol NSE:B-EQ, depth NSE:A-EQ']);
    upstream.withdraw(one, shared);
    upstream.withdraw(other, shared);
    upstream.withdraw(other, shared);
    expect(feed().calls.slice(2)).toEqual(['- symbol NSE:A-EQ']);
    expect(released).toEqual([B, A_DEPTH, A].map(nameOf));
  });

  it('may come back at once', async () => {
    const owner = {};
    upstream.withdraw(owner, await want(owner, A));
    await want(owner, A);
    expect(feed().calls).toEqual(['+ symbol NSE:A-EQ', '- symbol NSE:A-EQ', '+ symbol NSE:A-EQ']);
    expect([...feed().subscribed]).toEqual([nameOf(A)]);
  });
});

describe('a tick', () => {
  it('without an owner is dropped', async () => {
    await want({}, A);
    feed().tick(B, 100);
    expect([upstream.counters.ticks, upstream.lastTickAt]).toEqual([0, null]);
  });

  it('ends silence', async () => {
    const [a] = await want({}, A);
    feed().listener.event({ type: 'silent', subscriptions: [A, B] });
    expect(a).toMatchObject({ isSilent: true, hasRow: false });
    feed().tick(A, 100, 7_000);
    expect(a).toMatchObject({ isSilent: false, hasRow: true, isLive: true });
    expect([upstream.counters.ticks, upstream.lastTickAt]).toEqual([1, 7_000]);
  });
});

describe('going live', () => {
  it('resolves with the connection, for all callers', async () => {
    const [one, other] = [upstream.goLive(), upstream.goLive()];
    await settled();
    expect(feed().calls).toEqual(['+ ', '+ ']);
    feed().become({ state: 'live', at: 1 });
    await Promise.all([one, other]);
    await upstream.goLive();
  });

  it('keeps nothing for a caller that gives up', async () => {
    const late = new AbortController();
    const live = upstream.goLive(late.signal);
    await settled();
    expect(upstream.waiting).toBe(1);
    late.abort(new Error('too late'));
    await expect(live).rejects.toThrow('too late');
    expect(upstream.waiting).toBe(0);
  });

  it('fails with the feed', async () => {
    const live = upstream.goLive();
    await settled();
    feed().listener.event({ type: 'failed', error: new TickpipeError('CONNECTION_CONTESTED', 'taken') });
    await expect(live).rejects.toMatchObject({ code: 'CONNECTION_CONTESTED' });
    expect(failures).toEqual(['CONNECTION_CONTESTED']);
  });

  it('ends with a request to disconnect', async () => {
    const live = upstream.goLive();
    await settled();
    await Promise.all([
      expect(live).rejects.toMatchObject({ code: 'FEED_UNREACHABLE' }),
      upstream.disconnect('in a test'),
    ]);
  });

  it('ends with the hub', async () => {
    const live = upstream.goLive();
    await settled();
    await Promise.all([expect(live).rejects.toMatchObject({ code: 'HUB_UNAVAILABLE' }), upstream.close()]);
  });
});

describe('the next feed', () => {
  it('is asked for everything at once', async () => {
    await want({}, A, A_DEPTH);
    await want({}, B);
    await upstream.disconnect('in a test');
    await upstream.connect();
    expect(feed().calls).toEqual(['+ symbol NSE:A-EQ, depth NSE:A-EQ, symbol NSE:B-EQ']);
    expect(gaps).toEqual([]);
  });

  it('may not know what the last one did', async () => {
    await want({}, A, B);
    await upstream.disconnect('in a test');
    unknownToNext = [A.symbol];
    await upstream.connect();
    await settled();
    expect([dropped, released]).toEqual([[nameOf(A)], [nameOf(A)]]);
    expect([...upstream.ticks].map(nameOf)).toEqual([nameOf(B)]);
  });

  it.each([
    [
      'has failed',
      async () => feed().listener.event({ type: 'failed', error: new TickpipeError('CONNECTION_CONTESTED', 'taken') }),
    ],
    ['was disconnected', () => upstream.disconnect('in a test')],
  ])('is opened for who asks for what somebody holds already when the last one %s', async (_, end) => {
    await want({}, A);
    await end();
    await upstream.want({}, []);
    expect(feeds).toHaveLength(1);
    await want({}, A);
    expect(feeds).toHaveLength(2);
    expect(feed().calls).toEqual(['+ symbol NSE:A-EQ']);
  });

  it('that cannot be asked has failed', async () => {
    await want({}, A);
    await upstream.disconnect('in a test');
    const connected = upstream.connect();
    await settled();
    await connected;
    await upstream.disconnect('in a test');
    const subscribe = ForgetfulFeed.prototype.subscribe;
    ForgetfulFeed.prototype.subscribe = () => Promise.reject(new Error('a mistake'));
    try {
      await upstream.connect();
      await settled();
    } finally {
      ForgetfulFeed.prototype.subscribe = subscribe;
    }
    expect(failures).toEqual(['BUG']);
  });

  it('that is refused for its token is no feed without subscriptions: it waits for another token', async () => {
    const clock = new ManualClock();
    const exp = (hours: number): number => clock.now() / 1_000 + hours * 3_600;
    const token = new SharedToken({ text: makeToken({ exp: exp(2) }), clock });
    const opened: FakeFeed[] = [];
    let isRefused = false;
    const own = new SharedSubscriptions(
      async (listener) => {
        await token.read();
        const made = new FakeFeed(listener);
        if (isRefused) made.gate = Promise.reject(new TickpipeError('TOKEN_REFUSED', 'refused'));
        opened.push(made);
        return made;
      },
      token,
      clock,
    );
    await own.want({}, [own.ticks.findOrAdd(A)]);
    await own.disconnect('in a test');
    isRefused = true;
    await own.connect();
    await settled();
    expect([own.state.state, opened[1]?.isClosed]).toEqual(['waiting_for_token', true]);
    isRefused = false;
    token.offer(makeToken({ exp: exp(3) }));
    await own.tokenChanged();
    await settled();
    expect([...(opened[2]?.subscribed ?? [])]).toEqual([nameOf(A)]);
    await own.close();
  });

  it('ends a gap with its first tick: once, with what had ticked and is still wanted', async () => {
    const owner = {};
    await want(owner, A, A_DEPTH, B);
    await want({}, { kind: 'symbol', symbol: 'NSE:NEVER-EQ' });
    feed().tick(A, 100, 1_000);
    feed().tick(A_DEPTH, 100, 1_500);
    feed().tick(B, 100, 2_000);
    await upstream.disconnect('in a test');
    upstream.withdraw(owner, entriesOf(B));
    await upstream.connect();
    await upstream.disconnect('in a test');
    await upstream.connect();
    await settled();
    expect(gaps).toEqual([]);
    feed().tick(A, 101, 9_000);
    feed().tick(A, 102, 9_500);
    expect(gaps).toEqual([{ from: 2_000, to: 9_000, reason: 'disconnected', symbols: [A.symbol] }]);
    expect(upstream.counters).toMatchObject({ gaps: 1, ticks: 5, messages: 3, bytes: 30 });
  });

  it('has a gap that does not end before it begins when the clock is set back', async () => {
    await want({}, A);
    feed().tick(A, 100, clock.now());
    await upstream.disconnect('somebody asked');
    clock.advance(2_000);
    clock.jumpWall(-3_600_000);
    await upstream.connect();
    await settled();
    feed().tick(A, 101, clock.now());
    expect(gaps).toMatchObject([{ from: clock.now() - 2_000, to: clock.now() }]);
  });
});

it('has a feed conclude what it looks for, if it can', async () => {
  await upstream.concludeProbe();
  await want({}, A);
  expect(upstream.isProbing).toBe(false);
  let concluded = 0;
  Object.assign(feed(), { isProbing: true, concludeProbe: async () => void concluded++ });
  expect(upstream.isProbing).toBe(true);
  await upstream.concludeProbe();
  expect(concluded).toBe(1);
});

it('pauses and resumes the feed that is there, if any', async () => {
  upstream.pause(true);
  await want({}, A);
  upstream.pause(true);
  expect(feed().isPaused).toBe(true);
  upstream.pause(false);
  expect(feed().isPaused).toBe(false);
});
