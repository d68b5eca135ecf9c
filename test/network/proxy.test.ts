import { describe, expect, it } from 'vitest';
import { TickpipeError } from '../../src/lib/errors/tickpipe-error.ts';
import { findProxy } from '../../src/lib/network/proxy.ts';

const PROXY = 'http://proxy.example:3128';

/** The host of the proxy for a URL, or undefined for a direct connection. */
const hostFor = (url: string, env: Record<string, string>): string | undefined => findProxy(new URL(url), env)?.host;

function failureOf(env: Record<string, string>): TickpipeError {
  try {
    findProxy(new URL('https://feed.example/'), env);
  } catch (error) {
    if (error instanceof TickpipeError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('the proxy of a connection', () => {
  it.each([
    ['https://feed.example/data', { HTTPS_PROXY: PROXY }],
    ['wss://feed.example/hsm', { HTTPS_PROXY: PROXY }],
    ['wss://feed.example/hsm', { https_proxy: PROXY }],
    ['wss://feed.example/hsm', { ALL_PROXY: PROXY }],
    ['wss://feed.example/hsm', { all_proxy: PROXY }],
    ['ws://hub.example:8001/', { HTTP_PROXY: PROXY }],
    ['http://hub.example:8001/', { http_proxy: PROXY }],
    ['wss://feed.example/hsm', { https_proxy: PROXY, HTTPS_PROXY: 'http://other.example' }],
    ['wss://feed.example/hsm', { https_proxy: ' ', HTTPS_PROXY: PROXY }],
    ['wss://feed.example/hsm', { HTTPS_PROXY: PROXY, ALL_PROXY: 'socks5://other.example' }],
  ])('%s with %j is the one that the variable names', (url, env) => {
    expect(hostFor(url, env)).toBe('proxy.example:3128');
  });

  it.each([
    ['wss://feed.example/hsm', {}],
    ['wss://feed.example/hsm', { HTTP_PROXY: PROXY }],
    ['ws://hub.example:8001/', { HTTPS_PROXY: PROXY }],
    ['ws://127.0.0.1:9/', { HTTP_PROXY: PROXY, ALL_PROXY: PROXY }],
    ['wss://127.8.9.1:9/', { HTTPS_PROXY: PROXY }],
    ['wss://localhost/', { HTTPS_PROXY: PROXY }],
    ['wss://[::1]:9/', { HTTPS_PROXY: PROXY }],
  ])('%s with %j is none', (url, env) => {
    expect(hostFor(url, env)).toBeUndefined();
  });

  it.each([
    ['proxy.example:3128', 'proxy.example', 3128],
    ['proxy.example', 'proxy.example', 80],
    ['http://proxy.example/', 'proxy.example', 80],
    ['https://proxy.example', 'proxy.example', 443],
    ['http://[2001:db8::1]:3128', '2001:db8::1', 3128],
  ])('%s is understood', (text, hostname, port) => {
    expect(findProxy(new URL('https://feed.example/'), { HTTPS_PROXY: text })).toMatchObject({ hostname, port });
  });

  it('gets the user and the password, which nothing else shows', () => {
    const proxy = findProxy(new URL('https://feed.example/'), {
      HTTPS_PROXY: 'http://me:p%40ss%3A@proxy.example:3128',
    });
    expect(proxy?.authorization).toBe(`Basic ${Buffer.from('me:p@ss:').toString('base64')}`);
    const { authorization: _, ...shown } = proxy ?? { authorization: '' };
    expect(JSON.stringify(shown)).not.toMatch(/p@ss|p%40/);
  });

  it.each([
    ['ALL_PROXY', 'socks5://me:secretsecret@proxy.example', /ALL_PROXY.*socks5:/],
    ['HTTPS_PROXY', 'http://me:secretsecret@:', /HTTPS_PROXY/],
    ['https_proxy', 'http://me:secretsecret%@proxy.example', /https_proxy.*percent-encoded/],
  ])('%s that cannot be used is a setting to correct; its value is not repeated', (name, value, message) => {
    const error = failureOf({ [name]: value });
    expect(error).toMatchObject({ code: 'BAD_CONFIGURATION', exit: 78 });
    expect(error.message).toMatch(message);
    expect(`${error.message} ${error.hint}`).not.toContain('secretsecret');
  });
});

describe('NO_PROXY', () => {
  it.each([
    ['*', 'wss://feed.example/'],
    ['feed.example', 'wss://feed.example/'],
    ['FEED.Example', 'wss://feed.example/'],
    ['example', 'wss://feed.example/'],
    ['.example', 'wss://feed.example/'],
    ['*.example', 'wss://feed.example/'],
    ['a.example, feed.example', 'wss://feed.example/'],
    ['a.example feed.example', 'wss://feed.example/'],
    ['feed.example:443', 'wss://feed.example/'],
    ['192.0.2.7', 'wss://192.0.2.7/'],
    ['192.0.2.7:443', 'wss://192.0.2.7/'],
    ['192.0.2.0/24', 'wss://192.0.2.7/'],
    ['2001:db8::7', 'wss://[2001:db8::7]/'],
    ['[2001:db8::7]:443', 'wss://[2001:db8::7]/'],
    ['2001:db8::/32', 'wss://[2001:db8::7]/'],
  ])('%s exempts %s', (noProxy, url) => {
    expect(hostFor(url, { HTTPS_PROXY: PROXY, NO_PROXY: noProxy })).toBeUndefined();
    expect(hostFor(url, { HTTPS_PROXY: PROXY, no_proxy: noProxy })).toBeUndefined();
  });

  it.each([
    ['', 'wss://feed.example/'],
    [',', 'wss://feed.example/'],
    ['ed.example', 'wss://feed.example/'],
    ['feed.example:8443', 'wss://feed.example/'],
    ['192.0.3.0/24', 'wss://192.0.2.7/'],
    ['192.0.2.0/99', 'wss://192.0.2.7/'],
    ['192.0.2.0/24', 'wss://feed.example/'],
    ['2.7', 'wss://192.0.2.7/'],
  ])('%j does not exempt %s', (noProxy, url) => {
    expect(hostFor(url, { HTTPS_PROXY: PROXY, NO_PROXY: noProxy })).toBe('proxy.example:3128');
  });
});
