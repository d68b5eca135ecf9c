import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseAccessToken } from '../../src/lib/auth/access-token.ts';
import { AppSecret } from '../../src/lib/auth/app-secret.ts';
import { Broker } from '../../src/lib/auth/broker.ts';
import { AuthCode } from '../../src/lib/auth/login-answer.ts';
import { TickpipeError } from '../../src/lib/errors/tickpipe-error.ts';
import { DIRECT } from '../../src/lib/network/route.ts';
import { type AuthAnswer, AuthServer } from '../support/auth-server.ts';
import { makeJwt } from '../support/make-token.ts';
import { ManualClock } from '../support/manual-clock.ts';

const APP_ID = 'ABCDEFGHIJ-100';
const SECRET = 'SECRETKEY1';
const CODE = 'the-one-auth-code';
const EVIL = '<script>alert(1)</script>\x1b]0;owned\x07\r\nerror: forged';

async function start() {
  const server = await AuthServer.start();
  onTestFinished(() => server.close());
  const clock = new ManualClock(Date.now());
  const broker = new Broker({ authUrl: server.url, clock, outgoing: DIRECT });
  const life = new AbortController();
  return {
    server,
    clock,
    broker,
    life,
    exchange: () => broker.exchange(APP_ID, new AppSecret(SECRET, 'of a test'), new AuthCode(CODE), life.signal),
  };
}

async function failureOf(work: Promise<unknown>): Promise<TickpipeError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof TickpipeError) return thrown;
  throw new Error('it did not fail as expected', { cause: thrown });
}

const refusal = (code: number, status = 400): AuthAnswer => ({ status, body: { s: 'error', code, message: EVIL } });

describe('the exchange of an auth code', () => {
  it('sends the hash of app id and secret, and never the secret', async () => {
    const { server, exchange } = await start();
    const token = await exchange();
    expect([token.appId, token.jwt]).toEqual([APP_ID, server.jwt]);
    const [call] = server.calls;
    expect([call?.method, call?.path, call?.headers.authorization]).toEqual(['POST', '/validate-authcode', undefined]);
    expect(JSON.parse(call?.text ?? '')).toEqual({
      grant_type: 'authorization_code',
      appIdHash: createHash('sha256').update(`${APP_ID}:${SECRET}`).digest('hex'),
      code: CODE,
    });
    expect(JSON.stringify(call)).not.toContain(SECRET);
  });

  const cases: readonly (readonly [name: string, code: string, answer: AuthAnswer])[] = [
    ['-371', 'APP_SECRET_REFUSED', refusal(-371)],
    ['-374', 'AUTH_CODE_REFUSED', refusal(-374)],
    ['-441', 'GRANT_TYPE_REFUSED', refusal(-441)],
    ['-352', 'APP_ID_REFUSED', refusal(-352)],
    ['-373', 'APP_WITHOUT_PERMISSION', refusal(-373, 403)],
    ['403 with JSON', 'LOGIN_BLOCKED', refusal(-1, 403)],
    ['403 with a page', 'LOGIN_BLOCKED', { status: 403, body: `<html>${EVIL}</html>` }],
    ['a page', 'LOGIN_NOT_JSON', { status: 200, body: `<html>${EVIL}</html>` }],
    ['a page of a server that is down', 'LOGIN_NOT_JSON', { status: 502, body: 'Bad Gateway' }],
    ['nothing', 'LOGIN_NOT_JSON', { status: 200, body: '' }],
    ['a list', 'LOGIN_NOT_JSON', { status: 200, body: '[]' }],
    ['another code', 'LOGIN_REFUSED', refusal(-99)],
    ['an error of the server', 'LOGIN_REFUSED', { status: 500, body: { s: 'error', message: EVIL } }],
    ['a code that is a text', 'LOGIN_REFUSED', { status: 400, body: { s: 'error', code: EVIL } }],
    ['a redirect', 'LOGIN_REDIRECTED', { status: 302, body: '', headers: { location: 'https://evil.example/x?y' } }],
    ['a redirect to nonsense', 'LOGIN_REDIRECTED', { status: 307, body: '', headers: { location: '//' } }],
    ['no token', 'LOGIN_MALFORMED', { body: { s: 'ok', code: 200 } }],
    ['a token that is no text', 'LOGIN_MALFORMED', { body: { s: 'ok', access_token: { a: 1 } } }],
    ['a token with markup', 'TOKEN_MALFORMED', { body: { s: 'ok', access_token: EVIL } }],
    [
      'an auth code for a token',
      'TOKEN_WRONG_KIND',
      { body: { s: 'ok', access_token: makeJwt({ sub: 'auth_code' }) } },
    ],
    ['an expired token', 'TOKEN_EXPIRED', { body: { s: 'ok', access_token: makeJwt({ exp: 1 }) } }],
  ];
  it.each(cases)('that is answered by %s ends with %s', async (_, code, answer) => {
    const { server, exchange } = await start();
    server.answers['/validate-authcode'] = answer;
    const error = await failureOf(exchange());
    expect([error.code, error.exit]).toEqual([code, 4]);
    for (const piece of ['<', '>', '\x1b', '\r', '\n', 'forged']) {
      expect(`${error.message} ${error.hint}`).not.toContain(piece);
    }
    expect(server.calls).toHaveLength(1);
  });

  it('names the host of a redirect', async () => {
    const { server, exchange } = await start();
    server.answers['/validate-authcode'] = { status: 302, body: '', headers: { location: 'https://evil.example/x?y' } };
    expect((await failureOf(exchange())).message).toBe('the login endpoint redirects to evil.example (HTTP 302)');
  });

  it('ends with 4 where nothing answers, and after 10 s of silence', async () => {
    const { server, clock, exchange } = await start();
    server.answers['/validate-authcode'] = 'mute';
    const failing = failureOf(exchange());
    await server.called('/validate-authcode');
    clock.advance(10_000);
    expect(await failing).toMatchObject({ code: 'LOGIN_NO_ANSWER', exit: 4 });
    expect((await failing).message).toMatch(/^127\.0\.0\.1:\d+ did not answer in 10 s$/);
    await server.close();
    expect(await failureOf(exchange())).toMatchObject({ code: 'LOGIN_NO_ANSWER', exit: 4 });
  });

  it('ends at once when it is aborted', async () => {
    const { server, life, exchange } = await start();
    server.answers['/validate-authcode'] = 'mute';
    const exchanging = exchange();
    await server.called('/validate-authcode');
    life.abort('SIGINT');
    await expect(exchanging).rejects.toBe('SIGINT');
  });

  it('ends with 4 when the connection breaks, or the answer is endless', async () => {
    const { life } = await start();
    const breaking = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => breaking.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void breaking.close());
    const { port } = breaking.address() as { port: number };
    const broker = new Broker({ authUrl: `http://127.0.0.1:${port}`, clock: new ManualClock(), outgoing: DIRECT });
    const exchanging = broker.exchange(APP_ID, new AppSecret(SECRET, ''), new AuthCode(CODE), life.signal);
    expect((await failureOf(exchanging)).code).toBe('LOGIN_NO_ANSWER');
    const { server, exchange } = await start();
    server.answers['/validate-authcode'] = { body: 'x'.repeat(2 * 1024 * 1024) };
    expect((await failureOf(exchange())).code).toBe('LOGIN_NO_ANSWER');
  });
});

