import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Doctor } from '../../../src/lib/cli/doctor/doctor.ts';
import { hubCheck } from '../../../src/lib/cli/doctor/hub-check.ts';
import { snapshotCheck } from '../../../src/lib/cli/doctor/snapshot-check.ts';
import { socketCheck } from '../../../src/lib/cli/doctor/socket-check.ts';
import { tokenCheck } from '../../../src/lib/cli/doctor/token-check.ts';
import { makeToken } from '../../support/make-token.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ScriptedServer } from '../../support/scripted-server.ts';
import { startTokenServer } from '../../symbols/token-server.ts';
import { examine, makeDoctor, makeFolder } from './make-doctor.ts';

const MARKET_HOURS = Date.parse('2026-11-23T10:00:00+05:30');
const SUNDAY = Date.parse('2026-11-22T10:00:00+05:30');
/** The token ends at 06:00 of the next day. */
const TOKEN = makeToken();

async function setUp(now = MARKET_HOURS) {
  const server = await ScriptedServer.start();
  const lookups = await startTokenServer();
  const home = makeFolder();
  const clock = new ManualClock(now);
  const doctor = makeDoctor({
    clock,
    env: {
      HOME: home,
      FYERS_ACCESS_TOKEN: TOKEN,
      TICKPIPE_SOCKET_URL: server.url,
      TICKPIPE_DATA_URL: lookups.dataUrl,
    },
  });
  onTestFinished(async () => {
    doctor.closeConnection();
    await server.close();
    await lookups.close();
  });
  return { server, clock, doctor, home };
}

/** Lets time pass until a check has ended. */
async function passTime<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  done.catch(() => {});
  while (!isDone) {
    clock.advance(100);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return done;
}

describe('socket and snapshot', () => {
  test('use one connection under the lock of the account, which is given back', async () => {
    const { server, doctor, home } = await setUp();
    expect(await examine(socketCheck, doctor)).toMatchObject({ status: 'ok' });
    expect(readdirSync(path.join(home, '.tickpipe/run')).some((name) => name.endsWith('.lock'))).toBe(true);
    expect((await examine(snapshotCheck, doctor)).message).toMatch(/^NSE:SBIN-EQ /);
    expect(server.connections).toBe(1);
    expect(readdirSync(home)).toEqual([]);
  });

  test('a folder that was there before stays', async () => {
    const { doctor, home } = await setUp();
    mkdirSync(path.join(home, '.tickpipe'));
    await examine(socketCheck, doctor);
    doctor.closeConnection();
    expect(readdirSync(home)).toEqual(['.tickpipe']);
    expect(readdirSync(path.join(home, '.tickpipe'))).toEqual([]);
  });

  test('a refused token', async () => {
    const { server, doctor, home } = await setUp();
    server.script.auth = 'refuse';
    await expect(examine(socketCheck, doctor)).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
    expect(readdirSync(home)).toEqual([]);
  });

  test('a socket that does not answer', async () => {
    const { server, clock, doctor } = await setUp();
    server.script.auth = 'ignore';
    await expect(passTime(clock, examine(socketCheck, doctor))).rejects.toMatchObject({
      code: 'FEED_UNREACHABLE',
      message: 'no answer to auth',
    });
  });

  test.each([
    [SUNDAY, { status: 'ok', message: expect.stringMatching(/^no row of NSE:SBIN-EQ: NSE closed .*opens .*09:15/) }],
    [MARKET_HOURS, { status: 'failed', message: 'no row of NSE:SBIN-EQ within 8 s', exit: 124 }],
  ])('no row: that is no failure while the market is closed (%d)', async (now, result) => {
    const { server, clock, doctor } = await setUp(now);
    server.script.subscribe = 'acknowledge';
    await examine(socketCheck, doctor);
    expect(await passTime(clock, examine(snapshotCheck, doctor))).toMatchObject(result);
  });

  test('a subscription that is refused', async () => {
    const { server, doctor } = await setUp();
    server.script.subscribe = 'refuse';
    await examine(socketCheck, doctor);
    await expect(examine(snapshotCheck, doctor)).rejects.toMatchObject({ code: 'SUBSCRIPTION_REFUSED' });
  });

  test('a row that is old in market hours', async () => {
    const { clock, doctor } = await setUp();
    await examine(socketCheck, doctor);
    // The server has 100 in every value, which is a moment of 1970.
    expect(await examine(snapshotCheck, doctor)).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('old'),
    });
    expect(clock.now()).toBe(MARKET_HOURS);
  });

  test('nothing is tried where the run directory is at fault', async () => {
    const { doctor, home } = await setUp();
    mkdirSync(path.join(home, '.tickpipe/run'), { recursive: true, mode: 0o777 });
    chmodSync(path.join(home, '.tickpipe/run'), 0o777);
    expect(await examine(socketCheck, doctor)).toMatchObject({ status: 'warning', isUntried: true });
    await expect(examine(hubCheck, doctor)).rejects.toMatchObject({ code: 'BAD_CONFIGURATION' });
  });
});

