import { describe, expect, it, vi } from 'vitest';
import { DAY_MS, istDate } from '../../src/lib/clock/ist.ts';
import { TickpipeError } from '../../src/lib/errors/tickpipe-error.ts';
import type { FeedToken } from '../../src/lib/feed/connection-token.ts';
import type { Subscription } from '../../src/lib/market/kinds.ts';
import { AttemptError } from '../../src/lib/network/failure.ts';
import { EventQueue } from '../support/event-queue.ts';
import type { FeedRecorder } from '../support/feed-recorder.ts';
import { INFY, INFY_TOPIC, instrumentOf, SBIN, SBIN_TOPIC, setUp } from './live-feed-fixture.ts';

describe('LiveFeed: a connection', () => {
  it('authenticates, sets the mode, then subscribes; the first snapshot makes a row', async () => {
    const { server, recorder, feed } = await setUp();
    const results = await feed.subscribe([SBIN]);
    expect(results).toEqual([{ subscription: SBIN, status: 'accepted' }]);
    expect(await recorder.next('tick')).toMatchObject({ symbol: SBIN.symbol, ltp: 1 });
    expect(await server.request('auth')).toMatchObject({ wantsDictionary: true, hsmKey: 'k'.repeat(56) });
    expect(await server.request('mode')).toMatchObject({ channels: [11], mode: 'full' });
    expect(await server.request('subscribe')).toMatchObject({ topics: [SBIN_TOPIC], channel: 11 });
    expect(feed.status().subscriptions).toEqual([{ ...SBIN, stage: 'live' }]);
    expect(recorder.all.map((event) => (event.type === 'state' ? event.state.state : event.type))).toEqual([
      'connecting',
      'live',
      'tick',
    ]);
  });

  it('sends at most 1,500 topics a frame', async () => {
    const { server, feed } = await setUp();
    await feed.subscribe(Array.from({ length: 3_001 }, (_, n) => ({ kind: 'symbol', symbol: `NSE:${n}-EQ` })));
    const sizes = [];
    for (let frame = 0; frame < 3; frame++) sizes.push((await server.request('subscribe')).topics.length);
    expect(sizes).toEqual([1_500, 1_500, 1]);
  });

  it('refuses more than 5,000 topics before it connects', async () => {
    const { server, feed, lookups } = await setUp();
    const wanted = Array.from({ length: 5_001 }, (_, n): Subscription => ({ kind: 'symbol', symbol: `NSE:${n}-EQ` }));
    const results = await feed.subscribe(wanted);
    expect(new Set(results.map((result) => result.status === 'refused' && result.code))).toEqual(
      new Set(['TOO_MANY_SYMBOLS']),
    );
    expect(lookups()).toBe(0);
    expect(feed.status().state.state).toBe('idle');
    expect(server.connections).toBe(0);
  });

  it('tells unknown symbols and depth of an index apart from the rest', async () => {
    const { feed } = await setUp();
    const results = await feed.subscribe([
      SBIN,
      { kind: 'symbol', symbol: 'NSE:UNKNOWN-EQ' },
      { kind: 'depth', symbol: 'NSE:NIFTY50-INDEX' },
    ]);
    expect(results.map((result) => result.status)).toEqual(['accepted', 'unknown', 'refused']);
  });

  it('subscribes all or nothing when it is asked to be strict', async () => {
    const { feed } = await setUp();
    const unknown: Subscription = { kind: 'symbol', symbol: 'NSE:UNKNOWN-EQ' };
    const results = await feed.subscribe([SBIN, unknown], { strict: true });
    expect(results).toMatchObject([{ status: 'refused', code: 'UNKNOWN_SYMBOL' }, { status: 'unknown' }]);
    expect(feed.status().subscriptions).toEqual([]);
    expect(await feed.subscribe([SBIN], { strict: true })).toMatchObject([{ status: 'accepted' }]);
  });

  it('acknowledges every frame the server wants acknowledged', async () => {
    const { server, recorder, feed } = await setUp();
    server.script.ackEvery = 2;
    await feed.subscribe([SBIN]);
    await recorder.next('tick');
    server.update([SBIN_TOPIC, { 0: 101 }]);
    server.update([SBIN_TOPIC, { 0: 102 }]);
    server.update([SBIN_TOPIC, { 0: 103 }]);
    expect((await server.request('ack')).messageNumber).toBe(2);
    expect((await server.request('ack')).messageNumber).toBe(4);
  });

  it('pings every 10 s and expects no pong', async () => {
    const { server, clock, recorder, feed } = await setUp();
    await feed.subscribe([SBIN]);
    await recorder.next('tick');
    clock.advance(10_000);
    await server.request('ping');
    clock.advance(10_000);
    await server.request('ping');
    expect(server.connections).toBe(1);
  });

  it('reports a subscription that gets no snapshot within 5 s', async () => {
    const { server, clock, recorder, feed } = await setUp();
    server.script.subscribe = 'acknowledge';
    const wrong: Subscription = { kind: 'index', symbol: 'NSE:WRONG-INDEX' };
    await feed.subscribe([wrong]);
    await recorder.nextState('live');
    clock.advance(5_000);
    expect(await recorder.next('silent')).toMatchObject({ subscriptions: [wrong] });
  });

  it('gives one row for each symbol that shares a topic', async () => {
    const { server, recorder, feed } = await setUp();
    const both: Subscription[] = ['NSE:ALIAS1-INDEX', 'NSE:ALIAS2-INDEX'].map((symbol) => ({ kind: 'index', symbol }));
    await feed.subscribe(both);
    expect((await server.request('subscribe')).topics).toEqual(['if|nse_cm|Alias']);
    await recorder.next('tick');
    await recorder.next('tick');
    server.update(['if|nse_cm|Alias', { 0: 250 }]);
    const ticks = [await recorder.next('tick'), await recorder.next('tick')];
    expect(ticks).toMatchObject([
      { symbol: 'NSE:ALIAS1-INDEX', ltp: 2.5 },
      { symbol: 'NSE:ALIAS2-INDEX', ltp: 2.5 },
    ]);
  });

  it('ends with a refused token, and says expired when it is', async () => {
    const { server, recorder, feed } = await setUp();
    server.script.auth = 'refuse';
    await feed.subscribe([SBIN]);
    expect((await recorder.next('failed')).error.code).toBe('TOKEN_REFUSED');

    const late = await setUp({ readToken: async () => ({ hsmKey: 'k', expiresAtMs: 0, simulated: false }) });
    late.server.script.auth = 'refuse';
    await late.feed.subscribe([SBIN]);
    expect((await late.recorder.next('failed')).error.code).toBe('TOKEN_EXPIRED');
  });

  it('waits for another token when it is to, and comes back with one gap', async () => {
    let token: FeedToken = { hsmKey: 'first', expiresAtMs: Number.MAX_SAFE_INTEGER, simulated: false };
    const looked = new EventQueue<void>();
    const readToken = async (): Promise<FeedToken> => {
      looked.push();
      return token;
    };
    const { server, recorder, feed, clock, retry } = await setUp({ readToken, waitsForToken: true });
    await feed.subscribe([SBIN]);
    await recorder.next('tick');
    server.script.auth = 'refuse';
    server.drop();
    await retry();
    expect(await recorder.nextState('disconnected')).toMatchObject({ reason: 'token' });
    const attempts = server.connections;
    looked.take();
    clock.advance(5_000);
    // The one that was refused is not tried again.
    await looked.next();
    token = { ...token, hsmKey: 'second' };
    server.script.auth = 'accept';
    await vi.waitFor(() => {
      clock.advance(5_000);
      expect(server.connections).toBe(attempts + 1);
    });
    await recorder.next('tick');
    expect(recorder.all.filter(({ type }) => type === 'gap')).toHaveLength(1);
    expect(recorder.all.filter(({ type }) => type === 'failed')).toHaveLength(0);
  });

  it('does not wait for a token of another kind of feed', async () => {
    let reads = 0;
    const { recorder, feed } = await setUp({
      waitsForToken: true,
      readToken: async () => ({ hsmKey: 'k', expiresAtMs: Number.MAX_SAFE_INTEGER, simulated: reads++ > 0 }),
    });
    await feed.subscribe([SBIN]);
    expect((await recorder.next('failed')).error.code).toBe('TOKEN_CHANGED_KIND');
  });

  it('tells a refused subscription and keeps the others', async () => {
    const { server, recorder, feed } = await setUp();
    await feed.subscribe([SBIN]);
    await recorder.next('tick');
    server.script.subscribe = 'refuse';
    await feed.subscribe([INFY]);
    expect(await recorder.next('refused')).toMatchObject({ subscriptions: [INFY] });
    expect(feed.status().subscriptions).toEqual([{ ...SBIN, stage: 'live' }]);
  });

  it.each(['on the next connection', 'while it is open'])('lets go of a contract that has ended, %s', async (when) => {
    const contract: Subscription = { kind: 'symbol', symbol: 'NSE:7-EQ' };
    const { server, clock, recorder, feed, pass } = await setUp({
      resolve: async (symbols) =>
        new Map(
          symbols.map((symbol) => {
            const found = instrumentOf(symbol);
            const isContract = found !== 'unknown' && symbol === contract.symbol;
            return [symbol, isContract ? { ...found, endsOn: istDate(clock.now()) } : found];
          }),
        ),
      readToken: async () => ({ hsmKey: 'k', expiresAtMs: Number.MAX_SAFE_INTEGER, simulated: false }),
    });
    const midnight = Date.parse(`${istDate(clock.now() + DAY_MS)}T00:00:00+05:30`);
    clock.jumpWall(midnight - 5_000 - clock.now());
    await feed.subscribe([SBIN, contract]);
    await recorder.next('tick', ({ symbol }) => symbol === contract.symbol);
    if (when === 'while it is open') await pass(15);
    else {
      server.drop();
      const { retryAt } = await recorder.nextState('disconnected');
      const waitMs = retryAt - clock.now();
      clock.jumpWall(10_000);
      clock.advance(waitMs);
    }
    const { added, dropped, why } = await recorder.next('changed');
    expect([added, dropped, why]).toEqual([[], [contract], 'the contract has ended']);
    expect(feed.status().subscriptions.map(({ symbol }) => symbol)).toEqual([SBIN.symbol]);
    const isBroken = recorder.all.some((event) => event.type === 'state' && event.state.state === 'disconnected');
    expect(isBroken).toBe(when !== 'while it is open');
  });

  it('stays paused across a reconnect, and reads on where it was', async () => {
    const { server, clock, recorder, feed } = await setUp();
    await feed.subscribe([SBIN]);
    await recorder.next('tick');
    server.drop();
    const { retryAt } = await recorder.nextState('disconnected');
    feed.pause();
    clock.advance(retryAt - clock.now());
    await server.events.next(
      (event) => event.type === 'request' && event.connection === 2 && event.request.type === 'subscribe',
    );
    // The snapshot has been sent: whoever reads has it by the end of a later round trip to the same server.
    expect((await fetch(server.url.replace('ws', 'http'))).status).toBe(426);
    expect(recorder.all.filter((event) => event.type === 'tick')).toHaveLength(1);
    feed.resume();
    expect(await recorder.next('tick')).toMatchObject({ symbol: SBIN.symbol });
  });

  it('can be closed at any time, and twice', async () => {
    const { server, feed, recorder } = await setUp();
    const subscribing = feed.subscribe([SBIN]);
    await Promise.all([feed.close(), feed.close()]);
    await subscribing;
    expect(feed.status().state.state).toBe('closed');
    expect(recorder.all.filter((event) => event.type === 'failed')).toEqual([]);
    expect(server.connections).toBeLessThanOrEqual(1);
  });
});

