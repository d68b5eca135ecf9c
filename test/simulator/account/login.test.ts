import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { PASTE_REDIRECT_URI } from '../../../src/lib/simulator/account/simulated-app.ts';
import { type Simulator, startSimulator } from '../../../src/lib/simulator/simulator.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { answerLogin, exchangeCode, loginAddress, openLogin, postJson, pressButton } from '../login-visitor.ts';
import { keyOf, SimulatorClient } from '../simulator-client.ts';

const MINUTE_MS = 60_000;
let simulator: Simulator;
let clock: ManualClock;

beforeEach(async () => {
  clock = new ManualClock();
  simulator = await startSimulator({ rate: 0, clock });
  return () => simulator.close();
});

const address = (change: Partial<Parameters<typeof loginAddress>[0]> = {}): string =>
  loginAddress({ authUrl: simulator.authUrl, appId: simulator.app.appId, state: 'st/a te&1', ...change });

async function newCode(): Promise<string> {
  return (await answerLogin(address(), 'allow')).searchParams.get('auth_code') as string;
}

async function exchange(code: string, secretKey = simulator.app.secretKey) {
  return exchangeCode({ authUrl: simulator.authUrl, appId: simulator.app.appId, secretKey, code });
}

async function newToken(): Promise<string> {
  const { body } = await exchange(await newCode());
  return `${simulator.app.appId}:${body['access_token']}`;
}

