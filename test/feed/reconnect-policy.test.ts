import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/lib/errors/catalogue.ts';
import { Backoff, ReconnectPolicy, type Verdict } from '../../src/lib/feed/reconnect-policy.ts';
import { AttemptError } from '../../src/lib/network/failure.ts';
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

  describe('an attempt that the server, the proxy or the trust of this machine refused', () => {
    const refusal = (code: ErrorCode, isPassing: boolean, retryAfterMs?: number): AttemptError =>
      new AttemptError(code, `failed with ${code}`, { isPassing, retryAfterMs });
    const create = (isLetIn = false): ReconnectPolicy => {
      const policy = new ReconnectPolicy(new ManualClock(), almostOne, undefined);
      if (isLetIn) policy.authenticated();
      return policy;
    };
    /** How many attempts end in a wait before one is the end, at most a hundred. */
    const countWaits = (policy: ReconnectPolicy, cause: AttemptError): number => {
      for (let count = 0; count < 100; count++) {
        policy.connecting();
        const verdict = policy.ended('network_error', cause.message, cause);
        if ('error' in verdict) {
          expect(verdict.error).toBe(cause);
          return count;
        }
      }
      return 100;
    };

    it.each(['CERTIFICATE_NOT_TRUSTED', 'PROXY_REFUSED', 'EDGE_REFUSED', 'REQUEST_REFUSED'] as const)(
      '%s is the end for a feed that was never let in, and may pass for one that was',
      (code) => {
        expect(countWaits(create(), refusal(code, false))).toBe(0);
        expect(countWaits(create(true), refusal(code, false))).toBeGreaterThan(0);
      },
    );

    it('a status that will not change is the end at any time', () => {
      expect(countWaits(create(true), refusal('SOCKET_REFUSED', false))).toBe(0);
    });

    it.each([
      ['SOCKET_REFUSED', 5],
      ['PROXY_REFUSED', 5],
      ['RATE_LIMITED', 2],
      ['PROXY_UNREACHABLE', 100],
    ] as const)('%s that may pass is tried again, though not for ever where somebody answers', (code, waits) => {
      expect(countWaits(create(), refusal(code, true))).toBe(waits);
    });

    it.each(['SOCKET_REFUSED', 'PROXY_REFUSED', 'RATE_LIMITED'] as const)(
      '%s that may pass does not end a feed that was let in, nor one that follows it',
      (code) => {
        expect(countWaits(create(true), refusal(code, true, 600_001))).toBe(100);
        const record = { wasLetIn: false };
        const clock = new ManualClock();
        new ReconnectPolicy(clock, almostOne, undefined, record).authenticated();
        expect(countWaits(new ReconnectPolicy(clock, almostOne, undefined, record), refusal(code, true))).toBe(100);
      },
    );

    it('counts refusals in a row: one of another kind begins anew', () => {
      const policy = create();
      const [busy, limited] = [refusal('SOCKET_REFUSED', true), refusal('RATE_LIMITED', true)];
      for (let count = 0; count < 5; count++) delayOf(policy.ended('network_error', '', busy));
      delayOf(policy.ended('network_error', '', limited));
      for (let count = 0; count < 5; count++) delayOf(policy.ended('network_error', '', busy));
    });

    it('is not tried again before the server allows it, and not at all when that takes too long', () => {
      expect(delayOf(create().ended('network_error', '', refusal('RATE_LIMITED', true, 7_000)))).toBe(7_000);
      expect(delayOf(create().ended('network_error', '', refusal('RATE_LIMITED', true, 600_000)))).toBe(600_000);
      expect(countWaits(create(), refusal('RATE_LIMITED', true, 600_001))).toBe(0);
    });

    it('is what a feed ends with that has used up its retries', () => {
      const policy = new ReconnectPolicy(new ManualClock(), almostOne, 0);
      const cause = refusal('PROXY_UNREACHABLE', true);
      expect(policy.ended('network_error', cause.message, cause)).toEqual({ error: cause });
    });
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
