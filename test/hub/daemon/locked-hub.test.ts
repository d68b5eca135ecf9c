import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/lib/clock/clock.ts';
import { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import { findFeedHolder, lockFeed } from '../../../src/lib/feed/feed-identity.ts';
import type { SpawnResult } from '../../../src/lib/host/spawn-result.ts';
import { type HubLocation, locateHub } from '../../../src/lib/hub/daemon/hub-location.ts';
import type { HubSpawnConfig } from '../../../src/lib/hub/daemon/hub-spawn-config.ts';
import {
  type HubEnd,
  type LockedHubOptions,
  runLockedHub,
  type ServedHub,
} from '../../../src/lib/hub/daemon/locked-hub.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const CONFIG: HubSpawnConfig = {
  identity: {
    kind: 'fyers',
    socketUrl: 'ws://127.0.0.1:1/',
    dataUrl: 'http://127.0.0.1:1',
    userId: 'X',
    simulated: false,
  },
  stallTimeoutMs: 0,
  lingerMs: 10_000,
};

let folder: string;
let env: Record<string, string>;
let place: HubLocation;
let answers: SpawnResult[];
let finish: (why: HubEnd) => void;
let fail: (error: Error) => void;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-life-'));
  env = { TICKPIPE_RUN_DIR: path.join(folder, 'run'), XDG_STATE_HOME: folder };
  place = locateHub(CONFIG.identity, env);
  answers = [];
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/** Listens, and closes when told. */
const serve = async (listenPath: string): Promise<ServedHub> => {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listenPath, resolve);
  });
  const done = new Promise<HubEnd>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  return { done, close: () => new Promise((resolve) => server.close(() => resolve())) };
};

function run(more: Partial<LockedHubOptions> = {}): Promise<unknown> {
  return runLockedHub({
    config: CONFIG,
    env,
    clock: systemClock,
    ready: (answer) => answers.push(answer),
    signal: new AbortController().signal,
    serve,
    ...more,
  }).catch((error: unknown) => error);
}

const untilReady = () => vi.waitFor(() => expect(answers).toEqual([{ ready: true }]), { interval: 1, timeout: 20_000 });
const readLog = (): string => readFileSync(place.logFile, 'utf8');
const readRunDirectory = (): string[] => readdirSync(path.join(folder, 'run'));

