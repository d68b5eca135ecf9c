import { once } from 'node:events';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { describeNetworkFailure, type NetworkFailure } from '../../src/lib/network/failure.ts';
import { createRoutes } from '../../src/lib/network/route.ts';
import { readCertificate } from '../support/certificates.ts';
import { type ProxyServer, startProxy } from '../support/proxy-server.ts';

const TARGET = new URL('https://feed.example/data');
const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function openProxy(targetPort?: number): Promise<ProxyServer> {
  const proxy = await startProxy(targetPort);
  cleanups.push(() => proxy.close());
  return proxy;
}

async function openServer(certificate: Parameters<typeof readCertificate>[0]): Promise<number> {
  const server = createServer(readCertificate(certificate), (_, response) => response.end('hello'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** What a request through the proxy that the variable names fails with. */
function failThrough(proxy: string, timeout = 10_000): Promise<NetworkFailure> {
  const { createConnection } = createRoutes({ HTTPS_PROXY: proxy })(TARGET);
  if (createConnection === undefined) throw new Error('there is no route through a proxy');
  return new Promise((resolve, reject) => {
    const sent = request(TARGET, { createConnection, timeout }, () => reject(new Error('it was answered')));
    sent.on('error', (error) => resolve(describeNetworkFailure(error, TARGET)));
    sent.end();
  });
}

describe('a route through a proxy', () => {
  it('asks it for the host and the port, with user and password, and speaks TLS with the host', async () => {
    const proxy = await openProxy(await openServer('good'));
    const failure = await failThrough(`http://me:word@127.0.0.1:${proxy.port}`);
    expect(proxy.asked).toEqual(['feed.example:443']);
    expect(proxy.authorizations).toEqual([`Basic ${Buffer.from('me:word').toString('base64')}`]);
    // This process does not trust the authority of the tests: what was seen is the certificate of the server behind the proxy.
    expect(failure).toMatchObject({ code: 'CERTIFICATE_NOT_TRUSTED', isPassing: false });
    expect(failure.message).toMatch(/^the certificate of feed\.example is not trusted \([A-Z_]+\)$/);
  });

  it.each([
    [407, false, /user and a password.*HTTPS_PROXY/],
    [403, false, /NO_PROXY/],
    [502, true, /NO_PROXY/],
  ])(
    'that is refused with %i is the proxy’s refusal, with its host and no password',
    async (status, isPassing, hint) => {
      const proxy = await openProxy();
      proxy.status = status;
      const failure = await failThrough(`http://me:secretsecret@127.0.0.1:${proxy.port}`);
      expect(failure).toMatchObject({
        code: 'PROXY_REFUSED',
        message: `the proxy 127.0.0.1:${proxy.port} did not connect to feed.example (HTTP ${status})`,
        isPassing,
      });
      expect(failure.hint).toMatch(hint);
      expect(JSON.stringify(failure)).not.toContain('secretsecret');
    },
  );

  it('whose proxy never answers ends in the time of the request', async () => {
    const proxy = await openProxy();
    proxy.status = 0;
    expect(await failThrough(`http://127.0.0.1:${proxy.port}`, 50)).toMatchObject({
      code: 'PROXY_UNREACHABLE',
      message: `the proxy 127.0.0.1:${proxy.port} does not answer`,
    });
  });

  it('whose proxy is not there names the variable', async () => {
    const proxy = await startProxy();
    const { port } = proxy;
    await proxy.close();
    expect(await failThrough(`http://127.0.0.1:${port}`)).toEqual({
      code: 'PROXY_UNREACHABLE',
      message: `the proxy 127.0.0.1:${port} refused the connection`,
      hint: 'check the proxy that HTTPS_PROXY names',
      isPassing: true,
    });
  });

  it('to a proxy that speaks TLS itself checks that one’s certificate', async () => {
    const proxy = await startProxy(0, readCertificate('other'));
    cleanups.push(() => proxy.close());
    expect(await failThrough(`https://127.0.0.1:${proxy.port}`)).toMatchObject({
      code: 'CERTIFICATE_NOT_TRUSTED',
      message: expect.stringContaining(`the certificate of the proxy 127.0.0.1:${proxy.port} is not trusted`),
    });
    expect(proxy.asked).toEqual([]);
  });
});

describe('a failure of the network', () => {
  const at = (code: string, url = 'wss://socket.fyers.in/hsm') =>
    describeNetworkFailure(Object.assign(new Error('connect 192.0.2.7:443'), { code }), new URL(url));

  it.each([
    ['ENOTFOUND', 'cannot find socket.fyers.in'],
    ['EAI_AGAIN', 'cannot find socket.fyers.in now: the name service does not answer'],
    ['ECONNREFUSED', 'socket.fyers.in refused the connection'],
    ['ECONNRESET', 'socket.fyers.in broke the connection off'],
    ['ETIMEDOUT', 'socket.fyers.in does not answer'],
    ['ENETUNREACH', 'there is no way to socket.fyers.in (ENETUNREACH)'],
    ['EWHATEVER', 'the connection to socket.fyers.in failed (EWHATEVER)'],
  ])('%s names the host, not the address', (code, message) => {
    expect(at(code)).toEqual({ code: undefined, message, hint: 'check the network', isPassing: true });
  });

  it('names the port where it is not the usual one', () => {
    expect(at('ECONNREFUSED', 'ws://localhost:9100/').message).toBe('localhost:9100 refused the connection');
    expect(at('ENOTFOUND', 'ws://gateway.example:9100/').message).toBe('cannot find gateway.example');
  });

  it.each([
    ['CERT_HAS_EXPIRED', 'CERTIFICATE_EXPIRED', 'has expired', /clock/],
    ['CERT_NOT_YET_VALID', 'CERTIFICATE_NOT_YET_VALID', 'is not valid yet', /clock/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'CERTIFICATE_WRONG_NAME', 'is for another name', /another server/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERTIFICATE_NOT_TRUSTED', 'is not trusted', /NODE_EXTRA_CA_CERTS/],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'CERTIFICATE_NOT_TRUSTED', 'is not trusted', /NODE_EXTRA_CA_CERTS/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'CERTIFICATE_NOT_TRUSTED', 'is not trusted', /NODE_EXTRA_CA_CERTS/],
  ])('%s is a cause of its own', (errno, code, words, hint) => {
    const failure = at(errno);
    expect(failure).toMatchObject({ code, isPassing: false });
    expect(failure.message).toBe(`the certificate of socket.fyers.in ${words} (${errno})`);
    expect(failure.hint).toMatch(hint);
  });
});
