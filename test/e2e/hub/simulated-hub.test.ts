import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { ask } from '../../hub/core/hub-client.ts';
import { afterTest, emptyFolder, type Running, rowsOf, run, start } from '../program.ts';
import { ended, isRunning, kill, type Status, ticksOf } from './shared-account.ts';

const SBIN = 'NSE:SBIN-EQ';
const SIM = ['--feed', 'sim'];
const PRIVATE = 'no simulated hub runs: this simulator is private; to share one, run tickpipe serve --feed sim\n';

let env: Record<string, string | undefined>;

beforeEach(() => {
  env = { HOME: emptyFolder(), TICKPIPE_DIRECT: undefined, TICKPIPE_LINGER: '100ms' };
});

const simulated = (...args: string[]): ReturnType<typeof run> => run([...args, ...SIM], { env });

async function serve(): Promise<{ serving: Running; url: string }> {
  const serving = start(['serve', '--port', '0', ...SIM], { env });
  await serving.until(() => serving.stderr.includes('serving at'));
  return { serving, url: /serving at (http:\S+)/.exec(serving.stderr)?.[1] ?? '' };
}

async function readStatus(): Promise<Status> {
  return JSON.parse((await simulated('status')).stdout) as Status;
}

function findSocket(directory: string): string {
  const name = readdirSync(directory).find((one) => one.endsWith('.sock')) ?? '';
  return path.join(directory, name);
}

