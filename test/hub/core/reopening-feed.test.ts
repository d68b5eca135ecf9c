import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import type { FeedListener } from '../../../src/lib/feed/feed.ts';
import { ReopeningFeed } from '../../../src/lib/hub/core/reopening-feed.ts';
import { SharedToken } from '../../../src/lib/hub/core/shared-token.ts';
import type { HubEvent } from '../../../src/lib/hub/protocol/messages.ts';
import type { Subscription } from '../../../src/lib/market/kinds.ts';
import { makeToken } from '../../support/make-token.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { FakeFeed } from './fake-feed.ts';

const A: Subscription = { kind: 'symbol', symbol: 'NSE:A-EQ' };
const LOOK_AGAIN_MS = 5_000;

let clock: ManualClock;
let feeds: FakeFeed[];
/** Everything the keeper told, in order. */
let told: string[];
/** How opening fails, when it does. */
let failure: Error | undefined;
let folder: string;
let tokenFile: string;
let keeper: ReopeningFeed;

const expiry = (hours: number): number => Math.floor(clock.now() / 1_000) + hours * 3_600;
const lasting = (hours: number): string => makeToken({ exp: expiry(hours) });

beforeEach(() => {
  clock = new ManualClock();
  feeds = [];
  told = [];
  failure = undefined;
  folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-'));
  tokenFile = path.join(folder, 'token');
  keeper = createKeeper();
});

