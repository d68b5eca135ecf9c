import { describe, expect, it } from 'vitest';
import { CA_FILE } from '../../support/certificates.ts';
import { startProxy } from '../../support/proxy-server.ts';
import { SharedAccount, ticksOf } from '../hub/shared-account.ts';
import { afterTest, rowsOf } from '../program.ts';
import { endpointsAt, openTlsFront } from './tls-front.ts';

const SBIN = 'NSE:SBIN-EQ';
const TRUST = { NODE_EXTRA_CA_CERTS: CA_FILE };
const OTHER_SETTINGS = 'was started with other network settings';

async function openBehind(certificate: Parameters<typeof openTlsFront>[1]) {
  const account = await SharedAccount.create({ rate: 200 });
  const port = await openTlsFront(account.simulator, certificate);
  return { account, env: endpointsAt(`localhost:${port}`), host: `localhost:${port}` };
}

describe('a certificate', () => {
  it.each([
    ['good', {}, 'CERTIFICATE_NOT_TRUSTED', 'is not trusted', /NODE_EXTRA_CA_CERTS/],
    ['expired', TRUST, 'CERTIFICATE_EXPIRED', 'has expired', /clock/],
    ['future', TRUST, 'CERTIFICATE_NOT_YET_VALID', 'is not valid yet', /clock/],
    ['other', TRUST, 'CERTIFICATE_WRONG_NAME', 'is for another name', /another server/],
  ] as const)(
    '%s, with %j, is a cause of its own: %s',
    async (certificate, trust, code, words, hint) => {
      const { account, env, host } = await openBehind(certificate);
      for (const extra of [['--direct'], []]) {
        const ended = await account.run(['quote', SBIN, '--log-format', 'json', ...extra], {
          env: { ...env, ...trust },
        });
        const error = rowsOf(ended.stderr).find((row) => row['type'] === 'error');
        expect(error).toMatchObject({
          code,
          exit: 5,
          message: expect.stringContaining(`the certificate of ${host} ${words}`),
        });
        expect(error?.['hint']).toMatch(hint);
        expect(ended.status).toBe(5);
      }
    },
    30_000,
  );
});

describe('a command with other network settings than the command that started the shared session', () => {
  it('is not held back by a session that never got through: that one left with its last client', async () => {
    const { account, env } = await openBehind('good');
    expect(await account.run(['quote', SBIN], { env })).toMatchObject({ status: 5 });
    // Long before its linger is over.
    await expect.poll(() => account.holders()).toEqual([]);
    const second = await account.run(['quote', SBIN], { env: { ...env, ...TRUST } });
    expect(second).toMatchObject({ status: 0 });
    expect(second.stderr).not.toContain(OTHER_SETTINGS);
  });

  it('replaces a session that never got through while another command waits on it, which goes on with the new one', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    const proxy = await startProxy(await openTlsFront(account.simulator, 'feed'));
    afterTest(() => proxy.close());
    const dead = await startProxy();
    await dead.close();
    const env = { ...endpointsAt('feed.example'), ...TRUST };
    const through = (port: number) => ({ ...env, HTTPS_PROXY: `http://127.0.0.1:${port}` });
    const waiting = account.start(['stream', 'symbols', SBIN], { env: through(dead.port) });
    await waiting.until(() => waiting.stderr.includes('refused the connection'));
    const [first] = account.holders();
    expect(await account.run(['quote', SBIN], { env: through(proxy.port) })).toMatchObject({ status: 0 });
    expect(account.holders()).not.toContain(first);
    await waiting.until(() => ticksOf(waiting).length > 0);
  });

  it('is served by a live session, and told whose settings those are and how to end it', async () => {
    const { account, env } = await openBehind('good');
    const live = account.start(['stream', 'symbols', SBIN], { env: { ...env, ...TRUST } });
    await live.until(() => ticksOf(live).length > 0);
    const [pid] = account.holders();
    const other = await account.run(['quote', SBIN], { env });
    expect(other.status).toBe(0);
    expect(other.stderr).toContain(`warning: the shared session of hub pid ${pid} ${OTHER_SETTINGS}`);
    expect(other.stderr).toContain('tickpipe stop ends it\n');
    const same = await account.run(['quote', SBIN], { env: { ...env, ...TRUST } });
    expect(same).toMatchObject({ status: 0 });
    expect(same.stderr).not.toContain(OTHER_SETTINGS);
  });

  it('does not end a serve that has not got through', async () => {
    const account = await SharedAccount.create();
    const dead = await startProxy();
    await dead.close();
    const lost = { ...endpointsAt('feed.example'), HTTPS_PROXY: `http://127.0.0.1:${dead.port}` };
    const serving = account.start(['serve', '--port', '0', '--verbose'], { env: lost });
    await serving.until(() => /serving at \S+ .*\n/.test(serving.stderr));
    const env = endpointsAt('feed.example');
    const { status, stderr } = await account.run(['quote', SBIN, '--timeout', '1s'], { env });
    expect(status).toBe(5);
    expect(stderr).toContain(`warning: the shared session of hub pid ${serving.child.pid} ${OTHER_SETTINGS}`);
    expect(serving.child.exitCode).toBeNull();
  });
});
