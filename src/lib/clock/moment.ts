import type { Clock } from './clock.ts';

/** A wall clock that lost more than this against the monotonic one was set back; less is rounding or slow correction. */
const SET_BACK_MS = 1_000;

/** One moment on both clocks: the wall clock says what to print, the monotonic one how long something took. */
export interface Moment {
  /** Epoch milliseconds. */
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export function readMoment(clock: Clock): Moment {
  return { wallMs: clock.now(), monotonicMs: clock.monotonic() };
}

/**
 * The stretch between two moments in epoch milliseconds, `to` never before `from`. When the wall clock was set back meanwhile,
 * `from` is counted back from `to` by the monotonic clock. The monotonic clock may stand still while the machine sleeps: a wall
 * clock that ran ahead is believed.
 */
export function spanBetween(from: Moment, to: Moment): { from: number; to: number } {
  const elapsedMs = Math.max(0, Math.round(to.monotonicMs - from.monotonicMs));
  if (to.wallMs - from.wallMs < elapsedMs - SET_BACK_MS) return { from: to.wallMs - elapsedMs, to: to.wallMs };
  return { from: from.wallMs, to: Math.max(from.wallMs, to.wallMs) };
}
