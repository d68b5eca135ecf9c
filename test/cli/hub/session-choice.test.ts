import { describe, expect, it, test } from 'vitest';
import { changeSessions, chooseSessions } from '../../../src/lib/cli/hub/session-choice.ts';
import { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import type { HubStatus, SessionReport } from '../../../src/lib/hub/server/hub-status.ts';

const makeSession = (id: string, command: string, pid: number | null = 7): SessionReport => {
  return { id, command, pid, symbols: [], rows: 0, skipped: 0, since: 1 };
};
const STREAM = makeSession('s1', 'stream symbols');
const SERVE = makeSession('s2', 'serve');
const RECORD = makeSession('s3', 'record');
const PAGE = makeSession('s4', 'websocket', null);
const QUOTE = makeSession('s5', 'quote', 8);

/** The ids of what is chosen, or the error. */
function choose(sessions: readonly SessionReport[], session?: string, all = false): unknown {
  try {
    return chooseSessions({ sessions } as unknown as HubStatus, { session, all }).map(({ id }) => id);
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code} ${message}`;
  }
}

describe('without a name', () => {
  test('chooses the only command, beside any pages and addresses', () => {
    expect(choose([PAGE, SERVE, STREAM])).toEqual(['s1']);
    expect(choose([RECORD])).toEqual(['s3']);
  });

  test('fails when no command runs', () => {
    expect(choose([])).toBe('NO_SESSION no command uses the shared session');
    expect(choose([PAGE, SERVE])).toBe('NO_SESSION no command uses the shared session');
  });

  test('lists several commands', () => {
    expect(choose([STREAM, PAGE, QUOTE])).toBe(
      'SEVERAL_SESSIONS 2 sessions run: s1 (stream symbols, pid 7), s5 (quote, pid 8)',
    );
  });
});

describe('by name', () => {
  test('chooses any session that prints rows', () => {
    expect(choose([STREAM, PAGE], 's4')).toEqual(['s4']);
  });

  test('refuses a session that only serves an address, and an unknown one', () => {
    expect(choose([STREAM, SERVE], 's2')).toBe('NO_SESSION session s2 prints no rows: it serves an address');
    expect(choose([STREAM, SERVE], 's9')).toBe('NO_SESSION there is no session "s9"');
  });
});

describe('all', () => {
  test('chooses all that print rows, except recordings', () => {
    expect(choose([STREAM, SERVE, RECORD, PAGE], undefined, true)).toEqual(['s1', 's4']);
  });

  test('fails when there is none', () => {
    expect(choose([SERVE], undefined, true)).toBe('NO_SESSION no command uses the shared session');
    expect(choose([SERVE, RECORD], undefined, true)).toBe('NO_SESSION only recordings use the shared session');
  });
});

const WITHOUT = new TickpipeError('SESSION_WITHOUT_KIND', 'prints none');
const GONE = new TickpipeError('NO_SESSION', 'gone');
const UNREACHABLE = new TickpipeError('FEED_UNREACHABLE', 'no answer');

/** Ids that fail, and how. */
const change =
  (failures: Readonly<Record<string, Error>>) =>
  async (id: string): Promise<string[]> => {
    const failure = failures[id];
    if (failure) throw failure;
    return [`${id} done`];
  };

it('with all, skips sessions that have ended or cannot take the change', async () => {
  const changes = await changeSessions(['s1', 's2', 's3', 's4'], true, change({ s1: WITHOUT, s3: GONE }));
  expect(changes).toEqual({ done: ['s2 done', 's4 done'], failure: undefined });
});

it('fails when it skipped all of them', async () => {
  expect(await changeSessions(['s1', 's2'], true, change({ s1: WITHOUT, s2: GONE }))).toEqual({
    done: [],
    failure: GONE,
  });
});

it('returns what was done before it failed', async () => {
  expect(await changeSessions(['s1', 's2', 's3'], true, change({ s2: UNREACHABLE }))).toEqual({
    done: ['s1 done'],
    failure: UNREACHABLE,
  });
});

it('fails when the named session fails', async () => {
  expect(await changeSessions(['s1'], false, change({ s1: WITHOUT }))).toEqual({ done: [], failure: WITHOUT });
});

it('turns a bug into a coded error', async () => {
  const { failure } = await changeSessions(['s1'], true, change({ s1: new RangeError('a mistake') }));
  expect(failure).toMatchObject({ code: 'BUG' });
});
