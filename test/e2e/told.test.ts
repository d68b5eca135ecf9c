import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ended, SharedAccount, ticksOf } from './hub/shared-account.ts';
import { emptyFolder, rowsOf, run, type StartOptions, start } from './program.ts';
import { listFiles } from './record/recordings.ts';

const SBIN = 'NSE:SBIN-EQ';
const SIM = ['--feed', 'sim'];

describe('off a terminal a good run says nothing:', () => {
  it.each([
    ['stream symbols', ['stream', 'symbols', SBIN, '--count', '2', ...SIM]],
    [
      'stream with a private simulator',
      ['stream', 'lite', SBIN, '--count', '1', ...SIM],
      { TICKPIPE_DIRECT: undefined },
    ],
    ['quote', ['quote', SBIN, ...SIM]],
    ['record', ['record', SBIN, '--count', '2', '--dir', emptyDir, ...SIM]],
    ['JSON', ['quote', SBIN, '--log-format', 'json', ...SIM]],
  ] as const)('%s', async (_, args, env: StartOptions['env'] = {}) => {
    const filled = args.map((arg) => (typeof arg === 'string' ? arg : arg()));
    expect(await run(filled, { env })).toMatchObject({ status: 0, stderr: '' });
  });

  it('record, replay and compact of the same rows', async () => {
    const dir = emptyFolder();
    expect(await run(['record', SBIN, '--count', '3', '--dir', dir, ...SIM])).toMatchObject({ status: 0, stderr: '' });
    expect(await run(['replay', dir, '--speed', 'max'])).toMatchObject({ status: 0, stderr: '' });
    expect(await run(['compact', dir])).toMatchObject({ status: 0, stderr: '' });
    expect(await run(['compact', dir])).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  it('through a hub, from the first command to the end of the hub', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    expect(await account.run(['quote', SBIN])).toMatchObject({ status: 0, stderr: '' });
    const dir = emptyFolder();
    expect(await account.run(['record', SBIN, '--dir', dir, '--detach'])).toMatchObject({ status: 0, stderr: '' });
    await expect.poll(() => listFiles(dir).length).toBe(2);
    const [recording] = (await account.status()).sessions;
    // The recording ends with the hub: there is nobody who starts another.
    expect(await account.run(['stop'])).toMatchObject({ status: 0, stdout: '', stderr: '' });
    await ended(recording?.pid ?? 0);
  });
});

function emptyDir(): string {
  return emptyFolder();
}

describe('what makes the status other than 0 is said under --quiet, too:', () => {
  it.each([
    [
      'an unknown symbol of a stream',
      ['stream', 'symbols', SBIN, 'NSE:NOPE-EQ', '--count', '2'],
      3,
      'warning: unknown symbol NSE:NOPE-EQ\n',
    ],
    ['an unknown symbol of a quote', ['quote', SBIN, 'NSE:NOPE-EQ'], 3, 'warning: unknown symbol NSE:NOPE-EQ\n'],
    [
      'a symbol that never ticked',
      ['quote', SBIN, 'NSE:SIMSILENT-INDEX', '--timeout', '4s'],
      3,
      'error: no row of NSE:SIMSILENT-INDEX\n',
    ],
    [
      'a symbol that is not recorded',
      ['record', SBIN, 'NSE:NOPE-EQ', '--count', '2', '--dir', emptyDir],
      3,
      'warning: unknown symbol NSE:NOPE-EQ\n',
    ],
  ] as const)('%s', async (_, args, status, words) => {
    const filled = args.map((arg) => (typeof arg === 'string' ? arg : arg()));
    const done = await run([...filled, ...SIM, '--quiet']);
    expect(done.status).toBe(status);
    expect(done.stderr).toContain(words);
    expect(done.stderr).not.toContain('ticks from');
  });

  it('what could not be added to a session, or dropped from it', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    const running = account.start(['stream', 'symbols', SBIN]);
    await running.until(() => ticksOf(running).length > 0);
    const added = await account.run(['subscribe', 'NSE:INFY-EQ', 'NSE:NOPE-EQ', '--quiet']);
    expect(added).toMatchObject({ status: 3, stderr: 'warning: unknown symbol NSE:NOPE-EQ\n' });
    const dropped = await account.run(['unsubscribe', 'NSE:TCS-EQ', '--quiet']);
    expect(dropped).toMatchObject({ status: 3, stderr: 'warning: nothing to drop: NSE:TCS-EQ not subscribed\n' });
    expect(rowsOf(dropped.stdout)).toMatchObject([{ status: 'not_subscribed' }]);
  });

  it('where a recording is damaged', async () => {
    const dir = emptyFolder();
    expect((await run(['record', SBIN, '--count', '5', '--no-gzip', '--dir', dir, ...SIM])).status).toBe(0);
    const [file = ''] = listFiles(dir).filter((name) => name.endsWith('.ndjson'));
    writeFileSync(path.join(dir, file), '{"type":"SymbolUpdate"', { flag: 'a' });
    const { status, stderr } = await run(['replay', dir, '--speed', 'max', '--quiet']);
    expect(status).toBe(8);
    expect(stderr).toMatch(/^warning: .*\.ndjson: 22 bytes at offset /);
  });
});

it('a break and its end are said wherever nobody watches, the one with the other', async () => {
  const account = await SharedAccount.create({ rate: 200 });
  const running = account.start(['stream', 'symbols', SBIN]);
  await running.until(() => ticksOf(running).length > 0);
  account.simulator.inject({ name: 'drop' });
  await running.until(() => /^connected again after /m.test(running.stderr));
  expect(running.stderr).toMatch(/^warning: connection lost/);
});

it('an end by somebody else is said by what serves an address', async () => {
  const env = { HOME: emptyFolder(), TICKPIPE_DIRECT: undefined };
  const serving = start(['serve', '--port', '0', ...SIM], { env });
  await serving.until(() => serving.stderr.includes('serving at'));
  expect((await run(['stop', ...SIM], { env })).status).toBe(0);
  expect((await serving.ended).stderr).toMatch(/^serving at \S+ \(--feed ws:\S+\)\nthe shared session was stopped\n$/);
});
