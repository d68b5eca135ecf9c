import { describe, expect, it } from 'vitest';
import { ask, parse, SocketUser } from '../../hub/core/hub-client.ts';
import { emptyFolder, type Running } from '../program.ts';
import { gapsOf, SharedAccount, ticksOf } from './shared-account.ts';

const SBIN = 'NSE:SBIN-EQ';
const WHO = "disconnected (asked over the hub's Unix socket)";

const breaksOf = ({ rows }: Running): unknown[] =>
  rows.filter(({ type, state }) => type === 'Status' && state === 'disconnected');

describe('a hub whose feed the owner disconnects', () => {
  it('is reported to all clients at once with the caller, and as a gap to all at the return', async () => {
    const account = await SharedAccount.create({ rate: 400 });
    const stream = account.start(['stream', 'symbols', SBIN, '--events']);
    await stream.until(() => ticksOf(stream).length > 3);
    const recording = account.start(['record', SBIN, '--dir', emptyFolder(), '--no-gzip']);
    const serving = account.start(['serve', '--port', '0']);
    await serving.until(() => serving.stderr.includes('serving at'));
    const url = /serving at (http:\S+)/.exec(serving.stderr)?.[1] ?? '';
    const socketPath = account.hubSocket();
    const page = await SocketUser.connect({ url, socketPath });
    await page.subscribe([SBIN]);
    await expect.poll(async () => (await account.status()).sessions.length).toBe(4);

    // Another user of the machine cannot end anybody's rows.
    const refused = await ask({ url, socketPath }, 'POST', '/api/websocket/disconnect');
    expect(refused.status).toBe(200);
    expect(parse(refused)).toMatchObject({ message: '2 sessions keep it connected', data: { connected: true } });

    const answer = await ask({ url, socketPath }, 'POST', '/api/websocket/disconnect', { unix: true });
    expect(parse(answer)).toMatchObject({ status: 'success', data: { connected: false } });
    for (const running of [stream, serving]) {
      await running.until(() => running.stderr.includes(`${WHO}, until a connect request or a new subscription`));
    }
    // Counted from the time of the break in the hub, which this client hears of a little later.
    await recording.until(() => /next try in 3\d\.\d s/.test(recording.stderr));
    expect(recording.stderr).toContain(`${WHO}, next try in 3`);
    await stream.until(() => breaksOf(stream).length > 0);
    expect(breaksOf(stream)).toEqual([
      { type: 'Status', state: 'disconnected', at: expect.any(Number), reason: 'disconnected' },
    ]);
    await page.next('status', ({ data }) => data?.['connected'] === false);
    expect((await ask({ url, socketPath }, 'GET', '/healthz')).status).toBe(503);
    expect((await account.status()).hub?.state).toBe('disconnected');

    await ask({ url, socketPath }, 'POST', '/api/websocket/connect');
    await stream.until(() => gapsOf(stream).length > 0);
    expect(gapsOf(stream)).toMatchObject([{ reason: 'disconnected', symbols: [SBIN] }]);
    await page.next('Gap');
    for (const running of [stream, recording, serving]) {
      await running.until(() => running.stderr.includes('connected again after'));
    }
    const before = ticksOf(stream).length;
    await stream.until(() => ticksOf(stream).length > before);
  });

  it('is connected by the next command, which has no break to report', async () => {
    const account = await SharedAccount.create({ rate: 400 });
    expect((await account.run(['quote', SBIN])).status).toBe(0);
    const socketPath = account.hubSocket();
    await ask({ url: 'http://hub', socketPath }, 'POST', '/api/websocket/disconnect', { unix: true });
    const { status, stderr } = await account.run(['quote', SBIN]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