describe('--feed sim', () => {
  it('joins the simulated hub that runs: all commands about sessions see it', async () => {
    const { serving } = await serve();
    const running = start(['stream', 'symbols', SBIN, '--verbose', ...SIM], { env });
    await running.until(() => ticksOf(running).length > 0);
    expect(running.stderr).toContain(
      `ticks from the simulator, shared by hub pid ${serving.child.pid} (simulated prices)\n`,
    );
    expect(running.stderr).not.toContain('private');
    expect((await readStatus()).sessions).toMatchObject([{ pid: running.child.pid, command: 'stream symbols' }]);
    expect(rowsOf((await simulated('subscribe', 'NSE:INFY-EQ')).stdout)).toMatchObject([{ status: 'ok' }]);
    await running.until(() => ticksOf(running, 'NSE:INFY-EQ').length > 0);
    expect(ticksOf(running).every((row) => row['simulated'] === true)).toBe(true);
    expect((await simulated('unsubscribe', 'NSE:INFY-EQ', SBIN)).status).toBe(0);
    expect((await running.ended).status).toBe(0);

    const quote = await simulated('quote', SBIN, '--verbose');
    expect(quote).toMatchObject({ status: 0, stderr: expect.stringContaining(`hub pid ${serving.child.pid}`) });
    const dir = emptyFolder();
    const recorded = await simulated('record', SBIN, '--count', '2', '--dir', dir, '--verbose');
    expect(recorded).toMatchObject({ status: 0, stderr: expect.stringContaining(`hub pid ${serving.child.pid}`) });
    expect(await simulated('stop')).toMatchObject({ status: 0, stderr: '' });
    expect((await serving.ended).status).toBe(0);
  });

  it("has the shared simulator's history, which goes on into its bars", async () => {
    const { serving, url } = await serve();
    const running = start(['bars', '5s', SBIN, ...SIM, '--all-hours', '--history', '1h', '--verbose'], { env });
    await running.until(() => running.rows.some((row) => row['revision'] === 1));
    expect(running.rows.find((row) => row['revision'] === 1)).toMatchObject({ source: 'history', simulated: true });
    running.child.kill('SIGINT');
    await running.ended;
    const day = ['--interval', '1d', '--from', '2026-11-26', '--to', '2026-11-27'];
    const shared = await simulated('history', SBIN, ...day);
    expect([shared.status, rowsOf(shared.stdout).length]).toEqual([0, 2]);
    const elsewhere = await run(['history', SBIN, '--feed', url.replace('http', 'ws'), ...day, '-f', 'csv'], { env });
    expect([elsewhere.status, elsewhere.stdout.split('\n').length]).toEqual([0, 4]);
    expect(elsewhere.stdout).toContain(',source,simulated\n');
    serving.child.kill('SIGTERM');
    await serving.ended;
    // Its socket may be left behind: then a simulator of its own is asked.
    expect(await simulated('history', SBIN, ...day)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('1d'),
    });
  });

  it('has a hub that serves its documents, of this version of the program', async () => {
    const { url } = await serve();
    const program = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    for (const name of ['openapi.json', 'asyncapi.json']) {
      const answer = await fetch(`${url}/${name === 'openapi.json' ? name : `api/${name}`}`);
      expect(await answer.json()).toEqual(JSON.parse(readFileSync(`docs/${name}`, 'utf8')));
      expect(readFileSync(`docs/${name}`, 'utf8')).toContain(`"version": "${program.version}"`);
    }
  });

  it('has a recording on it connect again after a disconnection, also by the address of the hub', async () => {
    const { serving, url } = await serve();
    const recordings = ['sim', url].map((feed) =>
      start(['record', SBIN, '--dir', emptyFolder(), '--no-gzip', '--feed', feed], { env }),
    );
    await expect.poll(async () => (await readStatus()).sessions.length).toBe(2);
    const socketPath = findSocket(path.join(String(env['HOME']), '.tickpipe', 'run'));
    await ask({ url, socketPath }, 'POST', '/api/websocket/disconnect', { unix: true });
    for (const recording of recordings) await recording.until(() => recording.stderr.includes('next try in 30.0 s'));
    await serving.until(() => serving.stderr.includes('until a connect request or a new subscription'));
  });

  it('starts another hub when that is stopped, as on the live feed, and stop says so', async () => {
    const { serving } = await serve();
    const running = start(['stream', 'symbols', SBIN, '--events', ...SIM], { env });
    await running.until(() => ticksOf(running).length > 0);
    const { status, stderr } = await simulated('stop');
    const pid = running.child.pid;
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: `warning: stream symbols (pid ${pid}) still runs and starts another hub; to end it, too: kill ${pid}\n`,
    });
    await serving.ended;
    await running.until(() => running.rows.some(({ type }) => type === 'Gap'));
    const another = (await readStatus()).hub?.pid ?? 0;
    afterTest(() => kill(another));
    expect(another).not.toBe(serving.child.pid);
    running.child.kill('SIGTERM');
    expect((await running.ended).status).toBe(143);
    await ended(another);
  });

  it('is a private simulator where none runs, which is said, and makes no folder', async () => {
    const quote = await simulated('quote', SBIN, '--verbose');
    expect(quote.status).toBe(0);
    expect(quote.stderr.startsWith(`${PRIVATE}ticks from the simulator (simulated prices)\n`)).toBe(true);
    expect(existsSync(path.join(env['HOME'] ?? '', '.tickpipe'))).toBe(false);
  });

  it('is a private simulator where a hub was killed and left its socket', async () => {
    const { serving } = await serve();
    serving.child.kill('SIGKILL');
    await serving.ended;
    const quote = await simulated('quote', SBIN, '--verbose');
    expect(quote.status).toBe(0);
    expect(quote.stderr.startsWith(PRIVATE)).toBe(true);
  });

  it('is one of this process with --raw, beside a hub, too', async () => {
    const { serving } = await serve();
    const raw = await simulated('record', SBIN, '--raw', '--count', '1', '--dir', emptyFolder(), '--verbose');
    expect(raw).toMatchObject({ status: 0, stderr: expect.not.stringContaining('hub pid') });
    expect(isRunning(serving.child.pid ?? 0)).toBe(true);
    expect((await readStatus()).sessions).toEqual([]);
  });

  it('in a home that cannot have sockets is private, too', async () => {
    const runDirectory = emptyFolder();
    env = { ...env, TICKPIPE_RUN_DIR: path.join(runDirectory, 'file') };
    expect(await simulated('quote', SBIN)).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('the address that serve prints', () => {
  it('is taken by --feed in each form', async () => {
    const { serving, url } = await serve();
    const feed = /\(--feed (ws:\S+)\)/.exec(serving.stderr)?.[1] ?? '';
    expect(feed).toBe(url.replace('http', 'ws'));
    for (const address of [feed, url, new URL(url).host]) {
      const quote = await run(['quote', SBIN, '--feed', address], { env });
      expect(quote, address).toMatchObject({ status: 0, stderr: '' });
    }
  });
});

describe('subscribe into a recording of several kinds', () => {
  it('adds all of them, and says what does not exist', async () => {
    await serve();
    const dir = emptyFolder();
    const recording = start(['record', SBIN, '--type', 'symbols,depth,lite', '--dir', dir, '--verbose', ...SIM], {
      env,
    });
    await recording.until(() => recording.stderr.includes('connected'));
    await expect.poll(async () => (await readStatus()).subscriptions['DepthUpdate']).toEqual([SBIN]);
    const added = await simulated('subscribe', 'NSE:TCS-EQ', 'NSE:NIFTY50-INDEX');
    expect(added.status).toBe(0);
    expect(rowsOf(added.stdout)).toMatchObject([
      { symbol: 'NSE:TCS-EQ', status: 'ok' },
      { symbol: 'NSE:NIFTY50-INDEX', status: 'ok' },
    ]);
    expect(added.stderr).toMatch(
      /^warning: an index has no market depth; not added to s\d+: depth of NSE:NIFTY50-INDEX\n$/,
    );
    const { subscriptions } = await readStatus();
    expect(subscriptions).toEqual({
      SymbolUpdate: [SBIN, 'NSE:TCS-EQ'],
      IndexUpdate: ['NSE:NIFTY50-INDEX'],
      DepthUpdate: [SBIN, 'NSE:TCS-EQ'],
      LiteUpdate: [SBIN, 'NSE:TCS-EQ', 'NSE:NIFTY50-INDEX'],
    });
    const one = await simulated('subscribe', 'NSE:INFY-EQ', '--type', 'depth');
    expect(rowsOf(one.stdout)).toMatchObject([{ symbol: 'NSE:INFY-EQ', status: 'ok' }]);
    expect((await readStatus()).subscriptions['SymbolUpdate']).not.toContain('NSE:INFY-EQ');
    recording.child.kill('SIGINT');
    expect((await recording.ended).status).toBe(130);
  });

  it('that has only indices so far takes others, too', async () => {
    await serve();
    const dir = emptyFolder();
    const recording = start(['record', 'NSE:NIFTY50-INDEX', '--dir', dir, '--verbose', ...SIM], { env });
    await recording.until(() => recording.stderr.includes('connected'));
    await expect.poll(async () => (await readStatus()).subscriptions['IndexUpdate']).toEqual(['NSE:NIFTY50-INDEX']);
    expect(await simulated('subscribe', SBIN)).toMatchObject({ status: 0, stderr: '' });
    expect((await readStatus()).subscriptions['SymbolUpdate']).toEqual([SBIN]);
  });
});