describe('runLockedHub', () => {
  it('holds the lock as a hub before it touches the socket, and answers when it serves', async () => {
    writeFileSync(place.socketPath, 'stale');
    let before: unknown;
    const ended = run({
      serve: async (listenPath, config) => {
        before = {
          holder: await findFeedHolder(CONFIG.identity, env),
          stale: existsSync(listenPath),
          config,
          answers: [...answers],
        };
        return serve(listenPath);
      },
    });
    await untilReady();
    expect(before).toMatchObject({
      holder: { pid: process.pid, role: 'hub' },
      stale: false,
      config: CONFIG,
      answers: [],
    });
    finish('unused');
    expect(await ended).toBeUndefined();
    expect(readRunDirectory()).toEqual([]);
    expect(readLog()).toMatch(
      /^\S+ starting, pid \d+\n\S+ serving, pid \d+\n\S+ ending: no client is left\n\S+ ended\n$/,
    );
  });

  it('writes down why it ends', async () => {
    const stopped = run();
    await untilReady();
    finish('stopped');
    await stopped;
    answers = [];
    const life = new AbortController();
    const interrupted = run({ signal: life.signal });
    await untilReady();
    life.abort();
    await interrupted;
    expect(readLog().match(/stopped at the request of a user|interrupted by a signal/g)).toHaveLength(2);
  });

  it('makes its socket private from its first moment, and leaves the umask as it was', async () => {
    const umask = process.umask(0);
    let first = -1;
    const ended = run({
      serve: async (listenPath) => {
        const served = await serve(listenPath);
        first = statSync(listenPath).mode & 0o077;
        return served;
      },
    });
    await untilReady();
    expect(first).toBe(0);
    expect(statSync(place.socketPath).mode & 0o777).toBe(0o600);
    finish('unused');
    await ended;
    expect(process.umask(umask)).toBe(0);
  });

  const hang = (): Promise<never> => new Promise(() => {});

  it('ends with the signal while it starts, whatever it waits for', async () => {
    const stop = new AbortController();
    const ended = run({ signal: stop.signal, serve: hang });
    await vi.waitFor(() => expect(readLog()).toContain('starting'), { interval: 1, timeout: 20_000 });
    stop.abort('SIGTERM');
    expect(await ended).toBe('SIGTERM');
    expect(answers).toMatchObject([{ error: { code: 'HUB_UNAVAILABLE' } }]);
    expect(readLog()).toMatch(/interrupted by a signal\n$/);
    expect(readRunDirectory()).toEqual([]);
  });

  it('gives the lock back when it cannot start in time, and names itself', async () => {
    const clock = new ManualClock();
    const ended = run({ clock, serve: hang, startTimeoutMs: 10_000 });
    await vi.waitFor(() => expect(clock.pending).toBe(1), { interval: 1, timeout: 20_000 });
    clock.advance(10_000);
    const message = `the shared session (pid ${process.pid}) did not start within 10 s`;
    expect(await ended).toMatchObject({ code: 'HUB_UNAVAILABLE', message });
    expect(answers).toMatchObject([{ error: { message } }]);
    expect(readRunDirectory()).toEqual([]);
  });

  it('closes a hub that comes too late', async () => {
    const stop = new AbortController();
    let serveLate = (): void => {};
    const late = new Promise<void>((resolve) => {
      serveLate = resolve;
    });
    const closed = new Promise<void>((resolve) => {
      void run({
        signal: stop.signal,
        serve: async () => {
          await late;
          return { done: hang(), close: async () => resolve() };
        },
      }).then(serveLate);
    });
    await vi.waitFor(() => expect(readLog()).toContain('starting'), { interval: 1, timeout: 20_000 });
    stop.abort('SIGTERM');
    await closed;
  });

  it('removes the socket before it gives the lock back', async () => {
    const held: boolean[] = [];
    const ended = run({
      serve: async (listenPath) => {
        const served = await serve(listenPath);
        return {
          done: served.done,
          close: async () => {
            await served.close();
            writeFileSync(listenPath, '');
          },
        };
      },
    });
    await untilReady();
    const remove = process.removeListener.bind(process);
    vi.spyOn(process, 'removeListener').mockImplementation((name, listener) => {
      if (name === 'exit') held.push(existsSync(place.socketPath));
      return remove(name, listener);
    });
    finish('unused');
    await ended;
    expect(held).toEqual([false]);
  });

  it('ends with the signal', async () => {
    const stop = new AbortController();
    const ended = run({ signal: stop.signal });
    await untilReady();
    stop.abort();
    expect(await ended).toBeUndefined();
    expect(readRunDirectory()).toEqual([]);
  });

  it('does not begin under a signal that was given already', async () => {
    const error = await run({ signal: AbortSignal.abort(new Error('enough')), serve: () => expect.fail('it served') });
    expect(error).toMatchObject({ message: 'enough' });
    expect(readRunDirectory()).toEqual([]);
  });

  it.each([
    ['command', 'SECOND_CONNECTION'],
    ['hub', 'HUB_UNAVAILABLE'],
    ['starter', 'HUB_UNAVAILABLE'],
  ] as const)('touches nothing beside a %s that holds the lock: %s', async (role, code) => {
    const { signal } = new AbortController();
    const lock = await lockFeed(CONFIG.identity, role, { env, clock: systemClock, signal });
    writeFileSync(place.socketPath, 'its');
    const error = await run({ serve: () => expect.fail('it served') });
    expect(error).toMatchObject({ code });
    expect(answers).toMatchObject([{ error: { code } }]);
    expect(readFileSync(place.socketPath, 'utf8')).toBe('its');
    expect(existsSync(place.logFile)).toBe(false);
    lock.release();
  });

  it('answers and logs why it cannot serve', async () => {
    const failure = new TickpipeError('TOKEN_EXPIRED', 'token expired at 06:00 IST', { hint: 'make a new one' });
    expect(await run({ serve: () => Promise.reject(failure) })).toBe(failure);
    const { code, message, hint } = failure;
    expect(answers).toEqual([{ error: { code, message, hint } }]);
    expect(readLog()).toMatch(/\+05:30 failed: TOKEN_EXPIRED token expired at 06:00 IST\n$/);
    expect(readRunDirectory()).toEqual([]);
  });

  it('answers a bug without its message, which the log has', async () => {
    await run({ serve: () => Promise.reject(new Error('what nobody thought of')) });
    expect(answers).toMatchObject([{ error: { code: 'BUG', message: 'the program in the background failed' } }]);
    expect(readLog()).toContain('what nobody thought of');
  });

  it('answers once: a later failure is logged', async () => {
    const ended = run();
    await untilReady();
    fail(new Error('broken in the middle'));
    expect(await ended).toMatchObject({ message: 'broken in the middle' });
    expect(answers).toEqual([{ ready: true }]);
    expect(readLog()).toContain('broken in the middle');
    expect(readRunDirectory()).toEqual([]);
  });

  it('says so when something is in the way that is no socket', async () => {
    mkdirSync(place.socketPath);
    await run({ serve: () => expect.fail('it served') });
    expect(answers).toMatchObject([{ error: { code: 'BAD_CONFIGURATION' } }]);
  });

  it('does not wait for ever for one that does not close', async () => {
    const clock = new ManualClock();
    const ended = run({
      clock,
      serve: async (listenPath) => {
        const served = await serve(listenPath);
        return { done: served.done, close: () => served.close().then(() => new Promise(() => {})) };
      },
    });
    await untilReady();
    finish('unused');
    await vi.waitFor(() => expect(clock.pending).toBe(1), { interval: 1, timeout: 20_000 });
    clock.advance(8_000);
    expect(await ended).toBeUndefined();
    expect(readLog()).toMatch(/did not close in time\n$/);
    expect(readRunDirectory()).toEqual([]);
  });
});
