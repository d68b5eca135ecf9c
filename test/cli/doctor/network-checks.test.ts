import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createNetServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clockCheck } from '../../../src/lib/cli/doctor/clock-check.ts';
import type { Machine } from '../../../src/lib/cli/doctor/machine.ts';
import { namesCheck } from '../../../src/lib/cli/doctor/names-check.ts';
import { tlsCheck } from '../../../src/lib/cli/doctor/tls-check.ts';
import type { Clock } from '../../../src/lib/clock/clock.ts';
import { systemClock } from '../../../src/lib/clock/clock.ts';
import { readCertificate } from '../../support/certificates.ts';
import { freePort } from '../../support/free-port.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { startProxy } from '../../support/proxy-server.ts';
import { examine, makeDoctor } from './make-doctor.ts';

async function listen(server: Server | ReturnType<typeof createNetServer>): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

const plainAt = (port: number) => ({
  TICKPIPE_SOCKET_URL: `ws://127.0.0.1:${port}/hsm`,
  TICKPIPE_DATA_URL: `http://127.0.0.1:${port}/data`,
  TICKPIPE_AUTH_URL: `http://127.0.0.1:${port}/api`,
  TICKPIPE_MASTER_URL: `http://127.0.0.1:${port}/master`,
});
const tlsAt = (host: string) => ({
  TICKPIPE_SOCKET_URL: `wss://${host}/hsm`,
  TICKPIPE_DATA_URL: `https://${host}/data`,
  TICKPIPE_AUTH_URL: `https://${host}/api`,
  TICKPIPE_MASTER_URL: `https://${host}/master`,
});

describe('clock', () => {
  const SERVER_TIME = Date.parse('2026-11-23T10:00:00+05:30');

  /** A server whose clock stands at `SERVER_TIME`. */
  async function startTimeServer(header = new Date(SERVER_TIME).toUTCString()): Promise<number> {
    const server = createServer((_, response) => {
      response.sendDate = false;
      if (header !== '') response.setHeader('date', header);
      response.writeHead(404).end();
    });
    return listen(server);
  }
  /** This machine's clock, so far ahead. The time that a request takes does not count. */
  const clockAt = (aheadMs: number): Clock => ({
    ...systemClock,
    now: () => SERVER_TIME + aheadMs,
    monotonic: () => 0,
  });
  const look = (port: number, aheadMs: number) =>
    examine(clockCheck, makeDoctor({ env: plainAt(port), clock: clockAt(aheadMs) }));

  test.each([0, 900, 2_900, -1_900])('agrees when it is %d ms ahead', async (aheadMs) => {
    const port = await startTimeServer();
    expect(await look(port, aheadMs)).toEqual({ status: 'ok', message: `agrees with 127.0.0.1:${port}` });
  });

  test.each([
    [11_000, 'warning', '10 s ahead of'],
    [-10_000, 'warning', '10 s behind'],
    [601_000, 'failed', '10 minutes ahead of'],
    [-5 * 3_600_000, 'failed', '5 hours behind'],
    [-40 * 86_400_000, 'failed', '40 days behind'],
  ])('%d ms ahead: %s', async (aheadMs, status, words) => {
    const port = await startTimeServer();
    expect(await look(port, aheadMs)).toMatchObject({
      status,
      message: `this machine's clock is ${words} 127.0.0.1:${port}`,
      hint: expect.stringContaining('set the clock'),
      ...(status === 'failed' && { exit: 78 }),
    });
  });

  test.each(['', 'soon'])('is not checked when no server gives its time: Date %j', async (header) => {
    expect(await look(await startTimeServer(header), 0)).toMatchObject({ status: 'warning', isUntried: true });
  });

  test('is not checked when no server answers', async () => {
    expect(await look(await freePort(), 0)).toMatchObject({
      status: 'warning',
      message: 'not checked: no server gives its time',
    });
  });

  test('is checked at a hub, too', async () => {
    const port = await startTimeServer();
    const feed = new URL(`ws://127.0.0.1:${port}`);
    const doctor = makeDoctor({ flags: { feed }, clock: clockAt(601_000) });
    expect(await examine(clockCheck, doctor)).toMatchObject({ status: 'failed' });
  });

  test('a server that says nothing is left after some seconds', async () => {
    const port = await listen(createNetServer(() => {}));
    const clock = new ManualClock();
    const looking = examine(clockCheck, makeDoctor({ env: plainAt(port), clock }));
    await expect.poll(() => clock.pending).toBe(1);
    clock.advance(4_000);
    expect(await looking).toMatchObject({ status: 'warning', message: 'not checked: no server gives its time' });
  });
});

