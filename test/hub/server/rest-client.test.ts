import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_TOPICS_PER_CONNECTION } from '../../../src/lib/hsm/wire.ts';
import { Hub } from '../../../src/lib/hub/core/hub.ts';
import { reportHub } from '../../../src/lib/hub/server/hub-status.ts';
import { RestClient } from '../../../src/lib/hub/server/rest-client.ts';
import type { Subscription } from '../../../src/lib/market/kinds.ts';
import { WEEKDAYS } from '../../../src/lib/market/trading-hours.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { FakeFeed, nameOf } from '../core/fake-feed.ts';

const A: Subscription = { kind: 'symbol', symbol: 'NSE:A-EQ' };
const B: Subscription = { kind: 'symbol', symbol: 'NSE:B-EQ' };
const ANSWER_TIMEOUT_MS = 15_000;

let clock: ManualClock;
let feeds: FakeFeed[];
let hub: Hub;
let rest: RestClient;

beforeEach(async () => {
  clock = new ManualClock();
  feeds = [];
  hub = await Hub.open({
    calendar: WEEKDAYS,
    clock,
    openFeed: async (listener) => {
      const feed = new FakeFeed(listener);
      feeds.push(feed);
      return feed;
    },
  });
  rest = new RestClient(hub);
});

afterEach(() => hub.close());

function feed(): FakeFeed {
  const last = feeds.at(-1);
  if (last === undefined) throw new Error('no feed was opened');
  return last;
}

/** Has the feed answer when it is told to. */
function holdAnswers(): () => void {
  let answer = (): void => {};
  feed().gate = new Promise((resolve) => {
    answer = resolve;
  });
  return answer;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const many = (count: number, name: string): Subscription[] =>
  Array.from({ length: count }, (_, at) => ({ kind: 'symbol', symbol: `NSE:${name}${at}-EQ` }));

describe('a request without an answer in time', () => {
  it('is taken back: nothing of it is subscribed later', async () => {
    await rest.subscribe([A]);
    const answer = holdAnswers();
    const late = expect(rest.subscribe([A, B])).rejects.toMatchObject({ code: 'FEED_UNREACHABLE' });
    await settled();
    clock.advance(ANSWER_TIMEOUT_MS);
    await late;
    answer();
    await settled();
    expect([...feed().subscribed]).toEqual([nameOf(A)]);
    expect([...hub.values()].map(nameOf)).toEqual([nameOf(A)]);
    expect(Array.from(hub.sessions(), ({ ticks, pending }) => [ticks.size, pending])).toEqual([[1, 0]]);
  });

  it('leaves no session', async () => {
    holdAnswers();
    const late = expect(rest.subscribe([A])).rejects.toMatchObject({ code: 'FEED_UNREACHABLE' });
    await settled();
    expect(hub.sessionCount).toBe(1);
    clock.advance(ANSWER_TIMEOUT_MS);
    await late;
    expect(hub.sessionCount).toBe(0);
  });

  it('to connect waits for nothing more', async () => {
    const { pending } = clock;
    const late = expect(rest.connect()).rejects.toMatchObject({ code: 'FEED_UNREACHABLE' });
    await settled();
    clock.advance(ANSWER_TIMEOUT_MS);
    await late;
    expect(clock.pending).toBe(pending);
  });
});

describe('what is emptied from outside', () => {
  it.each([
    ['a command', () => void hub.unsubscribe([...hub.sessions()][0] as never, [A, B])],
    ['the feed', () => feed().listener.event({ type: 'refused', subscriptions: [A, B] })],
  ])('by %s is no session any more', async (_, empty) => {
    await rest.subscribe([A, B]);
    expect(hub.sessionCount).toBe(1);
    empty();
    expect(hub.sessionCount).toBe(0);
    await rest.subscribe([A]);
    expect(Array.from(hub.sessions(), ({ ticks }) => ticks.size)).toEqual([1]);
  });

  it('stays while a request waits', async () => {
    await rest.subscribe([A]);
    const answer = holdAnswers();
    const request = rest.subscribe([B]);
    await settled();
    rest.unsubscribe([A]);
    expect(hub.sessionCount).toBe(1);
    answer();
    expect(await request).toMatchObject([{ status: 'accepted' }]);
    expect(Array.from(hub.sessions(), ({ ticks }) => Array.from(ticks, nameOf))).toEqual([[nameOf(B)]]);
  });
});

it('what is dropped while it waits is refused', async () => {
  const answer = holdAnswers();
  const request = rest.subscribe([A]);
  await settled();
  rest.drop();
  answer();
  expect(await request).toMatchObject([{ status: 'refused', code: 'SUBSCRIPTION_REFUSED' }]);
  await settled();
  expect([hub.sessionCount, hub.valueCount, feed().subscribed.size]).toEqual([0, 0, 0]);
});

describe('limits', () => {
  it('what is asked for counts like what is there', async () => {
    const answer = holdAnswers();
    const half = MAX_TOPICS_PER_CONNECTION / 2;
    const first = rest.subscribe(many(half, 'A'));
    const second = rest.subscribe(many(half, 'B'));
    await settled();
    expect(await rest.subscribe([A])).toMatchObject([{ status: 'refused', code: 'TOO_MANY_SYMBOLS' }]);
    answer();
    await Promise.all([first, second]);
    expect(hub.valueCount).toBe(2 * half);
  });

  it('only so many requests wait at a time', async () => {
    const answer = holdAnswers();
    const waiting = many(64, 'A').map((one) => rest.subscribe([one]));
    await expect(rest.subscribe([A])).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await expect(rest.connect()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    answer();
    await Promise.all(waiting);
    expect(await rest.subscribe([A])).toMatchObject([{ status: 'accepted' }]);
  });

  it('what is only asked for is not listed as subscribed', async () => {
    await rest.subscribe([A]);
    const answer = holdAnswers();
    const request = rest.subscribe([B]);
    await settled();
    expect(reportHub(hub)).toMatchObject({ subscriptions: { SymbolUpdate: [A.symbol] }, silent: [A.symbol] });
    answer();
    await request;
    expect(reportHub(hub)).toMatchObject({ subscriptions: { SymbolUpdate: [A.symbol, B.symbol] } });
  });
});
