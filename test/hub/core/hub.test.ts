import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import { Hub, MAX_TCP_SESSIONS } from '../../../src/lib/hub/core/hub.ts';
import type { HubSession } from '../../../src/lib/hub/core/hub-session.ts';
import { SharedToken } from '../../../src/lib/hub/core/shared-token.ts';
import type { HubMessage } from '../../../src/lib/hub/protocol/messages.ts';
import type { Subscription } from '../../../src/lib/market/kinds.ts';
import { WEEKDAYS } from '../../../src/lib/market/trading-hours.ts';
import { makeToken } from '../../support/make-token.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { FakeFeed, nameOf } from './fake-feed.ts';

const A: Subscription = { kind: 'symbol', symbol: 'NSE:A-EQ' };
const B: Subscription = { kind: 'symbol', symbol: 'NSE:B-EQ' };
const A_DEPTH: Subscription = { kind: 'depth', symbol: 'NSE:A-EQ' };
const NOPE: Subscription = { kind: 'symbol', symbol: 'NSE:NOPE-EQ' };

let clock: ManualClock;
let feeds: FakeFeed[];
let hub: Hub;

async function openHub(token?: SharedToken): Promise<Hub> {
  return Hub.open({
    calendar: WEEKDAYS,
    clock,
    token,
    openFeed: async (listener) => {
      const feed = new FakeFeed(listener);
      feeds.push(feed);
      return feed;
    },
  });
}

beforeEach(async () => {
  clock = new ManualClock();
  feeds = [];
  hub = await openHub();
});

afterEach(() => hub.close());

function feed(): FakeFeed {
  const last = feeds.at(-1);
  if (last === undefined) throw new Error('no feed was opened');
  return last;
}

class Client {
  readonly told: HubMessage[] = [];
  readonly session: HubSession;

  constructor() {
    const send = (message: HubMessage): number => this.told.push(message);
    this.session = hub.openSession({ command: 'test', pid: 1, kinds: [] }, { send });
  }

  async subscribe(...subscriptions: Subscription[]): Promise<string[]> {
    return (await hub.subscribe(this.session, subscriptions)).map(({ status }) => status);
  }

  toldOf<T extends HubMessage['type']>(type: T): HubMessage[] {
    return this.told.filter((message) => message.type === type);
  }
}

/** All that follows from answers that have come. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Has the feed opened, as a user does who asks for it; it is not live yet. */
async function reconnect(): Promise<void> {
  hub.connect().catch(() => {});
  await settled();
}

describe('what the first client is going to ask for', () => {
  const listAsked = (): string[] => feed().calls.filter((call) => call.startsWith('+'));

  it('is subscribed before the client comes, which gets the row that is there', async () => {
    hub.expect([A, NOPE]);
    await settled();
    expect(feed().calls).toEqual([`+ ${nameOf(A)}, ${nameOf(NOPE)}`]);
    feed().become({ state: 'live', at: 0 });
    feed().tick(A, 100);
    const client = new Client();
    expect(await client.subscribe(A, NOPE)).toEqual(['accepted', 'unknown']);
    expect(listAsked()).toHaveLength(1);
    expect(client.session.ticks.size).toBe(1);
    expect([...hub.values()].map(({ hasRow }) => hasRow)).toEqual([true]);
  });

  it('is the client’s alone once it has asked: when it leaves, nothing stays', async () => {
    hub.expect([A, B]);
    const client = new Client();
    await client.subscribe(A);
    expect(feed().calls.slice(1)).toEqual([`- ${nameOf(B)}`]);
    hub.closeSession(client.session);
    expect(hub.valueCount).toBe(0);
  });

  it('is given up when no client asks', async () => {
    hub.expect([A]);
    await settled();
    clock.advance(5_000);
    expect(hub.valueCount).toBe(0);
    expect(feed().calls.slice(1)).toEqual([`- ${nameOf(A)}`]);
  });

  it('is asked for again by the client when the feed has failed', async () => {
    hub.expect([A]);
    await settled();
    feed().listener.event({ type: 'failed', error: new TickpipeError('FEED_UNREACHABLE', 'away') });
    await settled();
    expect(feeds).toHaveLength(1);
    expect(await new Client().subscribe(A)).toEqual(['accepted']);
    expect(feeds).toHaveLength(2);
  });

  it('fails for the client with its own error, and not before', async () => {
    feed().gate = Promise.reject(new TickpipeError('FEED_UNREACHABLE', 'away'));
    feed().gate.catch(() => {});
    hub.expect([A]);
    await settled();
    expect(hub.valueCount).toBe(0);
    await expect(new Client().subscribe(A)).rejects.toMatchObject({ code: 'FEED_UNREACHABLE' });
    expect(listAsked()).toHaveLength(2);
  });
});

