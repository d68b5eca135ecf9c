import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CA_FILE } from '../../support/certificates.ts';
import { type ProxyServer, startProxy } from '../../support/proxy-server.ts';
import { ended, kill, SharedAccount } from '../hub/shared-account.ts';
import { afterTest, emptyFolder, rowsOf, run, simulate } from '../program.ts';
import { endpointsAt, openTlsFront } from './tls-front.ts';

const SBIN = 'NSE:SBIN-EQ';
const BOTH_CALLS = ['feed.example:443', 'feed.example:443'];

async function openProxy(targetPort?: number): Promise<ProxyServer> {
  const proxy = await startProxy(targetPort);
  afterTest(() => proxy.close());
  return proxy;
}

/** An account whose endpoints are at a host that only a proxy knows, and that proxy. */
async function hideBehindProxy() {
  const account = await SharedAccount.create({ rate: 200 });
  const proxy = await openProxy(await openTlsFront(account.simulator, 'feed'));
  const env = {
    ...endpointsAt('feed.example'),
    NODE_EXTRA_CA_CERTS: CA_FILE,
    HTTPS_PROXY: `http://me:secretsecret@127.0.0.1:${proxy.port}`,
  };
  return { account, proxy, env };
}

describe('a machine that reaches the internet through a proxy only', () => {
  it('asks it for the lookup and the data socket, with user and password', async () => {
    const { account, proxy, env } = await hideBehindProxy();
    const { status, stdout, stderr } = await account.run(['quote', SBIN, '--direct'], { env });
    expect(stderr).not.toContain('secretsecret');
    expect(status).toBe(0);
    expect(rowsOf(stdout)).toMatchObject([{ symbol: SBIN, simulated: true }]);
    expect(proxy.asked).toEqual(BOTH_CALLS);
    const authorization = `Basic ${Buffer.from('me:secretsecret').toString('base64')}`;
    expect(proxy.authorizations).toEqual([authorization, authorization]);
  });

  it('does so in a hub in the background, whose environment has no password', async () => {
    const { account, proxy, env } = await hideBehindProxy();
    const { status, stdout } = await account.run(['quote', SBIN], { env });
    expect(status).toBe(0);
    expect(rowsOf(stdout)).toMatchObject([{ symbol: SBIN }]);
    expect(proxy.asked).toEqual(BOTH_CALLS);
    const [pid] = account.holders();
    const environ = `/proc/${pid}/environ`;
    if (existsSync(environ)) expect(readFileSync(environ, 'utf8')).not.toContain('secretsecret');
  });

  it('does so in a recording that is left behind', async () => {
    const { account, proxy, env } = await hideBehindProxy();
    const args = ['record', SBIN, '--detach', '--dir', emptyFolder(), '--count', '3', '--verbose'];
    const { status, stderr } = await account.run(args, { env });
    expect(status).toBe(0);
    const pid = Number(/pid (\d+)/.exec(stderr)?.[1]);
    afterTest(() => kill(pid));
    await ended(pid);
    expect(proxy.asked).toEqual(BOTH_CALLS);
  });

  it.each([
    [407, 'the proxy wants a user and a password: give them in HTTPS_PROXY'],
    [403, 'ask the administrator of the proxy to allow it, or exempt the host in NO_PROXY'],
  ])('is told %i as the proxy’s refusal, at once', async (status, hint) => {
    const { account, proxy, env } = await hideBehindProxy();
    proxy.status = status;
    const ended = await account.run(['quote', SBIN, '--log-format', 'json'], { env });
    expect(rowsOf(ended.stderr).find((row) => row['type'] === 'error')).toMatchObject({
      code: 'PROXY_REFUSED',
      message: `the proxy 127.0.0.1:${proxy.port} did not connect to feed.example (HTTP ${status})`,
      hint,
      exit: 5,
    });
    expect(ended).toMatchObject({ status: 5, stdout: '' });
    expect(ended.stderr).not.toContain('secretsecret');
  });

  it('is told that the proxy is not there', async () => {
    const { account, proxy, env } = await hideBehindProxy();
    await proxy.close();
    const { status, stderr } = await account.run(['stream', 'symbols', SBIN, '--max-retries', '0'], { env });
    expect(status).toBe(5);
    expect(stderr).toContain(`error: the proxy 127.0.0.1:${proxy.port} refused the connection\n`);
    expect(stderr).toContain('hint: check the proxy that HTTPS_PROXY names\n');
  });

  it('may exempt hosts in NO_PROXY', async () => {
    const { account, proxy, env } = await hideBehindProxy();
    const args = ['stream', 'symbols', SBIN, '--direct', '--max-retries', '0'];
    const { status, stderr } = await account.run(args, { env: { ...env, NO_PROXY: '.example' } });
    expect(status).toBe(5);
    expect(stderr).toContain('cannot find feed.example');
    expect(proxy.asked).toEqual([]);
  });

  it('is told of a variable that names no usable proxy, before anything is connected', async () => {
    const { account, env } = await hideBehindProxy();
    const wrong = { ...env, HTTPS_PROXY: 'socks5://me:secretsecret@proxy.example' };
    for (const args of [
      ['quote', SBIN],
      ['quote', SBIN, '--direct'],
    ]) {
      const { status, stderr } = await account.run(args, { env: wrong });
      expect(status).toBe(78);
      expect(stderr).toContain('error: HTTPS_PROXY names a proxy of the kind socks5://');
      expect(stderr).not.toContain('secretsecret');
    }
  });
});

describe('a proxy', () => {
  it('is never asked for this machine', async () => {
    const proxy = await openProxy();
    proxy.status = 403;
    const url = `http://127.0.0.1:${proxy.port}`;
    const env = { HTTPS_PROXY: url, HTTP_PROXY: url, http_proxy: url, ALL_PROXY: url };
    const simulator = await simulate();
    expect(await run(['quote', SBIN], { env: { ...simulator.environment, ...env } })).toMatchObject({ status: 0 });
    expect(await run(['quote', SBIN, '--feed', 'sim'], { env })).toMatchObject({ status: 0 });
    const account = await SharedAccount.create({ rate: 200 });
    const serving = account.start(['serve', '--port', '0', '--verbose'], { env });
    await serving.until(() => /serving at \S+ .*\n/.test(serving.stderr));
    const [, address = ''] = /serving at http:(\S+)/.exec(serving.stderr) ?? [];
    for (const args of [['quote', SBIN], ['status']]) {
      expect(await account.run([...args, '--feed', `ws:${address}`], { env })).toMatchObject({ status: 0 });
    }
    expect(proxy.asked).toEqual([]);
  });

  it.each([
    [['quote', SBIN, '--feed', 'wss://hub.example'], 'hub.example:443'],
    [['quote', SBIN, '--feed', 'ws://hub.example:8001'], 'hub.example:8001'],
    [['status', '--feed', 'wss://hub.example'], 'hub.example:443'],
  ])('is asked for a hub elsewhere: %j', async (args, asked) => {
    const proxy = await openProxy();
    proxy.status = 403;
    const url = `http://127.0.0.1:${proxy.port}`;
    const { status, stderr } = await run(args, {
      env: { HTTPS_PROXY: url, http_proxy: url, TICKPIPE_DIRECT: undefined },
    });
    expect(stderr).toContain(`error: the proxy 127.0.0.1:${proxy.port} did not connect to hub.example (HTTP 403)\n`);
    expect(status).toBe(5);
    expect(proxy.asked).toEqual([asked]);
  });
});
