import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdirSync, openSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAccessToken } from '../../src/lib/auth/access-token.ts';
import { locateHub } from '../../src/lib/hub/daemon/hub-location.ts';
import { makeToken } from '../support/make-token.ts';
import { SharedAccount } from './hub/shared-account.ts';
import { afterTest, emptyFolder, environment, PROGRAM, Running, start } from './program.ts';

/*
 * A named pipe that nobody writes keeps a program from its end when it is opened or read with a blocking call: `process.exit`
 * waits for the threads of the pool.
 */

const SBIN = 'NSE:SBIN-EQ';
const UNTIL_LATER = 600_000;

function makePipe(folder = emptyFolder(), name = 'pipe'): string {
  const pipe = path.join(folder, name);
  execFileSync('mkfifo', [pipe]);
  return pipe;
}

/** Opens a pipe for writing once the program reads it. */
async function openWriter(pipe: string, { child }: Running): Promise<number> {
  for (;;) {
    try {
      return openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if (child.exitCode !== null) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

interface Waiting {
  readonly what: string;
  readonly args: (pipe: string) => readonly string[];
  readonly env?: (pipe: string) => Record<string, string>;
}

const LIVE = { TICKPIPE_SOCKET_URL: 'ws://127.0.0.1:9/', TICKPIPE_DATA_URL: 'http://127.0.0.1:9' };

const WAITING: readonly Waiting[] = [
  { what: 'a list', args: (pipe) => ['quote', '--file', pipe, '--feed', 'sim'] },
  { what: 'a token', args: (pipe) => ['stream', 'lite', SBIN, '--direct', '--token-file', pipe], env: () => LIVE },
  {
    what: 'a token for the shared session',
    args: (pipe) => ['stream', 'lite', SBIN, '--token-file', pipe],
    env: () => ({ ...LIVE, TICKPIPE_DIRECT: '' }),
  },
  { what: 'a token for status', args: (pipe) => ['status', '--token-file', pipe], env: () => LIVE },
  { what: 'a token for stop', args: (pipe) => ['stop', '--token-file', pipe], env: () => LIVE },
  { what: 'a token for serve', args: (pipe) => ['serve', '--port', '0', '--token-file', pipe], env: () => LIVE },
  {
    what: 'a token for a recording in the background',
    args: (pipe) => ['record', SBIN, '--detach', '--token-file', pipe],
    env: () => ({ ...LIVE, TICKPIPE_DIRECT: '' }),
  },
  { what: "a hub's bearer token", args: (pipe) => ['serve', '--feed', 'sim', '--port', '0', '--hub-token-file', pipe] },
];

function startWaiting({ args, env }: Waiting): { running: Running; pipe: string } {
  const home = emptyFolder();
  const pipe = makePipe(home);
  return { pipe, running: start(args(pipe), { cwd: home, env: { HOME: home, ...env?.(pipe) } }) };
}

it.each([false, true])(
  'a pipe as the configuration file is refused at once; in its usual place: %s',
  async (isUsual) => {
    const home = emptyFolder();
    const folder = path.join(home, '.config/tickpipe');
    mkdirSync(folder, { recursive: true });
    const pipe = makePipe(folder, 'config.json');
    const env = { HOME: home, TICKPIPE_CONFIG: isUsual ? '' : pipe };
    const { status, stderr } = await start(['quote', SBIN, '--feed', 'sim'], { env }).ended;
    expect(status).toBe(78);
    expect(stderr).toContain(`${pipe}: cannot be read: it is not a regular file`);
  },
);

describe('the first signal ends a program that waits for', () => {
  it.each(WAITING)('$what', async (waiting) => {
    const { running, pipe } = startWaiting(waiting);
    const writer = await openWriter(pipe, running);
    running.child.kill('SIGINT');
    expect(await running.ended).toMatchObject({ status: 130, stdout: '' });
    closeSync(writer);
  });
});

describe('--timeout holds while a command waits for', () => {
  it.each(WAITING.filter(({ args }) => ['quote', 'stream'].includes(args('')[0] ?? '')))('$what', async (waiting) => {
    const { running, pipe } = startWaiting({
      ...waiting,
      args: (name) => [...waiting.args(name), '--timeout', '1s'],
    });
    const writer = await openWriter(pipe, running).catch(() => undefined);
    const { status, stdout, stderr } = await running.ended;
    expect({ status, stdout }).toEqual({ status: 124, stdout: '' });
    const message = `no row came within 1 s: ${JSON.stringify(pipe)} was not written to its end`;
    expect(stderr).toBe(`error: ${message}\nhint: check the program that writes it\n`);
    if (writer !== undefined) closeSync(writer);
  });

  it('a list on stdin', async () => {
    const child = spawn(process.execPath, [PROGRAM, 'quote', '-', '--feed', 'sim', '--timeout', '1s'], {
      env: environment(),
      stdio: 'pipe',
    });
    const { status, stderr } = await new Running(child).ended;
    expect(status).toBe(124);
    expect(stderr).toMatch(/^error: no row came within 1 s: "stdin" was not written to its end\n/);
  });

  it('a shared session that starts too slowly', async () => {
    const home = emptyFolder();
    const token = makeToken({ exp: Math.floor(Date.now() / 1_000) + 3_600 });
    const env = { ...LIVE, HOME: home, TICKPIPE_DIRECT: '', FYERS_ACCESS_TOKEN: token };
    // It listens where the session's socket would be, and says nothing.
    const { userId } = parseAccessToken(token);
    const endpoints = { socketUrl: LIVE.TICKPIPE_SOCKET_URL, dataUrl: LIVE.TICKPIPE_DATA_URL };
    const { socketPath } = locateHub({ kind: 'fyers', ...endpoints, userId, simulated: false }, { HOME: home });
    const server = createServer().listen(socketPath);
    afterTest(() => server.close());
    await once(server, 'listening');
    const { status, stdout } = await start(['stream', 'lite', SBIN, '--timeout', '500ms'], { env }).ended;
    expect({ status, stdout }).toEqual({ status: 124, stdout: '' });
  });
});

describe('--token-file with a pipe', () => {
  it('starts the shared session with what the pipe gave, and leaves the pipe to its command', async () => {
    const account = await SharedAccount.create({}, UNTIL_LATER);
    const { token } = account.simulator;
    const env = { FYERS_ACCESS_TOKEN: undefined };
    const pipe = makePipe();
    const quote = account.start(['quote', SBIN, '--token-file', pipe], { env });
    const writer = await openWriter(pipe, quote);
    writeSync(writer, token);
    closeSync(writer);
    expect(await quote.ended).toMatchObject({ status: 0 });
    // Its hub goes on, and comes back by itself from a break, for which it reads its token anew.
    const stream = account.start(['stream', 'lite', SBIN, '--events']);
    await stream.until(() => stream.rows.length > 1);
    account.simulator.inject({ name: 'drop' });
    await stream.until(() => stream.rows.some(({ type }) => type === 'Gap'));
    expect(await account.run(['stop'])).toMatchObject({ status: 0 });
  });
});