describe('names', () => {
  /** Finds the names that are given; others have this error. */
  const lookUpOnly = (known: readonly string[], code = 'ENOTFOUND'): Pick<Machine, 'lookUp'> => ({
    lookUp: (hostname, _, callback) => {
      if (known.includes(hostname)) callback(null, [{ address: '192.0.2.1', family: 4 }]);
      else callback(Object.assign(new Error(`getaddrinfo ${hostname}`), { code }), '');
    },
  });
  const FYERS = ['socket.fyers.in', 'api-t1.fyers.in', 'public.fyers.in'];

  test('are found', async () => {
    const doctor = makeDoctor({ machine: lookUpOnly(FYERS) });
    expect(await examine(namesCheck, doctor)).toEqual({
      status: 'ok',
      message: 'found socket.fyers.in, api-t1.fyers.in and public.fyers.in',
    });
  });

  test.each([
    ['ENOTFOUND', 'cannot find socket.fyers.in'],
    ['EAI_AGAIN', 'cannot find socket.fyers.in now: the name service does not answer'],
  ])('that are not found fail (%s), and the server counts as out of reach', async (code, message) => {
    const doctor = makeDoctor({ machine: lookUpOnly(['api-t1.fyers.in', 'public.fyers.in'], code) });
    expect(await examine(namesCheck, doctor)).toEqual({
      status: 'failed',
      message,
      hint: 'check the network',
      exit: 5,
    });
    expect(doctor.network.whyUnreachable(new URL('wss://socket.fyers.in/x'))).toBe(message);
    expect(doctor.network.whyUnreachable(new URL('https://api-t1.fyers.in/x'))).toBeUndefined();
  });

  test('that are not found in the same way are named in one sentence', async () => {
    expect(await examine(namesCheck, makeDoctor({ machine: lookUpOnly([]) }))).toMatchObject({
      status: 'failed',
      message: 'cannot find socket.fyers.in, api-t1.fyers.in and public.fyers.in',
    });
  });

  test('that only the symbol master needs are a warning', async () => {
    const doctor = makeDoctor({ machine: lookUpOnly(['socket.fyers.in', 'api-t1.fyers.in']) });
    expect(await examine(namesCheck, doctor)).toEqual({
      status: 'warning',
      message: 'cannot find public.fyers.in; only the symbol master comes from there',
      hint: 'check the network',
    });
  });

  test('are not waited for longer than some seconds', async () => {
    const clock = new ManualClock();
    const looking = examine(namesCheck, makeDoctor({ clock, machine: { lookUp: () => {} } }));
    await expect.poll(() => clock.pending).toBe(3);
    clock.advance(8_000);
    expect(await looking).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('the name service does not answer'),
    });
  });

  test('behind a proxy only its own name is looked for', async () => {
    const env = { HTTPS_PROXY: 'http://user:geheim@proxy.example:3128' };
    const found = makeDoctor({ env, machine: lookUpOnly(['proxy.example']) });
    expect(await examine(namesCheck, found)).toEqual({ status: 'ok', message: 'found the proxy proxy.example' });
    const lost = makeDoctor({ env, machine: lookUpOnly(FYERS) });
    expect(await examine(namesCheck, lost)).toEqual({
      status: 'failed',
      message: 'cannot find the proxy proxy.example',
      hint: 'check the proxy that HTTPS_PROXY names',
      exit: 5,
    });
    expect(lost.network.whyUnreachable(new URL('https://api-t1.fyers.in'))).toBeDefined();
  });

  test('an address needs none', async () => {
    const doctor = makeDoctor({ env: plainAt(1), machine: lookUpOnly([]) });
    expect(await examine(namesCheck, doctor)).toMatchObject({ status: 'ok', message: 'no server is given by a name' });
  });
});

