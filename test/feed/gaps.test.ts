import { beforeEach, describe, expect, it } from 'vitest';
import type { Moment } from '../../src/lib/clock/moment.ts';
import type { Gap } from '../../src/lib/feed/feed.ts';
import { Gaps } from '../../src/lib/feed/gaps.ts';

const ALL = ['A', 'B', 'C'];
const at = (ms: number): Moment => ({ wallMs: ms, monotonicMs: ms });

let reported: Gap[];
let gaps: Gaps;

beforeEach(() => {
  reported = [];
  gaps = new Gaps((gap) => reported.push(gap));
});

describe('Gaps', () => {
  it('makes one gap of a break, however many connections fail in it', () => {
    gaps.begin(at(1_000), 'server_closed', ['A', 'B', 'A']);
    gaps.begin(at(2_000), 'network_error', ['A', 'B', 'C']);
    expect(gaps.isOpen).toBe(true);
    gaps.end(at(5_000), ALL);
    expect(reported).toEqual([{ from: 1_000, to: 5_000, reason: 'server_closed', symbols: ['A', 'B'] }]);
    expect([gaps.isOpen, gaps.count]).toEqual([false, 1]);
    gaps.end(at(6_000), ALL);
    expect(reported).toHaveLength(1);
  });

  it('leaves out symbols that were dropped meanwhile, and a gap of nothing', () => {
    gaps.begin(at(1_000), 'stalled', ['A', 'B']);
    gaps.end(at(2_000), ['B']);
    expect(reported.map(({ symbols }) => symbols)).toEqual([['B']]);
    gaps.begin(at(3_000), 'stalled', ['A']);
    gaps.end(at(4_000), []);
    expect([reported.length, gaps.isOpen, gaps.count]).toEqual([1, false, 1]);
  });

  it('counts and reports a gap that is no break, also during one', () => {
    const missed: Gap = { from: 1_000, to: 2_000, reason: 'stalled', symbols: ['B'] };
    gaps.begin(at(1_500), 'server_closed', ['A']);
    gaps.add(missed);
    expect(reported).toEqual([missed]);
    expect([gaps.isOpen, gaps.count]).toEqual([true, 1]);
  });

  it('forgets the break that another feed reports', () => {
    gaps.begin(at(1_000), 'token', ['A']);
    gaps.forget();
    gaps.end(at(2_000), ALL);
    expect([reported, gaps.count]).toEqual([[], 0]);
  });

  it('lasts as long as the monotonic clock says when the wall clock was set back', () => {
    gaps.begin({ wallMs: 10_000_000, monotonicMs: 500.25 }, 'server_closed', ['A']);
    gaps.end({ wallMs: 6_402_500, monotonicMs: 3_000.5 }, ALL);
    expect(reported).toMatchObject([{ from: 6_400_000, to: 6_402_500 }]);
  });

  it('lasts as long as the wall clock says when the machine slept, and never less than no time', () => {
    gaps.begin({ wallMs: 1_000, monotonicMs: 0 }, 'clock_jump', ['A']);
    gaps.end({ wallMs: 3_601_000, monotonicMs: 300 }, ALL);
    gaps.begin({ wallMs: 1_000, monotonicMs: 0 }, 'clock_jump', ['A']);
    gaps.end({ wallMs: 990, monotonicMs: 0.2 }, ALL);
    expect(reported).toMatchObject([
      { from: 1_000, to: 3_601_000 },
      { from: 1_000, to: 1_000 },
    ]);
  });
});