async function call(method: string, name: string, authorization?: string) {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const response = await fetch(`${simulator.authUrl}/${name}`, { method, headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const claimsOf = (jwt: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(jwt.split('.')[1] as string, 'base64url').toString());

describe('the login page', () => {
  it('says that it is a simulation, has two buttons, and runs nothing', async () => {
    const { status, headers, html } = await openLogin(address());
    expect(status).toBe(200);
    expect(html).toContain('This is a simulation.');
    expect(html).toContain(simulator.app.appId);
    expect(html).toContain('http://127.0.0.1:8765/callback');
    expect(html.match(/<button [^>]*>\w+<\/button>/g)).toEqual([
      '<button type="submit" name="answer" value="allow">Allow</button>',
      '<button type="submit" name="answer" value="deny">Deny</button>',
    ]);
    expect(html).not.toMatch(/<script|javascript:|\son\w+=|https?:\/\/(?!127\.0\.0\.1)/i);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    expect(html).not.toContain(simulator.app.secretKey);
  });

  it('redirects with the code and the state, in the order in which FYERS writes them', async () => {
    const { html } = await openLogin(address());
    const response = await pressButton(address(), html, 'allow');
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toMatch(
      /^http:\/\/127\.0\.0\.1:8765\/callback\?s=ok&code=200&auth_code=[\w-]+\.[\w-]+\.[\w-]+&state=st%2Fa%20te%261$/,
    );
  });

  it('redirects with an error when it is denied', async () => {
    const location = await answerLogin(address(), 'deny');
    expect(Object.fromEntries(location.searchParams)).toEqual({
      s: 'error',
      code: '401',
      message: 'The user denied the request',
      state: 'st/a te&1',
    });
  });

  it('takes one answer', async () => {
    const { html } = await openLogin(address());
    await pressButton(address(), html, 'allow');
    const again = await pressButton(address(), html, 'deny');
    expect([again.status, again.headers.get('location')]).toEqual([400, null]);
    expect(await again.text()).toContain('This login is over');
  });

  it.each(['http://127.0.0.1:1/x?own=1', 'http://localhost:65535/deep/er', 'http://[::1]:8000/', PASTE_REDIRECT_URI])(
    'knows the redirect URI %s',
    async (redirectUri) => {
      const location = await answerLogin(address({ redirectUri }), 'allow');
      expect(location.href.startsWith(redirectUri)).toBe(true);
      expect(location.searchParams.get('s')).toBe('ok');
    },
  );

  it.each([
    'https://127.0.0.1:8765/callback',
    'http://example.com/callback',
    'http://127.0.0.1.example.com/',
    'http://user@127.0.0.1/',
    'http://127.0.0.1:8765/callback#x',
    'javascript:alert(1)',
    `${PASTE_REDIRECT_URI}/`,
    '',
  ])('refuses the redirect URI %j on a page, and redirects nowhere', async (redirectUri) => {
    const { status, headers, html } = await openLogin(address({ redirectUri }));
    expect([status, headers.get('location')]).toEqual([400, null]);
    expect(html).toContain('redirect URI');
  });

  it('refuses another app on a page, and repeats nothing of it', async () => {
    const { status, html } = await openLogin(address({ appId: '<b>OTHER</b>' }));
    expect([status, html.includes('-352'), html.includes('OTHER')]).toEqual([400, true, false]);
  });

  it('refuses another response type, and a form that did not come from it', async () => {
    expect((await openLogin(address().replace('response_type=code', 'response_type=token'))).status).toBe(400);
    for (const body of ['', 'request=1&answer=allow', 'x'.repeat(300_000)]) {
      const response = await fetch(`${simulator.authUrl}/generate-authcode`, { method: 'POST', body });
      expect(response.status).toBe(400);
    }
  });

  it('escapes what it shows', async () => {
    const { html } = await openLogin(address({ redirectUri: 'http://127.0.0.1:8765/"><script>&\'' }));
    expect(html).not.toContain('<script');
    expect(html).toContain('&#38;');
  });
});

describe('POST validate-authcode', () => {
  it('gives an access token that the simulator accepts everywhere', async () => {
    const { status, body } = await exchange(await newCode());
    expect([status, body]).toEqual([200, { s: 'ok', code: 200, message: '', access_token: expect.any(String) }]);
    const token = `${simulator.app.appId}:${body['access_token']}`;
    const claims = claimsOf(body['access_token'] as string);
    expect(claims).toMatchObject({ iss: 'tickpipe-simulator', sub: 'access_token' });
    const client = await SimulatorClient.connect(simulator, token);
    onTestFinished(() => client.socket.terminate());
    expect(client.answers[0]?.ok).toBe(true);
    expect(keyOf(token)).toBe(claims['hsm_key']);
  });

  it('ends the token at 06:00 IST', async () => {
    const endOf = async () => (claimsOf((await newToken()).split(':')[1] as string)['exp'] as number) * 1_000;
    expect(await endOf()).toBe(Date.parse('2026-11-24T06:00:00+05:30'));
    clock.jumpWall(Date.parse('2026-11-24T04:59:00+05:30') - clock.now());
    expect(await endOf()).toBe(Date.parse('2026-11-24T06:00:00+05:30'));
    clock.jumpWall(2 * MINUTE_MS);
    expect(await endOf()).toBe(Date.parse('2026-11-25T06:00:00+05:30'));
  });

  it('takes a code once', async () => {
    const code = await newCode();
    expect((await exchange(code)).status).toBe(200);
    expect(await exchange(code)).toEqual({
      status: 400,
      body: { s: 'error', code: -374, message: expect.any(String) },
    });
  });

  it('takes a code for five minutes', async () => {
    const [first, second] = [await newCode(), await newCode()];
    clock.jumpWall(5 * MINUTE_MS - 1);
    expect((await exchange(first)).status).toBe(200);
    clock.jumpWall(1);
    expect((await exchange(second)).body['code']).toBe(-374);
  });

  it('refuses a wrong secret, and the code stays good', async () => {
    const code = await newCode();
    expect(await exchange(code, 'WRONG')).toMatchObject({ status: 400, body: { s: 'error', code: -371 } });
    expect((await exchange(code)).status).toBe(200);
  });

  it.each([
    [{ grant_type: 'refresh_token' }, -441],
    [{ grant_type: undefined }, -441],
    [{ appIdHash: undefined }, -371],
    [{ code: undefined }, -374],
    [{ code: 200 }, -374],
    [{ code: 'eyJ.eyJ.x' }, -374],
  ])('refuses %j', async (change, code) => {
    const body = {
      grant_type: 'authorization_code',
      appIdHash: simulator.app.idHash,
      code: await newCode(),
      ...change,
    };
    const answer = await postJson(`${simulator.authUrl}/validate-authcode`, body);
    expect(answer).toEqual({ status: 400, body: { s: 'error', code, message: expect.any(String) } });
  });

  it.each(['', '[', 'null', '"x"', 'x'.repeat(300_000)])('refuses a body that is no object', async (body) => {
    const response = await fetch(`${simulator.authUrl}/validate-authcode`, { method: 'POST', body });
    expect([response.status, ((await response.json()) as { code: number }).code]).toEqual([400, -50]);
  });

  it('never takes an auth code as a token, though it has a key', async () => {
    const code = await newCode();
    expect(claimsOf(code)).toMatchObject({ sub: 'auth_code', hsm_key: expect.stringMatching(/^[0-9a-f]{56}$/) });
    expect((await call('GET', 'profile', `${simulator.app.appId}:${code}`)).body['code']).toBe(-15);
    const client = await SimulatorClient.connect(simulator, `${simulator.app.appId}:${code}`);
    onTestFinished(() => client.socket.terminate());
    expect(client.answers[0]?.ok).toBe(false);
  });
});

describe('profile and logout', () => {
  it('shows the invented person', async () => {
    const { status, body } = await call('GET', 'profile', await newToken());
    expect([status, body]).toEqual([
      200,
      {
        s: 'ok',
        code: 200,
        message: '',
        data: expect.objectContaining({
          fy_id: expect.stringMatching(/^SIM/),
          name: 'ASHALATA SIMULKAR INVENTED',
          PAN: 'ZZZPS9999Z',
          pwd_to_expire: 42,
          pin_change_date: '14-09-2026 09:12:47',
        }),
      },
    ]);
  });

  it('shows it for the token of the start, too', async () => {
    expect((await call('GET', 'profile', simulator.token)).status).toBe(200);
  });

  it.each(['profile', 'logout'])(
    'refuses %s without a token, with a strange one, an old one and a bare JWT',
    async (name) => {
      const method = name === 'profile' ? 'GET' : 'POST';
      const expired = simulator.issueToken({ exp: 1_000 });
      for (const [header, code] of [
        [undefined, -16],
        ['', -15],
        ['TICKPIPESIM-100:x.y.z', -15],
        [expired.token, -8],
        [simulator.token.split(':')[1], -15],
        [simulator.token.replace('TICKPIPESIM', 'OTHER'), -15],
      ] as const) {
        const { status, body } = await call(method, name, header);
        expect([header, status, body]).toEqual([header, 401, { s: 'error', code, message: expect.any(String) }]);
      }
    },
  );

  it('takes a token out of use: no call and no new connection accepts it', async () => {
    const token = await newToken();
    const open = await SimulatorClient.connect(simulator, token);
    onTestFinished(() => open.socket.terminate());
    expect((await call('POST', 'logout', token)).body['s']).toBe('ok');
    expect((await call('POST', 'logout', token)).body['code']).toBe(-15);
    expect((await call('GET', 'profile', token)).body['code']).toBe(-15);
    const lookup = await postJson(`${simulator.dataUrl}/symbol-token`, { symbols: [] }, { authorization: token });
    expect([lookup.status, lookup.body['code']]).toEqual([401, -15]);
    const late = await SimulatorClient.connect(simulator, token);
    onTestFinished(() => late.socket.terminate());
    expect(late.answers[0]?.ok).toBe(false);
    await open.settle();
    expect(open.isClosed).toBe(false);
    expect((await call('GET', 'profile', simulator.token)).status).toBe(200);
  });

  it('has nothing at other methods', async () => {
    expect((await call('POST', 'profile', simulator.token)).status).toBe(404);
    expect((await call('GET', 'logout', simulator.token)).status).toBe(404);
    expect((await call('GET', 'positions', simulator.token)).status).toBe(404);
  });
});
