import { describe, expect, test } from 'vitest';
import { type EndingCircumstances, exitStatusOf } from '../../../src/lib/cli/stream/stream-ending.ts';
import { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import type { Outcome } from '../../../src/lib/output/pipeline/outcome.ts';

const A = { kind: 'symbol', symbol: 'NSE:A-EQ' } as const;
const B = { kind: 'symbol', symbol: 'NSE:B-EQ' } as const;

function settle(outcome: Partial<Outcome>, circumstances: Partial<EndingCircumstances> = {}): number {
  return exitStatusOf(
    { reason: 'count', rows: 10, skipped: 0, expected: 2, missing: [], ...outcome },
    { unknown: 0, snapshot: false, wasLive: true, timeout: 10_000, idleTimeout: 1_500, ...circumstances },
  );
}

describe('a good end', () => {
  test.each(['count', 'duration', 'until', 'snapshot', 'ended', 'stopped', 'reader_gone'] as const)(
    '%s is 0',
    (reason) => {
      expect(settle({ reason })).toBe(0);
    },
  );

  test('has status 3 when some symbols were unknown, but not when the reader has left', () => {
    expect(settle({ reason: 'count' }, { unknown: 1 })).toBe(3);
    expect(settle({ reason: 'stopped' }, { unknown: 1 })).toBe(3);
    expect(settle({ reason: 'reader_gone' }, { unknown: 1 })).toBe(0);
  });

  test('needs no row of each symbol after a signal, or when the reader has left', () => {
    expect(settle({ reason: 'stopped', missing: [A, B] })).toBe(0);
    expect(settle({ reason: 'reader_gone', missing: [B] })).toBe(0);
  });

  test('a count below the number of symbols asks for any rows', () => {
    expect(settle({ reason: 'count', rows: 1, missing: [B] })).toBe(0);
    expect(() => settle({ reason: 'count', rows: 2, missing: [B] })).toThrow('no row of NSE:B-EQ');
  });
});

describe('missing rows', () => {
  test.each(['count', 'duration', 'until', 'snapshot', 'ended', 'timeout'] as const)(
    'of some symbols at %s: 3',
    (reason) => {
      expect(() => settle({ reason, missing: [B] })).toThrow(
        expect.objectContaining({ code: 'NEVER_TICKED', exit: 3, message: 'no row of NSE:B-EQ' }),
      );
    },
  );

  test.each([
    ['timeout', 'TIMEOUT', 'no row came within 10 s'],
    ['snapshot', 'TIMEOUT', 'no row came before the end'],
    ['duration', 'TIMEOUT', 'no row came before the end'],
    ['idle_timeout', 'IDLE_TIMEOUT', 'no row came for 1.5 s'],
  ] as const)('of all symbols at %s: 124', (reason, code, message) => {
    expect(() => settle({ reason, rows: 0, missing: [A, B] })).toThrow(
      expect.objectContaining({ code, exit: 124, message }),
    );
  });

  test('without a connection have a hint about the network, not the market', () => {
    expect(() => settle({ reason: 'timeout', missing: [A, B] }, { wasLive: false })).toThrow(
      expect.objectContaining({
        code: 'TIMEOUT',
        message: 'no row came within 10 s: the feed was not reached',
        hint: 'check the network; see --verbose',
      }),
    );
  });

  test('without an answer to the lookup name the cause and its hint', () => {
    const failure = {
      detail: 'the edge refused the lookup',
      error: { code: 'EDGE_REFUSED', message: 'm', hint: 'h' },
    } as const;
    expect(() => settle({ reason: 'timeout', missing: [A, B] }, { wasLive: false, failure })).toThrow(
      expect.objectContaining({
        code: 'TIMEOUT',
        message: 'no row came within 10 s: the edge refused the lookup',
        hint: 'h',
      }),
    );
  });

  test('of simulated prices have no hint about market hours', () => {
    for (const reason of ['timeout', 'idle_timeout'] as const) {
      expect(() => settle({ reason, missing: [A, B] }, { isSimulated: true })).toThrow(
        expect.objectContaining({ hint: expect.stringContaining('the simulator has no market hours') }),
      );
    }
  });

  test('of a snapshot without a connection: 5, with the last cause', () => {
    const offline = { snapshot: true, wasLive: false };
    for (const missing of [[A], [A, B]]) {
      expect(() =>
        settle({ reason: 'timeout', missing }, { ...offline, failure: { detail: 'cannot find a.example' } }),
      ).toThrow(
        expect.objectContaining({
          code: 'FEED_UNREACHABLE',
          exit: 5,
          message: 'no connection to the feed within 10 s: cannot find a.example',
        }),
      );
    }
    expect(() => settle({ reason: 'timeout', missing: [A] }, offline)).toThrow('no connection to the feed within 10 s');
    expect(() => settle({ reason: 'timeout', missing: [A, B] }, { snapshot: true })).toThrow('no row came within 10 s');
  });

  test('have a hint of the calendar if the market is closed', () => {
    const markets = 'NSE closed since 15:30 IST, opens Tue 09:15';
    const explained = expect.objectContaining({ hint: markets });
    expect(() => settle({ reason: 'timeout', missing: [A, B] }, { markets })).toThrow(explained);
    expect(() => settle({ reason: 'idle_timeout' }, { markets })).toThrow(explained);
    expect(() => settle({ reason: 'snapshot', missing: [B] }, { markets })).toThrow(explained);
    expect(() => settle({ reason: 'timeout', missing: [A, B] }, { markets: '' })).toThrow(
      expect.objectContaining({ hint: 'the market may be closed; see --verbose' }),
    );
  });

  test('are all named', () => {
    const missing = Array.from({ length: 12 }, (_, at) => ({ kind: 'symbol', symbol: `NSE:N${at}-EQ` }) as const);
    const names = missing.map(({ symbol }) => symbol).join(', ');
    expect(() => settle({ reason: 'snapshot', expected: 13, missing })).toThrow(`no row of ${names}`);
  });

  test('of a snapshot have the code of their cause', () => {
    const error = { code: 'RATE_LIMITED', message: 'too many calls (HTTP 429)', hint: 'wait' } as const;
    const failure = { detail: error.message, error };
    for (const wasLive of [false, true]) {
      expect(() => settle({ reason: 'timeout', missing: [A, B] }, { snapshot: true, wasLive, failure })).toThrow(
        expect.objectContaining({ ...error, exit: 6 }),
      );
    }
    // Rows came of the others: it is a missing row.
    expect(() => settle({ reason: 'timeout', missing: [B] }, { snapshot: true, wasLive: true, failure })).toThrow(
      expect.objectContaining({ code: 'NEVER_TICKED' }),
    );
    // A stream may have its deadline without having to be reached by then.
    expect(() => settle({ reason: 'timeout', missing: [A, B] }, { wasLive: false, failure })).toThrow(
      expect.objectContaining({ code: 'TIMEOUT' }),
    );
  });

  test('with --max-age include rows that were too old', () => {
    const maxAge = { maxAge: 300_000 };
    expect(() => settle({ reason: 'timeout', missing: [B] }, maxAge)).toThrow('no row younger than 300 s of NSE:B-EQ');
    expect(() => settle({ reason: 'timeout', missing: [A, B] }, maxAge)).toThrow(
      'no row younger than 300 s came within',
    );
  });
});

test('an error of the stream comes before anything else', () => {
  const error = new TickpipeError('OUTPUT_FAILED', 'cannot write');
  expect(() => settle({ reason: 'output_failed', error, missing: [A, B] }, { unknown: 1 })).toThrow(error);
});

describe('a stream with --where', () => {
  const filtered = { isFiltered: true };

  test('has all that was asked for when each symbol has had a row, whether it matched or not', () => {
    for (const reason of ['snapshot', 'duration', 'ended'] as const)
      expect(settle({ reason, rows: 0 }, filtered)).toBe(0);
    expect(() => settle({ reason: 'snapshot', missing: [B] }, filtered)).toThrow('no row of NSE:B-EQ');
  });

  test.each([
    ['timeout', 'TIMEOUT', 'within 10 s'],
    ['idle_timeout', 'IDLE_TIMEOUT', 'for 1.5 s'],
  ] as const)('ends by %s when no row matches, whichever symbols have had one', (reason, code, when) => {
    for (const missing of [[], [B]]) {
      const error = catchError(() => settle({ reason, rows: 0, missing }, filtered));
      expect([error.code, error.message]).toEqual([code, `no row that matches --where came ${when}`]);
    }
    expect(() => settle({ reason, rows: 0, missing: [A, B] }, filtered)).toThrow(`no row came ${when}`);
  });
});

function catchError(call: () => unknown): TickpipeError {
  try {
    call();
  } catch (error) {
    if (error instanceof TickpipeError) return error;
  }
  throw new Error('no coded error was thrown');
}
