import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pause } from '../../src/lib/clock/abort.ts';
import { DAY_MS } from '../../src/lib/clock/ist.ts';
import { TickpipeError } from '../../src/lib/errors/tickpipe-error.ts';
import type { Instrument } from '../../src/lib/market/topics.ts';
import { DIRECT } from '../../src/lib/network/route.ts';
import { createSymbolLookup, type SymbolLookup } from '../../src/lib/symbols/symbol-lookup.ts';
import { SkippingClock } from './skipping-clock.ts';
import {
  answerAll,
  answerHtml,
  answerJson,
  answerNever,
  breakOff,
  fytokenOf,
  startTokenServer,
  type TokenServer,
} from './token-server.ts';

const TOKEN = { jwt: 'head.secretsecret.sign', expiresAtMs: Date.parse('2026-11-24T06:00:00+05:30') };
const SBIN = { symbol: 'NSE:SBIN-EQ', segment: 'nse_cm', feedName: '3045' };

let server: TokenServer;
let clock: SkippingClock;
let life: AbortController;
let lookup: SymbolLookup;

function create(random = 1): SymbolLookup {
  const outgoing = { ...DIRECT, userAgent: 'tickpipe/1.2.3' };
  return createSymbolLookup({ dataUrl: server.dataUrl, clock, signal: life.signal, random: () => random, outgoing });
}

beforeEach(async () => {
  server = await startTokenServer();
  clock = new SkippingClock();
  life = new AbortController();
  lookup = create();
});
afterEach(async () => {
  life.abort();
  await server.close();
});

async function failureOf(promise: Promise<unknown>): Promise<TickpipeError> {
  const error = await promise.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof TickpipeError)) throw error;
  expect(`${error.message} ${error.hint} ${error.stack}`).not.toContain('secretsecret');
  return error;
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `NSE:S${n + 10}-EQ`);