describe('LiveFeed: closed by who is told', () => {
  it.each(['connecting', 'live', 'disconnected', 'closed'] as const)(
    'of the state %s: nothing follows',
    async (name) => {
      const told: string[] = [];
      const { server, clock, recorder, feed } = await setUp();
      recorder.onState = ({ state }) => {
        told.push(state);
        if (state === name) void feed.close();
      };
      const subscribing = feed.subscribe([SBIN]).catch(() => {});
      if (name === 'disconnected' || name === 'closed') {
        await recorder.next('tick');
        server.drop();
        await recorder.nextState('disconnected');
      }
      if (name === 'closed') await feed.close();
      await recorder.nextState('closed');
      await feed.close();
      await subscribing;
      expect(clock.pending).toBe(0);
      expect(told.slice(told.indexOf(name))).toEqual(name === 'closed' ? ['closed'] : [name, 'closed']);
    },
  );

  it('of a row: the rest of the message makes none', async () => {
    const { server, recorder, feed } = await setUp();
    const ids = ['NSE:ALIAS1-INDEX', 'NSE:ALIAS2-INDEX'];
    recorder.onTick = () => void feed.close();
    await feed.subscribe(ids.map((symbol) => ({ kind: 'index', symbol })));
    await recorder.nextState('closed');
    await feed.close();
    expect(recorder.all.filter((event) => event.type === 'tick')).toHaveLength(1);
    expect(server.connections).toBe(1);
  });

  it('of a gap: no row follows', async () => {
    const { server, recorder, feed, retry } = await setUp();
    await feed.subscribe([SBIN]);
    await recorder.next('tick');
    recorder.onGap = () => void feed.close();
    server.drop();
    await retry();
    await recorder.nextState('closed');
    await feed.close();
    expect(recorder.all.at(-1)).toMatchObject({ type: 'gap' });
  });
});

