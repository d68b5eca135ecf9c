import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Instrument, instrumentOf } from '../../src/lib/market/topics.ts';
import { type Simulator, startSimulator } from '../../src/lib/simulator/simulator.ts';
import { indexFeedName } from '../../src/lib/symbols/index-names.ts';

let simulator: Simulator;

beforeEach(async () => {
  simulator = await startSimulator({ rate: 0, generated: 600 });
});
afterEach(() => simulator.close());

async function ask(body: unknown, authorization: string | undefined = simulator.token, raw = JSON.stringify(body)) {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const response = await fetch(`${simulator.dataUrl}/symbol-token`, { method: 'POST', headers, body: raw });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
}

describe('POST symbol-token', () => {
  it('answers in another order than asked, and names what it does not know', async () => {
    const { status, json } = await ask({ symbols: ['NSE:SBIN-EQ', 'NSE:NOPE-EQ', 'NSE:NIFTY50-INDEX', 'NSE:M&M-EQ'] });
    expect(status).toBe(200);
    expect(json()).toEqual({
      s: 'ok',
      code: 200,
      message: '',
      validSymbol: {
        'NSE:M&M-EQ': '10100000002031',
        'NSE:NIFTY50-INDEX': '101000000026000',
        'NSE:SBIN-EQ': '10100000003045',
      },
      invalidSymbol: ['NSE:NOPE-EQ'],
    });
    expect(Object.keys(json().validSymbol)).toEqual(['NSE:M&M-EQ', 'NSE:NIFTY50-INDEX', 'NSE:SBIN-EQ']);
  });

  it('knows the same instruments without HTTP', async () => {
    const symbols = ['NSE:SBIN-EQ', 'NSE:NOPE-EQ', 'NSE:NIFTY50-INDEX', 'NSE:SIMSILENT-INDEX', 'NSE:SIM0600-EQ'];
    const { validSymbol } = (await ask({ symbols })).json();
    const { fresh } = simulator.find(symbols);
    const made = Object.entries(validSymbol).map(([symbol, fytoken]) => [
      symbol,
      instrumentOf(symbol, String(fytoken), indexFeedName(symbol)),
    ]);
    expect(fresh).toEqual(new Map(made as [string, Instrument][]));
    expect([...fresh.keys()]).toEqual(symbols.filter((symbol) => symbol !== 'NSE:NOPE-EQ'));
  });

  it('leaves invalidSymbol out when everything is known', async () => {
    expect((await ask({ symbols: ['NSE:SBIN-EQ'] })).json()).not.toHaveProperty('invalidSymbol');
  });

  it('takes the bare JWT as well as APPID:JWT', async () => {
    const jwt = simulator.token.split(':')[1] as string;
    expect((await ask({ symbols: ['NSE:SBIN-EQ'] }, jwt)).status).toBe(200);
    expect((await ask({ symbols: ['NSE:SBIN-EQ'] }, simulator.token)).status).toBe(200);
  });

  it('refuses a token it did not issue, none at all, and one that is over', async () => {
    const expired = simulator.issueToken({ exp: Math.floor(Date.now() / 1_000) - 1 });
    const forged = simulator.token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    const noHeader = await fetch(`${simulator.dataUrl}/symbol-token`, { method: 'POST', body: '{"symbols":[]}' });
    expect([noHeader.status, ((await noHeader.json()) as { code: number }).code]).toEqual([401, -16]);
    for (const [token, code] of [
      [forged, -15],
      ['x', -15],
      [expired.token, -8],
      [expired.jwt, -8],
    ] as const) {
      const { status, json } = await ask({ symbols: ['NSE:SBIN-EQ'] }, token);
      expect([status, json()]).toEqual([401, { s: 'error', code, message: expect.any(String) }]);
    }
  });

  it('takes 500 symbols a call, and not one more', async () => {
    const symbols = Array.from({ length: 501 }, (_, n) => `NSE:SIM${String(n + 1).padStart(4, '0')}-EQ`);
    expect(Object.keys((await ask({ symbols: symbols.slice(0, 500) })).json().validSymbol)).toHaveLength(500);
    expect((await ask({ symbols })).status).toBe(400);
  });

  it.each(['', '{', '[]', 'null', '{"symbols":"NSE:SBIN-EQ"}', '{"symbols":[1]}', 'x'.repeat(300_000)])(
    'refuses a body that is no list of symbols',
    async (body) => {
      const { status, json } = await ask(undefined, simulator.token, body);
      expect([status, json().s]).toEqual([400, 'error']);
    },
  );

  it('answers an HTML page, or 429 with Retry-After, as often as a fault says', async () => {
    simulator.inject({ name: 'html', count: 1 });
    simulator.inject({ name: 'rate-limit', count: 2 });
    const page = await ask({ symbols: [] });
    expect(page.headers.get('content-type')).toBe('text/html');
    expect(page.text).toMatch(/^<!DOCTYPE html>/);
    for (let n = 0; n < 2; n++) {
      const limited = await ask({ symbols: [] });
      expect([limited.status, limited.json().code, limited.headers.get('retry-after')]).toEqual([429, -429, '1']);
    }
    expect((await ask({ symbols: [] })).status).toBe(200);
    expect(simulator.counters.tokenCalls).toBe(4);
  });

  it('has nothing at other paths and methods', async () => {
    expect((await fetch(`${simulator.dataUrl}/symbol-token`)).status).toBe(404);
    expect((await fetch(`${simulator.dataUrl}/quotes`)).status).toBe(404);
  });

  it('survives a client that leaves in the middle of its body', async () => {
    const broken = request(`${simulator.dataUrl}/symbol-token`, {
      method: 'POST',
      headers: { 'content-length': '1000' },
    });
    broken.on('error', () => undefined);
    broken.write('{"symbols"', () => broken.destroy());
    await new Promise((resolve) => broken.once('close', resolve));
    expect((await ask({ symbols: [] })).status).toBe(200);
  });
});

