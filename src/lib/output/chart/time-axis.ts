import { formatIstClock, formatIstMinute, IST_OFFSET_MS, istDate } from '../../clock/ist.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** Times that are round to people. */
const STEPS_MS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE_MS),
  ...[1, 2, 3, 6].map((count) => count * HOUR_MS),
];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Blanks between two labels at least. */
const GAP = 2;

/** A candle's moment and its column. */
export interface TimePlace {
  /** Epoch milliseconds. */
  readonly startMs: number;
  readonly column: number;
}

/**
 * The line below a chart: times of India at round values, the date where a day begins. Time in which there is no candle takes no room.
 * @param places of the candles, from left to right
 */
export function drawTimeAxis(places: readonly TimePlace[], width: number): string {
  const dates = places.map(({ startMs }) => istDate(startMs));
  const days = places.filter((_, index) => dates[index] !== dates[index - 1]);
  const isDaily = places.length > 1 && days.length === places.length;
  const line = new LabelLine(width);
  const first = places[0];
  // The first day is named only where another one follows: a chart of today needs no date.
  const named = isDaily ? places : days.slice(days.length > 1 ? 0 : 1);
  for (const { startMs, column } of named) line.put(column, dayLabel(startMs));
  if (isDaily || first === undefined) return line.text;
  const isOfMinutes = places.every(({ startMs }) => startMs % MINUTE_MS === 0);
  for (const stepMs of STEPS_MS) {
    if (isOfMinutes && stepMs < MINUTE_MS) continue;
    // The first candle of each step of time: that at the round moment may be missing.
    const round = places.filter(({ startMs }, index) => {
      const before = places[index - 1]?.startMs;
      return before === undefined
        ? (startMs + IST_OFFSET_MS) % stepMs === 0
        : Math.floor((startMs + IST_OFFSET_MS) / stepMs) !== Math.floor((before + IST_OFFSET_MS) / stepMs);
    });
    const formatTime = stepMs < MINUTE_MS ? formatIstClock : formatIstMinute;
    const room = formatTime(0).length + GAP;
    const isWide = round.every((place, index) => {
      const next = round[index + 1];
      return (
        next === undefined || next.column - place.column >= room || istDate(next.startMs) !== istDate(place.startMs)
      );
    });
    if (!isWide && stepMs !== STEPS_MS.at(-1)) continue;
    for (const { startMs, column } of round) line.put(column, formatTime(startMs));
    break;
  }
  // Where no time is round, there is at least that of the beginning.
  if (line.text === '') line.put(first.column, formatIstClock(first.startMs));
  return line.text;
}

function dayLabel(epochMs: number): string {
  const [, month, day] = istDate(epochMs).split('-').map(Number);
  return `${day} ${MONTHS[(month ?? 1) - 1]}`;
}

/** A line that takes labels where there is room for them. */
class LabelLine {
  readonly #cells: string[];

  constructor(width: number) {
    this.#cells = Array(width).fill(' ');
  }

  get text(): string {
    return this.#cells.join('').trimEnd();
  }

  put(column: number, label: string): void {
    const from = Math.max(0, Math.min(column, this.#cells.length - label.length));
    if (label.length > this.#cells.length) return;
    const around = this.#cells.slice(Math.max(0, from - GAP), from + label.length + GAP);
    if (around.some((cell) => cell !== ' ')) return;
    for (const [index, character] of [...label].entries()) this.#cells[from + index] = character;
  }
}