describe('LiveFeed: subscriptions', () => {
  it('takes lite rows from the lite channel only while nobody wants the symbol in full', async () => {
    const { server, recorder, feed } = await setUp();
    const lite: Subscription = { kind: 'lite', symbol: SBIN.symbol };
    await feed.subscribe([lite]);
    await server.request('mode');
    expect(await server.request('mode')).toMatchObject({ channels: [12], mode: 'lite' });
    expect(await server.request('subscribe')).toMatchObject({ topics: [SBIN_TOPIC], channel: 12 });
    await recorder.next('tick', (tick) => tick.kind === 'lite');

    await feed.subscribe([SBIN]);
    expect(await server.request('unsubscribe')).toMatchObject({ topics: [SBIN_TOPIC], channel: 12 });
    expect(await server.request('subscribe')).toMatchObject({ topics: [SBIN_TOPIC], channel: 11 });
    await recorder.next('tick', (tick) => tick.kind === 'symbol');

    await feed.unsubscribe([SBIN]);
    expect(await server.request('unsubscribe')).toMatchObject({ channel: 11 });
    expect(await server.request('subscribe')).toMatchObject({ channel: 12 });
  });

  it('sends one unsubscribe when the last who wants a topic leaves, and no rows after', async () => {
    const { server, recorder, feed } = await setUp();
    await feed.subscribe([SBIN, INFY]);
    await recorder.next('tick');
    await recorder.next('tick');
    await feed.unsubscribe([SBIN]);
    expect(await server.request('unsubscribe')).toMatchObject({ topics: [SBIN_TOPIC] });
    // What was on its way is of nobody.
    server.snapshot(SBIN_TOPIC);
    server.update([SBIN_TOPIC, { 0: 111 }], [INFY_TOPIC, { 0: 222 }]);
    expect(await recorder.next('tick')).toMatchObject({ symbol: INFY.symbol, ltp: 2.22 });
    expect(await feed.unsubscribe([SBIN])).toEqual([{ subscription: SBIN, status: 'unknown' }]);
  });

  it('snapshots a topic that was dropped and wanted again', async () => {
    const { recorder, feed } = await setUp();
    await feed.subscribe([SBIN]);
    await recorder.next('tick');
    await feed.unsubscribe([SBIN]);
    await feed.subscribe([SBIN]);
    expect(await recorder.next('tick')).toMatchObject({ symbol: SBIN.symbol });
  });

  it('is asked for the same twice and subscribes once', async () => {
    const { server, recorder, feed } = await setUp();
    await feed.subscribe([SBIN, SBIN]);
    await recorder.next('tick');
    await feed.subscribe([SBIN]);
    await server.request('subscribe');
    server.update([SBIN_TOPIC, { 0: 111 }]);
    await recorder.next('tick', (tick) => tick.ltp === 1.11);
    expect(
      server.events.take().filter((event) => event.type === 'request' && event.request.type === 'subscribe'),
    ).toEqual([]);
  });
});

