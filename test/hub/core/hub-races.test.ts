import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import { Hub } from '../../../src/lib/hub/core/hub.ts';
import type { HubSession } from '../../../src/lib/hub/core/hub-session.ts';
import { SharedToken } from '../../../src/lib/hub/core/shared-token.ts';
import type { Subscription } from '../../../src/lib/market/kinds.ts';
import { WEEKDAYS } from '../../../src/lib/market/trading-hours.ts';
import { makeToken } from '../../support/make-token.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { FakeFeed, nameOf } from './fake-feed.ts';

const A: Subscription = { kind: 'symbol', symbol: 'NSE:A-EQ' };
const B: Subscription = { kind: 'symbol', symbol: 'NSE:B-EQ' };
const NOPE: Subscription = { kind: 'symbol', symbol: 'NSE:NOPE-EQ' };

let clock: ManualClock;
let feeds: FakeFeed[];
/** What the first answers of the next feed wait for. */
let gateOfNext: Promise<void>;
let hub: Hub;

async function openHub(token?: SharedToken): Promise<Hub> {
  feeds = [];
  return Hub.open({
    calendar: WEEKDAYS,
    clock,
    token,
    openFeed: async (listener) => {
      const feed = new FakeFeed(listener);
      feed.gate = gateOfNext;
      feeds.push(feed);
      return feed;
    },
  });
}

beforeEach(async () => {
  clock = new ManualClock();
  gateOfNext = Promise.resolve();
  hub = await openHub();
});

afterEach(() => hub.close());

function feed(): FakeFeed {
  const last = feeds.at(-1);
  if (last === undefined) throw new Error('no feed was opened');
  return last;
}

const openSession = (): HubSession => hub.openSession({ command: 'test', pid: 1, kinds: [] }, { send: () => {} });

/** Has the feed answer what it is asked from now on when it is told to. */
function holdAnswers(of = feed()): { answer(): void; fail(error: Error): void } {
  const { promise, resolve: answer, reject: fail } = createGate();
  of.gate = promise;
  return { answer, fail };
}

