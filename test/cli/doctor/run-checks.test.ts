import { describe, expect, test } from 'vitest';
import {
  CHECK_NAMES,
  type Check,
  type CheckName,
  type CheckResult,
  failed,
  passed,
  untried,
  warned,
} from '../../../src/lib/cli/doctor/check.ts';
import { CHECKS } from '../../../src/lib/cli/doctor/checks.ts';
import { type Checks, type NamedResult, runChecks } from '../../../src/lib/cli/doctor/run-checks.ts';
import { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { makeDoctor, type Setting } from './make-doctor.ts';

const good: Check = { limitMs: 1_000, run: async () => passed('good') };

/** All checks pass but those that are given. */
function checksWith(given: Partial<Record<CheckName, Partial<Check>>>): Checks {
  return Object.fromEntries(CHECK_NAMES.map((name) => [name, { ...good, ...given[name] }])) as unknown as Checks;
}

async function collect(checks: Checks, setting: Setting = {}): Promise<Record<string, NamedResult>> {
  const results: NamedResult[] = [];
  for await (const result of runChecks(checks, makeDoctor(setting))) results.push(result);
  expect(results.map(({ check }) => check)).toEqual(
    CHECK_NAMES.filter((name) => results.some((one) => one.check === name)),
  );
  return Object.fromEntries(results.map((result) => [result.check, result]));
}

test('gives every result in the fixed order, whatever ends first', async () => {
  let endFirst = (_: CheckResult): void => {};
  const first = new Promise<CheckResult>((resolve) => {
    endFirst = resolve;
  });
  const runLast = async (): Promise<CheckResult> => {
    endFirst(passed('late'));
    return passed('soon');
  };
  const checks = checksWith({ program: { run: () => first }, disk: { run: runLast } });
  const results = await collect(checks);
  expect(Object.keys(results)).toEqual([...CHECK_NAMES]);
  expect([results['program']?.message, results['disk']?.message]).toEqual(['late', 'soon']);
});

test('gives a result before a later check has ended', async () => {
  const never = new Promise<CheckResult>(() => {});
  const controller = new AbortController();
  const doctor = makeDoctor({ signal: controller.signal });
  const results = runChecks(checksWith({ clock: { run: () => never, limitMs: 60_000 } }), doctor);
  expect((await results.next()).value).toMatchObject({ check: 'program', status: 'ok' });
  controller.abort(new Error('ended'));
  await expect(results.next()).rejects.toThrow('ended');
});

test('leaves out what makes no sense for the feed', async () => {
  const sim = await collect(CHECKS, { flags: { feed: 'sim' } });
  expect(Object.keys(sim)).toEqual(['program', 'configuration', 'snapshot', 'hub', 'folders', 'disk']);
});

test.each([
  [
    'failed',
    failed('INSECURE_ENDPOINT', 'no TLS'),
    { status: 'warning', message: 'not checked: the configuration check failed' },
  ],
  ['did not find it', passed('fine'), { status: 'failed', message: 'no TLS', exit: 78 }],
])('a wrong setting that stops a check, when the configuration check %s', async (_, result, expected) => {
  const stopped: Check['run'] = () => Promise.reject(new TickpipeError('INSECURE_ENDPOINT', 'no TLS'));
  const results = await collect(checksWith({ configuration: { run: async () => result }, clock: { run: stopped } }));
  expect(results['clock']).toMatchObject(expected);
});

describe('a check that needs another', () => {
  test.each([
    ['failed', failed('NO_TOKEN', 'no token'), 'not checked: the token check failed'],
    ['was not made', untried('nobody knows'), 'not checked: the token check was not made'],
  ])('is not made when that %s, and neither is one that needs it', async (_, result, message) => {
    const results = await collect(
      checksWith({ token: { run: async () => result }, socket: { needs: ['token'] }, snapshot: { needs: ['socket'] } }),
    );
    expect(results['socket']).toMatchObject({ status: 'warning', message });
    expect(results['snapshot']).toMatchObject({
      status: 'warning',
      message: 'not checked: the socket check was not made',
    });
    expect(results['hub']).toMatchObject({ status: 'ok' });
  });

  test('is made when that only warns', async () => {
    const results = await collect(
      checksWith({ token: { run: async () => warned('soon') }, socket: { needs: ['token'] } }),
    );
    expect(results['socket']).toMatchObject({ status: 'ok' });
  });

  test('begins when those that it comes after have ended, whatever they found', async () => {
    const order: string[] = [];
    const note = (name: string, result: CheckResult) => async () => {
      await Promise.resolve();
      order.push(name);
      return result;
    };
    await collect(
      checksWith({
        socket: { after: ['folders'], run: note('socket', passed('')) },
        folders: { run: note('folders', failed('BUG', '')) },
      }),
    );
    expect(order).toEqual(['folders', 'socket']);
  });
});

describe('a check that throws', () => {
  const throwing = (error: unknown) =>
    checksWith({
      clock: {
        run: async () => {
          throw error;
        },
      },
    });

  test('a coded error has failed with its status and hint', async () => {
    const results = await collect(throwing(new TickpipeError('TOKEN_EXPIRED', 'expired', { hint: 'log in' })));
    expect(results['clock']).toEqual({ check: 'clock', status: 'failed', message: 'expired', hint: 'log in', exit: 4 });
    expect(results['disk']).toMatchObject({ status: 'ok' });
  });

  test('anything else is a bug, and the other checks go on', async () => {
    const results = await collect(throwing(new TypeError('x is undefined')));
    expect(results['clock']).toMatchObject({ status: 'failed', message: 'x is undefined', exit: 1 });
    expect(results['disk']).toMatchObject({ status: 'ok' });
  });

  test('for want of file descriptors ends the command', async () => {
    const error = Object.assign(new Error('EMFILE'), { code: 'EMFILE' });
    await expect(collect(throwing(error))).rejects.toBe(error);
  });
});

test('a check that takes too long has failed with 124, its signal is aborted, and the others go on', async () => {
  const clock = new ManualClock();
  let isAborted = false;
  const run: Check['run'] = (_, signal) =>
    new Promise(() => {
      signal.addEventListener('abort', () => {
        isAborted = true;
      });
    });
  const collected = collect(checksWith({ hub: { run, limitMs: 5_000 } }), { clock });
  await expect.poll(() => clock.pending).toBe(1);
  clock.advance(5_000);
  const results = await collected;
  expect(results['hub']).toMatchObject({ status: 'failed', message: 'no result within 5 s', exit: 124 });
  expect(results['disk']).toMatchObject({ status: 'ok' });
  expect(isAborted).toBe(true);
  expect(clock.pending).toBe(0);
});