describe('LiveFeed: breaks', () => {
  it('comes back from five drops in a row with every subscription, one gap each, and never another symbol’s price', async () => {
    const { server, clock, recorder, feed, retry, lookups } = await setUp();
    server.script.values.set(SBIN_TOPIC, new Array<number>(21).fill(10_000));
    server.script.values.set(INFY_TOPIC, new Array<number>(21).fill(20_000));
    await feed.subscribe([SBIN, INFY]);
    await recorder.next('tick');
    await recorder.next('tick');
    for (let round = 1; round <= 5; round++) {
      clock.advance(500);
      server.update([SBIN_TOPIC, { 0: 10_000 + round }], [INFY_TOPIC, { 0: 20_000 + round }]);
      await recorder.next('tick', (tick) => tick.symbol === INFY.symbol);
      const lastDataAt = clock.now();
      clock.advance(500);
      server.drop(round % 2 === 0 ? 'close' : 'cut');
      await retry();
      const { gap } = await recorder.next('gap');
      expect(gap).toEqual({
        from: lastDataAt,
        to: clock.now(),
        reason: 'server_closed',
        symbols: [SBIN.symbol, INFY.symbol],
      });
      await recorder.next('tick', (tick) => tick.symbol === INFY.symbol && tick.ltp === 200);
    }
    const prices = recorder.all.filter((event) => event.type === 'tick');
    for (const tick of prices) {
      const base = tick.symbol === SBIN.symbol ? 100 : 200;
      expect(tick.ltp).toBeGreaterThanOrEqual(base);
      expect(tick.ltp).toBeLessThan(base + 1);
    }
    expect(lookups()).toBe(1);
    expect(feed.status().counters).toMatchObject({ gaps: 5, reconnects: 5 });
  });

  it('makes one gap of a break in which several attempts fail', async () => {
    const { server, recorder, feed, retry } = await setUp();
    await feed.subscribe([SBIN]);
    await recorder.next('tick');
    server.script.auth = 'ignore';
    server.drop();
    await retry();
    await server.request('auth');
    await server.request('auth');
    server.drop();
    server.script.auth = 'accept';
    await retry();
    await recorder.next('gap');
    expect(recorder.all.filter((event) => event.type === 'gap')).toHaveLength(1);
  });

  it('tells the gap before the first row after it', async () => {
    const { server, recorder, feed, retry } = await setUp();
    await feed.subscribe([SBIN]);
    await recorder.next('tick');
    server.drop();
    await retry();
    await recorder.next('tick');
    const told = recorder.all.map((event) => (event.type === 'state' ? event.state.state : event.type));
    expect(told).toEqual(['connecting', 'live', 'tick', 'disconnected', 'connecting', 'live', 'gap', 'tick']);
  });

  it('replaces a connection whose auth is not answered', async () => {
    const { server, clock, recorder, feed } = await setUp();
    server.script.auth = 'ignore';
    await feed.subscribe([SBIN]);
    await server.request('auth');
    // Early enough for another attempt within the 10 s of `quote`; that one may take longer.
    clock.advance(4_000);
    const { reason, at, retryAt } = await recorder.nextState('disconnected');
    expect(reason).toBe('answer_timeout');
    clock.advance(retryAt - at);
    await server.request('auth');
    clock.advance(9_000);
    expect(feed.status().state.state).toBe('connecting');
    clock.advance(1_000);
    expect(await recorder.nextState('disconnected')).toMatchObject({ reason: 'answer_timeout' });
  });

  it('replaces a connection that gives no byte for a minute and no answer after it', async () => {
    const { server, clock, recorder, feed } = await setUp({ stallTimeoutMs: 0 });
    await feed.subscribe([SBIN]);
    await recorder.next('tick');
    await server.request('mode');
    server.script.mode = 'ignore';
    clock.advance(60_000);
    await server.request('mode');
    expect(feed.status().state.state).toBe('live');
    clock.advance(10_000);
    expect(await recorder.nextState('disconnected')).toMatchObject({ reason: 'dead_connection' });
  });

  it('keeps a silent connection that answers', async () => {
    const { server, clock, recorder, feed } = await setUp({ stallTimeoutMs: 0 });
    await feed.subscribe([SBIN]);
    await recorder.next('tick');
    for (let minute = 0; minute < 5; minute++) {
      await server.request('mode');
      // The answer is read before the clock moves on: it comes before the row that follows it.
      server.update([SBIN_TOPIC, { 0: 1_000 + minute }]);
      await recorder.next('tick');
      clock.advance(60_000);
    }
    expect(server.connections).toBe(1);
  });

  it('asks nothing of a new connection on account of a probe of the old one', async () => {
    const { server, clock, recorder, feed, retry } = await setUp();
    await feed.subscribe([SBIN]);
    await recorder.next('tick');
    await server.request('subscribe');
    server.script.subscribe = 'ignore';
    clock.advance(30_000);
    await server.request('subscribe');
    server.script.subscribe = 'snapshot';
    server.drop('cut');
    await retry();
    await recorder.next('gap');
    clock.advance(10_000);
    await server.request('ping');
    expect(server.connections).toBe(2);
    expect(recorder.all.filter((event) => event.type === 'gap')).toHaveLength(1);
  });

  it('tries again when a server refuses what it had accepted before', async () => {
    const { server, recorder, feed, retry } = await setUp();
    await feed.subscribe([SBIN]);
    await recorder.next('tick');
    server.script.subscribe = 'refuse';
    server.drop();
    await retry();
    expect(await recorder.nextState('disconnected')).toMatchObject({ reason: 'subscription_refused' });
    expect(feed.status().subscriptions).toEqual([{ ...SBIN, stage: 'wanted' }]);
    expect(recorder.all.filter((event) => event.type === 'refused')).toEqual([]);
  });

  it('connects anew at once when the machine slept', async () => {
    const { server, clock, recorder, feed } = await setUp();
    await feed.subscribe([SBIN]);
    await recorder.next('tick');
    clock.jumpWall(3_600_000);
    clock.advance(1_000);
    const broken = await recorder.nextState('disconnected');
    expect(broken).toMatchObject({ reason: 'clock_jump', retryAt: broken.at });
    clock.advance(0);
    const { gap } = await recorder.next('gap');
    expect(gap.reason).toBe('clock_jump');
    expect(gap.to - gap.from).toBeGreaterThanOrEqual(3_600_000);
    expect(server.connections).toBe(2);
  });

  it('gives up on a connection that somebody else keeps taking, after six', async () => {
    const { server, clock, recorder, feed } = await setUp();
    await feed.subscribe([SBIN]);
    for (let round = 1; round <= 6; round++) {
      await server.request('subscribe');
      await recorder.next('tick');
      server.drop();
      if (round === 6) break;
      const { retryAt } = await recorder.nextState('disconnected');
      clock.advance(retryAt - clock.now());
    }
    expect((await recorder.next('failed')).error.code).toBe('CONNECTION_CONTESTED');
    expect(server.connections).toBe(6);
  });

  /** A feed that failed to connect six times: its next pause is between 0 and 30 s, with this source of chance 30 s. */
  async function setUpPausing(options: { lookupFails?: boolean } = {}) {
    const { lookupFails = false } = options;
    const resolve = async (): Promise<never> => {
      throw new AttemptError('SYMBOL_LOOKUP_FAILED', 'no answer', { isPassing: true });
    };
    const parts = await setUp({ random: () => 1, ...(lookupFails && { resolve }) });
    if (!lookupFails) await parts.server.close();
    return parts;
  }

  it('makes another attempt before the deadline of whoever waits for data', async () => {
    const { clock, recorder, feed } = await setUpPausing();
    const deadlineMs = clock.now() + 60_000;
    await feed.subscribe([SBIN], { withinMs: 60_000 });
    const pauses: number[] = [];
    while (clock.now() < deadlineMs) {
      const { at, retryAt } = await recorder.nextState('disconnected');
      pauses.push(retryAt - at);
      clock.advance(retryAt - clock.now());
    }
    // Half of what is left, not the 16 and 30 s of the backoff; not below half a second.
    expect(pauses.slice(0, 7)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 14_250]);
    expect(Math.min(...pauses)).toBe(500);
  });

  it('cuts a pause that is under way when somebody comes who waits for data', async () => {
    const { clock, recorder, feed } = await setUpPausing();
    await feed.subscribe([SBIN]);
    for (let attempt = 0; attempt < 7; attempt++) {
      const { retryAt } = await recorder.nextState('disconnected');
      clock.advance(retryAt - clock.now());
    }
    const { at, retryAt } = await recorder.nextState('disconnected');
    expect(retryAt - at).toBe(30_000);
    await feed.subscribe([INFY], { withinMs: 10_000 });
    clock.advance(4_999);
    expect(feed.status().state).toMatchObject({ state: 'disconnected', retryAt: at + 5_000 });
    clock.advance(1);
    expect(feed.status().state.state).toBe('connecting');
  });

  it('cuts the pauses of a lookup, too', async () => {
    const { clock, recorder, feed } = await setUpPausing({ lookupFails: true });
    feed.subscribe([SBIN], { withinMs: 4_000 }).catch(() => {});
    const pauses: number[] = [];
    while (pauses.length < 4) {
      const { at, retryAt } = await recorder.nextState('disconnected');
      pauses.push(retryAt - at);
      clock.advance(retryAt - clock.now());
    }
    expect(pauses).toEqual([500, 1_000, 1_250, 625]);
  });

  it('gives up after the retries it was given', async () => {
    const { server, recorder, feed, retry } = await setUp({ maxRetries: 2 });
    const { host } = new URL(server.url);
    await server.close();
    await feed.subscribe([SBIN]);
    await retry();
    await retry();
    const { error } = await recorder.next('failed');
    expect(error.code).toBe('FEED_UNREACHABLE');
    expect(error.message).toBe(`cannot reach the feed: ${host} refused the connection`);
  });

  it('reads the token anew for each connection and ends when it has expired', async () => {
    let reads = 0;
    const { server, recorder, feed, retry } = await setUp({
      readToken: async () => {
        reads++;
        if (reads > 2) throw new TickpipeError('TOKEN_EXPIRED', 'token expired at 06:00 IST');
        return { hsmKey: 'k', expiresAtMs: Number.MAX_SAFE_INTEGER, simulated: false };
      },
    });
    await feed.subscribe([SBIN]);
    await recorder.next('tick');
    server.drop();
    await retry();
    expect((await recorder.next('failed')).error.code).toBe('TOKEN_EXPIRED');
  });

  it('refuses a live token in place of a simulated one', async () => {
    let reads = 0;
    const { recorder, feed } = await setUp({
      readToken: async () => ({ hsmKey: 'k', expiresAtMs: Number.MAX_SAFE_INTEGER, simulated: reads++ === 0 }),
    });
    expect(feed.simulated).toBe(true);
    await feed.subscribe([SBIN]);
    expect((await recorder.next('failed')).error.code).toBe('TOKEN_CHANGED_KIND');
  });

  it('asks for the symbols again when the lookup fails, and says so', async () => {
    let tries = 0;
    const { clock, recorder, feed } = await setUp({
      resolve: async (symbols) => {
        if (++tries === 1) throw new AttemptError('SYMBOL_LOOKUP_FAILED', 'HTTP 503', { isPassing: true });
        return new Map(symbols.map((symbol) => [symbol, instrumentOf(symbol)]));
      },
    });
    const subscribing = feed.subscribe([SBIN]);
    const { state } = await recorder.next('state', (event) => event.state.state === 'disconnected');
    expect(state).toMatchObject({
      reason: 'lookup_failed',
      detail: 'HTTP 503',
      error: { code: 'SYMBOL_LOOKUP_FAILED', message: 'HTTP 503' },
    });
    clock.advance(500);
    expect((await subscribing).map((result) => result.status)).toEqual(['accepted']);
    await recorder.next('tick');
    const states = recorder.all.flatMap((event) => (event.type === 'state' ? [event.state.state] : []));
    expect(states.at(-1)).toBe('live');
    expect(states.filter((state) => state === 'live')).toHaveLength(1);
  });

  it('refuses what others have left no room for meanwhile', async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { feed } = await setUp({
      resolve: async (symbols) => {
        await gate;
        return new Map(symbols.map((symbol) => [symbol, instrumentOf(symbol)]));
      },
    });
    const many = (from: number) =>
      Array.from({ length: 3_000 }, (_, n) => ({ kind: 'symbol' as const, symbol: `NSE:X${from + n}-EQ` }));
    const both = [feed.subscribe(many(0)), feed.subscribe(many(10_000))];
    open();
    const [first, second] = await Promise.all(both);
    expect(first?.every(({ status }) => status === 'accepted')).toBe(true);
    expect(second?.[0]).toMatchObject({ status: 'refused', code: 'TOO_MANY_SYMBOLS' });
  });

  it('ends a lookup that waits when it is closed', async () => {
    const { recorder, feed } = await setUp({
      resolve: async () => {
        throw new AttemptError('SYMBOL_LOOKUP_FAILED', 'HTTP 503', { isPassing: true });
      },
    });
    const subscribing = feed.subscribe([SBIN]);
    await recorder.next('state', (event) => event.state.state === 'disconnected');
    await feed.close();
    await expect(subscribing).rejects.toMatchObject({ code: 'SYMBOL_LOOKUP_FAILED' });
  });

  it('lives on after garbage, text and truncated messages', async () => {
    const { server, recorder, feed } = await setUp();
    await feed.subscribe([SBIN]);
    await recorder.next('tick');
    server.send('hello');
    server.send(Buffer.from('ffffffffff', 'hex'));
    server.send(Buffer.from([0, 5, 6, 0, 1]));
    server.send(Buffer.alloc(0));
    server.update([SBIN_TOPIC, { 0: 4_242 }]);
    expect(await recorder.next('tick')).toMatchObject({ ltp: 42.42 });
    expect(feed.status().counters.malformed).toBeGreaterThan(0);
  });
});

