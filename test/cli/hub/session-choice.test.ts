import { describe, expect, test } from 'vitest';
import { chooseSessions } from '../../../src/lib/cli/hub/session-choice.ts';
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
  test('it is the one command there is, whatever pages and addresses there are', () => {
    expect(choose([PAGE, SERVE, STREAM])).toEqual(['s1']);
    expect(choose([RECORD])).toEqual(['s3']);
  });

  test('there must be one', () => {
    expect(choose([])).toBe('NO_SESSION no command uses the shared session');
    expect(choose([PAGE, SERVE])).toBe('NO_SESSION no command uses the shared session');
  });

  test('several are listed', () => {
    expect(choose([STREAM, PAGE, QUOTE])).toBe(
      'SEVERAL_SESSIONS 2 sessions run: s1 (stream symbols, pid 7), s5 (quote, pid 8)',
    );
  });
});

describe('by name', () => {
  test('any that prints rows', () => {
    expect(choose([STREAM, PAGE], 's4')).toEqual(['s4']);
  });

  test('not one that only serves an address, nor one that is not there', () => {
    expect(choose([STREAM, SERVE], 's2')).toBe('NO_SESSION session s2 prints no rows: it serves an address');
    expect(choose([STREAM, SERVE], 's9')).toBe('NO_SESSION there is no session "s9"');
  });
});

describe('all', () => {
  test('are those that print rows, recordings left alone', () => {
    expect(choose([STREAM, SERVE, RECORD, PAGE], undefined, true)).toEqual(['s1', 's4']);
  });

  test('must be one at least', () => {
    expect(choose([SERVE], undefined, true)).toBe('NO_SESSION no command uses the shared session');
    expect(choose([SERVE, RECORD], undefined, true)).toBe('NO_SESSION only recordings use the shared session');
  });
});
