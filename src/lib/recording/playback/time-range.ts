import { DAY_MS, IST_OFFSET_MS } from '../../clock/ist.ts';
import { readIstMoment, readTimeOfDay } from '../../clock/ist-moment.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';

const HINT = 'write it as 09:15, of each recorded day, or as 2026-11-23T09:15, in India (IST)';

/** One end of a range: a time of each day, milliseconds after midnight in India, or one moment, epoch milliseconds. */
type Bound = { readonly every: number } | { readonly at: number };

/** Which part of recordings is played: from `from` on, up to but without `to`. */
export class TimeRange {
  readonly #from: Bound | undefined;
  readonly #to: Bound | undefined;

  /** @param from,to a time of each day, `09:15`, or a date with or without a time. Throws `USAGE`. */
  constructor(from?: string | undefined, to?: string | undefined) {
    this.#from = from === undefined ? undefined : parseBound(from, 'from');
    this.#to = to === undefined ? undefined : parseBound(to, 'to');
    if (this.#from && this.#to && isReversed(this.#from, this.#to)) {
      throw new TickpipeError('USAGE', `--from ${from} is not before --to ${to}`);
    }
  }

  /** @param time epoch milliseconds */
  includes(time: number): boolean {
    return !isBefore(time, this.#from) && (this.#to === undefined || isBefore(time, this.#to));
  }

  /** Nothing from here on is included. */
  isOver(time: number): boolean {
    return this.#to !== undefined && 'at' in this.#to && time >= this.#to.at;
  }

  /** Nothing between these, both epoch milliseconds, is included. */
  excludes(begin: number, end: number): boolean {
    if (this.#from && 'at' in this.#from && end < this.#from.at) return true;
    if (this.isOver(begin)) return true;
    // Times of day: only what lies within one day is looked at.
    if (dayOf(begin) !== dayOf(end)) return false;
    const isBeforeAll = this.#from && 'every' in this.#from && timeOfDay(end) < this.#from.every;
    const isAfterAll = this.#to && 'every' in this.#to && timeOfDay(begin) >= this.#to.every;
    return isBeforeAll === true || isAfterAll === true;
  }
}

function isBefore(time: number, bound: Bound | undefined): boolean {
  if (bound === undefined) return false;
  return 'at' in bound ? time < bound.at : timeOfDay(time) < bound.every;
}

function isReversed(from: Bound, to: Bound): boolean {
  if ('at' in from && 'at' in to) return from.at >= to.at;
  return 'every' in from && 'every' in to && from.every >= to.every;
}

function dayOf(time: number): number {
  return Math.floor((time + IST_OFFSET_MS) / DAY_MS);
}

function timeOfDay(time: number): number {
  return time + IST_OFFSET_MS - dayOf(time) * DAY_MS;
}

function parseBound(text: string, flag: 'from' | 'to'): Bound {
  const every = readTimeOfDay(text);
  if (every !== undefined) return { every };
  const at = readIstMoment(text, flag);
  if (at !== undefined) return { at };
  throw new TickpipeError('USAGE', `--${flag}: ${JSON.stringify(text.slice(0, 40))} is not a time`, { hint: HINT });
}
