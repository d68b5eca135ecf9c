import type { Clock } from '../../clock/clock.ts';
import { describeTokenEnd } from '../../hub/core/token-watch.ts';
import type { Reporter } from '../program/stderr.ts';

/**
 * Warns of a token that ends within a quarter of an hour. Returns whether it did.
 * @param expiresAtMs epoch milliseconds; null where there is no token
 */
export function warnOfTokenEnd(expiresAtMs: number | null, clock: Clock, reporter: Reporter): boolean {
  const message = describeTokenEnd(expiresAtMs, clock.now());
  if (message !== undefined) reporter.warn(message, { event: 'token' });
  return message !== undefined;
}
