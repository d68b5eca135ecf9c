import { execFile, type IOType, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { type Clock, systemClock } from '../../../src/lib/clock/clock.ts';
import { findFeedHolder, lockFeed } from '../../../src/lib/feed/feed-identity.ts';
import type { LockRole, ProcessLock } from '../../../src/lib/host/process-lock.ts';
import { attachHub } from '../../../src/lib/hub/daemon/attach-hub.ts';
import { locateHub } from '../../../src/lib/hub/daemon/hub-location.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import {
  attachIn,
  CONFIG,
  endStarter,
  env,
  fixture,
  isAlive,
  kill,
  killHub,
  raceForHub,
  readNotes,
  runDirectory,
  scratch,
  servingPids,
  startStarter,
  TOKEN,
  tell,
} from './starters.ts';

const run = promisify(execFile);

const holdLock = (role: LockRole): Promise<ProcessLock> =>
  lockFeed(CONFIG.identity, role, { env, clock: systemClock, signal: new AbortController().signal });

const untilHeldBy = (role: LockRole): Promise<void> =>
  vi.waitFor(async () => expect(await findFeedHolder(CONFIG.identity, env)).toMatchObject({ role }), {
    interval: 2,
    timeout: 20_000,
  });

describe('eight commands at once', () => {
  it('end with one hub for all over the socket of a killed one, every time', () => raceForHub(10));

  it('start one hub, whose start takes long', async () => {
    // The hub that is started waits for a file before it takes its lock.
    const gate = path.join(runDirectory, 'gate');
    const slow = startStarter({ HUB_GATE: gate });
    const first = attachIn(slow);
    await untilHeldBy('starter');
    const rest = Array.from({ length: 3 }, () => attachIn(startStarter()));
    expect(await servingPids()).toEqual([]);
    await writeFile(gate, '');
    const pids = await Promise.all([first, ...rest]);
    expect(await servingPids()).toEqual([pids[0]]);
    expect(new Set(pids).size).toBe(1);
    await untilHeldBy('hub');
  });

  it('start another hub when the command that began it was killed', async () => {
    const gate = path.join(runDirectory, 'gate');
    const slow = startStarter({ HUB_GATE: gate });
    attachIn(slow).catch(() => {});
    await untilHeldBy('starter');
    const other = attachIn(startStarter());
    await endStarter(slow);
    const pid = await other;
    await writeFile(gate, '');
    expect(await attachIn(startStarter())).toBe(pid);
    expect(await servingPids()).toEqual([pid]);
  });
});

