import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { spawnDetached } from '../../../src/lib/host/detached-process.ts';
import { type EarlyHub, startEarlyHub } from '../../../src/lib/hub/daemon/early-hub.ts';
import { locateHub } from '../../../src/lib/hub/daemon/hub-location.ts';

/** Answers when its configuration is whole, as a hub does. */
const ANSWERS = `process.stdin.on('data', () => {}).on('end', () => require('fs').writeSync(3, '{"ready":true}\\n'))`;
const QUOTE = ['quote', 'NSE:SBIN-EQ', '--fields', 'symbol,ltp'];

let home: string;
let env: Record<string, string>;

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'early-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  env = { HOME: home, FYERS_ACCESS_TOKEN: 'APP-100:made.up.token' };
});

function start(argv: readonly string[] = QUOTE, command = [process.execPath, '-e', ANSWERS]): EarlyHub | undefined {
  const early = startEarlyHub(argv, env, command);
  if (early) onTestFinished(() => early.discard());
  return early;
}

function write(name: string, text = ''): void {
  mkdirSync(path.dirname(path.join(home, name)), { recursive: true });
  writeFileSync(path.join(home, name), text);
}

describe('the process of a hub is started early', () => {
  it.each([[QUOTE], [['stream', 'depth', 'NSE:SBIN-EQ']], [['record', 'NSE:SBIN-EQ']], [[...QUOTE, '--raw']]])(
    'for %j',
    (argv) => {
      expect(start(argv)).toBeDefined();
    },
  );

  it('for a login in the place of a token', () => {
    env = { HOME: home };
    expect(start()).toBeUndefined();
    write('.config/tickpipe/tokens/default.json');
    expect(start()).toBeDefined();
  });

  it.each([
    [['status']],
    [['stream']],
    [['stream', 'nonsense']],
    [[]],
    [[...QUOTE, '--direct']],
    [['record', 'NSE:SBIN-EQ', '--detach']],
    [['record', 'NSE:SBIN-EQ', '--raw']],
    [[...QUOTE, '--feed', 'sim']],
    [[...QUOTE, '--feed=sim']],
    [[...QUOTE, '--help']],
    [['quote', '--fields', 'help']],
    [[...QUOTE, '--profile=night']],
  ])('not for %j', (argv) => {
    expect(start(argv)).toBeUndefined();
  });

  it.each([
    ['where a variable says otherwise', () => Object.assign(env, { TICKPIPE_FEED: 'sim' })],
    [
      'where the configuration says otherwise',
      () => write('.config/tickpipe/config.json', '{"profiles":{"x":{"feed":"sim"}}}'),
    ],
    ['where a hub seems to run', () => write('.tickpipe/run/1856685d38a92cc4.sock')],
    ['where sockets are elsewhere', () => Object.assign(env, { TICKPIPE_RUN_DIR: `/tmp/${'x'.repeat(80)}` })],
    ['without a home', () => Object.assign(env, { HOME: '' })],
  ])('not %s', (_, change) => {
    change();
    expect(start()).toBeUndefined();
  });
});

it.each([
  ['is started', 78],
  ['is not started, because sockets are elsewhere', 79],
])('with a run directory of the longest path for sockets, and one byte more, it %s', (_, bytes) => {
  const directory = path.join(home, 'x'.repeat(bytes - Buffer.byteLength(home) - 1));
  env = { ...env, TICKPIPE_RUN_DIR: directory };
  const isStarted = start() !== undefined;
  expect(isStarted).toBe(bytes === 78);
  expect(path.dirname(locateHub({ kind: 'sim' }, env).socketPath) === directory).toBe(isStarted);
});

describe('a process that was started early', () => {
  it('is given to one caller, gets its configuration and answers', async () => {
    const early = start();
    const child = early?.take();
    expect(early?.take()).toBeUndefined();
    // The caller's from now on.
    early?.discard();
    const { pid, answer } = await spawnDetached([], {}, { made: 'up' }, new AbortController().signal, child);
    expect(pid).toBe(child?.pid);
    expect(answer).toEqual({ ready: true });
  });

  it('ends when it is not needed', async () => {
    const marker = path.join(home, 'ended');
    const script = `process.stdin.on('data', () => {}).on('end', () => require('fs').writeFileSync(${JSON.stringify(marker)}, ''))`;
    const early = start(QUOTE, [process.execPath, '-e', script]);
    early?.discard();
    early?.discard();
    expect(early?.take()).toBeUndefined();
    await expect.poll(() => existsSync(marker)).toBe(true);
  });

  it('is not used when it could not be started', () => {
    expect(start(QUOTE, ['/nowhere/node'])?.take()).toBeUndefined();
  });

  it('is not used when it has ended', async () => {
    const early = start(QUOTE, [process.execPath, '-e', '0']);
    // Its end is seen in a later turn than the end of its pipes.
    await expect.poll(() => early?.hasEnded).toBe(true);
    expect(early?.take()).toBeUndefined();
  });
});