describe('a lookup', () => {
  it('posts the symbols with the bare JWT', async () => {
    expect(await lookup.resolve(['NSE:SBIN-EQ'], TOKEN)).toEqual(new Map([['NSE:SBIN-EQ', SBIN]]));
    expect(server.calls).toHaveLength(1);
    expect(server.calls[0]).toMatchObject({
      path: '/data/symbol-token',
      symbols: ['NSE:SBIN-EQ'],
      headers: { authorization: TOKEN.jwt, 'content-type': 'application/json', 'user-agent': 'tickpipe/1.2.3' },
    });
  });

  it('joins by symbol, never by position', async () => {
    const symbols = numbered(40);
    const answers = await lookup.resolve(symbols, TOKEN);
    expect([...answers.keys()]).toEqual(symbols);
    for (const [symbol, answer] of answers)
      expect(answer).toMatchObject({ symbol, feedName: fytokenOf(symbol).slice(10) });
  });

  it.each([
    [
      'listed as invalid',
      { s: 'ok', validSymbol: { 'NSE:SBIN-EQ': '10100000003045' }, invalidSymbol: ['NSE:NOPE-EQ'] },
    ],
    ['in neither list', { s: 'ok', validSymbol: { 'NSE:SBIN-EQ': '10100000003045' } }],
    [
      'of a segment we do not know',
      { s: 'ok', validSymbol: { 'NSE:SBIN-EQ': '10100000003045', 'NSE:NOPE-EQ': '99990000003045' } },
    ],
    ['given no text', { s: 'ok', validSymbol: { 'NSE:SBIN-EQ': '10100000003045', 'NSE:NOPE-EQ': 10100000003045 } }],
  ])('calls a symbol unknown that is %s', async (_, body) => {
    server.script.push(answerJson(body));
    const answers = await lookup.resolve(['NSE:NOPE-EQ', 'NSE:SBIN-EQ'], TOKEN);
    expect(answers).toEqual(
      new Map<string, unknown>([
        ['NSE:NOPE-EQ', 'unknown'],
        ['NSE:SBIN-EQ', SBIN],
      ]),
    );
  });

  it('takes all unknown for an answer, also when the server calls it an error', async () => {
    server.script.push(answerJson({ s: 'error', code: -300, invalidSymbol: ['NSE:NOPE-EQ'], validSymbol: {} }, 400));
    expect(await lookup.resolve(['NSE:NOPE-EQ'], TOKEN)).toEqual(new Map([['NSE:NOPE-EQ', 'unknown']]));
  });

  it.each([{}, { validSymbol: {}, invalidSymbol: [] }])('takes -300 for all unknown, with %j', async (lists) => {
    server.script.push(answerJson({ s: 'error', code: -300, message: 'secretsecret', ...lists }, 400));
    expect(await lookup.resolve(['NSE:NOPE-EQ', 'NSE:NADA-EQ'], TOKEN)).toEqual(
      new Map([
        ['NSE:NOPE-EQ', 'unknown'],
        ['NSE:NADA-EQ', 'unknown'],
      ]),
    );
    expect(server.calls).toHaveLength(1);
  });

  it('ignores symbols it did not ask for, hostile ones too', async () => {
    server.script.push((_, response) =>
      response.end('{"s":"ok","validSymbol":{"__proto__":"10100000003045","NSE:X-EQ":"10100000003045"}}'),
    );
    expect(await lookup.resolve(['NSE:NOPE-EQ'], TOKEN)).toEqual(new Map([['NSE:NOPE-EQ', 'unknown']]));
    server.script.push(answerNever);
    void lookup.resolve(['NSE:X-EQ'], TOKEN).catch(() => {});
    await vi.waitFor(() => expect(server.calls).toHaveLength(2));
  });

  it('gives an index its feed name, from the table or from the symbol', async () => {
    const answers = await lookup.resolve(['NSE:NIFTYBANK-INDEX', 'NSE:BRAND NEW-INDEX'], TOKEN);
    expect(answers.get('NSE:NIFTYBANK-INDEX')).toMatchObject({ feedName: 'Nifty Bank', segment: 'nse_cm' });
    expect(answers.get('NSE:BRAND NEW-INDEX')).toMatchObject({ feedName: 'BRAND NEW' });
  });

  it('asks again for a contract that has ended since: its token may be given to another', async () => {
    const answer = (day: string, token: number) =>
      answerJson({ s: 'ok', validSymbol: { 'NSE:NIFTY26NOVFUT': `1011${day}${token}` } });
    server.script.push(answer('261124', 37054), answer('261229', 37055));
    const ask = async () => (await lookup.resolve(['NSE:NIFTY26NOVFUT'], TOKEN)).get('NSE:NIFTY26NOVFUT');
    expect(await ask()).toMatchObject({ feedName: '37054', endsOn: '2026-11-24' });
    clock.skip(DAY_MS);
    expect(await ask()).toMatchObject({ feedName: '37054' });
    clock.skip(DAY_MS);
    expect(await ask()).toMatchObject({ feedName: '37055' });
    expect(server.calls).toHaveLength(2);
  });

  it('asks nothing for nothing', async () => {
    expect(await lookup.resolve([], TOKEN)).toEqual(new Map());
    expect(server.calls).toHaveLength(0);
  });
});

describe('many symbols', () => {
  it('are asked for 500 at a time over one connection', async () => {
    const symbols = numbered(1_201);
    const answers = await lookup.resolve([...symbols, ...symbols], TOKEN);
    expect(answers.size).toBe(1_201);
    expect(server.calls.map((call) => call.symbols.length)).toEqual([500, 500, 201]);
    expect(new Set(server.calls.map((call) => call.port)).size).toBe(1);
  });

  it('keep the answers that came before a failure', async () => {
    server.script.push(answerAll, answerJson({ s: 'error', code: -50 }, 400));
    const symbols = numbered(1_500);
    expect((await failureOf(lookup.resolve(symbols, TOKEN))).code).toBe('REQUEST_REFUSED');
    expect(server.calls).toHaveLength(2);
    await lookup.resolve(symbols, TOKEN);
    expect(server.calls.slice(2).map((call) => call.symbols[0])).toEqual([symbols[500], symbols[1_000]]);
  });

  it('keep within 10 calls a second and 200 a minute', async () => {
    const at: number[] = [];
    for (let call = 0; call < 450; call++) {
      await lookup.resolve([`NSE:S${call}-EQ`], TOKEN);
      at.push(clock.monotonic());
    }
    for (let n = 0; n < at.length; n++) {
      if (n >= 10) expect((at[n] as number) - (at[n - 10] as number)).toBeGreaterThanOrEqual(1_000);
      if (n >= 200) expect((at[n] as number) - (at[n - 200] as number)).toBeGreaterThanOrEqual(60_000);
    }
    expect(clock.monotonic()).toBeLessThan(130_000);
  });
});