describe('token', () => {
  /** A broker that gives this answer to the call for the profile. */
  async function lookWith(status: number, body: object | string, env = {}, now = MARKET_HOURS) {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const TICKPIPE_AUTH_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
    const doctor: Doctor = makeDoctor({
      clock: new ManualClock(now),
      env: { FYERS_ACCESS_TOKEN: TOKEN, TICKPIPE_AUTH_URL, ...env },
    });
    return { asked, doctor, look: () => examine(tokenCheck, doctor), TICKPIPE_AUTH_URL };
  }

  test('accepted: source, end, and nothing of the profile', async () => {
    const { look, asked } = await lookWith(200, {
      s: 'ok',
      code: 200,
      data: { name: 'TEST PERSON', fy_id: 'XT00001' },
    });
    expect(await look()).toEqual({
      status: 'ok',
      message: 'from FYERS_ACCESS_TOKEN, ends on 2026-11-24 at 06:00 IST, accepted by the broker',
    });
    expect(asked).toEqual(['/api/profile']);
  });

  test('refused by the broker', async () => {
    const { look } = await lookWith(401, { s: 'error', code: -15, message: '<b>no</b>' });
    const result = await look();
    expect(result).toMatchObject({
      status: 'failed',
      exit: 4,
      message: expect.stringContaining('refused the access token'),
    });
    expect(result.message).not.toContain('<b>');
  });

  test('a broker that gives a page is a warning: nothing is known against the token', async () => {
    const { look } = await lookWith(502, '<html>Bad Gateway</html>');
    expect(await look()).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('the broker did not say whether it accepts it'),
    });
  });

  test('a broker that is out of reach is not asked', async () => {
    const { doctor, look, asked, TICKPIPE_AUTH_URL } = await lookWith(200, { s: 'ok' });
    doctor.network.add(new URL(TICKPIPE_AUTH_URL), 'cannot find it');
    expect(await look()).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('the broker was not asked: cannot find it'),
    });
    expect(asked).toEqual([]);
  });

  test('a password that expires soon, and a token that ends soon', async () => {
    const soon = Date.parse('2026-11-24T05:50:00+05:30');
    const { look } = await lookWith(200, { s: 'ok', data: { pwd_to_expire: 3 } }, {}, soon);
    const result = await look();
    expect(result.status).toBe('warning');
    expect(result.message).toContain('the FYERS password of this account expires in 3 days');
    expect(result.message).toContain('the token expires at 06:00 IST');
  });

  test.each([
    [{ FYERS_ACCESS_TOKEN: '' }, 'NO_TOKEN', /tickpipe login/],
    [{ FYERS_ACCESS_TOKEN: 'nonsense' }, 'TOKEN_MALFORMED', /./],
    [{ FYERS_ACCESS_TOKEN: makeToken({ exp: 1 }) }, 'TOKEN_EXPIRED', /./],
    [{ FYERS_ACCESS_TOKEN: makeToken({ sub: 'auth_code' }) }, 'TOKEN_WRONG_KIND', /./],
  ])('that cannot be used is not shown to the broker: %j', async (env, code, hint) => {
    const { look, asked } = await lookWith(200, { s: 'ok' }, env);
    await expect(look()).rejects.toMatchObject({ code, hint: expect.stringMatching(hint) });
    expect(asked).toEqual([]);
  });
});
