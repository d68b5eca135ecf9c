import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TickpipeError } from '../../src/lib/errors/tickpipe-error.ts';
import { AwaitedData } from '../../src/lib/feed/awaited-data.ts';
import { ReconnectPolicy } from '../../src/lib/feed/reconnect-policy.ts';
import { type Break, isMendedByToken, Supervisor, type WatchToken } from '../../src/lib/feed/supervisor.ts';
import { AttemptError } from '../../src/lib/network/failure.ts';
import { ManualClock } from '../support/manual-clock.ts';

const CHECK_TOKEN_MS = 5_000;
const unreachable = new AttemptError('FEED_UNREACHABLE', 'nobody there', { isPassing: true });
const expired = new TickpipeError('TOKEN_EXPIRED', 'the token expired');

let clock: ManualClock;
let awaited: AwaitedData;
/** What each attempt comes to, in order; the last one again and again. */
let attempts: (() => Promise<void>)[];
let opened: number;
/** Whether each attempt still counts. */
let current: (() => boolean)[];
let breaks: Break[];
let causes: (TickpipeError | undefined)[];
let failures: TickpipeError[];
let hasAnotherToken: () => Promise<boolean>;
let onBreak: () => void;
let supervisor: Supervisor;

beforeEach(() => {
  clock = new ManualClock();
  awaited = new AwaitedData(clock);
  attempts = [async () => {}];
  opened = 0;
  current = [];
  breaks = [];
  causes = [];
  failures = [];
  hasAnotherToken = async () => false;
  onBreak = () => {};
  supervisor = supervise();
});

afterEach(() => {
  supervisor.close();
  expect(clock.pending).toBe(0);
});

interface Options {
  maxRetries?: number;
  waitsForToken?: boolean;
  watchToken?: WatchToken;
  policy?: ReconnectPolicy;
}