describe('answers', () => {
  it('are kept, but what was unknown is asked again', async () => {
    server.script.push(answerJson({ s: 'ok', validSymbol: { 'NSE:SBIN-EQ': '10100000003045' } }));
    await lookup.resolve(['NSE:SBIN-EQ', 'NSE:NEW-EQ'], TOKEN);
    const answers = await lookup.resolve(['NSE:SBIN-EQ', 'NSE:NEW-EQ'], TOKEN);
    expect(answers.get('NSE:NEW-EQ')).toMatchObject({ segment: 'nse_cm' });
    expect(server.calls.map((call) => call.symbols)).toEqual([['NSE:SBIN-EQ', 'NSE:NEW-EQ'], ['NSE:NEW-EQ']]);
    await lookup.resolve(['NSE:SBIN-EQ', 'NSE:NEW-EQ'], TOKEN);
    expect(server.calls).toHaveLength(2);
  });

  it('are shared between callers at once', async () => {
    const [first, second] = await Promise.all([
      lookup.resolve(['NSE:A-EQ', 'NSE:B-EQ'], TOKEN),
      lookup.resolve(['NSE:B-EQ', 'NSE:C-EQ'], TOKEN),
    ]);
    expect([...first.keys()]).toEqual(['NSE:A-EQ', 'NSE:B-EQ']);
    expect([...second.keys()]).toEqual(['NSE:B-EQ', 'NSE:C-EQ']);
    expect(server.calls.map((call) => call.symbols).sort()).toEqual([['NSE:A-EQ', 'NSE:B-EQ'], ['NSE:C-EQ']]);
  });

  it('do not fail for one caller because another left', async () => {
    server.script.push((call, response) => {
      leaving.abort(new Error('left'));
      setImmediate(() => answerAll(call, response));
    });
    const leaving = new AbortController();
    const left = lookup.resolve(['NSE:SBIN-EQ'], TOKEN, leaving.signal);
    const stays = lookup.resolve(['NSE:SBIN-EQ'], TOKEN);
    await expect(left).rejects.toThrow('left');
    expect((await stays).get('NSE:SBIN-EQ')).toEqual(SBIN);
    expect(server.calls).toHaveLength(1);
  });
});