describe('the token', () => {
  it('says whose it is, and is another at each start', async () => {
    const other = await startSimulator({ rate: 0 });
    try {
      const [first, second] = [simulator, other].map(({ token }) => {
        const [appId, jwt] = token.split(':') as [string, string];
        expect(appId).toMatch(/^[A-Z]+-100$/);
        return JSON.parse(Buffer.from(jwt.split('.')[1] as string, 'base64url').toString());
      });
      expect(first).toMatchObject({ iss: 'tickpipe-simulator', sub: 'access_token' });
      expect(first.hsm_key).toMatch(/^[0-9a-f]{56}$/);
      expect(first.exp).toBeGreaterThan(Date.now() / 1_000 + 3_600);
      expect(second.hsm_key).not.toBe(first.hsm_key);
      expect(second.fy_id).not.toBe(first.fy_id);
    } finally {
      await other.close();
    }
  });

  it('comes as the environment that points tickpipe here', () => {
    expect(simulator.environment).toEqual({
      TICKPIPE_SOCKET_URL: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+\/hsm\/v1-5\/prod$/),
      TICKPIPE_DATA_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/data$/),
      TICKPIPE_AUTH_URL: simulator.authUrl,
      TICKPIPE_MASTER_URL: simulator.masterUrl,
      FYERS_APP_ID: simulator.token.split(':')[0],
      FYERS_SECRET_KEY: simulator.app.secretKey,
      FYERS_ACCESS_TOKEN: simulator.token,
    });
  });

  it.each([
    ['-373', 403],
    ['-352', 400],
    ['-16', 401],
    ['-300', 400],
    ['-50', 400],
    ['-99', 500],
  ] as const)('plays the refusal %s, so often as it is told', async (answer, status) => {
    simulator.inject({ name: 'lookup', answer, count: 1 });
    const refused = await ask({ symbols: ['NSE:SBIN-EQ'] });
    expect([refused.status, refused.json()]).toEqual([
      status,
      { s: 'error', code: Number(answer), message: expect.any(String) },
    ]);
    expect((await ask({ symbols: ['NSE:SBIN-EQ'] })).status).toBe(200);
  });

  it('plays the page of the edge', async () => {
    simulator.inject({ name: 'lookup', answer: 'edge', count: 1 });
    const { status, headers, text } = await ask({ symbols: ['NSE:SBIN-EQ'] });
    expect([status, headers.get('content-type')]).toEqual([403, 'text/html']);
    expect(text).toMatch(/^<!DOCTYPE html>/);
  });

  it.each([403, 429, 503])('answers data connections with %i, as often as the fault says', async (status) => {
    simulator.inject({ name: 'upgrade', status, count: 1 });
    const statusOf = (): Promise<number | undefined> =>
      new Promise((resolve) => {
        const socket = new WebSocket(simulator.socketUrl);
        socket.on('open', () => resolve(101));
        socket.on('unexpected-response', (_, response) => resolve(response.statusCode));
        socket.on('error', () => {});
      });
    expect([await statusOf(), await statusOf()]).toEqual([status, 101]);
    expect(simulator.counters.refusedUpgrades).toBe(1);
  });
});
