import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { parseSpawnResult } from '../../../src/lib/host/spawn-result.ts';
import { type HubSpawnConfig, readHubSpawnConfig } from '../../../src/lib/hub/daemon/hub-spawn-config.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const CONFIG: HubSpawnConfig = {
  identity: {
    kind: 'fyers',
    socketUrl: 'ws://127.0.0.1:1/',
    dataUrl: 'http://127.0.0.1:1',
    userId: 'X',
    simulated: false,
  },
  token: 'APP-100:made.up.token',
  tokenFile: '/home/x/token',
  appId: 'APP-100',
  stallTimeoutMs: 0,
  expected: [['IndexUpdate', 'NSE:NIFTY50-INDEX']],
  lingerMs: 10_000,
};

function read(text: string, clock = new ManualClock()): Promise<HubSpawnConfig> {
  const stdin = new PassThrough();
  stdin.end(text);
  return readHubSpawnConfig(stdin, clock, new AbortController().signal);
}

describe('readHubSpawnConfig', () => {
  it('reads what is to be done, whole or with the least there may be', async () => {
    expect(await read(JSON.stringify(CONFIG))).toEqual(CONFIG);
    const { identity, stallTimeoutMs, lingerMs } = CONFIG;
    expect(await read(JSON.stringify({ identity, stallTimeoutMs, lingerMs }))).toEqual({
      identity,
      stallTimeoutMs,
      lingerMs,
    });
  });

  it('ends its wait with the signal', async () => {
    const stop = new AbortController();
    const clock = new ManualClock();
    const config = readHubSpawnConfig(new PassThrough(), clock, stop.signal);
    stop.abort('SIGTERM');
    await expect(config).rejects.toBe('SIGTERM');
    expect(clock.pending).toBe(0);
  });

  it('leaves no timer', async () => {
    const clock = new ManualClock();
    await read(JSON.stringify(CONFIG), clock);
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'secret'],
    ['something else', '[]'],
    ['half of it', JSON.stringify(CONFIG).slice(0, 50)],
    ['a file in a directory that is not the hub’s', JSON.stringify({ ...CONFIG, tokenFile: 'token' })],
    ['a negative linger', JSON.stringify({ ...CONFIG, lingerMs: -1 })],
    ['a symbol that is none', JSON.stringify({ ...CONFIG, expected: [['SymbolUpdate', 'secret']] })],
    ['what it does not know', JSON.stringify({ ...CONFIG, secret: 1 })],
    ['too much', JSON.stringify({ ...CONFIG, token: 'x'.repeat(65_536) })],
  ])('refuses %s and quotes none of it', async (_, text) => {
    const error = await read(text).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'USAGE' });
    expect(JSON.stringify(error) + String(error)).not.toMatch(/secret|made\.up/);
  });

  it('does not wait for ever', async () => {
    const clock = new ManualClock();
    const config = readHubSpawnConfig(new PassThrough(), clock, new AbortController().signal);
    clock.advance(10_000);
    await expect(config).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('parseAnswer', () => {
  it('reads that a hub is ready, and why it is not', () => {
    expect(parseSpawnResult('{"ready":true}\n')).toEqual({ ready: true });
    const error = { code: 'NO_TOKEN', message: 'none', hint: 'give one' };
    expect(parseSpawnResult(JSON.stringify({ error }))).toEqual({ error });
  });

  it.each([
    '',
    '{',
    'null',
    '1',
    '{}',
    '{"ready":1}',
    '{"error":null}',
    '{"error":{"code":"NEW"}}',
    '{"error":{"code":"toString"}}',
  ])('takes %s for none', (line) => expect(parseSpawnResult(line)).toBeUndefined());
});
