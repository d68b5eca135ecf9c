import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { CallLedger } from '../../src/lib/data-api/call-ledger.ts';
import { ALLOWED_CALLS, type CallTurn, type TurnOptions } from '../../src/lib/data-api/call-limit.ts';
import { LimitByApp } from '../../src/lib/data-api/limit-by-app.ts';
import { RateLimit } from '../../src/lib/data-api/rate-limit.ts';
import { createAppLimits, SharedCallLimit } from '../../src/lib/data-api/shared-call-limit.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { seededRandom } from '../support/random.ts';

const never = new AbortController().signal;
const SHORT: TurnOptions = { mayLastMs: 10_000 };
const APP = { dataUrl: 'https://api-t1.fyers.in/data', appId: 'ABCD-100' };

/** A machine whose processes share a run directory and the monotonic clock. */
function openMachine(wallMs?: number) {
  const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-calls-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const clock = new ManualClock(wallMs);
  const random = seededRandom(7);
  const startProcess = (app = APP) => new SharedCallLimit({ app, env: { TICKPIPE_RUN_DIR: folder }, clock, random });
  const files = (): string[] => {
    const [name = ''] = readdirSync(folder).filter((one) => one.endsWith('.calls'));
    return readdirSync(path.join(folder, name)).map((file) => path.join(folder, name, file));
  };
  return { clock, random, startProcess, folder, files };
}

/** Lets time pass until the work is done. */
async function pass<T>(clock: ManualClock, work: Promise<T>, stepMs = 10): Promise<T> {
  let isOver = false;
  const done = work.finally(() => {
    isOver = true;
  });
  done.catch(() => {});
  for (let step = 0; !isOver && step < 100_000; step++) {
    await nextTurn();
    if (!isOver) clock.advance(stepMs);
  }
  return done;
}

/** The most calls that came to a server within any window. */
function mostIn(times: readonly number[], windowMs: number): number {
  const sorted = [...times].sort((one, other) => one - other);
  return Math.max(
    ...sorted.map((at, first) => sorted.filter((other, place) => place >= first && other < at + windowMs).length),
  );
}

test('fifty processes at once never pass a limit, however long each call takes to the server', async () => {
  const { clock, random, startProcess } = openMachine();
  const arrivals: number[] = [];
  const callOften = async (): Promise<void> => {
    const limit = startProcess();
    const { signal } = new AbortController();
    for (let call = 0; call < 5; call++) {
      const turn = await limit.take(signal, SHORT);
      const [there, back] = [random() * 400, random() * 400];
      await new Promise<void>((resolve) => {
        clock.after(there, () => {
          arrivals.push(clock.monotonic());
          clock.after(back, resolve);
        });
      });
      turn.end();
    }
  };
  await pass(clock, Promise.all(Array.from({ length: 50 }, callOften)));
  expect(arrivals).toHaveLength(250);
  for (const { calls, windowMs } of ALLOWED_CALLS) expect(mostIn(arrivals, windowMs)).toBeLessThanOrEqual(calls);
  // And the limit is used: 200 calls in the first minute.
  expect(clock.monotonic()).toBeLessThan(75_000);
});

test('the time between two calls counts from the end of the first', async () => {
  const { clock, startProcess } = openMachine();
  const turns: CallTurn[] = [];
  for (let call = 0; call < 10; call++) turns.push(await startProcess().take(never, SHORT));
  const eleventh = startProcess().take(never, SHORT);
  clock.advance(5_000);
  for (const turn of turns) turn.end();
  let wasAllowed = false;
  void eleventh.then(() => {
    wasAllowed = true;
  });
  for (let at = 0; at < 950; at += 10) {
    await nextTurn();
    clock.advance(10);
  }
  await nextTurn();
  expect(wasAllowed).toBe(false);
  await pass(clock, eleventh);
  expect(clock.monotonic()).toBeLessThan(5_000 + 1_000 + 200);
});

test('processes that were killed, or stopped and never go on, hold the others up for the length of a call at most', async () => {
  const { clock, startProcess } = openMachine();
  for (let call = 0; call < 10; call++) await startProcess().take(never, SHORT);
  await pass(clock, startProcess().take(never, SHORT), 100);
  expect(clock.monotonic()).toBeGreaterThanOrEqual(11_000);
  expect(clock.monotonic()).toBeLessThan(11_500);
});

