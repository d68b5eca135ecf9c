import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { SharedAccount } from './hub/shared-account.ts';
import { emptyFolder, type Running, start } from './program.ts';

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
  /** Where the pipe is to be, in a home of the program's own; anywhere when it does not matter. */
  readonly place?: readonly string[];
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
  {
    what: 'the configuration',
    args: () => ['quote', SBIN, '--feed', 'sim'],
    env: (pipe) => ({ TICKPIPE_CONFIG: pipe }),
  },
  {
    what: 'the configuration in its usual place',
    place: ['.config', 'tickpipe', 'config.json'],
    args: () => ['quote', SBIN, '--feed', 'sim'],
  },
];

function startWaiting({ place, args, env }: Waiting): { running: Running; pipe: string } {
  const home = emptyFolder();
  const folder = path.join(home, ...(place?.slice(0, -1) ?? []));
  mkdirSync(folder, { recursive: true });
  const pipe = makePipe(folder, place?.at(-1));
  return { pipe, running: start(args(pipe), { cwd: home, env: { HOME: home, ...env?.(pipe) } }) };
}

describe('the first signal ends a program that waits for', () => {
  it.each(WAITING)('$what', async (waiting) => {
    const { running, pipe } = startWaiting(waiting);
    const writer = await openWriter(pipe, running);
    running.child.kill('SIGINT');
    expect(await running.ended).toMatchObject({ status: 130, stdout: '' });
    closeSync(writer);
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
  }, 60_000);
});
