import { describe, expect, it } from 'vitest';
import { TickpipeError } from '../../src/lib/errors/tickpipe-error.ts';
import { readEndpoints } from '../../src/lib/feed/endpoints.ts';

function failureOf(env: Record<string, string>): TickpipeError {
  try {
    readEndpoints(env);
  } catch (error) {
    if (error instanceof TickpipeError) return error;
    throw error;
  }
  throw new Error('the endpoints were accepted');
}

describe('readEndpoints', () => {
  it('has defaults, also for empty variables', () => {
    const defaults = { socketUrl: 'wss://socket.fyers.in/hsm/v1-5/prod', dataUrl: 'https://api-t1.fyers.in/data' };
    expect(readEndpoints({})).toEqual(defaults);
    expect(readEndpoints({ TICKPIPE_SOCKET_URL: '', TICKPIPE_DATA_URL: ' ' })).toEqual(defaults);
  });

  it('takes overrides one by one', () => {
    expect(readEndpoints({ TICKPIPE_SOCKET_URL: ' wss://gateway.example:8443/hsm?v=1 ' }).socketUrl).toBe(
      'wss://gateway.example:8443/hsm?v=1',
    );
    expect(readEndpoints({ TICKPIPE_DATA_URL: 'https://gateway.example/data//' }).dataUrl).toBe(
      'https://gateway.example/data',
    );
    expect(readEndpoints({ TICKPIPE_DATA_URL: 'https://gateway.example' }).dataUrl).toBe('https://gateway.example');
  });

  it.each([
    '127.0.0.1',
    '127.0.0.1:9000',
    '127.255.3.4',
    'localhost:1',
    'LOCALHOST',
    '[::1]:80',
    '127.1',
    '0x7f000001',
  ])('allows plain endpoints on loopback: %s', (host) => {
    expect(() =>
      readEndpoints({ TICKPIPE_SOCKET_URL: `ws://${host}/x`, TICKPIPE_DATA_URL: `http://${host}/data` }),
    ).not.toThrow();
  });

  it.each([
    '10.0.0.1',
    '0.0.0.0',
    '128.0.0.1',
    'example.com',
    '127.0.0.1.example.com',
    'localhost.example.com',
    'notlocalhost',
    '[::2]',
    '[::]',
    '127.0.0.1.nip.io',
  ])('refuses plain endpoints elsewhere: %s', (host) => {
    for (const env of [{ TICKPIPE_SOCKET_URL: `ws://${host}/x` }, { TICKPIPE_DATA_URL: `http://${host}/data` }]) {
      const error = failureOf(env);
      expect(error.code).toBe('INSECURE_ENDPOINT');
      expect(error.exit).toBe(78);
      expect(error.message).toContain(Object.keys(env)[0]);
    }
  });

  it.each([
    ['no URL', { TICKPIPE_SOCKET_URL: 'nonsense' }, /is not a URL/],
    ['a bad port', { TICKPIPE_DATA_URL: 'https://h:99999/' }, /is not a URL/],
    ['a web page for a socket', { TICKPIPE_SOCKET_URL: 'https://h/x' }, /must begin with wss:/],
    ['a socket for a web page', { TICKPIPE_DATA_URL: 'wss://h/x' }, /must begin with https:/],
    ['a file', { TICKPIPE_DATA_URL: 'file:///etc/passwd' }, /must begin with https:/],
    ['a user', { TICKPIPE_DATA_URL: 'https://user@h/data' }, /user name or password/],
    ['a password', { TICKPIPE_SOCKET_URL: 'ws://u:hunter2@127.0.0.1/' }, /user name or password/],
    ['a fragment', { TICKPIPE_SOCKET_URL: 'wss://h/x#' }, /fragment/],
    ['a query under which no path fits', { TICKPIPE_DATA_URL: 'https://h/data?' }, /query/],
  ])('refuses %s', (_, env, message) => {
    const error = failureOf(env as Record<string, string>);
    expect(error.code).toBe('BAD_CONFIGURATION');
    expect(error.exit).toBe(78);
    expect(error.message).toMatch(message);
  });

  it('never repeats a value: it may be a token in the wrong place', () => {
    for (const secret of [
      'SECRETAPP-100:eyJsecretsecret',
      'wss://u:secretsecret@h/',
      'ws://eyjsecretsecret/x',
      'https://h/#secretsecret',
    ]) {
      for (const name of ['TICKPIPE_SOCKET_URL', 'TICKPIPE_DATA_URL']) {
        const error = failureOf({ [name]: secret });
        expect(`${error.message} ${error.hint} ${error.stack}`).not.toMatch(/secretsecret|SECRETAPP/);
      }
    }
  });
});
