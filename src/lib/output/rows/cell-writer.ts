import { formatIstTime } from '../../clock/ist.ts';
import { isNumeric, type NumericColumn, ownDecimals, unitsOf } from '../../market/column-value.ts';
import type { Column } from '../../market/columns.ts';
import { ROW_TYPES } from '../../market/kinds.ts';
import { priceDecimals } from '../../market/price.ts';
import type { Tick } from '../../market/tick.ts';
import type { TimeFormat } from './encoder.ts';
import { copyBytes, MAX_NUMBER_BYTES, NumberWriter } from './number-writer.ts';

/** How a format prints values. */
export interface ValueStyle {
  readonly time: TimeFormat;
  /** Printed where there is no value. */
  readonly absent: string;
  /** Quotes and escapes a text. */
  readonly quote: (text: string) => string;
}

/** `+275760-09-13T05:30:00.000+05:30`, the longest, in quotes. */
const MAX_TIME_BYTES = 36;
/** More than any value takes, texts excepted. */
const MAX_VALUE_BYTES = Math.max(MAX_NUMBER_BYTES, MAX_TIME_BYTES);
/** Stands for the decimals of the instrument's prices, which are known with its first tick. */
const OF_PRICE = -1;
/** A power of two. Times repeat: each is formatted once while it stays in the cache. */
const CACHE_SIZE = 256;

/**
 * Writes one column's value out of slots. One class for all of them, and no closures: the engine then has one shape to deal with where
 * rows are made.
 */
export class CellWriter {
  /** Room for any value; none for texts. */
  readonly maxBytes: number;
  readonly #column: Column;
  protected readonly numeric: NumericColumn | undefined;
  readonly #decimals: number;
  readonly #absent: Uint8Array;
  readonly #times: TimeCache | undefined;
  readonly #style: ValueStyle;
  readonly #number = new NumberWriter();
  /** The prepared value; undefined when the number writer has it. */
  #bytes: Uint8Array | undefined;

  constructor(column: Column, style: ValueStyle) {
    this.#column = column;
    this.#style = style;
    this.numeric = isNumeric(column) ? column : undefined;
    this.#decimals = this.numeric === undefined ? 0 : (ownDecimals(this.numeric) ?? OF_PRICE);
    this.#absent = new Uint8Array(Buffer.from(style.absent, 'latin1'));
    if (column.from === 'receivedAt') this.#times = new TimeCache(style, 1);
    else if (column.from === 'seconds' && style.time === 'iso') this.#times = new TimeCache(style, 1_000);
    const isText = column.from === 'type' || column.from === 'symbol';
    this.maxBytes = isText ? 0 : MAX_VALUE_BYTES;
  }

  /** Room for a tick's texts, which are not in `maxBytes`: they are the same in all its rows. */
  textBytes(tick: Tick): number {
    return this.maxBytes > 0 ? 0 : Buffer.byteLength(this.#text(tick));
  }

  /** Reads the tick's value. Returns how many bytes it takes. */
  prepare(tick: Tick): number {
    const { state } = tick;
    if (this.numeric === undefined) {
      if (this.#times !== undefined) this.#bytes = this.#times.text(state.receivedAt);
      else this.#bytes = Buffer.from(this.#text(tick));
      return this.#bytes.length;
    }
    const units = unitsOf(this.numeric, state);
    if (units === null) this.#bytes = this.#absent;
    else if (this.#times !== undefined) this.#bytes = this.#times.text(units);
    else {
      this.#bytes = undefined;
      return this.#number.prepare(units, this.#decimals === OF_PRICE ? priceDecimals(state) : this.#decimals);
    }
    return this.#bytes.length;
  }

  /** Writes what was prepared. */
  write(bytes: Uint8Array, at: number): void {
    if (this.#bytes === undefined) this.#number.write(bytes, at);
    else copyBytes(this.#bytes, this.#bytes.length, bytes, at);
  }

  /** A number as it is. */
  protected prepareNumber(value: number | null): number {
    if (value === null) this.#bytes = this.#absent;
    else if (this.#times !== undefined) this.#bytes = this.#times.text(value);
    else this.#bytes = Buffer.from(String(value), 'latin1');
    return this.#bytes.length;
  }

  #text(tick: Tick): string {
    return this.#style.quote(this.#column.from === 'type' ? ROW_TYPES[tick.kind] : tick.symbol);
  }
}

/** Writes one column's value of raw rows, which have no slots. A separate class: a check for each tick would cost a sixth of the rate. */
export class RawRowCellWriter extends CellWriter {
  override prepare(tick: Tick): number {
    const { columns } = tick.state;
    if (this.numeric === undefined || columns === undefined) return super.prepare(tick);
    return this.prepareNumber(columns.numberOf(this.numeric));
  }
}

/** Times as the text of epoch numbers or of ISO 8601 in IST. */
export class TimeCache {
  readonly #unitMs: number;
  readonly #format: TimeFormat;
  readonly #quote: (text: string) => string;
  readonly #times = new Float64Array(CACHE_SIZE).fill(Number.NaN);
  readonly #texts: Uint8Array[] = new Array<Uint8Array>(CACHE_SIZE).fill(new Uint8Array(0));

  /** @param unitMs milliseconds in one unit of the times */
  constructor(style: ValueStyle, unitMs: number) {
    this.#format = style.time;
    this.#quote = style.quote;
    this.#unitMs = unitMs;
  }

  text(time: number): Uint8Array {
    const place = time & (CACHE_SIZE - 1);
    if (this.#times[place] !== time) {
      this.#texts[place] = this.#render(time);
      this.#times[place] = time;
    }
    return this.#texts[place] as Uint8Array;
  }

  #render(time: number): Uint8Array {
    const text = this.#format === 'iso' ? this.#quote(formatIstTime(time * this.#unitMs)) : String(time);
    // Its own memory: a view of Node's shared pool would be slower to read.
    return new Uint8Array(Buffer.from(text, 'latin1'));
  }
}