describe('a failing server', () => {
  it.each([
    ['an HTML page with 200', answerHtml(200), 'HTTP 200, and the answer is not JSON'],
    ['an HTML page with 503', answerHtml(503), 'HTTP 503'],
    ['JSON with 500', answerJson({ s: 'error', code: -1 }, 500), 'HTTP 500, code -1'],
    ['a list', answerJson([]), 'HTTP 200, and the answer is not JSON'],
    ['a broken connection', breakOff, 'HOST broke the connection off'],
  ])('is asked again after %s, four times at most', async (_, answerer, words) => {
    const detail = words.replace('HOST', new URL(server.dataUrl).host);
    server.script.push(answerer, answerer, answerer);
    expect((await lookup.resolve(['NSE:SBIN-EQ'], TOKEN)).get('NSE:SBIN-EQ')).toEqual(SBIN);
    expect(clock.waits).toEqual([500, 1_000, 2_000]);
    server.script.push(answerer, answerer, answerer, answerer);
    const error = await failureOf(lookup.resolve(['NSE:INFY-EQ'], TOKEN));
    expect(error).toMatchObject({
      code: 'SYMBOL_LOOKUP_FAILED',
      exit: 5,
      message: `the symbol lookup failed: ${detail}`,
    });
    expect(server.calls).toHaveLength(8);
    expect(clock.requestTimers).toBe(0);
  });

  it('is spared by jitter', async () => {
    lookup = create(0);
    server.script.push(answerHtml(502), answerHtml(502));
    await lookup.resolve(['NSE:SBIN-EQ'], TOKEN);
    expect(clock.waits).toEqual([250, 500]);
  });

  it('may not be there at all', async () => {
    await server.close();
    const error = await failureOf(lookup.resolve(['NSE:SBIN-EQ'], TOKEN));
    const { host } = new URL(server.dataUrl);
    expect(error.message).toBe(`the symbol lookup failed: ${host} refused the connection`);
    expect(error.hint).toBe('check the network');
    server = await startTokenServer();
  });

  it('is given a time limit for each answer, the first time a short one', async () => {
    server.script.push(answerNever);
    const answers = lookup.resolve(['NSE:SBIN-EQ'], TOKEN);
    await vi.waitFor(() => expect(server.calls).toHaveLength(1));
    clock.timeOutRequests();
    expect((await answers).get('NSE:SBIN-EQ')).toEqual(SBIN);
    expect(server.calls).toHaveLength(2);
    expect(clock.timeouts).toEqual([4_000, 10_000]);
  });

  it('may not fill the memory', async () => {
    const MIB = 1024 * 1024;
    let sent = 0;
    const flood = (_: unknown, response: import('node:http').ServerResponse): void => {
      const piece = Buffer.alloc(MIB, ' ');
      const pour = (): void => {
        do sent += MIB;
        while (!response.destroyed && response.write(piece));
      };
      response.on('drain', pour);
      pour();
    };
    server.script.push(flood, flood, flood, flood);
    const error = await failureOf(lookup.resolve(['NSE:SBIN-EQ'], TOKEN));
    expect(error.message).toMatch(/^the symbol lookup failed: the answer of 127\.0\.0\.1:\d+ cannot be read$/);
    expect(server.calls).toHaveLength(4);
    expect(sent).toBeLessThan(4 * 32 * MIB);
  });

  it.each([
    ['an error of its own', answerJson({ s: 'error', code: -51, message: 'secretsecret' }, 400), 'HTTP 400, code -51'],
    ['an error with 200', answerJson({ s: 'error', code: -51 }), 'HTTP 200, code -51'],
    ['an HTML page with 404', answerHtml(404), 'HTTP 404, and the answer is not JSON'],
    ['success that says nothing', answerJson({ s: 'ok', code: 200 }), 'HTTP 200'],
    [
      'empty lists that are an error',
      answerJson({ s: 'error', code: -1, validSymbol: {}, invalidSymbol: [] }),
      'HTTP 200, code -1',
    ],
    ['a redirect', answerJson({}, 302, { location: 'http://127.0.0.1:1/' }), 'HTTP 302'],
  ])('is not asked again after %s', async (_, answerer, detail) => {
    server.script.push(answerer);
    const error = await failureOf(lookup.resolve(['NSE:SBIN-EQ'], TOKEN));
    expect(error).toMatchObject({ code: 'SYMBOL_LOOKUP_FAILED', message: `the symbol lookup failed: ${detail}` });
    expect(server.calls).toHaveLength(1);
  });
});

describe('a request that is not accepted', () => {
  it.each([
    [
      '-50',
      answerJson({ s: 'error', code: -50, message: 'secretsecret' }, 400),
      'REQUEST_REFUSED',
      'HTTP 400, code -50',
    ],
    ['-50 with 200', answerJson({ s: 'error', code: -50 }), 'REQUEST_REFUSED', 'HTTP 200, code -50'],
    ['-99', answerJson({ s: 'error', code: -99 }, 500), 'REQUEST_REFUSED', 'HTTP 500, code -99'],
    ['a page of the edge', answerHtml(403), 'EDGE_REFUSED', 'HTTP 403'],
  ])('is known by %s and not sent again', async (_, answerer, code, detail) => {
    server.script.push(answerer);
    const error = await failureOf(lookup.resolve(['NSE:SBIN-EQ'], TOKEN));
    expect(error).toMatchObject({ code, exit: 5, isPassing: false, message: expect.stringContaining(`(${detail})`) });
    expect(error.hint).not.toContain('network;');
    expect(server.calls).toHaveLength(1);
    expect(clock.waits).toEqual([]);
  });
});

