import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { onAbort } from '../../clock/abort.ts';
import { callAtWallTime } from '../../clock/deadlines.ts';
import { formatIstClock, istDate } from '../../clock/ist.ts';
import { findRecordingWindow } from '../../market/recording-window.ts';
import { segmentsOfName, tradingSegmentOf } from '../../market/symbol-segments.ts';
import type { Segment } from '../../market/topics.ts';
import type { Calendar, HoursOwner } from '../../market/trading-hours.ts';
import { nameSome } from '../../text/join-words.ts';
import type { CommandContext } from '../program/program.ts';
import { readCalendar } from '../settings/calendars.ts';
import type { SegmentLookup } from './segment-lookup.ts';

const NOTHING: ReadonlyMap<string, Segment> = new Map();

/** When to record the trading session of a day. */
export interface SessionWindow {
  /** Epoch milliseconds. */
  readonly closesMs: number;
  /** Waits until the time to record, with a message. Rejects with the signal's reason. */
  untilOpen(signal: AbortSignal): Promise<void>;
}

/**
 * The window in which these symbols are recorded today. When there is none, reports why and resolves to undefined. Throws
 * `BAD_CONFIGURATION`.
 * @param lookUp called for symbols whose names do not decide their trading hours
 */
export async function openSessionWindow(
  symbols: readonly string[],
  { program, reporter }: CommandContext,
  lookUp: SegmentLookup,
): Promise<SessionWindow | undefined> {
  const { clock, root } = program;
  const calendar = await readCalendar(program);
  const now = clock.now();
  const year = Number(istDate(now).slice(0, 4));
  if (!calendar.knows(year)) {
    const page = path.resolve(root, 'docs/calendar.md');
    reporter.warn(`there is no trading calendar of ${year}: holidays count as trading days; see ${page}`, {
      event: 'no_calendar',
      year,
    });
  }
  const hours = await findHours(symbols, calendar, lookUp);
  const window = findRecordingWindow(hours.possible, now, calendar);
  if (window.state === 'open' && !isDeepStrictEqual(window, findRecordingWindow(hours.likely, now, calendar))) {
    const until = formatIstClock(window.closesMs);
    const names = nameSome(hours.unsure);
    reporter.warn(
      `the name does not decide the market of ${names}, and FYERS did not answer: recording for its longest possible session, to ${until} IST`,
      { event: 'hours_unsure', symbols: hours.unsure, to: window.closesMs },
    );
  }
  if (window.state === 'closed') {
    reporter.info(`no session on ${window.date}: ${window.why}`, { event: 'closed', date: window.date });
    return undefined;
  }
  if (window.state === 'over') {
    reporter.info(`today's session ended at ${formatIstClock(window.closedMs)} IST`, { event: 'over' });
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
        const timer = callAtWallTime(clock, opensMs, () => {
          stopListening();
          resolve();
        });
        const stopListening = onAbort(signal, () => {
          timer.cancel();
          reject(signal.reason);
        });
      });
    },
  };
}

/** Whose trading hours some symbols have, or may have. */
interface SymbolHours {
  readonly possible: readonly HoursOwner[];
  readonly likely: readonly HoursOwner[];
  /** Symbols with several possible segments. */
  readonly unsure: readonly string[];
}

/** The symbol master has the hours of each instrument. Without it the name of most symbols decides; others are looked up if FYERS answers. */
async function findHours(symbols: readonly string[], calendar: Calendar, lookUp: SegmentLookup): Promise<SymbolHours> {
  const listed = new Map(symbols.map((symbol) => [symbol, calendar.listed?.(symbol)]));
  const asked = symbols.filter((symbol) => !listed.get(symbol) && segmentsOfName(symbol).length > 1);
  const known = asked.length > 0 ? await lookUp(asked).catch(() => NOTHING) : NOTHING;
  const owners = symbols.map((symbol): readonly HoursOwner[] => {
    const own = listed.get(symbol);
    if (own !== undefined) return [own];
    const segment = known.get(symbol);
    return segment === undefined ? segmentsOfName(symbol) : [tradingSegmentOf(symbol, segment)];
  });
  return {
    possible: owners.flat(),
    likely: owners.flatMap((some) => some.slice(0, 1)),
    unsure: asked.filter((symbol) => !known.has(symbol)),
  };
}