function createGate(): { promise: Promise<void>; resolve(): void; reject(error: Error): void } {
  let resolve = (): void => {};
  let reject = (_: Error): void => {};
  const promise = new Promise<void>((accept, refuse) => {
    resolve = accept;
    reject = refuse;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}

/** All that follows from answers that have come. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Has the feed opened, as a user does who asks for it; it is not live yet. */
async function reconnect(): Promise<void> {
  hub.connect().catch(() => {});
  await settled();
}

/** What the feed has, what the hub keeps and what sessions have are the same. */
function expectSame(sessions: Iterable<HubSession> = hub.sessions()): void {
  const union = [...new Set(Array.from(sessions).flatMap(({ ticks }) => Array.from(ticks, nameOf)))].sort();
  expect([...hub.values()].map(nameOf).sort()).toEqual(union);
  expect([...feed().subscribed].sort()).toEqual(union);
}

describe('two requests of one session at a time', () => {
  it('do not take from each other: the one that fails last', async () => {
    const session = openSession();
    const first = holdAnswers();
    const one = hub.subscribe(session, [A]);
    await settled();
    const second = holdAnswers();
    const other = hub.subscribe(session, [A, B]);
    await settled();
    first.answer();
    expect((await one).map(({ status }) => status)).toEqual(['accepted']);
    second.fail(new TickpipeError('SYMBOL_LOOKUP_FAILED', 'no lookup'));
    await expect(other).rejects.toMatchObject({ code: 'SYMBOL_LOOKUP_FAILED' });
    await settled();
    expect(Array.from(session.ticks, nameOf)).toEqual([nameOf(A)]);
    expectSame();
  });

  it('do not take from each other: the one that fails first', async () => {
    const session = openSession();
    const first = holdAnswers();
    const one = hub.subscribe(session, [A]);
    await settled();
    const second = holdAnswers();
    const other = hub.subscribe(session, [A, B]);
    await settled();
    second.fail(new TickpipeError('SYMBOL_LOOKUP_FAILED', 'no lookup'));
    await expect(other).rejects.toMatchObject({ code: 'SYMBOL_LOOKUP_FAILED' });
    first.answer();
    await one;
    await settled();
    expect(Array.from(session.ticks, nameOf)).toEqual([nameOf(A)]);
    expectSame();
  });

  it('do not take from each other: the strict one', async () => {
    const session = openSession();
    const held = holdAnswers();
    const strict = hub.subscribe(session, [A, NOPE], { strict: true });
    const other = hub.subscribe(session, [A]);
    held.answer();
    await Promise.all([strict, other]);
    await settled();
    expect(Array.from(session.ticks, nameOf)).toEqual([nameOf(A)]);
    expectSame();
  });
});

describe('a symbol that the feed refuses', () => {
  it('while a request for it waits for others is refused to it, too', async () => {
    await hub.subscribe(openSession(), [A]);
    const session = openSession();
    const held = holdAnswers();
    const request = hub.subscribe(session, [A, B]);
    await settled();
    feed().subscribed.delete(nameOf(A));
    feed().listener.event({ type: 'refused', subscriptions: [A] });
    held.answer();
    expect(await request).toEqual([
      { subscription: A, status: 'refused', code: 'SUBSCRIPTION_REFUSED', message: expect.any(String) },
      { subscription: B, status: 'accepted' },
    ]);
    await settled();
    expectSame();
    expect(Array.from(session.ticks, nameOf)).toEqual([nameOf(B)]);
  });
});

describe('a feed that takes the place of another', () => {
  it('has what the other one answered too late', async () => {
    const session = openSession();
    const old = feed();
    const held = holdAnswers();
    const request = hub.subscribe(session, [A]);
    await settled();
    old.listener.event({ type: 'failed', error: new TickpipeError('CONNECTION_CONTESTED', 'taken') });
    await reconnect();
    expect(feeds).toHaveLength(2);
    held.answer();
    expect((await request).map(({ status }) => status)).toEqual(['accepted']);
    await settled();
    expectSame();
  });

  it('has nothing that lost its owner before the answer', async () => {
    const session = openSession();
    await hub.subscribe(session, [A, B]);
    await hub.disconnect('in a test');
    const gate = createGate();
    gateOfNext = gate.promise;
    await reconnect();
    expect(feed().calls).toEqual(['+ symbol NSE:A-EQ, symbol NSE:B-EQ', '+ ']);
    hub.unsubscribe(session, [A]);
    gate.resolve();
    await settled();
    expectSame();
    expect([...feed().subscribed]).toEqual([nameOf(B)]);
  });

  it('does not come before the other one is closed, and stays', async () => {
    const session = openSession();
    await hub.subscribe(session, [A]);
    const old = feed();
    const gate = createGate();
    old.close = () => gate.promise;
    const dropped = hub.disconnect('in a test');
    const request = hub.subscribe(session, [B]);
    await settled();
    expect(feeds).toHaveLength(1);
    // It may still have something to say.
    old.tick(A, 100);
    expect(hub.findValue(A)?.isLive).toBe(false);
    gate.resolve();
    await Promise.all([dropped, request]);
    await settled();
    expect(feeds).toHaveLength(2);
    expectSame();
    feed().become({ state: 'live', at: 1 });
    expect(hub.state.state).toBe('live');
  });
});

describe('whatever happens', () => {
  const WANTED: readonly Subscription[] = [A, B, NOPE].flatMap(({ symbol }) => [
    { kind: 'symbol', symbol },
    { kind: 'depth', symbol },
  ]);
  const step = fc.record({
    client: fc.nat(3),
    action: fc.constantFrom('subscribe', 'strict', 'unsubscribe', 'close', 'hold', 'answer', 'fail', 'reopen', 'token'),
    wanted: fc.uniqueArray(fc.nat(WANTED.length - 1), { minLength: 1, maxLength: 4 }),
  });

  it('the feed has in the end exactly what sessions have', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        await hub.close();
        let exp = clock.now() / 1_000 + 3_600;
        hub = await openHub(new SharedToken({ text: makeToken({ exp }), clock }));
        const sessions = [0, 1, 2, 3].map(openSession);
        const open: { answer(): void; fail(error: Error): void }[] = [];
        for (const { client, action, wanted } of steps) {
          const session = sessions[client] as HubSession;
          const subscriptions = wanted.map((n) => WANTED[n] as Subscription);
          if (action === 'subscribe' || action === 'strict') {
            hub.subscribe(session, subscriptions, { strict: action === 'strict' }).catch(() => {});
            await Promise.resolve();
          } else if (action === 'unsubscribe') hub.unsubscribe(session, subscriptions);
          else if (action === 'close') {
            hub.closeSession(session);
            sessions[client] = openSession();
          } else if (action === 'hold') open.push(holdAnswers());
          else if (action === 'answer') {
            open.shift()?.answer();
            feed().gate = Promise.resolve();
            await settled();
          } else if (action === 'fail') {
            open.pop()?.fail(new TickpipeError('SYMBOL_LOOKUP_FAILED', 'no lookup'));
            feed().gate = Promise.resolve();
            await settled();
          } else if (action === 'reopen') {
            await hub.disconnect('in a test');
            await reconnect();
          } else {
            feed().listener.event({ type: 'failed', error: new TickpipeError('TOKEN_REFUSED', 'refused') });
            exp += 60;
            await hub.offerToken(makeToken({ exp }));
          }
        }
        for (const { answer } of open) answer();
        feed().gate = Promise.resolve();
        for (let turn = 0; turn < 5; turn++) await settled();
        expectSame(sessions);
      }),
      { numRuns: 300 },
    );
  });
});