describe('a bad token', () => {
  it.each([
    [-8, 401, 'TOKEN_EXPIRED'],
    [-8, 200, 'TOKEN_EXPIRED'],
    [-15, 401, 'TOKEN_REFUSED'],
    [-16, 401, 'TOKEN_REFUSED'],
    [-16, 200, 'TOKEN_REFUSED'],
    [-17, 403, 'TOKEN_REFUSED'],
    [-15, 500, 'TOKEN_REFUSED'],
    [-373, 403, 'APP_WITHOUT_PERMISSION'],
    [-352, 400, 'APP_ID_REFUSED'],
  ])('is known by code %i with HTTP %i', async (code, status, expected) => {
    server.script.push(answerJson({ s: 'error', code, message: 'secretsecret' }, status));
    const error = await failureOf(lookup.resolve(['NSE:SBIN-EQ'], TOKEN));
    expect(error).toMatchObject({ code: expected, exit: 4 });
    expect(server.calls).toHaveLength(1);
  });

  it('is known by a bare 401, expired when its time is up', async () => {
    server.script.push(answerHtml(401), answerHtml(401));
    expect((await failureOf(lookup.resolve(['NSE:SBIN-EQ'], TOKEN))).code).toBe('TOKEN_REFUSED');
    expect((await failureOf(lookup.resolve(['NSE:SBIN-EQ'], { ...TOKEN, expiresAtMs: clock.now() }))).code).toBe(
      'TOKEN_EXPIRED',
    );
  });
});

describe('a rate limit', () => {
  const limited = (headers = {}): ReturnType<typeof answerJson> => answerJson({ s: 'error', code: -429 }, 429, headers);

  it('is reported at once, with the wait that the server asks for', async () => {
    const date = new Date(clock.now() + 5_000).toUTCString();
    for (const [headers, retryAfterMs] of [
      [{ 'retry-after': '7' }, 7_000],
      [{ 'retry-after': date }, 5_000],
      [{ 'retry-after': '86400' }, 86_400_000],
      [{ 'x-retry-after-ms': '1500' }, 1_500],
      [{}, 10_000],
      [{ 'retry-after': 'soon' }, 10_000],
    ] as const) {
      server.script.push(limited(headers));
      lookup = create();
      const error = await failureOf(lookup.resolve(['NSE:SBIN-EQ'], TOKEN));
      expect(error).toMatchObject({ code: 'RATE_LIMITED', exit: 6, isPassing: true, retryAfterMs });
    }
    expect(server.calls).toHaveLength(6);
    expect(clock.waits).toEqual([]);
  });

  it.each([
    ['HTML with 429', answerHtml(429)],
    ['code -429 with 200', answerJson({ s: 'error', code: -429 }, 200)],
  ])('is known by %s', async (_, answerer) => {
    server.script.push(answerer);
    expect((await failureOf(lookup.resolve(['NSE:SBIN-EQ'], TOKEN))).code).toBe('RATE_LIMITED');
  });

  it('makes no call for any caller before its time is over', async () => {
    server.script.push(limited({ 'retry-after': '30' }));
    await failureOf(lookup.resolve(['NSE:SBIN-EQ'], TOKEN));
    const error = await failureOf(lookup.resolve(['NSE:INFY-EQ'], TOKEN));
    expect(error).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 30_000 });
    expect(server.calls).toHaveLength(1);
    await pause(clock, 29_500, life.signal);
    // What little is left is waited for.
    expect((await lookup.resolve(['NSE:SBIN-EQ'], TOKEN)).get('NSE:SBIN-EQ')).toEqual(SBIN);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(30_000);
    expect(server.calls).toHaveLength(2);
  });
});

