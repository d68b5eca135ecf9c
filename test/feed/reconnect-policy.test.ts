import { describe, expect, it } from 'vitest';
import { Backoff } from '../../src/lib/feed/backoff.ts';
import { ReconnectPolicy, type Verdict } from '../../src/lib/feed/reconnect-policy.ts';
import { ManualClock } from '../support/manual-clock.ts';

const almostOne = (): number => 0.999_999;

function delayOf(verdict: Verdict): number {
  if ('error' in verdict) throw verdict.error;
  return verdict.delayMs;
}

describe('Backoff', () => {
  it('doubles its limit from 0.5 s to 30 s', () => {
    const backoff = new Backoff(almostOne);
    const delays = Array.from({ length: 9 }, () => backoff.nextDelayMs());
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('has full jitter: a delay may be anything below the limit', () => {
    expect(new Backoff(() => 0).nextDelayMs()).toBe(0);
    expect(new Backoff(() => 0.5).nextDelayMs()).toBe(250);
  });

  it('begins anew after a reset', () => {
    const backoff = new Backoff(almostOne);
    backoff.nextDelayMs();
    backoff.nextDelayMs();
    backoff.reset();
    expect(backoff.attempts).toBe(0);
    expect(backoff.nextDelayMs()).toBe(500);
  });
});

describe('ReconnectPolicy', () => {
  it('counts connections after the first, not attempts', () => {
    const policy = new ReconnectPolicy(new ManualClock(), almostOne, undefined);
    const connect = (isLetIn: boolean): void => {
      policy.connecting();
      if (isLetIn) policy.authenticated();
      policy.ended('network_error', 'ECONNREFUSED');
    };
    const counts = [false, false, true, false, true, true].map((isLetIn) => {
      connect(isLetIn);
      return policy.reconnects;
    });
    expect(counts).toEqual([0, 0, 0, 0, 1, 2]);
  });

  it('waits longer each time while nothing is proven', () => {
    const policy = new ReconnectPolicy(new ManualClock(), almostOne, undefined);
    const delays = Array.from({ length: 3 }, () => delayOf(policy.ended('network_error', 'ECONNREFUSED')));
    expect(delays).toEqual([500, 1000, 2000]);
  });

  it('resets after 10 s of data, and not before', () => {
    const clock = new ManualClock();
    const policy = new ReconnectPolicy(clock, almostOne, undefined);
    const runFor = (ms: number): number => {
      policy.connecting();
      policy.authenticated();
      policy.dataArrived();
      clock.advance(ms);
      policy.dataArrived();
      return delayOf(policy.ended('network_error', 'ECONNRESET'));
    };
    expect([runFor(9_999), runFor(9_999)]).toEqual([500, 1000]);
    expect(runFor(10_000)).toBe(500);
  });

  it('gives up after the retries it was given', () => {
    const policy = new ReconnectPolicy(new ManualClock(), almostOne, 2);
    delayOf(policy.ended('network_error', 'ECONNREFUSED'));
    delayOf(policy.ended('network_error', 'ECONNREFUSED'));
    expect(policy.ended('network_error', 'ECONNREFUSED')).toMatchObject({
      error: { code: 'FEED_UNREACHABLE', message: 'cannot reach the feed: ECONNREFUSED' },
    });
  });

  it('reconnects at once after the machine slept', () => {
    const policy = new ReconnectPolicy(new ManualClock(), almostOne, undefined);
    expect(policy.ended('clock_jump', '')).toEqual({ delayMs: 0 });
  });

  describe('a contested connection', () => {
    const closeAfter = (policy: ReconnectPolicy, clock: ManualClock, ms: number): Verdict => {
      policy.connecting();
      policy.authenticated();
      clock.advance(ms);
      return policy.ended('server_closed', '');
    };

    it('is six closes in a row, each within 15 s of authentication', () => {
      const clock = new ManualClock();
      const policy = new ReconnectPolicy(clock, almostOne, undefined);
      for (let count = 0; count < 5; count++) delayOf(closeAfter(policy, clock, 14_999));
      expect(closeAfter(policy, clock, 14_999)).toMatchObject({ error: { code: 'CONNECTION_CONTESTED' } });
    });

    it('is over when a connection lasts 15 s', () => {
      const clock = new ManualClock();
      const policy = new ReconnectPolicy(clock, almostOne, undefined);
      for (let count = 0; count < 5; count++) delayOf(closeAfter(policy, clock, 1_000));
      delayOf(closeAfter(policy, clock, 15_000));
      for (let count = 0; count < 5; count++) delayOf(closeAfter(policy, clock, 1_000));
    });

    it('is not told by failures to connect, nor ended by them', () => {
      const clock = new ManualClock();
      const policy = new ReconnectPolicy(clock, almostOne, undefined);
      for (let count = 0; count < 5; count++) delayOf(closeAfter(policy, clock, 1_000));
      policy.connecting();
      delayOf(policy.ended('network_error', 'ECONNREFUSED'));
      expect(closeAfter(policy, clock, 1_000)).toMatchObject({ error: { code: 'CONNECTION_CONTESTED' } });
    });
  });
});