test('a process that was stopped between its look and its call looks again', async () => {
  const { clock, startProcess, files } = openMachine();
  await startProcess().take(never, SHORT);
  const directory = path.dirname(files()[0] as string);
  const ledger = new CallLedger({ directory, clock, boot: 'x' });
  const view = ledger.look();
  clock.standStill(300);
  expect(ledger.claim(view, 1_000)).toBeUndefined();
  // Its number stays taken, and counts for nothing.
  expect(
    files()
      .map((file) => path.basename(file))
      .sort(),
  ).toEqual(['1', '2']);
  const limit = ALLOWED_CALLS[0] as (typeof ALLOWED_CALLS)[number];
  expect(ledger.freeInMs(ledger.look(), { ...limit, calls: 2 }, 100)).toBe(0);
  expect(ledger.claim(ledger.look(), 1_000)).toBe(3);
});

test('of two processes that saw the same, one gets the call', async () => {
  const { clock, startProcess, files } = openMachine();
  await startProcess().take(never, SHORT);
  const directory = path.dirname(files()[0] as string);
  const [one, other] = [0, 1].map(() => new CallLedger({ directory, clock, boot: 'x' })) as [CallLedger, CallLedger];
  const views = [one.look(), other.look()] as const;
  expect([one.claim(views[0], 1_000), other.claim(views[1], 1_000)]).toEqual([2, undefined]);
});

test('a refusal of one process keeps all others waiting, also those that start later', async () => {
  const { clock, startProcess } = openMachine();
  const turn = await startProcess().take(never, SHORT);
  const other = startProcess();
  turn.refused(30_000);
  expect(other.blockedMs).toBe(30_000);
  clock.advance(10_000);
  expect(startProcess().blockedMs).toBe(20_000);
  await pass(clock, other.take(never, SHORT), 100);
  expect(clock.monotonic()).toBeGreaterThanOrEqual(30_000);
  expect(startProcess().blockedMs).toBe(0);
});

test('after two refusals on a day there is no turn for calls that stop there, until midnight in India', async () => {
  const { clock, startProcess } = openMachine(Date.parse('2026-11-23T23:50:00+05:30'));
  for (let refusal = 0; refusal < 2; refusal++) {
    const turn = await pass(clock, startProcess().take(never, { ...SHORT, maxRefusals: 2 }), 100);
    turn.refused(1_000);
  }
  await expect(startProcess().take(never, { ...SHORT, maxRefusals: 2 })).rejects.toMatchObject({
    code: 'RATE_LIMITED',
  });
  await pass(clock, startProcess().take(never, { ...SHORT, maxRefusals: 3 }), 100);
  clock.advance(10 * 60_000);
  await startProcess().take(never, { ...SHORT, maxRefusals: 2 });
});

test('the wall clock may jump: it does not count on the same machine', async () => {
  const { clock, startProcess } = openMachine();
  for (let call = 0; call < 10; call++) (await startProcess().take(never, SHORT)).end();
  for (const jumpMs of [3_600_000, -7_200_000]) {
    clock.jumpWall(jumpMs);
    const startedAt = clock.monotonic();
    const turn = await pass(clock, startProcess().take(never, SHORT));
    turn.end();
    expect(clock.monotonic() - startedAt).toBeLessThan(1_100);
  }
  expect(clock.monotonic()).toBeGreaterThanOrEqual(1_000);
});

test('calls before a restart of the machine count by the wall clock, and for a minute when that was set back', async () => {
  const before = openMachine(Date.parse('2026-11-23T10:00:00+05:30'));
  for (let call = 0; call < 10; call++) (await before.startProcess().take(never, SHORT)).end();
  for (const file of before.files()) {
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^call \S+/, 'call another'));
  }
  const { clock } = before;
  const hourEarlier = new ManualClock(clock.now() - 3_600_000);
  const limit = new SharedCallLimit({
    app: APP,
    env: { TICKPIPE_RUN_DIR: before.folder },
    clock: hourEarlier,
    random: seededRandom(1),
  });
  await pass(hourEarlier, limit.take(never, SHORT), 50);
  expect(hourEarlier.monotonic()).toBeGreaterThanOrEqual(1_000);
  expect(hourEarlier.monotonic()).toBeLessThan(1_200);
});