function supervise({
  maxRetries,
  waitsForToken = false,
  watchToken,
  // Delays are the upper limits: 500 ms, 1 s, 2 s and so on.
  policy = new ReconnectPolicy(clock, () => 1, maxRetries),
}: Options = {}): Supervisor {
  return new Supervisor(
    { clock, policy, awaited, failureReason: 'network_error', waitsForToken, watchToken },
    {
      open: (isCurrent) => {
        current.push(isCurrent);
        const attempt = attempts[Math.min(opened, attempts.length - 1)] as () => Promise<void>;
        opened++;
        return attempt();
      },
      broken: (state, cause) => {
        breaks.push(state);
        causes.push(cause);
        onBreak();
      },
      gaveUp: (error) => failures.push(error),
      hasAnotherToken: () => hasAnotherToken(),
    },
  );
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
async function pass(ms: number): Promise<void> {
  clock.advance(ms);
  await settled();
}

describe('an attempt', () => {
  it('that fails for a while is followed by others, after ever longer waits', async () => {
    attempts = [() => Promise.reject(unreachable), () => Promise.reject(unreachable), async () => {}];
    const begunAt = clock.now();
    await supervisor.start();
    await pass(499);
    expect(opened).toBe(1);
    await pass(1);
    expect(opened).toBe(2);
    await pass(1_000);
    expect([opened, clock.pending, failures]).toEqual([3, 0, []]);
    const { code, message } = unreachable;
    const error = { code, message, hint: expect.any(String) };
    const broken = { state: 'disconnected', reason: 'network_error', detail: 'nobody there', error };
    expect(breaks).toEqual([
      { ...broken, at: begunAt, retryAt: begunAt + 500 },
      { ...broken, at: begunAt + 500, retryAt: begunAt + 1_500 },
    ]);
    expect(causes).toEqual([unreachable, unreachable]);
  });

  it.each([
    ['a setting that is wrong', new TickpipeError('BAD_CONFIGURATION', 'no such proxy'), 'BAD_CONFIGURATION'],
    ['a bug', new RangeError('a mistake'), 'BUG'],
    ['a token, where none is waited for', expired, 'TOKEN_EXPIRED'],
  ])('that fails for %s is the last', async (_, error, code) => {
    attempts = [() => Promise.reject(error)];
    await supervisor.start();
    expect(failures).toMatchObject([{ code }]);
    expect([breaks, clock.pending]).toEqual([[], 0]);
  });

  it('is the last when the retries are used up', async () => {
    supervisor = supervise({ maxRetries: 1 });
    attempts = [() => Promise.reject(unreachable)];
    await supervisor.start();
    await pass(500);
    expect(failures).toEqual([unreachable]);
    expect([opened, breaks.length, clock.pending]).toEqual([2, 1, 0]);
  });

  it('that a break overtakes does not count any more, however it ends', async () => {
    let fail: (error: Error) => void = () => {};
    attempts = [() => new Promise((_, reject) => (fail = reject)), async () => {}];
    void supervisor.start();
    expect(current[0]?.()).toBe(true);
    supervisor.ended('server_closed', 'code 1006');
    expect(current[0]?.()).toBe(false);
    fail(new TickpipeError('BAD_CONFIGURATION', 'too late'));
    await pass(500);
    expect([opened, failures, current[1]?.()]).toEqual([2, [], true]);
  });
});

describe('an end', () => {
  it('is reported with its reason, and followed by an attempt', async () => {
    await supervisor.start();
    supervisor.ended('server_closed', 'code 1006');
    expect(breaks).toEqual([
      {
        state: 'disconnected',
        at: clock.now(),
        reason: 'server_closed',
        detail: 'code 1006',
        retryAt: clock.now() + 500,
      },
    ]);
    await pass(500);
    expect(opened).toBe(2);
  });

  it('is the last when whoever gets it closes the supervisor', async () => {
    onBreak = () => supervisor.close();
    await supervisor.start();
    supervisor.ended('server_closed', 'code 1006');
    expect(clock.pending).toBe(0);
    await pass(60_000);
    expect(opened).toBe(1);
  });
});

describe('an end after which the first attempt needs no wait', () => {
  beforeEach(() => {
    const policy = new ReconnectPolicy(clock, () => 1, undefined, undefined, true);
    supervisor = supervise({ policy });
    attempts = [async () => {}, () => Promise.reject(unreachable), async () => {}];
  });

  it('is followed by an attempt at once, and by the next one after a wait', async () => {
    await supervisor.start();
    supervisor.ended('clock_jump', 'the machine slept');
    expect(opened).toBe(2);
    await settled();
    expect(breaks.map(({ at, retryAt, reason }) => [retryAt - at, reason])).toEqual([
      [0, 'clock_jump'],
      [1_000, 'network_error'],
    ]);
    await pass(1_000);
    expect([opened, clock.pending]).toEqual([3, 0]);
  });

  it('is the last when whoever gets it closes the supervisor', async () => {
    onBreak = () => supervisor.close();
    await supervisor.start();
    supervisor.ended('hub_gone', 'the shared session ended');
    expect(opened).toBe(1);
  });
});

describe('a wait', () => {
  it('becomes shorter for a command that waits for data', async () => {
    attempts = [() => Promise.reject(unreachable)];
    await supervisor.start();
    for (const wait of [500, 1_000, 2_000, 4_000]) await pass(wait);
    expect([opened, (breaks.at(-1)?.retryAt ?? 0) - clock.now()]).toEqual([5, 8_000]);
    awaited.expectWithin(4_000);
    expect(supervisor.shorten()).toBe(2_000);
    expect(supervisor.shorten()).toBeUndefined();
    await pass(1_999);
    expect(opened).toBe(5);
    await pass(1);
    expect(opened).toBe(6);
  });

  it('that the server asked for stays as long', async () => {
    attempts = [
      () => Promise.reject(new AttemptError('RATE_LIMITED', 'too many', { isPassing: true, retryAfterMs: 9_000 })),
    ];
    awaited.expectWithin(2_000);
    await supervisor.start();
    expect((breaks[0]?.retryAt ?? 0) - clock.now()).toBe(9_000);
    expect(supervisor.shorten()).toBeUndefined();
    await pass(8_999);
    expect(opened).toBe(1);
    await pass(1);
    expect(opened).toBe(2);
  });

  it('is over when it is closed, and no attempt is under way that could be shortened', async () => {
    await supervisor.start();
    expect(supervisor.shorten()).toBeUndefined();
    supervisor.ended('stalled', 'open but mute');
    supervisor.close();
    expect([supervisor.shorten(), clock.pending]).toEqual([undefined, 0]);
  });
});

describe('a token that is of no use', () => {
  beforeEach(() => {
    supervisor = supervise({ waitsForToken: true });
    attempts = [() => Promise.reject(expired), async () => {}];
  });

  it('is waited for until there is another, which is looked for every 5 s', async () => {
    await supervisor.start();
    expect(supervisor.isWaitingForToken).toBe(true);
    expect(breaks).toMatchObject([
      { reason: 'token', detail: 'the token expired', retryAt: clock.now() + CHECK_TOKEN_MS },
    ]);
    await pass(CHECK_TOKEN_MS);
    await pass(CHECK_TOKEN_MS);
    expect([opened, breaks.length]).toEqual([1, 1]);
    hasAnotherToken = async () => true;
    await pass(CHECK_TOKEN_MS);
    expect([opened, supervisor.isWaitingForToken, failures, clock.pending]).toEqual([2, false, [], 0]);
  });

  it('is waited for no longer once it is closed, also in the midst of a check', async () => {
    let answer: (isThere: boolean) => void = () => {};
    hasAnotherToken = () => new Promise((resolve) => (answer = resolve));
    await supervisor.start();
    await pass(CHECK_TOKEN_MS);
    supervisor.close();
    answer(true);
    await settled();
    expect([opened, clock.pending]).toEqual([1, 0]);
  });

  it('is looked for at once when it may be there, and only while it is waited for', async () => {
    await supervisor.start();
    await supervisor.checkToken();
    expect([opened, clock.pending]).toEqual([1, 1]);
    hasAnotherToken = async () => true;
    await supervisor.checkToken();
    expect([opened, clock.pending]).toEqual([2, 0]);
    await supervisor.checkToken();
    expect(opened).toBe(2);
  });

  it('is watched for only while it is waited for', async () => {
    const watches: { changed: () => void; isClosed: boolean }[] = [];
    supervisor = supervise({
      waitsForToken: true,
      watchToken: (changed) => {
        const watch = { changed, isClosed: false };
        watches.push(watch);
        return {
          close: () => {
            watch.isClosed = true;
          },
        };
      },
    });
    attempts = [() => Promise.reject(expired), () => Promise.reject(expired), async () => {}];
    expect(watches).toEqual([]);
    await supervisor.start();
    watches[0]?.changed();
    await settled();
    // Another file, but no other token.
    expect([opened, watches.length, watches[0]?.isClosed]).toEqual([1, 1, false]);
    hasAnotherToken = async () => true;
    watches[0]?.changed();
    await settled();
    // That token is of no use either.
    expect([opened, watches.map(({ isClosed }) => isClosed)]).toEqual([2, [true, false]]);
    watches[1]?.changed();
    await settled();
    expect([opened, watches.map(({ isClosed }) => isClosed), clock.pending]).toEqual([3, [true, true], 0]);
  });

  it('is waited for no longer after a stop; another start makes an attempt', async () => {
    await supervisor.start();
    supervisor.stop();
    expect([supervisor.isWaitingForToken, clock.pending]).toEqual([false, 0]);
    await supervisor.start();
    expect([opened, failures]).toEqual([2, []]);
  });

  it('is an end where no other token mends it', async () => {
    const otherKind = new TickpipeError('TOKEN_CHANGED_KIND', 'of another user');
    await supervisor.start();
    supervisor.fail(otherKind);
    expect(failures).toEqual([otherKind]);
  });
});

it.each([
  ['TOKEN_EXPIRED', true],
  ['TOKEN_REFUSED', true],
  ['TOKEN_CHANGED_KIND', false],
  ['HUB_TOKEN_REFUSED', false],
  ['FEED_UNREACHABLE', false],
] as const)('%s: another token helps: %s', (code, helps) => {
  expect(isMendedByToken(new TickpipeError(code, ''))).toBe(helps);
});
