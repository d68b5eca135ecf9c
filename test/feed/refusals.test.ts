import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { RateLimit } from '../../src/lib/data-api/rate-limit.ts';
import type { FeedToken } from '../../src/lib/feed/connection-token.ts';
import { LiveFeed } from '../../src/lib/feed/live-feed.ts';
import type { LiveFeedOptions } from '../../src/lib/feed/live-feed-options.ts';
import type { Subscription } from '../../src/lib/market/kinds.ts';
import type { Instrument } from '../../src/lib/market/topics.ts';
import { WEEKDAYS } from '../../src/lib/market/trading-hours.ts';
import { AttemptError } from '../../src/lib/network/failure.ts';
import { FeedRecorder } from '../support/feed-recorder.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

const SBIN: Subscription = { kind: 'symbol', symbol: 'NSE:1-EQ' };

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A server that answers upgrades with HTTP. */
async function refuseUpgrades(answer: string): Promise<{ readonly url: string; readonly host: string; count: number }> {
  const server = createServer();
  const refusals = { url: '', host: '', count: 0 };
  server.on('upgrade', (_, socket) => {
    refusals.count++;
    socket.end(`HTTP/1.1 ${answer}\r\nconnection: close\r\n\r\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => server.close());
  refusals.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  refusals.url = `ws://${refusals.host}/hsm`;
  return refusals;
}

async function open(socketUrl: string, options: Partial<LiveFeedOptions<FeedToken>> = {}) {
  const clock = options.clock instanceof ManualClock ? options.clock : new ManualClock();
  const recorder = new FeedRecorder();
  const feed = await LiveFeed.open<FeedToken>(
    {
      name: 'test',
      socketUrl,
      readToken: async () => ({ hsmKey: 'k', expiresAtMs: clock.now() + 3_600_000, simulated: false }),
      resolve: async (symbols) => new Map(symbols.map((symbol) => [symbol, known(symbol)])),
      clock,
      random: () => 0.5,
      calendar: WEEKDAYS,
      stallTimeoutMs: 0,
      ...options,
    },
    recorder,
  );
  cleanups.push(() => feed.close());
  /** Waits for the break and lets the time of the next attempt come. */
  const retry = async () => {
    const state = await recorder.nextState('disconnected');
    clock.advance(state.retryAt - clock.now());
    return state;
  };
  return { clock, recorder, feed, retry };
}

const known = (symbol: string): Instrument => ({ symbol, segment: 'nse_cm', feedName: '1' });

describe('an upgrade that is refused', () => {
  it.each(['401 Unauthorized', '403 Forbidden'])('with %s is a refused token, at once', async (answer) => {
    const server = await refuseUpgrades(answer);
    const { recorder, feed } = await open(server.url);
    void feed.subscribe([SBIN]).catch(() => {});
    const { error } = await recorder.next('failed');
    const status = answer.slice(0, 3);
    expect(error).toMatchObject({
      code: 'TOKEN_REFUSED',
      exit: 4,
      message: `the data socket refused the token (HTTP ${status})`,
    });
    expect(server.count).toBe(1);
  });

  it('with 403 is an expired token when that is what it is', async () => {
    const server = await refuseUpgrades('403 Forbidden');
    const { recorder, feed } = await open(server.url, {
      readToken: async () => ({ hsmKey: 'k', expiresAtMs: 1, simulated: false }),
    });
    void feed.subscribe([SBIN]).catch(() => {});
    expect((await recorder.next('failed')).error).toMatchObject({ code: 'TOKEN_EXPIRED', exit: 4 });
  });

  it.each(['302 Found\r\nlocation: /login', '400 Bad Request', '404 Not Found', '200 OK'])(
    'with %j is not tried again',
    async (answer) => {
      const server = await refuseUpgrades(answer);
      const { recorder, feed } = await open(server.url);
      void feed.subscribe([SBIN]).catch(() => {});
      expect((await recorder.next('failed')).error).toMatchObject({
        code: 'SOCKET_REFUSED',
        exit: 5,
        message: `${server.host} refused the data socket (HTTP ${answer.slice(0, 3)})`,
      });
      expect(server.count).toBe(1);
    },
  );

  it('with 503 is tried again six times in all, and named each time', async () => {
    const server = await refuseUpgrades('503 Service Unavailable');
    const { recorder, feed, retry } = await open(server.url);
    void feed.subscribe([SBIN]).catch(() => {});
    const message = `${server.host} refused the data socket (HTTP 503)`;
    for (let attempt = 1; attempt < 6; attempt++) {
      expect(await retry()).toMatchObject({ detail: message, error: { code: 'SOCKET_REFUSED', message } });
    }
    expect((await recorder.next('failed')).error).toMatchObject({ code: 'SOCKET_REFUSED', exit: 5, message });
    expect(server.count).toBe(6);
  });

  it('with 429 is named at once, waited out as asked, and ends with 6 the third time', async () => {
    const server = await refuseUpgrades('429 Too Many Requests\r\nretry-after: 7');
    const { clock, recorder, feed, retry } = await open(server.url);
    void feed.subscribe([SBIN]).catch(() => {});
    for (let attempt = 1; attempt < 3; attempt++) {
      const before = clock.now();
      const state = await retry();
      expect(state.error).toMatchObject({ code: 'RATE_LIMITED' });
      expect(state.retryAt - before).toBe(7_000);
    }
    expect((await recorder.next('failed')).error).toMatchObject({ code: 'RATE_LIMITED', exit: 6 });
    expect(server.count).toBe(3);
  });

  it('with a wait of milliseconds, by the header that names them', async () => {
    const server = await refuseUpgrades('429 Too Many Requests\r\nx-retry-after-ms: 2500');
    const { clock, feed, recorder } = await open(server.url);
    void feed.subscribe([SBIN]).catch(() => {});
    expect((await recorder.nextState('disconnected')).retryAt).toBe(clock.now() + 2_500);
  });

  it('for its rate keeps the next feed of the process waiting, too', async () => {
    const clock = new ManualClock();
    const limit = new RateLimit(clock);
    const server = await refuseUpgrades('429 Too Many Requests\r\nretry-after: 30');
    const first = await open(server.url, { clock, limit, maxRetries: 0 });
    void first.feed.subscribe([SBIN]).catch(() => {});
    expect((await first.recorder.next('failed')).error.code).toBe('RATE_LIMITED');
    const good = await ScriptedServer.start();
    cleanups.push(() => good.close());
    const second = await open(good.url, { clock, limit });
    void second.feed.subscribe([SBIN]);
    expect(await second.retry()).toMatchObject({ error: { code: 'RATE_LIMITED' }, retryAt: clock.now() });
    await second.recorder.next('tick');
    expect(good.connections).toBe(1);
  });
});

describe('a token that only the symbol lookup has refused', () => {
  const refusal = new AttemptError('APP_WITHOUT_PERMISSION', 'no permission (HTTP 403, code -373)', {
    isPassing: false,
  });

  it('ends the feed, for all that wait for symbols', async () => {
    const server = await ScriptedServer.start();
    cleanups.push(() => server.close());
    server.script.auth = 'ignore';
    let refuse = (): void => {};
    const { recorder, feed } = await open(server.url, {
      resolve: (symbols, _, signal) =>
        new Promise((__, reject) => {
          if (symbols.length === 2) refuse = () => reject(refusal);
          else signal.addEventListener('abort', () => reject(signal.reason));
        }),
    });
    const other = feed.subscribe([SBIN]);
    const refused = feed.subscribe([SBIN, { kind: 'symbol', symbol: 'NSE:2-EQ' }]);
    refuse();
    await expect(refused).rejects.toBe(refusal);
    await expect(other).rejects.toBe(refusal);
    expect((await recorder.next('failed')).error).toBe(refusal);
  });

  it('is waited out, which is said once, where another token is waited for', async () => {
    const server = await ScriptedServer.start();
    cleanups.push(() => server.close());
    server.script.auth = 'ignore';
    let key = 'old';
    const { clock, recorder, feed } = await open(server.url, {
      waitsForToken: true,
      readToken: async () => ({ hsmKey: key, expiresAtMs: Number.MAX_SAFE_INTEGER, simulated: false }),
      resolve: async (symbols, token) => {
        if (token.hsmKey === 'old') throw refusal;
        return new Map(symbols.map((symbol) => [symbol, known(symbol)]));
      },
    });
    const both = Promise.all([feed.subscribe([SBIN]), feed.subscribe([SBIN])]);
    expect(await recorder.nextState('disconnected')).toMatchObject({
      reason: 'token',
      detail: refusal.message,
      error: { code: 'APP_WITHOUT_PERMISSION', hint: refusal.hint },
    });
    server.script.auth = 'accept';
    key = 'new';
    clock.advance(5_000);
    expect((await both).flat().map(({ status }) => status)).toEqual(['accepted', 'accepted']);
    expect(await recorder.next('tick')).toMatchObject({ symbol: SBIN.symbol });
    const breaks = recorder.all.filter((event) => event.type === 'state' && event.state.state === 'disconnected');
    expect(breaks).toHaveLength(1);
  });

  it('does not end a feed that the data socket has let in', async () => {
    const server = await ScriptedServer.start();
    cleanups.push(() => server.close());
    let isRefused = false;
    const { recorder, feed } = await open(server.url, {
      resolve: async (symbols) => {
        if (isRefused) throw refusal;
        return new Map(symbols.map((symbol) => [symbol, known(symbol)]));
      },
    });
    await feed.subscribe([SBIN]);
    await recorder.next('tick');
    isRefused = true;
    await expect(feed.subscribe([{ kind: 'symbol', symbol: 'NSE:2-EQ' }])).rejects.toBe(refusal);
    server.update(['sf|nse_cm|1', { 0: 4_242 }]);
    expect(await recorder.next('tick')).toMatchObject({ ltp: 42.42 });
  });
});