describe('the check of a token', () => {
  const check = async (answer?: AuthAnswer) => {
    const { server, broker, life } = await start();
    if (answer) server.answers['/profile'] = answer;
    const token = parseAccessToken(`${APP_ID}:${server.jwt}`);
    return { verdict: await broker.check(token, life.signal), call: server.calls[0], token };
  };

  it('sends app id and token, and reads in how many days the password expires', async () => {
    const { verdict, call, token } = await check();
    expect(verdict).toEqual({ accepted: true, passwordDays: 42 });
    expect([call?.method, call?.headers.authorization]).toEqual(['GET', `${APP_ID}:${token.jwt}`]);
  });

  it.each(['5', 5, null, -1, 1.5, EVIL, {}])('takes pwd_to_expire %j only as a number of days', async (days) => {
    const { verdict } = await check({ body: { s: 'ok', data: { pwd_to_expire: days } } });
    expect(verdict).toEqual({ accepted: true, passwordDays: days === '5' || days === 5 ? 5 : undefined });
  });

  it.each([
    [refusal(-8, 401), 'TOKEN_EXPIRED'],
    [refusal(-15, 401), 'TOKEN_REFUSED'],
    [refusal(-16, 200), 'TOKEN_REFUSED'],
    [refusal(-17), 'TOKEN_REFUSED'],
    [refusal(-352), 'APP_ID_REFUSED'],
    [refusal(-373, 403), 'APP_WITHOUT_PERMISSION'],
    [{ status: 401, body: '<html>' }, 'TOKEN_REFUSED'],
  ] as const)('counts %j against the token', async (answer, code) => {
    const { verdict } = await check(answer);
    expect(verdict).toMatchObject({ accepted: false, error: { code, exit: 4 } });
  });

  it.each([
    refusal(-99),
    refusal(-429, 429),
    { status: 403, body: '<html>' },
    { status: 500, body: { s: 'error' } },
    { status: 200, body: '<html>' },
    { status: 302, body: '' },
  ] as const)('counts %j against the broker', async (answer) => {
    const { verdict } = await check(answer);
    expect(verdict).toMatchObject({ accepted: null, error: expect.any(TickpipeError) });
  });
});

it('an app secret does not print, and has no blanks inside', () => {
  const secret = new AppSecret(` ${SECRET}\n`, 'of a test');
  expect(`${inspect(secret)} ${JSON.stringify({ secret })} ${secret}`).not.toContain(SECRET);
  expect(secret.hashWith('A')).toBe(createHash('sha256').update(`A:${SECRET}`).digest('hex'));
  for (const text of ['', ' ', 'two words', 'x'.repeat(257), 'a\0b']) {
    expect(() => new AppSecret(text, 'of a test')).toThrow(/^the app secret of a test /);
  }
});
