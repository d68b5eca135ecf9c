import { describe, expect, it } from 'vitest';
import type { Request } from '../../src/lib/hsm/request-parser.ts';
import type { Subscription } from '../../src/lib/market/kinds.ts';
import { SYMBOL_SLOTS } from '../../src/lib/market/slots.ts';
import type { ScriptedServer } from '../support/scripted-server.ts';
import { INFY, INFY_TOPIC, SBIN, SBIN_TOPIC, setUp } from './live-feed-fixture.ts';

const EXCHANGE_TIME = 1_795_428_600;

/** The requests about topics so far, without those of the connection's beginning, each with the topics it names. */
function askedOf(server: ScriptedServer): string[] {
  const asked: string[] = [];
  for (const event of server.events.take()) {
    if (event.type !== 'request') continue;
    const { request } = event;
    if (isAboutTopics(request)) asked.push(`${request.type} ${request.topics}`);
  }
  return asked;
}

function isAboutTopics(request: Request): request is Request & { readonly topics: readonly string[] } {
  return 'topics' in request;
}

/** Values of a snapshot: this price, and an exchange time so many seconds after the first. */
function values(ltp: number, seconds: number): number[] {
  const slots = new Array<number>(21).fill(100);
  slots[SYMBOL_SLOTS.ltp] = ltp;
  slots[SYMBOL_SLOTS.exchangeTime] = EXCHANGE_TIME + seconds;
  return slots;
}

/** A feed on which these are live, of which nothing comes any more. */
async function setUpLive(...subscriptions: readonly Subscription[]) {
  const made = await setUp();
  const { server, recorder, feed } = made;
  for (const topic of [SBIN_TOPIC, INFY_TOPIC]) server.script.values.set(topic, values(10_000, 0));
  await feed.subscribe(subscriptions);
  for (const { symbol } of subscriptions) await recorder.next('tick', (tick) => tick.symbol === symbol);
  await server.settle();
  askedOf(server);
  const gaps = () => recorder.all.flatMap((event) => (event.type === 'gap' ? [event.gap] : []));
  const silent = () => recorder.all.flatMap((event) => (event.type === 'silent' ? event.subscriptions : []));
  return { ...made, gaps, silent };
}

describe('LiveFeed: a server that says nothing about silent topics', () => {
  it('is asked in three ways, 5 s each, then has stalled: a gap and a new connection', async () => {
    const { server, clock, recorder, retry, pass } = await setUpLive(SBIN);
    const from = clock.now();
    Object.assign(server.script, { subscribe: 'ignore', snapshot: 'ignore', unsubscribe: 'ignore', mode: 'ignore' });
    await pass(44);
    expect(askedOf(server)).toEqual([
      `subscribe ${SBIN_TOPIC}`,
      `snapshot ${SBIN_TOPIC}`,
      `unsubscribe ${SBIN_TOPIC}`,
      `subscribe ${SBIN_TOPIC}`,
    ]);
    expect(server.connections).toBe(1);
    await pass(1);
    Object.assign(server.script, { subscribe: 'snapshot', mode: 'accept' });
    await retry();
    expect((await recorder.next('gap')).gap).toEqual({
      from,
      to: clock.now(),
      reason: 'stalled',
      symbols: [SBIN.symbol],
    });
    expect(server.connections).toBe(2);
  });
});

