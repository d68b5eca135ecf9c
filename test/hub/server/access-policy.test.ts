import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { COOKIE } from '../../../src/lib/hub/protocol/messages.ts';
import { AccessPolicy, type AccessRules } from '../../../src/lib/hub/server/access-policy.ts';

const OWN = '127.0.0.1:8001';
const PAGE = 'https://charts.example';

interface Given {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

function check(rules: Partial<AccessRules>, given: Given = {}): string {
  const policy = new AccessPolicy({ isTrusted: false, allowOrigins: [], ...rules });
  return decide(policy, given);
}

function decide(policy: AccessPolicy, { method = 'GET', url = '/metrics', headers }: Given): string {
  const request = { method, url, headers: { host: OWN, ...headers } } as unknown as IncomingMessage;
  return policy.check(request)?.code ?? 'may';
}

describe('Host', () => {
  it.each([
    [OWN, 'may'],
    ['127.0.0.1', 'may'],
    ['127.1.2.3:9', 'may'],
    ['localhost:4000', 'may'],
    ['LOCALHOST', 'may'],
    ['[::1]:8001', 'may'],
    [undefined, 'FORBIDDEN'],
    ['', 'FORBIDDEN'],
    ['rebound.example', 'FORBIDDEN'],
    ['rebound.example:8001', 'FORBIDDEN'],
    ['127.0.0.1.nip.io', 'FORBIDDEN'],
    ['localhost.example', 'FORBIDDEN'],
    ['192.168.1.7:8001', 'FORBIDDEN'],
    ['0.0.0.0:8001', 'FORBIDDEN'],
    ['[::]', 'FORBIDDEN'],
    ['bad host', 'FORBIDDEN'],
    ['rebound.example#127.0.0.1', 'FORBIDDEN'],
  ])('%s: %s', (host, verdict) => {
    expect(check({}, { headers: { host } })).toBe(verdict);
  });

  it('may be any where a token protects', () => {
    const headers = { host: 'hub.lan:8001', authorization: 'Bearer right' };
    expect(check({ token: 'right' }, { headers })).toBe('may');
  });
});

describe('Origin and Sec-Fetch-Site', () => {
  it.each([
    [`http://${OWN}`, undefined, 'may'],
    [`https://${OWN}`, 'same-origin', 'may'],
    [undefined, 'same-origin', 'may'],
    [undefined, 'none', 'may'],
    [PAGE, undefined, 'FORBIDDEN'],
    ['null', undefined, 'FORBIDDEN'],
    ['', undefined, 'FORBIDDEN'],
    ['http://localhost:8001', undefined, 'FORBIDDEN'],
    ['http://127.0.0.1:8002', undefined, 'FORBIDDEN'],
    [`file://${OWN}`, undefined, 'FORBIDDEN'],
    ['chrome-extension://abc', undefined, 'FORBIDDEN'],
    [undefined, 'cross-site', 'FORBIDDEN'],
    [undefined, 'same-site', 'FORBIDDEN'],
    [undefined, 'anything', 'FORBIDDEN'],
    [`http://${OWN}`, 'cross-site', 'FORBIDDEN'],
  ])('%s, %s: %s', (origin, site, verdict) => {
    const headers = { ...(origin !== undefined && { origin }), ...(site && { 'sec-fetch-site': site }) };
    expect(check({}, { headers })).toBe(verdict);
    const withToken = { ...headers, authorization: 'Bearer right' };
    expect(check({ token: 'right' }, { headers: withToken }), 'with a token').toBe(verdict);
  });

  it('lets an allowed page in, exactly that one', () => {
    const rules = { allowOrigins: [PAGE] };
    expect(check(rules, { headers: { origin: PAGE, 'sec-fetch-site': 'cross-site' } })).toBe('may');
    for (const origin of ['http://charts.example', `${PAGE}.evil.example`, `${PAGE}:444`, 'null']) {
      expect(check(rules, { headers: { origin } }), origin).toBe('FORBIDDEN');
    }
    expect(check(rules, { headers: { origin: PAGE, host: 'rebound.example' } })).toBe('FORBIDDEN');
  });

  it('lets an allowed page ask beforehand without the token, and no other', () => {
    const rules = { allowOrigins: [PAGE], token: 'right' };
    expect(check(rules, { method: 'OPTIONS', headers: { origin: PAGE } })).toBe('may');
    expect(check(rules, { method: 'OPTIONS' })).toBe('HUB_TOKEN_REFUSED');
    expect(check(rules, { method: 'OPTIONS', headers: { origin: 'https://evil.example' } })).toBe('FORBIDDEN');
    expect(check(rules, { method: 'POST', headers: { origin: PAGE } })).toBe('HUB_TOKEN_REFUSED');
  });
});

describe('the bearer token', () => {
  it.each([
    ['Bearer right', 'may'],
    ['bearer   right', 'may'],
    ['Bearer wrong', 'HUB_TOKEN_REFUSED'],
    ['Bearer right wrong', 'HUB_TOKEN_REFUSED'],
    ['Bearer righ', 'HUB_TOKEN_REFUSED'],
    ['Bearer rightt', 'HUB_TOKEN_REFUSED'],
    ['Bearer ', 'HUB_TOKEN_REFUSED'],
    ['right', 'HUB_TOKEN_REFUSED'],
    ['Basic right', 'HUB_TOKEN_REFUSED'],
    [undefined, 'HUB_TOKEN_REFUSED'],
  ])('%s: %s', (authorization, verdict) => {
    expect(check({ token: 'right' }, { headers: { authorization } })).toBe(verdict);
  });

  it.each(['/', '/app.js', '/style.css', '/login', '/?x=1'])('is not needed for %s', (url) => {
    expect(check({ token: 'right' }, { url })).toBe('may');
  });

  it.each([
    '/healthz',
    '/openapi.json',
    '/login/',
    '//',
    '/app.js/..',
    '/%6Cogin',
    'http://127.0.0.1/login',
    '/LOGIN',
    '',
  ])('is needed for %s', (url) => {
    expect(check({ token: 'right' }, { url })).toBe('HUB_TOKEN_REFUSED');
  });

  it('is replaced by a cookie that is valid at this hub only and does not contain it', () => {
    const rules = { isTrusted: false, allowOrigins: [], token: 'right' };
    const policy = new AccessPolicy(rules);
    const { cookie } = policy;
    expect(cookie).toMatch(/^[0-9a-f]{64}$/);
    expect(policy.cookie).toBe(cookie);
    const withCookie = (text: string): string => decide(policy, { headers: { cookie: text } });
    expect(withCookie(`${COOKIE}=${cookie}`)).toBe('may');
    expect(withCookie(`a=b; ${COOKIE}=${cookie}; c=d`)).toBe('may');
    expect(withCookie(`${COOKIE}=right`)).toBe('HUB_TOKEN_REFUSED');
    expect(withCookie(`x${COOKIE}=${cookie}`)).toBe('HUB_TOKEN_REFUSED');
    expect(withCookie(`${COOKIE}=${new AccessPolicy(rules).cookie}`)).toBe('HUB_TOKEN_REFUSED');
    // A bearer token that is wrong is not made good by a cookie.
    const headers = { cookie: `${COOKIE}=${cookie}`, authorization: 'Bearer wrong' };
    expect(decide(policy, { headers })).toBe('HUB_TOKEN_REFUSED');
  });

  it('is known again, and only where there is one', () => {
    const policy = new AccessPolicy({ isTrusted: false, allowOrigins: [], token: 'right' });
    expect([policy.isToken('right'), policy.isToken('wrong'), policy.isToken('')]).toEqual([true, false, false]);
    const open = new AccessPolicy({ isTrusted: false, allowOrigins: [] });
    expect([open.isToken(''), open.isToken('undefined')]).toEqual([false, false]);
  });
});

it('asks nothing on a socket that only the user can open', () => {
  const headers = { host: undefined, origin: 'null', 'sec-fetch-site': 'cross-site' };
  expect(check({ isTrusted: true, token: 'right' }, { headers })).toBe('may');
});
