import path from 'node:path';
import { formatIstClock } from '../../market/ist-time.ts';
import { findRecordingWindow } from '../../market/recording-window.ts';
import { istDate } from '../../market/sessions.ts';
import { callAtWallTime } from '../../output/deadlines.ts';
import type { Program } from '../program.ts';
import { readCalendar } from '../settings/calendars.ts';
import type { Reporter } from '../stderr.ts';

/** The time of a day's sessions. */
export interface SessionWindow {
  /** Epoch milliseconds. */
  readonly closesMs: number;
  /** Waits until it is time, and says so. Rejects with the signal's reason. */
  untilOpen(signal: AbortSignal): Promise<void>;
}

/** The window in which these symbols are recorded today; undefined, having said why, when there is none. Throws `BAD_CONFIGURATION`. */
export async function openSessionWindow(
  symbols: readonly string[],
  { env, clock, root }: Program,
  reporter: Reporter,
): Promise<SessionWindow | undefined> {
  const calendar = await readCalendar(env);
  const now = clock.now();
  const year = Number(istDate(now).slice(0, 4));
  if (!calendar.knows(year)) {
    const page = path.resolve(root, 'docs/calendar.md');
    reporter.warn(`no trading calendar of ${year}: holidays are taken for trading days; see ${page}`, {
      event: 'no_calendar',
      year,
    });
  }
  const window = findRecordingWindow(symbols, now, calendar);
  if (window.state === 'closed') {
    reporter.info(`no session on ${window.date}: ${window.why}`, { event: 'closed', date: window.date });
    return undefined;
  }
  if (window.state === 'over') {
    reporter.info(`today's session is over since ${formatIstClock(window.closedMs)} IST`, { event: 'over' });
    return undefined;
  }
  const { opensMs, closesMs } = window;
  return {
    closesMs,
    untilOpen: (signal) => {
      if (clock.now() >= opensMs) return Promise.resolve();
      const times = `from ${formatIstClock(opensMs)} to ${formatIstClock(closesMs)} IST`;
      reporter.info(`waiting for the session: recording ${times}`, { event: 'waiting', from: opensMs, to: closesMs });
      return new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const timer = callAtWallTime(clock, opensMs, resolve);
        signal.addEventListener('abort', () => {
          timer.cancel();
          reject(signal.reason);
        });
      });
    },
  };
}