describe('a scale that is not as it should be', () => {
  const warning = (recorder: FeedRecorder) => recorder.events.next(({ type }) => type === 'warning');

  it('of multiplier 0 is taken as 1, and said once for each topic, whatever connections come', async () => {
    const { feed, server, recorder, retry } = await setUp();
    server.script.scales.set(SBIN_TOPIC, { multiplier: 0, precision: 4 });
    server.script.values.set(SBIN_TOPIC, [965_475, ...new Array<number>(20).fill(0)]);
    await feed.subscribe([SBIN, { kind: 'lite', symbol: SBIN.symbol }, INFY]);
    expect(await warning(recorder)).toEqual({
      type: 'warning',
      event: 'scale',
      message:
        'the feed sent NSE:1-EQ with a multiplier of 0, which counts as 1: compare its prices with another source',
      about: [SBIN, { kind: 'lite', symbol: SBIN.symbol }],
    });
    expect(await recorder.events.next(({ type }) => type === 'tick')).toMatchObject({
      symbol: SBIN.symbol,
      ltp: 96.5475,
    });
    server.snapshot(SBIN_TOPIC);
    server.script.values.set(SBIN_TOPIC, [965_500, ...new Array<number>(20).fill(0)]);
    server.drop();
    await retry();
    await recorder.events.next((event) => event.type === 'tick' && event.ltp === 96.55);
    expect(recorder.all.filter(({ type }) => type === 'warning')).toHaveLength(1);
  });

  it('of precision 10 cannot be used: it is named, and never a row', async () => {
    const { feed, server, recorder } = await setUp();
    server.script.scales.set(SBIN_TOPIC, { multiplier: 1, precision: 10 });
    await feed.subscribe([SBIN, INFY]);
    expect(await warning(recorder)).toMatchObject({
      message: 'the feed sent NSE:1-EQ with a scale that cannot be used: it has no rows',
    });
    server.update([SBIN_TOPIC, { 0: 7 }], [INFY_TOPIC, { 0: 12_345 }]);
    await recorder.events.next((event) => event.type === 'tick' && event.ltp === 123.45);
    const named = recorder.all.filter(({ type }) => type === 'tick').map((event) => 'symbol' in event && event.symbol);
    expect(new Set(named)).toEqual(new Set([INFY.symbol]));
    expect(feed.status().counters.malformed).toBe(2);
  });
});
