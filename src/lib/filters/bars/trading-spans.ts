import { DAY_MS, IST_OFFSET_MS, istDate, istMidnight } from '../../clock/ist.ts';
import { segmentsOfName } from '../../market/symbol-segments.ts';
import { type Calendar, type HoursOwner, sessionsOf } from '../../market/trading-hours.ts';

/** A stretch of time, epoch seconds, `to` exclusive: a session, or the time between sessions, at most to the end of the day in India. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly isSession: boolean;
}

/** Before all times, so that the first look-up replaces it. */
export const NO_SPAN: Span = { from: 0, to: 0, isSession: false };

/** How many days of an owner of hours are kept: late rows may be of the day before. */
const KEPT_DAYS = 4;
const DAY_SECONDS = DAY_MS / 1_000;

/** Finds the trading session of a moment. What it worked out is shared by all symbols of the same hours. */
export class TradingSpans {
  readonly #calendar: Calendar;
  readonly #allHours: boolean;
  /** By the hours' owner and by date. */
  readonly #days = new Map<string, Map<string, readonly Span[]>>();

  /** @param allHours every day in India is one session, from midnight to midnight */
  constructor(calendar: Calendar, allHours: boolean) {
    this.#calendar = calendar;
    this.#allHours = allHours;
  }

  /** The span that contains a time. @param time epoch seconds */
  find(symbol: string, time: number): Span {
    const ms = time * 1_000;
    if (this.#allHours) {
      const from = (Math.floor((ms + IST_OFFSET_MS) / DAY_MS) * DAY_MS - IST_OFFSET_MS) / 1_000;
      return { from, to: from + DAY_SECONDS, isSession: true };
    }
    const owner = this.#calendar.listed?.(symbol) ?? segmentsOfName(symbol)[0];
    const spans = this.#spansOf(owner, istDate(ms));
    return spans.find(({ to }) => time < to) as Span;
  }

  #spansOf(owner: HoursOwner, date: string): readonly Span[] {
    const key = typeof owner === 'string' ? owner : `${owner.segment} ${owner.sessions}`;
    const days = this.#days.get(key) ?? new Map<string, readonly Span[]>();
    this.#days.set(key, days);
    let spans = days.get(date);
    if (spans === undefined) {
      if (days.size >= KEPT_DAYS) days.delete(days.keys().next().value as string);
      spans = divideDay(istMidnight(date) / 1_000, sessionsOf(owner, date, this.#calendar));
      days.set(date, spans);
    }
    return spans;
  }
}

/** The whole day, as sessions and what lies between them. @param midnight epoch seconds */
function divideDay(midnight: number, sessions: readonly (readonly [number, number])[]): Span[] {
  const spans: Span[] = [];
  let at = midnight;
  for (const [openMs, closeMs] of sessions) {
    const [open, close] = [midnight + openMs / 1_000, midnight + closeMs / 1_000];
    if (open > at) spans.push({ from: at, to: open, isSession: false });
    if (close > open) spans.push({ from: open, to: close, isSession: true });
    at = close;
  }
  if (at < midnight + DAY_SECONDS) spans.push({ from: at, to: midnight + DAY_SECONDS, isSession: false });
  return spans;
}
