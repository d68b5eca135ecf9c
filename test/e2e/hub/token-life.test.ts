import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyFolder, keepSecret } from '../program.ts';
import { sizeOf } from '../record/recordings.ts';
import { isRunning, kill, SharedAccount, ticksOf } from './shared-account.ts';

describe('a token that ends', () => {
  it('ends streams with 4; a command with a later one has the hub go on', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    const running = account.start(['stream', 'symbols', 'NSE:SBIN-EQ']);
    await running.until(() => ticksOf(running).length > 0);
    const pid = await account.hubPid();
    account.simulator.inject({ name: 'expire-token' });
    const { status, stderr } = await running.ended;
    expect(status).toBe(4);
    expect(stderr).toMatch(/^error: .*token.*\nhint: /m);
    const old = await account.run(['quote', 'NSE:SBIN-EQ']);
    expect(old).toMatchObject({ status: 4, stdout: '' });

    const { token } = account.simulator.issueToken();
    keepSecret(token);
    const fresh = await account.run(['quote', 'NSE:SBIN-EQ'], { env: { FYERS_ACCESS_TOKEN: token } });
    expect(fresh).toMatchObject({ status: 0 });
    expect(await account.hubPid()).toBe(pid);
  });

  it('has serve wait for its file to have another', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    const tokenFile = path.join(emptyFolder(), 'token');
    writeFileSync(tokenFile, account.simulator.token, { mode: 0o600 });
    const env = { FYERS_ACCESS_TOKEN: undefined };
    const serving = account.start(['serve', '--port', '0', '--token-file', tokenFile], { env });
    await serving.until(() => serving.stderr.includes('serving at'));
    const [, url = ''] = /serving at (http:\S+)/.exec(serving.stderr) ?? [];
    const subscribe = `${url}/api/websocket/subscribe?symbols=NSE:SBIN-EQ&data_type=SymbolUpdate`;
    expect((await fetch(subscribe, { method: 'POST' })).status).toBe(200);
    const value = `${url}/api/websocket/symbol/NSE:SBIN-EQ?data_type=SymbolUpdate`;
    await expect.poll(async () => (await fetch(value)).status).toBe(200);
    account.simulator.inject({ name: 'expire-token' });
    await serving.until(() => serving.stderr.includes('waiting for another token'));
    expect((await fetch(`${url}/healthz`)).status).toBe(503);
    const { token } = account.simulator.issueToken();
    keepSecret(token);
    writeFileSync(tokenFile, token);
    await serving.until(() => serving.stderr.includes('connected again') && serving.stderr.includes('no ticks from'));
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    serving.child.kill('SIGINT');
    expect((await serving.ended).status).toBe(130);
  });

  it('has a recording wait for its file to have another, even if the hub is killed meanwhile', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    const tokenFile = path.join(emptyFolder(), 'token');
    writeFileSync(tokenFile, account.simulator.token, { mode: 0o600 });
    const folder = emptyFolder();
    const env = { FYERS_ACCESS_TOKEN: undefined };
    const options = ['--dir', folder, '--no-gzip', '--token-file', tokenFile, '--log-format', 'json', '--verbose'];
    const recording = account.start(['record', 'NSE:SBIN-EQ', ...options], { env });
    await recording.until(() => recording.stderr.includes('"event":"source"'));
    await expect.poll(() => sizeOf(folder)).toBeGreaterThan(0);
    const [first] = account.holders();
    account.simulator.inject({ name: 'expire-token' });
    const waits = () => recording.stderr.split('waiting for another token').length - 1;
    await recording.until(() => waits() === 1);
    kill(first as number);
    // The next hub is refused as the first was.
    await expect.poll(() => account.holders().filter((pid) => pid !== first && isRunning(pid))).toHaveLength(1);
    const { token } = account.simulator.issueToken();
    keepSecret(token);
    writeFileSync(tokenFile, token);
    const gaps = () => recording.stderr.split('"event":"gap"').length - 1;
    await recording.until(() => gaps() === 1);
    const before = sizeOf(folder);
    await expect.poll(() => sizeOf(folder)).toBeGreaterThan(before);
    expect(gaps()).toBe(1);
    recording.child.kill('SIGINT');
    expect((await recording.ended).status).toBe(130);
  }, 90_000);

  it('is replaced by that of a serve that comes to share the hub', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    expect(await account.run(['quote', 'NSE:SBIN-EQ'])).toMatchObject({ status: 0 });
    const pid = await account.hubPid();
    account.simulator.inject({ name: 'expire-token' });
    await expect.poll(async () => (await account.run(['quote', 'NSE:TCS-EQ'])).status).toBe(4);
    const { token } = account.simulator.issueToken();
    keepSecret(token);
    const serving = account.start(['serve', '--port', '0'], { env: { FYERS_ACCESS_TOKEN: token } });
    await serving.until(() => serving.stderr.includes('serving at'));
    const [, url = ''] = /serving at (http:\S+)/.exec(serving.stderr) ?? [];
    const subscribe = `${url}/api/websocket/subscribe?symbols=NSE:SBIN-EQ&data_type=SymbolUpdate`;
    expect((await fetch(subscribe, { method: 'POST' })).status).toBe(200);
    await expect.poll(async () => (await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await account.hubPid()).toBe(pid);
  });
});
