import { decimalsOf, isNumeric, unitsOf } from '../market/column-value.ts';
import type { Column } from '../market/columns.ts';
import { formatIstTime } from '../market/ist-time.ts';
import { ROW_TYPES } from '../market/kinds.ts';
import type { Tick } from '../market/tick.ts';
import { writeDecimal, writeInteger } from './digits.ts';
import type { TimeFormat } from './encoder.ts';

/** Times repeat: a second or a millisecond is formatted once while it stays in its place of the cache. */
const TIME_CACHE_SIZE = 256;
/** More than any number or time takes. */
export const MAX_VALUE_BYTES = 48;

/** How one column of a tick becomes bytes. Returns where it stopped. */
export type WriteCell = (tick: Tick, bytes: Uint8Array, at: number) => number;

/** How values look in a format. */
export interface ValueStyle {
  readonly time: TimeFormat;
  /** What stands where there is no value. */
  readonly absent: string;
  /** A text value with what the format puts around it. */
  readonly quote: (text: string) => string;
}

/** The writer of a column's values. Text is written at most once per row, numbers never allocate. */
export function createCellWriter(column: Column, style: ValueStyle): WriteCell {
  if (column.from === 'type') return textWriter((tick) => style.quote(ROW_TYPES[tick.kind]));
  if (column.from === 'symbol') return textWriter((tick) => style.quote(tick.symbol));
  if (column.from === 'receivedAt') {
    const writeTime = timeWriter(style, 1);
    return (tick, bytes, at) => writeTime(tick.state.receivedAt, bytes, at);
  }
  if (!isNumeric(column)) throw new RangeError(`no writer for ${(column as Column).name}`);
  const absent = Buffer.from(style.absent, 'latin1');
  const writeSeconds = column.from === 'seconds' && style.time === 'iso' ? timeWriter(style, 1_000) : undefined;
  return (tick, bytes, at) => {
    const units = unitsOf(column, tick.state);
    if (units === null) {
      bytes.set(absent, at);
      return at + absent.length;
    }
    if (writeSeconds) return writeSeconds(units, bytes, at);
    return writeDecimal(bytes, at, units, decimalsOf(column, tick.state.precision));
  };
}

function textWriter(read: (tick: Tick) => string): WriteCell {
  return (tick, bytes, at) => at + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).write(read(tick), at);
}

/** Writes times given in units of `unitMs`. */
function timeWriter(style: ValueStyle, unitMs: number): (time: number, bytes: Uint8Array, at: number) => number {
  const keys = new Float64Array(TIME_CACHE_SIZE).fill(Number.NaN);
  const texts: Uint8Array[] = [];
  const format = (time: number): Uint8Array => {
    if (style.time === 'iso') return Buffer.from(style.quote(formatIstTime(time * unitMs)), 'latin1');
    const digits = new Uint8Array(MAX_VALUE_BYTES);
    return digits.subarray(0, writeInteger(digits, 0, time));
  };
  return (time, bytes, at) => {
    const place = ((time % TIME_CACHE_SIZE) + TIME_CACHE_SIZE) % TIME_CACHE_SIZE;
    if (keys[place] !== time) {
      texts[place] = format(time);
      keys[place] = time;
    }
    const text = texts[place] as Uint8Array;
    for (let offset = 0; offset < text.length; offset++) bytes[at + offset] = text[offset] as number;
    return at + text.length;
  };
}
