import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { parseFaults } from '../../../src/lib/simulator/faults.ts';
import { HOSTILE_TEXT } from '../../../src/lib/simulator/http/failures.ts';
import { type Simulator, startSimulator } from '../../../src/lib/simulator/simulator.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { answerLogin, exchangeCode, loginAddress, openLogin, postJson } from '../login-visitor.ts';

let simulator: Simulator;
let clock: ManualClock;

beforeEach(async () => {
  clock = new ManualClock();
  simulator = await startSimulator({ rate: 0, clock });
  return () => simulator.close();
});

function inject(text: string): void {
  for (const fault of parseFaults(text)) simulator.inject(fault);
}

const address = (redirectUri?: string): string =>
  loginAddress({
    authUrl: simulator.authUrl,
    appId: simulator.app.appId,
    state: 'right',
    ...(redirectUri !== undefined && { redirectUri }),
  });

/** A request as a client makes it, without following redirects. */
async function call(method: string, name: string, body?: string) {
  const response = await fetch(`${simulator.authUrl}/${name}`, {
    method,
    headers: { authorization: simulator.token },
    redirect: 'manual',
    ...(body !== undefined && { body }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const exchange = () => call('POST', 'validate-authcode', '{}');

async function exchangeNewCode() {
  const code = (await answerLogin(address(), 'allow')).searchParams.get('auth_code') as string;
  const { appId, secretKey } = simulator.app;
  return exchangeCode({ authUrl: simulator.authUrl, appId, secretKey, code });
}

const claimsOf = (jwt: unknown): Record<string, unknown> =>
  JSON.parse(Buffer.from(String(jwt).split('.')[1] as string, 'base64url').toString());

describe('faults of the login page', () => {
  it('denies, whatever button was pressed', async () => {
    inject('login=denied:1');
    expect((await answerLogin(address(), 'allow')).searchParams.get('s')).toBe('error');
    expect((await answerLogin(address(), 'allow')).searchParams.get('s')).toBe('ok');
  });

  it.each([
    [
      'wrong-state',
      { s: 'ok', code: '200', auth_code: expect.any(String), state: expect.not.stringMatching(/^right$/) },
    ],
    ['no-state', { s: 'ok', code: '200', auth_code: expect.any(String) }],
    ['no-code', { s: 'ok', code: '200', state: 'right' }],
    [
      'markup',
      {
        s: 'error',
        code: expect.stringContaining('<script>'),
        message: expect.stringContaining('\u001b['),
        state: 'right',
      },
    ],
  ])('redirects with %s', async (answer, expected) => {
    inject(`login=${answer}:1`);
    const location = await answerLogin(address(), 'allow');
    expect(Object.fromEntries(location.searchParams)).toEqual(expected);
    expect(location.href).toMatch(/^[!-~]+$/);
  });

  it('goes to the client twice with the same answer', async () => {
    const seen: (string | undefined)[] = [];
    const client = createServer((request, response) => {
      seen.push(request.url);
      response.end('thanks');
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void client.close());
    await expect.poll(() => client.listening).toBe(true);
    inject('login=twice:1');
    const redirectUri = `http://127.0.0.1:${(client.address() as AddressInfo).port}/callback`;
    const location = await answerLogin(address(redirectUri), 'allow');
    expect(seen).toEqual([location.pathname + location.search]);
    await fetch(location);
    expect(seen[1]).toBe(seen[0]);
  });

  it('survives a client that does not listen', async () => {
    inject('login=twice:1');
    expect((await answerLogin(address('http://127.0.0.1:1/'), 'allow')).searchParams.get('s')).toBe('ok');
  });

  it('is a page of the edge or of a broken gateway', async () => {
    inject('login-page=edge:1');
    expect((await openLogin(address())).status).toBe(403);
    inject('login-page=gateway:1');
    expect((await openLogin(address())).status).toBe(502);
    expect((await openLogin(address())).status).toBe(200);
  });
});

describe('faults of the exchange', () => {
  it.each([
    ['-371', 400],
    ['-374', 400],
    ['-441', 400],
    ['-352', 400],
    ['-373', 403],
    ['-99', 500],
  ])('refuses with %s, as often as it says', async (code, status) => {
    inject(`exchange=${code}:1`);
    expect(await exchangeNewCode()).toEqual({
      status,
      body: { s: 'error', code: Number(code), message: expect.any(String) },
    });
    expect((await exchangeNewCode()).status).toBe(200);
  });

  it('gives tokens that are of no use', async () => {
    const given = async (answer: string) => {
      inject(`exchange=${answer}:1`);
      return claimsOf((await exchangeNewCode()).body['access_token']);
    };
    expect((await given('expired-token'))['exp']).toBeLessThan(clock.now() / 1_000);
    expect(await given('token-without-key')).not.toHaveProperty('hsm_key');
    expect(await given('auth-code-token')).toMatchObject({ sub: 'auth_code', hsm_key: expect.any(String) });
    expect((await given('markup-token'))['display_name']).toContain('<script>');
    inject('exchange=no-token:1');
    expect((await exchangeNewCode()).body).toEqual({ s: 'ok', code: 200, message: '' });
  });

  it('has markup and control characters in every text', async () => {
    inject('exchange=markup:1');
    const { status, body } = await exchangeNewCode();
    expect(status).toBe(400);
    for (const key of ['s', 'message']) expect(body[key]).toBe(HOSTILE_TEXT);
  });
});

describe.each([
  ['exchange', exchange],
  ['profile', () => call('GET', 'profile')],
  ['logout', () => call('POST', 'logout')],
] as const)('what can go wrong with any answer: %s', (name, ask) => {
  it('is HTML of the edge or of a gateway', async () => {
    inject(`${name}=edge:1`);
    const edge = await ask();
    expect([edge.status, edge.headers.get('content-type')]).toEqual([403, 'text/html']);
    inject(`${name}=gateway:1`);
    const gateway = await ask();
    expect([gateway.status, gateway.text.startsWith('<!DOCTYPE html>')]).toEqual([502, true]);
  });

  it('is cut: with a good end, or with a broken connection', async () => {
    inject(`${name}=cut:1`);
    const cut = await ask();
    expect(cut.status).toBe(200);
    expect(() => JSON.parse(cut.text)).toThrow();
    inject(`${name}=break:1`);
    await expect(ask()).rejects.toThrow();
  });

  it('redirects to another host, and counts the clients that follow', async () => {
    inject(`${name}=redirect:1`);
    const { status, headers } = await ask();
    const location = new URL(headers.get('location') as string);
    expect([status, location.hostname]).toEqual([302, 'localhost']);
    expect(simulator.counters.followedRedirects).toBe(0);
    location.hostname = '127.0.0.1';
    await fetch(location, { method: 'POST' });
    expect(simulator.counters.followedRedirects).toBe(1);
  });

  it('never comes, and the next one does', async () => {
    inject(`${name}=none:1`);
    const gone = new AbortController();
    const waiting = fetch(`${simulator.authUrl}/${name === 'exchange' ? 'validate-authcode' : name}`, {
      method: name === 'profile' ? 'GET' : 'POST',
      signal: gone.signal,
    });
    const ended = expect(waiting).rejects.toThrow();
    await expect.poll(() => [...simulator.counters.accountCalls.values()]).toEqual([1]);
    expect((await ask()).status).toBeGreaterThan(0);
    gone.abort();
    await ended;
  });

  it('is larger than any answer should be', async () => {
    inject(`${name}=huge:1`);
    expect((await ask()).text.length).toBeGreaterThan(16 * 1024 * 1024);
  });

  it('comes late', async () => {
    inject('account-delay=5s');
    const before = clock.pending;
    let answered = false;
    const asked = ask().then((answer) => {
      answered = true;
      return answer;
    });
    await expect.poll(() => clock.pending).toBe(before + 1);
    clock.advance(4_999);
    await call('GET', '../../data/none');
    expect(answered).toBe(false);
    clock.advance(1);
    expect((await asked).status).toBeGreaterThan(0);
    simulator.clearFaults();
    expect((await ask()).status).toBeGreaterThan(0);
  });
});

describe('faults of profile and logout', () => {
  it.each(['-8', '-15', '-16', '-17'])('refuses with %s', async (code) => {
    for (const name of ['profile', 'logout']) {
      inject(`${name}=${code}:1`);
      const { status, text } = await call(name === 'profile' ? 'GET' : 'POST', name);
      expect([status, JSON.parse(text).code]).toEqual([401, Number(code)]);
    }
    expect((await call('GET', 'profile')).status).toBe(200);
  });

  it('has markup in every field of the profile, and in the refusal of a logout', async () => {
    const usual = JSON.parse((await call('GET', 'profile')).text);
    inject('profile=markup:1');
    const { data } = JSON.parse((await call('GET', 'profile')).text);
    expect(Object.keys(data)).toEqual(Object.keys(usual.data));
    for (const value of Object.values(data)) expect(value).toContain('<script>');
    inject('logout=markup:1');
    const refused = await postJson(`${simulator.authUrl}/logout`, {}, { authorization: simulator.token });
    expect([refused.status, refused.body['message']]).toEqual([400, expect.stringContaining('<script>')]);
    expect((await call('GET', 'profile')).status).toBe(200);
  });

  it('counts the calls by their name', async () => {
    await exchangeNewCode();
    await call('GET', 'profile');
    await call('GET', 'nothing');
    expect(Object.fromEntries(simulator.counters.accountCalls)).toEqual({
      'generate-authcode': 2,
      'validate-authcode': 1,
      profile: 1,
    });
  });
});