describe('tls', () => {
  const startTls = (name: Parameters<typeof readCertificate>[0]) =>
    listen(createTlsServer(readCertificate(name), () => {}));

  test('a server of this machine without TLS', async () => {
    const port = await listen(createNetServer(() => {}));
    expect(await examine(tlsCheck, makeDoctor({ env: plainAt(port) }))).toEqual({
      status: 'ok',
      message: `127.0.0.1:${port}: without TLS`,
    });
  });

  test('nothing listens', async () => {
    const port = await freePort();
    const doctor = makeDoctor({ env: plainAt(port) });
    expect(await examine(tlsCheck, doctor)).toEqual({
      status: 'failed',
      message: `127.0.0.1:${port} refused the connection`,
      hint: 'check the network',
      exit: 5,
    });
    expect(doctor.network.whyUnreachable(new URL(`ws://127.0.0.1:${port}`))).toBeDefined();
  });

  test('a certificate that is not trusted', async () => {
    const port = await startTls('good');
    expect(await examine(tlsCheck, makeDoctor({ env: tlsAt(`localhost:${port}`) }))).toMatchObject({
      status: 'failed',
      message: expect.stringContaining(`the certificate of localhost:${port} is not trusted`),
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
      exit: 5,
    });
  });

  test('a server that does not speak TLS, and one that says nothing', async () => {
    const rude = await listen(createNetServer((socket) => socket.end('HTTP/1.1 400 No\r\n\r\n')));
    expect(await examine(tlsCheck, makeDoctor({ env: tlsAt(`localhost:${rude}`) }))).toMatchObject({
      status: 'failed',
      exit: 5,
    });
    const mute = await listen(createNetServer(() => {}));
    const clock = new ManualClock();
    const looking = examine(tlsCheck, makeDoctor({ env: tlsAt(`localhost:${mute}`), clock }));
    await expect.poll(() => clock.pending).toBe(1);
    clock.advance(8_000);
    expect(await looking).toMatchObject({ status: 'failed', message: `localhost:${mute} does not answer`, exit: 5 });
  });

  test('a server whose name was not found is not tried again', async () => {
    const doctor = makeDoctor({ env: tlsAt('feed.example') });
    doctor.network.add(new URL('https://feed.example'), 'cannot find feed.example');
    expect(await examine(tlsCheck, doctor)).toEqual({
      status: 'warning',
      message: 'not checked: no server was found',
      hint: undefined,
      isUntried: true,
    });
  });

  describe('through a proxy', () => {
    async function lookThrough(status: number) {
      const proxy = await startProxy(await startTls('feed'));
      onTestFinished(() => proxy.close());
      proxy.status = status;
      const env = { ...tlsAt('feed.example'), HTTPS_PROXY: `http://user:geheim@127.0.0.1:${proxy.port}` };
      const result = await examine(tlsCheck, makeDoctor({ env }));
      expect(JSON.stringify(result)).not.toContain('geheim');
      return { proxy, result };
    }

    test('that connects, the certificate is what counts', async () => {
      const { proxy, result } = await lookThrough(200);
      expect(proxy.asked).toEqual(['feed.example:443']);
      expect(result).toMatchObject({
        status: 'failed',
        message: expect.stringContaining('the certificate of feed.example is not trusted'),
      });
    });

    test.each([
      [403, /did not connect to feed\.example \(HTTP 403\)/, /administrator|NO_PROXY/],
      [407, /HTTP 407/, /user and a password/],
    ])('that refuses with %d', async (status, message, hint) => {
      const { result } = await lookThrough(status);
      expect(result).toMatchObject({ status: 'failed', exit: 5 });
      expect(result.message).toMatch(message);
      expect(result.hint).toMatch(hint);
    });

    test('that is not there', async () => {
      const env = { ...tlsAt('feed.example'), HTTPS_PROXY: `http://127.0.0.1:${await freePort()}` };
      expect(await examine(tlsCheck, makeDoctor({ env }))).toMatchObject({
        status: 'failed',
        message: expect.stringMatching(/^the proxy 127\.0\.0\.1:\d+ refused the connection$/),
        hint: 'check the proxy that HTTPS_PROXY names',
        exit: 5,
      });
    });
  });
});
