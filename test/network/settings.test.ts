import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { selectEnvironment } from '../../src/lib/host/child-environment.ts';
import { readNetworkSettings } from '../../src/lib/network/settings.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'settings-'));
const CA = path.join(folder, 'ca.pem');
writeFileSync(CA, 'one');
afterAll(() => rmSync(folder, { recursive: true }));

const of = (env: Record<string, string>, options: string[] = []): string =>
  readNetworkSettings(env, options).fingerprint;

describe('the fingerprint of network settings', () => {
  it.each([
    [{ NODE_EXTRA_CA_CERTS: CA }],
    [{ NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem' }],
    [{ SSL_CERT_FILE: CA }],
    [{ SSL_CERT_DIR: folder }],
    [{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }],
    [{ NODE_OPTIONS: '--use-openssl-ca' }],
    [{ NODE_OPTIONS: '--use-system-ca' }],
    [{ NODE_OPTIONS: '--require /etc/proxy.cjs' }],
    [{ HTTPS_PROXY: 'http://proxy.example' }],
    [{ http_proxy: 'http://proxy.example' }],
    [{ ALL_PROXY: 'http://proxy.example' }],
    [{ NO_PROXY: 'example.org' }],
  ])('differs with %j', (env: Record<string, string>) => {
    expect(of(env)).not.toBe(of({}));
    expect(of(env)).toBe(of({ ...env }));
  });

  it('differs by the options of Node itself and by their values', () => {
    expect(of({}, ['--use-openssl-ca'])).not.toBe(of({}));
    expect(of({}, ['--require', '/a.cjs'])).not.toBe(of({}, ['--require', '/b.cjs']));
    expect(of({}, ['--use-openssl-ca'])).toBe(of({ NODE_OPTIONS: '--use-openssl-ca' }));
  });

  it('does not differ by what has nothing to do with connections', () => {
    expect(of({ NODE_OPTIONS: '--max-old-space-size=512', LANG: 'C', PATH: '/bin' }, ['--enable-source-maps'])).toBe(
      of({}),
    );
    expect(of({ HTTPS_PROXY: 'http://proxy.example' })).toBe(of({ https_proxy: 'http://proxy.example' }));
    expect(of({ NODE_EXTRA_CA_CERTS: '' })).toBe(of({}));
  });

  it('differs when the file has other content under the same name', () => {
    const before = of({ NODE_EXTRA_CA_CERTS: CA });
    writeFileSync(CA, 'two');
    expect(of({ NODE_EXTRA_CA_CERTS: CA })).not.toBe(before);
  });

  it('says nothing of a password, which only the proxies hold', () => {
    const env = { HTTPS_PROXY: 'http://me:secret@proxy.example', PATH: '/bin' };
    const { fingerprint, proxies } = readNetworkSettings(env, []);
    expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(proxies).toEqual({ HTTPS_PROXY: env.HTTPS_PROXY });
  });
});

describe('selectEnvironment', () => {
  it('hands down what a hub needs and no secret; paths become absolute', () => {
    const given = {
      PATH: '/bin',
      HOME: '/home/x',
      TZ: '',
      LD_PRELOAD: 'x',
      FYERS_ACCESS_TOKEN: 'A-100:secret',
      TICKPIPE_HUB_TOKEN: 'secret',
      TICKPIPE_RUN_DIR: 'run',
      NODE_EXTRA_CA_CERTS: '../ca.pem',
    };
    expect(selectEnvironment(given)).toEqual({
      PATH: '/bin',
      HOME: '/home/x',
      TICKPIPE_RUN_DIR: path.resolve('run'),
      NODE_EXTRA_CA_CERTS: path.resolve('../ca.pem'),
    });
  });
});