describe('LiveFeed: a server that only acknowledges a second subscribe', () => {
  it('is asked for a snapshot: an equal one is a quiet market, and the topic stays live', async () => {
    const { server, feed, pass, gaps, silent } = await setUpLive(SBIN);
    server.script.subscribeAgain = 'acknowledge';
    await pass(30);
    expect(askedOf(server)).toEqual([`subscribe ${SBIN_TOPIC}`]);
    // Its acknowledgement is no step back.
    expect(feed.status().subscriptions).toEqual([{ ...SBIN, stage: 'live' }]);
    await pass(10);
    expect(askedOf(server)).toEqual([`snapshot ${SBIN_TOPIC}`]);
    // The snapshot came at 32 s.
    await pass(51);
    expect(askedOf(server)).toEqual([]);
    await pass(1);
    expect(askedOf(server)).toEqual([`subscribe ${SBIN_TOPIC}`]);
    expect([server.connections, gaps(), silent()]).toEqual([1, [], []]);
  });

  it.each(['acknowledge', 'refuse', 'ignore'] as const)(
    'and serves no snapshots (%s) is unsubscribed and subscribed, which brings one',
    async (answer) => {
      const { server, feed, pass, gaps, silent } = await setUpLive(SBIN);
      Object.assign(server.script, { subscribeAgain: 'acknowledge', snapshot: answer });
      await pass(45);
      expect(askedOf(server)).toEqual([
        `subscribe ${SBIN_TOPIC}`,
        `snapshot ${SBIN_TOPIC}`,
        `unsubscribe ${SBIN_TOPIC}`,
        `subscribe ${SBIN_TOPIC}`,
      ]);
      expect([server.connections, gaps(), silent()]).toEqual([1, [], []]);
      expect(feed.status().subscriptions).toEqual([{ ...SBIN, stage: 'live' }]);
    },
  );

  it('and sends no snapshot whatever it is asked keeps its connection, for hours, without a gap', async () => {
    const { server, recorder, pass, gaps, silent } = await setUpLive(SBIN);
    Object.assign(server.script, { subscribe: 'acknowledge', snapshot: 'refuse' });
    await pass(600);
    expect([server.connections, gaps(), silent()]).toEqual([1, [], [SBIN]]);
    // Asked about at 30, 90, 210 and 450 s.
    expect(askedOf(server).filter((asked) => asked.startsWith('snapshot'))).toHaveLength(4);
    server.update([SBIN_TOPIC, { [SYMBOL_SLOTS.ltp]: 11_111 }]);
    expect(await recorder.next('tick', (tick) => tick.ltp === 111.11)).toMatchObject({ symbol: SBIN.symbol });
  });

  it('or refuses it has refused nothing', async () => {
    const { server, feed, pass, gaps } = await setUpLive(SBIN);
    server.script.subscribeAgain = 'refuse';
    await pass(60);
    expect([server.connections, gaps()]).toEqual([1, []]);
    expect(feed.status().subscriptions).toEqual([{ ...SBIN, stage: 'live' }]);
  });

  it('or ignores it still gets other subscriptions through', async () => {
    const { server, recorder, feed, pass, gaps } = await setUpLive(SBIN);
    Object.assign(server.script, { subscribeAgain: 'ignore', snapshot: 'ignore' });
    await pass(31);
    await feed.subscribe([INFY]);
    await recorder.next('tick', (tick) => tick.symbol === INFY.symbol);
    await pass(60);
    expect([server.connections, gaps()]).toEqual([1, []]);
  });

  it('names a symbol that stalls alone, and keeps the connection', async () => {
    const { server, recorder, pass, gaps, silent } = await setUpLive(SBIN, INFY);
    Object.assign(server.script, { subscribe: 'acknowledge', snapshot: 'acknowledge' });
    for (let second = 0; second < 60; second++) {
      server.update([INFY_TOPIC, { [SYMBOL_SLOTS.ltp]: 20_000 + second }]);
      await recorder.next('tick', (tick) => tick.symbol === INFY.symbol);
      await pass(1);
    }
    expect(new Set(askedOf(server).map((asked) => asked.split(' ')[1]))).toEqual(new Set([SBIN_TOPIC]));
    expect([server.connections, gaps(), silent()]).toEqual([1, [], [SBIN]]);
  });

  it('and refuses the renewed subscription has ended it: the connection is replaced', async () => {
    const { server, recorder, pass } = await setUpLive(SBIN);
    Object.assign(server.script, { subscribe: 'refuse', subscribeAgain: 'acknowledge', snapshot: 'refuse' });
    await pass(36);
    expect(await recorder.nextState('disconnected')).toMatchObject({ reason: 'subscription_refused' });
  });
});

