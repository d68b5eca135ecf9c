import { describe, expect, test } from 'vitest';
import { describeUnknown, FeedMessages } from '../../../src/lib/cli/feed/feed-messages.ts';
import { type LogFormat, Reporter } from '../../../src/lib/cli/program/reporter.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { CaptureStream } from '../program/capture-stream.ts';

const symbolsOf = (count: number): string[] => Array.from({ length: count }, (_, n) => `NSE:OLD${n}-EQ`);
/** What a report says on stderr. */
function tell(say: (report: FeedMessages) => void, format: LogFormat = 'text', clock = new ManualClock()): string {
  const stream = new CaptureStream();
  say(new FeedMessages(new Reporter(stream, { level: 'normal', format }), clock));
  return stream.text;
}

describe('unknown symbols', () => {
  test.each([
    [['NSE:NOPE-EQ'], undefined, 'unknown symbol NSE:NOPE-EQ'],
    [['NSE:NOPE-EQ', 'NSE:NOPF-EQ'], undefined, 'unknown symbols NSE:NOPE-EQ, NSE:NOPF-EQ'],
    [
      ['NSE:NOPE-EQ', 'NSE:NOPF-EQ'],
      (symbol: string) => (symbol === 'NSE:NOPF-EQ' ? 'list.txt:3' : undefined),
      'unknown symbols NSE:NOPE-EQ, NSE:NOPF-EQ (list.txt:3)',
    ],
  ])('%j', (symbols, placeOf, text) => {
    expect(describeUnknown(symbols, placeOf)).toBe(text);
  });

  test('names all of a long list on one line', () => {
    const symbols = symbolsOf(300);
    const say = (report: FeedMessages): void => report.unknown(describeUnknown(symbols), symbols);
    expect(tell(say)).toBe(`warning: unknown symbols ${symbols.join(', ')}\n`);
    expect(JSON.parse(tell(say, 'json'))).toMatchObject({ event: 'unknown', symbols, code: 'UNKNOWN_SYMBOL' });
  });
});

test.each([
  [undefined, 'unsubscribed by another command'],
  ['the contract has ended', 'unsubscribed, the contract has ended'],
])('says why symbols are no longer subscribed: %s', (why, words) => {
  const dropped = [{ kind: 'symbol' as const, symbol: 'NSE:NIFTY26DECFUT' }];
  const say = (report: FeedMessages): void => report.event({ type: 'changed', added: [], dropped, why });
  expect(tell(say)).toBe(`warning: ${words}: NSE:NIFTY26DECFUT\n`);
});

test('names silent symbols, and counts the others of many', () => {
  const subscriptions = symbolsOf(12).map((symbol) => ({ kind: 'lite' as const, symbol }));
  expect(tell((report) => report.event({ type: 'silent', subscriptions }))).toBe(
    `warning: subscribed, but no ticks: ${symbolsOf(10).join(', ')} and 2 more\n`,
  );
});

describe('a feed that a user disconnected', () => {
  const disconnected = (waitMs: number) => (report: FeedMessages) => {
    report.event({
      type: 'state',
      state: { state: 'disconnected', at: 900, reason: 'server_closed', detail: 'code 1006', retryAt: 900 },
    });
    const detail = "asked over the hub's Unix socket";
    report.event({
      type: 'state',
      state: { state: 'disconnected', at: 1_000, reason: 'disconnected', detail, retryAt: 1_000 + waitMs },
    });
  };

  test.each([
    [0, 'until a connect request or a new subscription'],
    [30_000, 'next try in 30.0 s'],
  ])('is reported with the source of the request, also during a break: %i ms', (waitMs, wait) => {
    const [, line] = tell(disconnected(waitMs)).split('\n');
    expect(line).toBe(`warning: disconnected (asked over the hub's Unix socket), ${wait}`);
  });
});

describe('a break', () => {
  const broken = (detail: string, waitMs: number) => (report: FeedMessages) =>
    report.event({
      type: 'state',
      state: { state: 'disconnected', at: 1_000, reason: 'hub_gone', detail, retryAt: 1_000 + waitMs },
    });

  test.each([
    ['the shared session ended', 0, 'warning: the shared session ended, trying again\n'],
    ['the shared session ended', 49, 'warning: the shared session ended, trying again\n'],
    ['no shared session runs', 1_500, 'warning: no shared session runs, next try in 1.5 s\n'],
  ])('is reported once, with the wait if there is one: %s', (detail, waitMs, text) => {
    expect(tell(broken(detail, waitMs))).toBe(text);
  });

  test('is measured by the monotonic clock of this program, not by the times of the feed', () => {
    const clock = new ManualClock();
    const say = (report: FeedMessages): void => {
      report.event({ type: 'state', state: { state: 'live', at: clock.now() } });
      report.event({
        type: 'state',
        state: {
          state: 'disconnected',
          at: clock.now(),
          reason: 'hub_gone',
          detail: 'gone',
          retryAt: clock.now(),
        },
      });
      clock.advance(5_600);
      clock.jumpWall(-3_600_000);
      // The hub has been live since long before.
      report.event({ type: 'state', state: { state: 'live', at: clock.now() - 90_000 } });
    };
    expect(tell(say, 'text', clock)).toContain('connected again after 5.6 s\n');
  });
});