describe('stopping', () => {
  it('ends a request under way and leaves no timer', async () => {
    server.script.push(answerNever);
    const stop = new AbortController();
    const answers = lookup.resolve(['NSE:SBIN-EQ'], TOKEN, stop.signal);
    await vi.waitFor(() => expect(server.calls).toHaveLength(1));
    stop.abort(new Error('stopped'));
    await expect(answers).rejects.toThrow('stopped');
    await vi.waitFor(() => expect(clock.requestTimers).toBe(0));
    expect((await lookup.resolve(['NSE:SBIN-EQ'], TOKEN)).get('NSE:SBIN-EQ')).toEqual(SBIN);
  });

  it('ends a wait', async () => {
    const stop = new AbortController();
    server.script.push((_, response) => answerHtml(503)(_, response));
    const waiting = vi.spyOn(clock, 'after').mockImplementation((delayMs, callback) => {
      if (delayMs === 500) queueMicrotask(() => stop.abort(new Error('stopped')));
      void callback;
      return { cancel: () => {} };
    });
    await expect(lookup.resolve(['NSE:SBIN-EQ'], TOKEN, stop.signal)).rejects.toThrow('stopped');
    expect(waiting).toHaveBeenCalledWith(500, expect.anything());
    expect(server.calls).toHaveLength(1);
  });

  it('ends everything with the life of the lookup, and nothing begins after', async () => {
    server.script.push(answerNever, answerNever);
    const both = [
      lookup.resolve(['NSE:SBIN-EQ'], TOKEN),
      lookup.resolve(['NSE:INFY-EQ'], TOKEN, new AbortController().signal),
    ];
    await vi.waitFor(() => expect(server.calls).toHaveLength(2));
    life.abort(new Error('over'));
    for (const one of both) await expect(one).rejects.toThrow('over');
    await expect(lookup.resolve(['NSE:TCS-EQ'], TOKEN)).rejects.toThrow('over');
    expect(server.calls).toHaveLength(2);
  });

  it('costs no warning, however many callers one signal has', async () => {
    const warned = vi.fn();
    process.on('warning', warned);
    const many = Array.from({ length: 30 }, (_, n) => lookup.resolve([`NSE:S${n % 9}-EQ`], TOKEN, life.signal));
    await Promise.all(many);
    await new Promise(setImmediate);
    process.removeListener('warning', warned);
    expect(warned).not.toHaveBeenCalled();
  });
});