describe('LiveFeed: a loss that a snapshot shows', () => {
  it('is reported before the row that ends it, at once', async () => {
    const { server, clock, recorder, pass } = await setUpLive(SBIN);
    const from = clock.now();
    server.script.values.set(SBIN_TOPIC, values(10_500, 20));
    const before = recorder.all.length;
    await pass(30);
    await recorder.next('tick', (tick) => tick.ltp === 105);
    expect(recorder.all.slice(before)).toEqual([
      { type: 'gap', gap: { from, to: from + 30_000, reason: 'stalled', symbols: [SBIN.symbol] } },
      { type: 'tick', kind: 'symbol', symbol: SBIN.symbol, ltp: 105 },
    ]);
    expect(clock.now()).toBe(from + 30_000);
  });

  it('of several topics in one message is one gap, before their rows', async () => {
    const { server, recorder, feed, pass } = await setUpLive(SBIN, INFY);
    for (const topic of [SBIN_TOPIC, INFY_TOPIC]) server.script.values.set(topic, values(10_500, 20));
    const before = recorder.all.length;
    await pass(30);
    await recorder.next('tick', (tick) => tick.symbol === INFY.symbol && tick.ltp === 105);
    expect(recorder.all.slice(before)).toMatchObject([
      { type: 'gap', gap: { symbols: [SBIN.symbol, INFY.symbol] } },
      { type: 'tick', symbol: SBIN.symbol },
      { type: 'tick', symbol: INFY.symbol },
    ]);
    expect(feed.status().counters.gaps).toBe(1);
  });

  it('is reported whichever question brings the snapshot', async () => {
    const { server, recorder, pass, gaps } = await setUpLive(SBIN);
    Object.assign(server.script, { subscribeAgain: 'acknowledge', snapshot: 'ignore' });
    server.script.values.set(SBIN_TOPIC, values(10_500, 20));
    await pass(45);
    await recorder.next('tick', (tick) => tick.ltp === 105);
    expect(gaps()).toMatchObject([{ reason: 'stalled', symbols: [SBIN.symbol] }]);
  });
});

describe('LiveFeed: the end while silent topics are asked about', () => {
  it('waits for the answer, and the loss it shows', async () => {
    const { server, recorder, feed, pass, gaps } = await setUpLive(SBIN);
    server.script.subscribe = 'ignore';
    await pass(30);
    expect(feed.isProbing).toBe(true);
    const concluded = feed.concludeProbe();
    server.script.values.set(SBIN_TOPIC, values(10_500, 20));
    server.snapshot(SBIN_TOPIC);
    await concluded;
    expect(gaps()).toMatchObject([{ reason: 'stalled', symbols: [SBIN.symbol] }]);
    expect(recorder.all.at(-1)).toMatchObject({ type: 'tick', ltp: 105 });
    expect(feed.isProbing).toBe(false);
  });

  it('waits 5 s for a mute server, and then reports the stall as a gap up to the end', async () => {
    const { server, clock, feed, pass, gaps } = await setUpLive(SBIN);
    const from = clock.now();
    Object.assign(server.script, { subscribe: 'ignore', snapshot: 'ignore', unsubscribe: 'ignore' });
    await pass(31);
    const concluded = feed.concludeProbe();
    await pass(5);
    await concluded;
    await feed.close();
    expect(gaps()).toEqual([{ from, to: from + 36_000, reason: 'stalled', symbols: [SBIN.symbol] }]);
    expect(clock.pending).toBe(0);
  });

  it('waits for nothing when no topic is silent', async () => {
    const { feed, pass } = await setUpLive(SBIN);
    await pass(29);
    expect(feed.isProbing).toBe(false);
    await feed.concludeProbe();
  });
});

describe('LiveFeed: the end during a break', () => {
  it('is the end of its gap', async () => {
    const { server, clock, recorder, feed, gaps } = await setUpLive(SBIN);
    const from = clock.now();
    clock.advance(1_000);
    server.drop();
    await recorder.nextState('disconnected');
    clock.advance(100);
    await feed.close();
    expect(gaps()).toEqual([{ from, to: from + 1_100, reason: 'server_closed', symbols: [SBIN.symbol] }]);
    expect(recorder.all.at(-1)).toMatchObject({ type: 'state', state: { state: 'closed' } });
  });
});