describe('a hub in the background', () => {
  it('is shared, and given the token without showing it', async () => {
    const secrets = { FYERS_ACCESS_TOKEN: TOKEN, TICKPIPE_HUB_TOKEN: 'bearer-secret', FYERS_APP_ID: 'TESTAPP001-100' };
    const [first, second] = [startStarter(secrets), startStarter()];
    const report = await tell(first, { attach: CONFIG });
    const pid = report.pid as number;
    expect(report.token).toBe(TOKEN);
    expect(await attachIn(second)).toBe(pid);
    const shown = readFileSync(`/proc/${pid}/environ`, 'latin1') + readFileSync(`/proc/${pid}/cmdline`, 'latin1');
    expect(shown).toContain(`TICKPIPE_RUN_DIR=${runDirectory}`);
    expect(shown).not.toMatch(/TESTAPP|token|secret|FYERS|XT00001/i);
  });

  it('shares nothing with the command that started it: process group, session, directory, streams', async () => {
    const pid = await attachIn(startStarter());
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
    expect({ group: Number(fields[2]), session: Number(fields[3]) }).toEqual({ group: pid, session: pid });
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/');
    expect(readlinkSync(`/proc/${pid}/fd/1`)).toBe('/dev/null');
    expect(readlinkSync(`/proc/${pid}/fd/2`)).toBe('/dev/null');
  });

  it('keeps its socket and its log to the user', async () => {
    await chmod(runDirectory, 0o700);
    await attachIn(startStarter());
    const { socketPath, logFile } = locateHub(CONFIG.identity, env);
    expect((await stat(socketPath)).mode & 0o777).toBe(0o600);
    expect((await stat(logFile)).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(logFile))).mode & 0o777).toBe(0o700);
    expect(await readFile(logFile, 'utf8')).not.toContain('TESTAPP');
  });

  it.each([
    ['a command substitution', '[$(NODE FIXTURE once CONFIG)]'],
    ['a pipe', '[$(NODE FIXTURE once CONFIG 2>&1 | cat)]'],
    ['another descriptor of the shell', '[$(exec 9>&1; NODE FIXTURE once CONFIG)]'],
  ])('does not keep %s waiting', async (_, script) => {
    const words: Record<string, string> = {
      NODE: process.execPath,
      FIXTURE: fixture,
      CONFIG: `'${JSON.stringify(CONFIG)}'`,
    };
    const text = script.replace(/NODE|FIXTURE|CONFIG/g, (word) => words[word] as string);
    const { stdout } = await run('/bin/sh', ['-c', `echo "${text}"`], { env, timeout: 20_000 });
    const [pid] = await servingPids();
    expect(stdout).toBe(`[${pid}]\n`);
    expect(isAlive(pid as number)).toBe(true);
  });

  it('keeps nothing open that the command was started with, whatever its number', async () => {
    const stdio = Array.from({ length: 64 }, (_, fd) => ([1, 17, 40, 63].includes(fd) ? 'pipe' : 'ignore') as IOType);
    const command = spawn(process.execPath, [fixture, 'once', JSON.stringify(CONFIG)], { env, stdio });
    // Comes when all of its pipes have ended.
    expect(await once(command, 'close')).toEqual([0, null]);
    const [pid] = await servingPids();
    expect(isAlive(pid as number)).toBe(true);
    const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    expect(open.filter((target) => target.startsWith('/') && target !== '/dev/null')).toEqual([]);
  });

  it('outlives the command that started it', async () => {
    const [first, second] = [startStarter(), startStarter()];
    const pid = await attachIn(first);
    await endStarter(first);
    expect(await attachIn(second)).toBe(pid);
  });

  it('is replaced when it was killed', async () => {
    const starter = startStarter();
    const pid = await attachIn(starter);
    await killHub(pid);
    expect(await attachIn(starter)).not.toBe(pid);
    expect(await servingPids()).toHaveLength(2);
  });

  it('takes its socket and lock with it when its linger is over', async () => {
    const starter = startStarter();
    await attachIn(starter, { ...CONFIG, lingerMs: 300 });
    await tell(starter, { leave: true });
    await vi.waitFor(async () => expect(await readdir(runDirectory)).toEqual(['notes']), { timeout: 20_000 });
    expect((await readNotes()).map((line) => line.split(' ')[0])).toEqual(['serving', 'left']);
  });

  it('is waited for while it leaves, so that there are never two', async () => {
    const starter = startStarter();
    const leaving = await attachIn(starter, { ...CONFIG, lingerMs: 300 });
    await writeFile(path.join(runDirectory, 'hold'), '');
    await tell(starter, { leave: true });
    const { socketPath } = locateHub(CONFIG.identity, env);
    await vi.waitFor(() => expect(existsSync(socketPath)).toBe(false), { timeout: 20_000 });
    let looks = 0;
    const clock: Clock = {
      ...systemClock,
      after: (ms, act) => {
        looks++;
        return systemClock.after(ms, act);
      },
    };
    const command = [process.execPath, fixture, 'hub'];
    const { signal } = new AbortController();
    const next = attachHub({ config: CONFIG, env, command, query: new URLSearchParams(), clock, signal });
    // Beside the deadline each is a pause between two looks.
    await vi.waitFor(() => expect(looks).toBeGreaterThan(3), { interval: 2, timeout: 20_000 });
    expect(await servingPids()).toEqual([leaving]);
    await rm(path.join(runDirectory, 'hold'));
    (await next).terminate();
    const [, pid] = await servingPids();
    expect(await readNotes()).toEqual([`serving ${leaving}`, `left ${leaving}`, `serving ${pid}`]);
  });

  it('may have a run directory too deep for a socket', async () => {
    const deep = path.join(runDirectory, 'd'.repeat(120));
    await mkdir(deep, { mode: 0o700 });
    await writeFile(path.join(deep, 'notes'), '');
    const starter = startStarter({ TICKPIPE_RUN_DIR: deep });
    const pid = await attachIn(starter);
    const { socketPath } = locateHub(CONFIG.identity, { ...env, TICKPIPE_RUN_DIR: deep });
    expect((await stat(socketPath)).mode & 0o777).toBe(0o600);
    kill(pid, 'SIGTERM');
    await vi.waitFor(() => expect(existsSync(socketPath)).toBe(false), { timeout: 20_000 });
  });
});

