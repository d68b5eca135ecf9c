import type { NetworkFailure } from '../../network/failure.ts';
import { joinWords } from '../../text/join-words.ts';
import { type CheckResult, failed, warned } from './check.ts';
import { isDispensable, type Target } from './targets.ts';

/** Servers that cannot be reached, and why. */
export interface Unreached {
  readonly targets: readonly Target[];
  readonly failure: NetworkFailure;
}

/** A failure, or a warning when ticks come without these servers; undefined when all are reached. */
export function judgeUnreached(unreached: readonly Unreached[]): CheckResult | undefined {
  const needed = unreached.find(({ targets }) => !targets.every(isDispensable));
  const first = needed ?? unreached[0];
  if (first === undefined) return undefined;
  const messages = joinWords([...new Set(unreached.map(({ failure }) => failure.message))]);
  const { code = 'FEED_UNREACHABLE', hint } = first.failure;
  return needed ? failed(code, messages, hint) : warned(`${messages}; only the symbol master comes from there`, hint);
}