describe('subscriptions', () => {
  it('are counted by client and kind: the last one out takes them off the feed, once', async () => {
    const [one, other] = [new Client(), new Client()];
    expect(await one.subscribe(A, A_DEPTH)).toEqual(['accepted', 'accepted']);
    expect(await other.subscribe(A, B)).toEqual(['accepted', 'accepted']);
    expect(feed().calls).toEqual(['+ symbol NSE:A-EQ, depth NSE:A-EQ', '+ symbol NSE:B-EQ']);
    expect(hub.unsubscribe(one.session, [A, B])).toEqual([A]);
    await settled();
    expect([...feed().subscribed].sort()).toEqual([A_DEPTH, A, B].map(nameOf).sort());
    hub.closeSession(other.session);
    hub.closeSession(other.session);
    await settled();
    expect(feed().calls.slice(2)).toEqual(['- symbol NSE:A-EQ, symbol NSE:B-EQ']);
    expect([...feed().subscribed]).toEqual([nameOf(A_DEPTH)]);
  });

  it('that two ask for at once are asked of the feed once', async () => {
    let open = (): void => {};
    feed().gate = new Promise((resolve) => {
      open = resolve;
    });
    const [one, other] = [new Client(), new Client()];
    const answers = [one.subscribe(A), other.subscribe(A, NOPE)];
    await settled();
    expect(feed().calls).toEqual(['+ symbol NSE:A-EQ', '+ symbol NSE:NOPE-EQ']);
    open();
    expect(await Promise.all(answers)).toEqual([['accepted'], ['accepted', 'unknown']]);
    expect([...hub.values()].map(nameOf)).toEqual([nameOf(A)]);
  });

  it('of a client that leaves before the answer do not stay', async () => {
    let open = (): void => {};
    feed().gate = new Promise((resolve) => {
      open = resolve;
    });
    const client = new Client();
    const answer = client.subscribe(A);
    await settled();
    hub.closeSession(client.session);
    open();
    await answer;
    await settled();
    expect([feed().subscribed.size, hub.valueCount]).toEqual([0, 0]);
  });

  it('that fail leave nothing behind, for any of the callers', async () => {
    feed().gate = Promise.reject(new TickpipeError('SYMBOL_LOOKUP_FAILED', 'no lookup'));
    const [one, other] = [new Client(), new Client()];
    const answers = [one.subscribe(A), other.subscribe(A)];
    await expect(Promise.all(answers)).rejects.toMatchObject({ code: 'SYMBOL_LOOKUP_FAILED' });
    await Promise.allSettled(answers);
    await settled();
    expect(hub.valueCount).toBe(0);
    feed().gate = Promise.resolve();
    expect(await one.subscribe(A)).toEqual(['accepted']);
  });

  it('that are awaited by a time bring the feed to try in time, be they new or held already', async () => {
    const [one, other] = [new Client(), new Client()];
    await hub.subscribe(one.session, [A], { withinMs: 9_000 });
    await hub.subscribe(other.session, [A], { withinMs: 8_000 });
    await hub.subscribe(other.session, [A]);
    expect(feed().awaitedWithinMs).toEqual([9_000, 8_000]);
  });

  it('of strict clients are all or none', async () => {
    const client = new Client();
    const results = await hub.subscribe(client.session, [A, NOPE], { strict: true });
    expect(results.map(({ status }) => status)).toEqual(['refused', 'unknown']);
    await settled();
    expect([client.session.ticks.size, feed().subscribed.size]).toEqual([0, 0]);
  });

  it('upstream are what sessions have, whatever they do', async () => {
    const symbols = [0, 1, 2, 3, 4, 5].map((n): Subscription => ({ kind: 'symbol', symbol: `NSE:P${n}-EQ` }));
    const step = fc.record({
      client: fc.nat(3),
      action: fc.constantFrom('subscribe', 'unsubscribe', 'close', 'settle'),
      wanted: fc.uniqueArray(fc.nat(5), { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        await hub.close();
        hub = await openHub();
        const clients = [0, 1, 2, 3].map(() => new Client());
        for (const { client: at, action, wanted } of steps) {
          const client = clients[at] as Client;
          const subscriptions = wanted.map((n) => symbols[n] as Subscription);
          if (action === 'subscribe') client.subscribe(...subscriptions).catch(() => {});
          else if (action === 'unsubscribe') hub.unsubscribe(client.session, subscriptions);
          else if (action === 'close') {
            hub.closeSession(client.session);
            clients[at] = new Client();
          } else await settled();
        }
        await settled();
        await settled();
        const union = new Set(clients.flatMap(({ session }) => Array.from(session.ticks, nameOf)));
        expect([...feed().subscribed].sort()).toEqual([...union].sort());
        expect([...hub.values()].map(nameOf).sort()).toEqual([...union].sort());
      }),
      { numRuns: 200 },
    );
  });
});

describe('what the feed reports', () => {
  it('reaches those whom it concerns', async () => {
    const [one, other] = [new Client(), new Client()];
    await one.subscribe(A);
    await other.subscribe(B);
    feed().listener.event({
      type: 'gap',
      gap: { from: 1, to: 2, reason: 'stalled', symbols: ['NSE:A-EQ', 'NSE:X-EQ'] },
    });
    feed().listener.event({ type: 'silent', subscriptions: [B] });
    feed().become({ state: 'live', at: 3 });
    expect(one.told).toEqual([
      { type: 'gap', gap: { from: 1, to: 2, reason: 'stalled', symbols: ['NSE:A-EQ'] } },
      { type: 'state', state: { state: 'live', at: 3 } },
    ]);
    expect(other.told).toEqual([
      { type: 'silent', subscriptions: [['SymbolUpdate', 'NSE:B-EQ']] },
      { type: 'state', state: { state: 'live', at: 3 } },
    ]);
  });

  it('of rows that are missing in a recording, and of its own pauses, reaches nobody', async () => {
    const client = new Client();
    await client.subscribe(A);
    const seen: string[] = [];
    hub.observe({ event: ({ type }) => void seen.push(type) });
    feed().listener.event({ type: 'skipped', rows: 3, at: 1 });
    feed().listener.event({ type: 'warning', event: 'stood_still', message: 'the process did not run for 9 s' });
    expect([client.told, seen]).toEqual([[], []]);
    feed().listener.event({ type: 'warning', event: 'scale', message: 'odd' });
    expect([client.told, seen]).toEqual([[{ type: 'warning', event: 'scale', message: 'odd' }], ['warning']]);
  });

  it('of refused subscriptions ends them', async () => {
    const client = new Client();
    await client.subscribe(A, B);
    feed().listener.event({ type: 'refused', subscriptions: [A] });
    await settled();
    expect(client.toldOf('refused')).toEqual([{ type: 'refused', subscriptions: [['SymbolUpdate', 'NSE:A-EQ']] }]);
    expect([...client.session.ticks].map(nameOf)).toEqual([nameOf(B)]);
    expect([...hub.values()].map(nameOf)).toEqual([nameOf(B)]);
  });

  it('of contracts that have ended reaches those that had them, and ends them', async () => {
    const [client, other] = [new Client(), new Client()];
    await client.subscribe(A, B);
    await other.subscribe(B);
    feed().listener.event({ type: 'changed', added: [], dropped: [A], why: 'the contract has ended' });
    await settled();
    expect(client.toldOf('changed')).toEqual([
      { type: 'changed', added: [], dropped: [['SymbolUpdate', 'NSE:A-EQ']], why: 'the contract has ended' },
    ]);
    expect(other.toldOf('changed')).toEqual([]);
    expect([...client.session.ticks].map(nameOf)).toEqual([nameOf(B)]);
    expect([...hub.values()].map(nameOf)).toEqual([nameOf(B)]);
  });

  it('of a lookup that fails for some is a warning while the others are live', async () => {
    const client = new Client();
    feed().become({ state: 'live', at: 1 });
    feed().listener.event({ type: 'warning', event: 'lookup', message: 'HTTP 500' });
    expect(hub.state.state).toBe('live');
    expect(client.told.at(-1)).toEqual({ type: 'warning', event: 'lookup', message: 'HTTP 500' });
  });

  it('is true only while it is connected', async () => {
    const client = new Client();
    await client.subscribe(A);
    feed().become({ state: 'live', at: 1 });
    feed().tick(A, 100);
    const entry = hub.findValue(A);
    expect(entry?.isLive).toBe(true);
    feed().become({ state: 'disconnected', at: 2, reason: 'server_closed', detail: '', retryAt: 3 });
    expect([entry?.isLive, entry?.hasRow]).toEqual([false, true]);
    feed().become({ state: 'live', at: 4 });
    expect(entry?.isLive).toBe(false);
    feed().tick(A, 100);
    expect(entry?.isLive).toBe(true);
  });
});

it('a hub that was stopped says so to all when it goes on', async () => {
  const client = new Client();
  const observed: string[] = [];
  hub.observe({
    event: (event) => {
      if (event.type === 'warning') observed.push(`${event.event}: ${event.message}`);
    },
  });
  clock.advance(60_000);
  expect(client.toldOf('warning')).toEqual([]);
  clock.stop(40_000);
  const message = 'the hub did not answer for 40 s: its process did not run';
  expect(client.toldOf('warning')).toEqual([{ type: 'warning', event: 'hub_silent', message }]);
  expect(observed).toEqual([`hub_silent: ${message}`]);
});

describe('another feed', () => {
  it('takes the place of one that was closed, with all its subscriptions and one gap', async () => {
    const client = new Client();
    await client.subscribe(A, B);
    feed().tick(A, 100, 1_000);
    await hub.disconnect('in a test');
    expect([feed().isClosed, hub.state.state]).toEqual([true, 'disconnected']);
    await reconnect();
    await settled();
    expect(feeds).toHaveLength(2);
    expect([...feed().subscribed].sort()).toEqual([nameOf(A), nameOf(B)]);
    feed().tick(A, 101, 5_000);
    feed().tick(B, 102, 6_000);
    expect(client.toldOf('gap')).toEqual([
      { type: 'gap', gap: { from: 1_000, to: 5_000, reason: 'disconnected', symbols: ['NSE:A-EQ'] } },
    ]);
    expect(hub.counters).toMatchObject({ messages: 2, ticks: 3, gaps: 1 });
  });

  it('is opened when a later token comes, and late events of the old one are ignored', async () => {
    await hub.close();
    const exp = clock.now() / 1_000 + 3_600;
    const token = new SharedToken({ text: makeToken({ exp }), clock });
    hub = await openHub(token);
    const client = new Client();
    await client.subscribe(A);
    const old = feed();
    old.tick(A, 100);
    old.listener.event({ type: 'failed', error: new TickpipeError('TOKEN_REFUSED', 'refused') });
    expect(hub.state).toMatchObject({ state: 'waiting_for_token', code: 'TOKEN_REFUSED' });
    expect(client.told.map(({ type }) => type)).toEqual(['state', 'failed']);
    await expect(client.subscribe(B)).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
    expect(await hub.offerToken(makeToken({ exp: exp + 60 }))).toBe('adopted');
    await settled();
    expect(feeds).toHaveLength(3);
    expect([...feed().subscribed]).toEqual([nameOf(A)]);
    feed().become({ state: 'live', at: 9 });
    old.listener.event({
      type: 'state',
      state: { state: 'disconnected', at: 10, reason: 'server_closed', detail: '', retryAt: 11 },
    });
    expect(hub.state.state).toBe('live');
    feed().tick(A, 101);
    expect(client.toldOf('gap')).toMatchObject([{ gap: { reason: 'token', symbols: ['NSE:A-EQ'] } }]);
  });

  it('is why a subscription fails whose feed was closed for its token before it answered', async () => {
    await hub.close();
    hub = await openHub(new SharedToken({ text: makeToken({ exp: clock.now() / 1_000 + 3_600 }), clock }));
    const client = new Client();
    let close = (_: Error): void => {};
    feed().gate = new Promise((_, reject) => {
      close = reject;
    });
    const answer = client.subscribe(A);
    answer.catch(() => {});
    await settled();
    feed().listener.event({ type: 'failed', error: new TickpipeError('TOKEN_REFUSED', 'refused') });
    close(new TickpipeError('FEED_UNREACHABLE', 'the feed was closed before it knew the symbols'));
    await expect(answer).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
  });

  it('is closed by a logout, which is reported to its clients, until there is a new login in the file', async () => {
    await hub.close();
    const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-hub-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const tokenFile = path.join(folder, 'default.json');
    const exp = clock.now() / 1_000 + 3_600;
    const store = (text: string): void => {
      const [app_id, access_token] = text.split(':');
      writeFileSync(`${tokenFile}.new`, JSON.stringify({ app_id, access_token }), { mode: 0o600 });
      renameSync(`${tokenFile}.new`, tokenFile);
    };
    const first = makeToken({ exp, iat: 1_000 });
    store(first);
    hub = await openHub(new SharedToken({ text: first, tokenFile, clock }));
    const client = new Client();
    await client.subscribe(A);
    const old = feed();
    expect(hub.endToken(makeToken({ exp, iat: 999 }))).toBe(false);
    expect(hub.endToken(first)).toBe(true);
    expect([old.isClosed, hub.state]).toEqual([
      true,
      expect.objectContaining({ state: 'waiting_for_token', code: 'LOGGED_OUT' }),
    ]);
    expect(client.toldOf('failed')).toMatchObject([{ code: 'LOGGED_OUT' }]);
    // The file still has the token that was ended: it is of no use.
    await clock.advance(10_000);
    await settled();
    expect(hub.state.state).toBe('waiting_for_token');
    store(makeToken({ exp, iat: 2_000 }));
    await expect
      .poll(() => {
        clock.advance(500);
        return feed() !== old && feed().subscribed.size;
      })
      .toBe(1);
  });

  it('keeps its connection when a newer login comes, and has it for the next one', async () => {
    await hub.close();
    const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-hub-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const tokenFile = path.join(folder, 'token');
    const exp = clock.now() / 1_000 + 3_600;
    const store = (text: string): void => {
      writeFileSync(`${tokenFile}.new`, text, { mode: 0o600 });
      renameSync(`${tokenFile}.new`, tokenFile);
    };
    store(makeToken({ exp }));
    hub = await openHub(new SharedToken({ tokenFile, clock }));
    const client = new Client();
    await client.subscribe(A);
    const old = feed();
    store(makeToken({ exp: exp + 86_400 }));
    await expect
      .poll(() => {
        clock.advance(500);
        return hub.tokenExpiresAtMs;
      })
      .toBe((exp + 86_400) * 1_000);
    expect([feed() === old, old.isClosed, client.toldOf('failed')]).toEqual([true, false, []]);
  });

  it('is tried at the next request when one gave up for another reason', async () => {
    const client = new Client();
    await client.subscribe(A);
    feed().listener.event({ type: 'failed', error: new TickpipeError('CONNECTION_CONTESTED', 'taken') });
    expect(client.toldOf('failed')).toMatchObject([{ code: 'CONNECTION_CONTESTED' }]);
    expect(hub.state.state).toBe('closed');
    expect(await client.subscribe(B)).toEqual(['accepted']);
    await settled();
    expect([...feed().subscribed].sort()).toEqual([nameOf(A), nameOf(B)]);
  });
});

describe('clients', () => {
  it('are so many at the most', () => {
    for (let n = 0; n < 256; n++) new Client();
    expect(() => new Client()).toThrow(expect.objectContaining({ code: 'TOO_MANY_CLIENTS' }));
    const [first] = hub.sessions();
    if (first) hub.closeSession(first);
    expect(new Client().session.id).toBe('s257');
  });

  it('from elsewhere have fewer places, which others may not need', () => {
    const options = { command: 'test', pid: 1, kinds: [] };
    const open = (isElsewhere: boolean) => hub.openSession({ ...options, isElsewhere }, { send: () => {} });
    for (let n = 0; n < MAX_TCP_SESSIONS; n++) open(true);
    expect(hub.refuseSession(true)).toMatchObject({ code: 'TOO_MANY_CLIENTS' });
    expect(() => open(true)).toThrow(`the hub has ${MAX_TCP_SESSIONS} clients over TCP already`);
    expect(hub.refuseSession()).toBeUndefined();
    open(false);
    expect(hub.sessionCount).toBe(MAX_TCP_SESSIONS + 1);
  });

  it('have so many symbols at the most', async () => {
    const client = new Client();
    const many = Array.from({ length: 5_001 }, (_, n): Subscription => ({ kind: 'symbol', symbol: `NSE:M${n}-EQ` }));
    const results = await hub.subscribe(client.session, many);
    expect(results[0]).toMatchObject({ status: 'refused', code: 'TOO_MANY_SYMBOLS' });
    expect(feed().calls).toEqual([]);
  });
});