describe('attachHub', () => {
  const hubScript = (script: string): string[] => [process.execPath, '-e', script];

  function attach(command: readonly string[], clock = new ManualClock(), signal = new AbortController().signal) {
    const query = new URLSearchParams();
    return attachHub({ config: CONFIG, env, command, query, clock, signal }).then(
      () => expect.fail('it attached'),
      (error: unknown) => error,
    );
  }

  /** Moves time on until it is settled. */
  async function runOut<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settled = promise.finally(() => {
      isSettled = true;
    });
    while (!isSettled) {
      // Beside the deadline there is a pause: nothing else is waited for.
      if (clock.pending > 1) clock.advance(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return settled;
  }

  it('is refused beside a command that has the connection for itself', async () => {
    const lock = await holdLock('command');
    const error = await attach(hubScript('never started'));
    lock.release();
    expect(error).toMatchObject({ code: 'SECOND_CONNECTION', exit: 6 });
    expect(await readdir(runDirectory)).toEqual([]);
  });

  it.each(['TOKEN_EXPIRED', 'SECOND_CONNECTION', 'BAD_CONFIGURATION'])(
    'passes on what the hub fails with for good: %s',
    async (code) => {
      const answer = JSON.stringify({ error: { code, message: 'why', hint: 'what to do' } });
      const error = await attach(hubScript(`require('fs').writeSync(3, ${JSON.stringify(`${answer}\n`)})`));
      expect(error).toMatchObject({ code, message: 'why', hint: 'what to do' });
    },
  );

  it.each([
    ['ends without a word', hubScript('process.exit(0)'), 'the hub ended before it was ready'],
    ['says something else', hubScript(`require('fs').writeSync(3, '{"error":{"code":"NEW"}}\\n')`), 'ended before'],
    [
      'fails for now',
      hubScript(
        `require('fs').writeSync(3, '{"error":{"code":"FEED_UNREACHABLE","message":"no network","hint":""}}\\n')`,
      ),
      'no network',
    ],
    ['cannot be started', [path.join(tmpdir(), 'no-such-program')], 'the hub cannot be started'],
  ])('gives up after 15 s on a hub that %s, and names its log', async (_, command, reason) => {
    const clock = new ManualClock();
    const begun = clock.monotonic();
    const error = await runOut(clock, attach(command, clock));
    expect(error).toMatchObject({ code: 'HUB_UNAVAILABLE', message: expect.stringContaining(reason) });
    expect((error as { hint: string }).hint).toContain(locateHub(CONFIG.identity, env).logFile);
    expect(clock.monotonic() - begun).toBeGreaterThanOrEqual(15_000);
    expect(clock.pending).toBe(0);
  });

  it('gives up on a hub that accepts and says nothing', async () => {
    const clock = new ManualClock();
    const server = createServer().listen(locateHub(CONFIG.identity, env).socketPath);
    await once(server, 'listening');
    const error = attach(hubScript('never started'), clock);
    const [connection] = await once(server, 'connection');
    clock.advance(15_000);
    expect(await error).toMatchObject({ code: 'HUB_UNAVAILABLE' });
    connection.destroy();
    server.close();
  });

  it('passes by a hub that leaves before it said hello', async () => {
    const webSockets = new WebSocketServer({ noServer: true });
    const server = createHttpServer();
    let asked = 0;
    server.on('upgrade', (request, stream, head) => {
      webSockets.handleUpgrade(request, stream, head, (socket) => {
        if (asked++ < 2) socket.terminate();
        else socket.send('hello');
      });
    });
    server.listen(locateHub(CONFIG.identity, env).socketPath);
    await once(server, 'listening');
    const query = new URLSearchParams();
    const { signal } = new AbortController();
    const command = hubScript('never started');
    const socket = await attachHub({ config: CONFIG, env, command, query, clock: systemClock, signal });
    const message = once(socket, 'message');
    socket.resume();
    expect(String((await message)[0])).toBe('hello');
    expect(asked).toBe(3);
    socket.terminate();
    server.close();
  });

  it('ends with the signal and keeps no pipe to a hub that has not answered', async () => {
    const countPipes = (): number => process.getActiveResourcesInfo().filter((name) => name === 'PipeWrap').length;
    const pipes = countPipes();
    const stop = new AbortController();
    const file = path.join(scratch, 'hub-pid');
    const script = `require('fs').writeFileSync(${JSON.stringify(file)}, process.pid + '\\n'); setInterval(() => {}, 1000)`;
    const error = attach(hubScript(script), new ManualClock(), stop.signal);
    await vi.waitFor(() => expect(readFileSync(file, 'utf8')).toMatch(/\n/), { interval: 2, timeout: 20_000 });
    expect(countPipes()).toBeGreaterThan(pipes);
    stop.abort(new Error('enough'));
    expect(await error).toMatchObject({ message: 'enough' });
    await vi.waitFor(() => expect(countPipes()).toBe(pipes), { timeout: 20_000 });
    expect(await readdir(runDirectory)).toEqual([]);
    kill(Number(readFileSync(file, 'utf8')));
  });

  it.each(['hub', 'starter'] as const)('ends with the signal while it waits for a %s', async (role) => {
    const stop = new AbortController();
    const lock = await holdLock(role);
    const clock = new ManualClock();
    const error = attach(hubScript('never started'), clock, stop.signal);
    await vi.waitFor(() => expect(clock.pending).toBe(2), { interval: 1, timeout: 20_000 });
    stop.abort(new Error('enough'));
    expect(await error).toMatchObject({ message: 'enough' });
    expect(clock.pending).toBe(0);
    lock.release();
  });
});