test('a file that its process did not fill counts from the time of the file', async () => {
  const { clock, startProcess, files } = openMachine(Date.now());
  await startProcess().take(never, SHORT);
  const directory = path.dirname(files()[0] as string);
  for (let number = 2; number <= 10; number++) writeFileSync(path.join(directory, String(number)), '');
  await pass(clock, startProcess().take(never, SHORT), 500);
  expect(clock.monotonic()).toBeGreaterThan(5_000);
  expect(clock.monotonic()).toBeLessThan(65_000);
});

test('another app, another endpoint and each simulator have a limit of their own', async () => {
  const { startProcess, folder } = openMachine();
  const apps = [
    APP,
    { ...APP, appId: 'EFGH-100' },
    { ...APP, dataUrl: 'http://127.0.0.1:9/data' },
    { ...APP, simulatedUser: 'SIM1' },
    { ...APP, simulatedUser: 'SIM2' },
  ];
  for (const app of apps) for (let call = 0; call < 10; call++) await startProcess(app).take(never, SHORT);
  expect(readdirSync(folder)).toHaveLength(apps.length);
  // Nothing in the names or in the files says whose calls they are.
  expect(readdirSync(folder).join()).not.toMatch(/ABCD|SIM1/);
});

test('thousands of calls leave a few hundred files', async () => {
  const { clock, startProcess, files } = openMachine();
  const limit = startProcess();
  for (let call = 0; call < 1_000; call++) {
    (await limit.take(never, SHORT)).end();
    clock.advance(310);
  }
  expect(files().length).toBeLessThan(800);
});

test('a wait ends with the signal, and the call it waited for is free for others', async () => {
  const { clock, startProcess } = openMachine();
  for (let call = 0; call < 10; call++) (await startProcess().take(never, SHORT)).end();
  const stop = new AbortController();
  const waits: number[] = [];
  const waiting = startProcess().take(stop.signal, { ...SHORT, onWait: (waitMs) => waits.push(waitMs) });
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  expect(waits).toEqual([1_000]);
  expect(clock.pending).toBe(0);
});

test('the directory is made again when somebody removed it, and reported when it cannot be used', async () => {
  const { startProcess, folder } = openMachine();
  const limit = startProcess();
  const directory = path.join(folder, readdirSync(folder)[0] as string);
  rmSync(directory, { recursive: true });
  await limit.take(never, SHORT);
  rmSync(directory, { recursive: true });
  writeFileSync(directory, '');
  await expect(limit.take(never, SHORT)).rejects.toMatchObject({
    code: 'BAD_CONFIGURATION',
    message: expect.stringContaining('(ENOTDIR)'),
  });
});

test('a place in which no directory can be made is reported', () => {
  const { clock } = openMachine();
  const options = { app: APP, env: { TICKPIPE_RUN_DIR: '/proc/nothing/here' }, clock, random: Math.random };
  expect(() => new SharedCallLimit(options)).toThrow(expect.objectContaining({ code: 'BAD_CONFIGURATION' }));
});

test('a token finds the limit of its app, and what is refused holds for the other connections of the process', async () => {
  const { clock, folder, random, startProcess } = openMachine();
  const limitOf = createAppLimits(APP.dataUrl, { env: { TICKPIPE_RUN_DIR: folder }, clock, random });
  const own = new RateLimit(clock);
  const limits = new LimitByApp(own, limitOf);
  const turn = await limits.of({ appId: APP.appId, userId: 'X' }).take(never, SHORT);
  turn.refused(5_000);
  turn.end();
  expect([own.blockedMs, startProcess().blockedMs]).toEqual([5_000, 5_000]);
  expect(limitOf({ appId: APP.appId, userId: 'Y' })).toBe(limitOf({ appId: APP.appId }));
  expect(limitOf({ appId: 'EFGH-100' }).blockedMs).toBe(0);
  expect(limitOf({ ...APP, userId: 'SIM1', simulated: true })).not.toBe(
    limitOf({ ...APP, userId: 'SIM2', simulated: true }),
  );
  expect(new LimitByApp(own, undefined).of({})).toBe(own);
});