describe('with instruments that are known without asking', () => {
  const INFY = { symbol: 'NSE:INFY-EQ', segment: 'nse_cm', feedName: '1594' } as const;
  const KNOWN = { ...SBIN, segment: 'nse_cm', feedName: '9999' } as const;
  const CHECKED_AT = Date.parse('2026-11-20T09:00:00+05:30');
  let staleSince: number[];

  function createListed(fresh: readonly Instrument[], stale: readonly Instrument[]): SymbolLookup {
    staleSince = [];
    const find = async (symbols: readonly string[]) => ({
      fresh: new Map(fresh.filter((one) => symbols.includes(one.symbol)).map((one) => [one.symbol, one])),
      stale: new Map(
        stale
          .filter((one) => symbols.includes(one.symbol))
          .map((instrument) => [instrument.symbol, { instrument, checkedAtMs: CHECKED_AT }]),
      ),
    });
    return createSymbolLookup({
      dataUrl: server.dataUrl,
      clock,
      signal: life.signal,
      outgoing: DIRECT,
      listed: { find },
      onStale: (checkedAtMs) => staleSince.push(checkedAtMs),
    });
  }

  it('asks for nothing when all of them are fresh', async () => {
    lookup = createListed([KNOWN, INFY], []);
    const answers = await lookup.resolve(['NSE:INFY-EQ', 'NSE:SBIN-EQ'], TOKEN);
    expect([...answers]).toEqual([
      ['NSE:INFY-EQ', INFY],
      ['NSE:SBIN-EQ', KNOWN],
    ]);
    expect(server.calls).toHaveLength(0);
  });

  it('asks only for what it does not have', async () => {
    lookup = createListed([KNOWN], []);
    const answers = await lookup.resolve(['NSE:SBIN-EQ', 'NSE:S10-EQ'], TOKEN);
    expect(answers.get('NSE:SBIN-EQ')).toEqual(KNOWN);
    expect(answers.get('NSE:S10-EQ')).toMatchObject({ symbol: 'NSE:S10-EQ' });
    expect(server.calls.map(({ symbols }) => symbols)).toEqual([['NSE:S10-EQ']]);
  });

  it('names indices by the table beside the master before the one of the program', async () => {
    const indexNames = new Map([
      ['NSE:NIFTYBANK-INDEX', 'Nifty Bank Renamed'],
      ['NSE:BRAND NEW-INDEX', 'Brand New'],
    ]);
    const find = async () => ({ fresh: new Map(), stale: new Map(), indexNames });
    const { dataUrl } = server;
    lookup = createSymbolLookup({ dataUrl, clock, signal: life.signal, outgoing: DIRECT, listed: { find } });
    const symbols = [...indexNames.keys(), 'NSE:NIFTY50-INDEX', 'NSE:OTHER-INDEX'];
    const names = [...(await lookup.resolve(symbols, TOKEN)).values()].map((one) => one !== 'unknown' && one.feedName);
    expect(names).toEqual(['Nifty Bank Renamed', 'Brand New', 'Nifty 50', 'OTHER']);
  });

  it('asks first where it is stale, and takes the answer', async () => {
    lookup = createListed([], [KNOWN]);
    expect((await lookup.resolve(['NSE:SBIN-EQ'], TOKEN)).get('NSE:SBIN-EQ')).toEqual(SBIN);
    expect([server.calls.length, staleSince]).toEqual([1, []]);
  });

  it.each([
    ['breaks off', breakOff],
    ['says 502', answerHtml(502)],
  ])('takes the stale one at once when the endpoint %s, and reports its age', async (_, answer) => {
    lookup = createListed([], [KNOWN]);
    server.script.push(answer);
    expect((await lookup.resolve(['NSE:SBIN-EQ'], TOKEN)).get('NSE:SBIN-EQ')).toEqual(KNOWN);
    expect([server.calls.length, staleSince]).toEqual([1, [CHECKED_AT]]);
  });

  it('takes the stale one when the endpoint does not answer for 4 s', async () => {
    lookup = createListed([], [KNOWN]);
    server.script.push(answerNever);
    const resolved = lookup.resolve(['NSE:SBIN-EQ'], TOKEN);
    await vi.waitFor(() => expect(server.calls).toHaveLength(1));
    clock.timeOutRequests();
    expect((await resolved).get('NSE:SBIN-EQ')).toEqual(KNOWN);
    expect([clock.timeouts, server.calls.length, staleSince]).toEqual([[4_000], 1, [CHECKED_AT]]);
  });

  it('waits for a missing endpoint once, however many batches there are, and reports it once', async () => {
    const many = numbered(1_200).map((symbol): Instrument => ({ symbol, segment: 'nse_cm', feedName: '1' }));
    lookup = createListed([], many);
    server.script.push(...Array.from({ length: 20 }, () => answerHtml(502)));
    const answers = await lookup.resolve(
      many.map(({ symbol }) => symbol),
      TOKEN,
    );
    expect([...answers.values()]).toEqual(many);
    expect([server.calls.length, staleSince]).toEqual([1, [CHECKED_AT]]);
  });

  it.each([
    ['the token', answerJson({ s: 'error', code: -16 }, 401), 'TOKEN_REFUSED'],
    ['the request', answerJson({ s: 'error', code: -50 }, 400), 'REQUEST_REFUSED'],
    ['the address', answerHtml(403), 'EDGE_REFUSED'],
    ['the rate', answerJson({ s: 'error', code: -429 }, 429), 'RATE_LIMITED'],
  ])('does not take the stale one when the endpoint refuses %s', async (_, answer, code) => {
    lookup = createListed([], [KNOWN]);
    server.script.push(answer);
    expect((await failureOf(lookup.resolve(['NSE:SBIN-EQ'], TOKEN))).code).toBe(code);
    expect(staleSince).toEqual([]);
  });

  it('fails for what is in none of them, however old the others are', async () => {
    lookup = createListed([], [KNOWN]);
    server.script.push(...Array.from({ length: 20 }, () => answerHtml(502)));
    const failure = await failureOf(lookup.resolve(['NSE:SBIN-EQ', 'NSE:S10-EQ'], TOKEN));
    expect(failure.code).toBe('SYMBOL_LOOKUP_FAILED');
  });
});