afterEach(async () => {
  await keeper.close();
  expect(clock.pending).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

function createKeeper(token?: SharedToken): ReopeningFeed {
  const open = async (listener: FeedListener): Promise<FakeFeed> => {
    // As a feed does.
    await token?.read();
    if (failure) throw failure;
    const feed = new FakeFeed(listener);
    feeds.push(feed);
    return feed;
  };
  const record = (text: string): void => void told.push(text);
  return new ReopeningFeed(open, token, clock, {
    tick: ({ symbol }) => record(`tick ${symbol}`),
    event: (event) => record(describeEvent(event)),
    ended: (feed, reason) => record(`ended ${feeds.indexOf(feed as FakeFeed)} ${reason}`),
    reopened: (feed) => record(`reopened ${feeds.indexOf(feed as FakeFeed)}`),
  });
}

function describeEvent(event: HubEvent): string {
  switch (event.type) {
    case 'state':
      return event.state.state;
    case 'gap':
      return `gap ${event.gap.reason}`;
    case 'warning':
      return `warning ${event.event} ${event.message}`;
    case 'failed':
      return `failed ${event.error.code}`;
    default:
      return event.type;
  }
}

function feed(at = feeds.length - 1): FakeFeed {
  const found = feeds[at];
  if (found === undefined) throw new Error('no such feed was opened');
  return found;
}

function takeTold(): string[] {
  return told.splice(0);
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const fail = (code: 'TOKEN_REFUSED' | 'TOKEN_EXPIRED' | 'CONNECTION_CONTESTED', of = feed()): void =>
  of.listener.event({ type: 'failed', error: new TickpipeError(code, 'in a test') });

describe('a feed that has delivered everything', () => {
  it('is closed, and stays for later requests', async () => {
    const ended = await keeper.ensure();
    feed().become({ state: 'live', at: 0 });
    takeTold();
    feed().listener.event({ type: 'finished' });
    expect(takeTold()).toEqual(['closed', 'finished']);
    expect([keeper.state.state, keeper.isFinished]).toEqual(['closed', true]);
    expect(await keeper.ensure()).toBe(ended);
    expect(feeds).toHaveLength(1);
    await keeper.drop('in a test');
    expect(keeper.isFinished).toBe(false);
    await keeper.ensure();
    expect(keeper.isFinished).toBe(false);
  });
});

describe('a feed', () => {
  it('is opened once for all requests', async () => {
    expect([keeper.feed, keeper.state]).toEqual([undefined, { state: 'idle', at: clock.now() }]);
    const [one, other] = await Promise.all([keeper.ensure(), keeper.ensure()]);
    expect(one).toBe(other);
    expect(await keeper.ensure()).toBe(keeper.feed);
    expect([feeds.length, takeTold()]).toEqual([1, ['idle', 'reopened 0']]);
  });

  it('that cannot be opened says why, and is tried again at the next request', async () => {
    failure = new TickpipeError('FEED_UNREACHABLE', 'nobody there');
    await expect(keeper.ensure()).rejects.toBe(failure);
    expect(takeTold()).toEqual(['closed', 'failed FEED_UNREACHABLE']);
    failure = new RangeError('a mistake');
    await expect(keeper.ensure()).rejects.toMatchObject({ code: 'BUG', cause: failure });
    failure = undefined;
    expect(await keeper.ensure()).toBe(feed());
  });

  it('reports through the class that keeps it', async () => {
    await keeper.ensure();
    takeTold();
    feed().become({ state: 'live', at: 1 });
    feed().tick(A, 100);
    feed().listener.event({ type: 'gap', gap: { from: 1, to: 2, reason: 'stalled', symbols: [] } });
    feed().listener.event({ type: 'silent', subscriptions: [A] });
    feed().listener.event({ type: 'refused', subscriptions: [A] });
    expect(takeTold()).toEqual(['live', 'tick NSE:A-EQ', 'gap stalled', 'silent', 'refused']);
    expect(keeper.state).toEqual({ state: 'live', at: 1 });
  });

  it('that warns stays as it is', async () => {
    await keeper.ensure();
    feed().become({ state: 'live', at: 3 });
    takeTold();
    feed().listener.event({ type: 'warning', event: 'lookup', message: 'HTTP 500' });
    expect(keeper.state).toEqual({ state: 'live', at: 3 });
    expect(takeTold()).toEqual(['warning lookup HTTP 500']);
  });

  it('that gave up for good is closed until the next request', async () => {
    await keeper.ensure();
    takeTold();
    fail('CONNECTION_CONTESTED');
    expect(takeTold()).toEqual(['ended 0 failed', 'closed', 'failed CONNECTION_CONTESTED']);
    expect([feed().isClosed, clock.pending, keeper.feed]).toEqual([true, 0, undefined]);
    await keeper.ensure();
    expect(takeTold()).toEqual(['idle', 'reopened 1']);
  });
});

describe('a feed that was dropped', () => {
  it('is closed and reported once, and another one opened at the next request', async () => {
    await keeper.ensure();
    takeTold();
    await Promise.all([keeper.drop('in a test'), keeper.drop('in a test')]);
    expect([feed().isClosed, takeTold()]).toEqual([true, ['ended 0 disconnected', 'disconnected']]);
    const at = clock.now();
    const why = { reason: 'disconnected', detail: 'in a test' };
    expect(keeper.state).toEqual({ state: 'disconnected', at, ...why, retryAt: at });
    await keeper.ensure();
    expect(takeTold()).toEqual(['idle', 'reopened 1']);
  });

  it('says nothing more', async () => {
    await keeper.ensure();
    await keeper.drop('in a test');
    takeTold();
    feed().tick(A, 100);
    feed().become({ state: 'live', at: 1 });
    feed().listener.event({ type: 'gap', gap: { from: 1, to: 2, reason: 'stalled', symbols: [] } });
    feed().listener.event({ type: 'silent', subscriptions: [A] });
    feed().listener.event({ type: 'refused', subscriptions: [A] });
    fail('CONNECTION_CONTESTED');
    expect(takeTold()).toEqual([]);
    await keeper.ensure();
    takeTold();
    fail('CONNECTION_CONTESTED', feed(0));
    feed(0).tick(A, 100);
    expect([takeTold(), keeper.feed]).toEqual([[], feed(1)]);
  });

  it('is closed before the next one is opened', async () => {
    await keeper.ensure();
    let closed = (): void => {};
    feed().close = () =>
      new Promise((resolve) => {
        closed = resolve;
      });
    const dropped = keeper.drop('in a test');
    const next = keeper.ensure();
    await settled();
    expect(feeds).toHaveLength(1);
    closed();
    await dropped;
    expect(await next).toBe(feed(1));
    expect([keeper.state.state, takeTold()]).toEqual([
      'idle',
      ['idle', 'reopened 0', 'ended 0 disconnected', 'disconnected', 'idle', 'reopened 1'],
    ]);
  });

  it('while it was opened is closed once it is open, before the next one is opened', async () => {
    const opening = keeper.ensure();
    opening.catch(() => {});
    const dropped = keeper.drop('in a test');
    const next = keeper.ensure();
    await expect(opening).rejects.toMatchObject({ code: 'FEED_UNREACHABLE' });
    await dropped;
    expect([feed(0).isClosed, feed(0) === (await next)]).toEqual([true, false]);
    expect([feeds.length, takeTold()]).toEqual([2, ['disconnected', 'idle', 'reopened 1']]);
    fail('CONNECTION_CONTESTED', feed(0));
    expect([takeTold(), keeper.feed]).toEqual([[], feed(1)]);
  });

  it('while it could not be opened has not failed', async () => {
    failure = new TickpipeError('FEED_UNREACHABLE', 'nobody there');
    const opening = keeper.ensure();
    await Promise.all([expect(opening).rejects.toBe(failure), keeper.drop('in a test')]);
    expect([takeTold(), keeper.state.state]).toEqual([['disconnected'], 'disconnected']);
  });

  it('while it waited for a token waits no more', async () => {
    const token = new SharedToken({ text: lasting(2), clock });
    keeper = createKeeper(token);
    await keeper.ensure();
    fail('TOKEN_REFUSED');
    takeTold();
    token.offer(lasting(3));
    const changed = keeper.tokenChanged();
    await keeper.drop('in a test');
    await changed;
    expect([takeTold(), clock.pending, feeds.length]).toEqual([['disconnected'], 0, 1]);
    await keeper.ensure();
    expect(takeTold()).toEqual(['idle', 'reopened 1']);
  });

  it('and cannot be closed cleanly does not keep the next one from opening', async () => {
    await keeper.ensure();
    feed().close = () => Promise.reject(new Error('EIO'));
    await expect(keeper.drop('in a test')).rejects.toThrow('EIO');
    expect(await keeper.ensure()).toBe(feed(1));
  });
});

describe('a feed whose token is of no use', () => {
  it('waits, and answers requests meanwhile with the reason', async () => {
    keeper = createKeeper(new SharedToken({ text: lasting(2), clock }));
    await keeper.ensure();
    takeTold();
    fail('TOKEN_REFUSED');
    expect(takeTold()).toEqual(['ended 0 token', 'waiting_for_token', 'failed TOKEN_REFUSED']);
    const { at, ...state } = keeper.state;
    expect([at, state]).toEqual([
      clock.now(),
      { state: 'waiting_for_token', code: 'TOKEN_REFUSED', message: 'in a test' },
    ]);
    await expect(keeper.ensure()).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
    await keeper.tokenChanged();
    expect([keeper.state.state, feeds.length]).toEqual(['waiting_for_token', 1]);
  });

  it('fails like any other when there are no tokens', async () => {
    await keeper.ensure();
    takeTold();
    fail('TOKEN_REFUSED');
    expect(takeTold()).toEqual(['ended 0 failed', 'closed', 'failed TOKEN_REFUSED']);
  });

  it('goes on with one that is offered', async () => {
    const token = new SharedToken({ text: lasting(2), clock });
    keeper = createKeeper(token);
    await keeper.ensure();
    fail('TOKEN_EXPIRED');
    takeTold();
    expect(token.offer(lasting(3))).toBe('adopted');
    await Promise.all([keeper.tokenChanged(), keeper.tokenChanged()]);
    expect([takeTold(), feeds.length, clock.pending]).toEqual([['idle', 'reopened 1'], 2, 0]);
  });

  it('goes on with one that the file has, which it looks at every five seconds', async () => {
    writeFileSync(tokenFile, lasting(2), { mode: 0o600 });
    keeper = createKeeper(new SharedToken({ tokenFile, clock }));
    await keeper.ensure();
    fail('TOKEN_REFUSED');
    takeTold();
    for (let looks = 0; looks < 3; looks++) {
      await vi.waitFor(() => expect(clock.pending).toBe(1), { timeout: 20_000 });
      clock.advance(LOOK_AGAIN_MS);
    }
    await vi.waitFor(() => expect(clock.pending).toBe(1), { timeout: 20_000 });
    writeFileSync(tokenFile, lasting(3), { mode: 0o600 });
    clock.advance(LOOK_AGAIN_MS - 1);
    // It has not looked: its timer is still set.
    expect([clock.pending, takeTold(), feeds.length]).toEqual([1, [], 1]);
    clock.advance(1);
    await vi.waitFor(() => expect(takeTold()).toEqual(['idle', 'reopened 1']), { timeout: 20_000 });
    expect(clock.pending).toBe(0);
  });

  it('waits on when the next token is refused, too', async () => {
    const token = new SharedToken({ text: lasting(2), clock });
    keeper = createKeeper(token);
    await keeper.ensure();
    fail('TOKEN_REFUSED');
    takeTold();
    failure = new TickpipeError('TOKEN_REFUSED', 'refused again');
    token.offer(lasting(3));
    await keeper.tokenChanged();
    expect(takeTold()).toEqual(['waiting_for_token', 'failed TOKEN_REFUSED']);
    failure = undefined;
    token.offer(lasting(4));
    await keeper.tokenChanged();
    expect(takeTold()).toEqual(['idle', 'reopened 1']);
  });

  it('goes on without a word of failure when a later one came while the old one was in use', async () => {
    const token = new SharedToken({ text: lasting(2), clock });
    keeper = createKeeper(token);
    await keeper.ensure();
    token.offer(lasting(24));
    await keeper.tokenChanged();
    expect(feeds).toHaveLength(1);
    takeTold();
    fail('TOKEN_EXPIRED');
    await settled();
    expect(takeTold()).toEqual(['ended 0 token', 'waiting_for_token', 'idle', 'reopened 1']);
    fail('TOKEN_REFUSED');
    expect(takeTold()).toEqual(['ended 1 token', 'waiting_for_token', 'failed TOKEN_REFUSED']);
  });
});

describe('a keeper that is closed', () => {
  it('closes its feed and reports nothing more, twice', async () => {
    await keeper.ensure();
    takeTold();
    await Promise.all([keeper.close(), keeper.close()]);
    expect(feed().isClosed).toBe(true);
    feed().become({ state: 'disconnected', at: 1, reason: 'server_closed', detail: '', retryAt: 2 });
    feed().tick(A, 100);
    fail('CONNECTION_CONTESTED');
    expect(takeTold()).toEqual([]);
  });

  it('while a feed is opened closes that one, too', async () => {
    const opening = keeper.ensure();
    await keeper.close();
    await expect(opening).rejects.toMatchObject({ code: 'HUB_UNAVAILABLE' });
    expect(feeds.every(({ isClosed }) => isClosed)).toBe(true);
  });

  it('while a token is tried does not look for another', async () => {
    const token = new SharedToken({ text: lasting(2), clock });
    keeper = createKeeper(token);
    await keeper.ensure();
    fail('TOKEN_REFUSED');
    takeTold();
    token.offer(lasting(3));
    failure = new TickpipeError('TOKEN_REFUSED', 'refused again');
    const changed = keeper.tokenChanged();
    await keeper.close();
    await changed;
    expect([takeTold(), clock.pending]).toEqual([[], 0]);
  });
});
