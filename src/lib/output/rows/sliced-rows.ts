import { type Kind, ROW_TYPES } from '../../market/kinds.ts';
import type { Tick } from '../../market/tick.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import { TimeCache, type ValueStyle } from './cell-writer.ts';
import type { RowEncoder } from './encoder.ts';
import { type RowEncoderOptions, rowTemplate, valueStyle } from './row-encoder.ts';
import type { RowTemplate } from './row-layout.ts';
import { type RowScanner, RowScanners } from './row-scanner.ts';
import { pathOf, rowShape } from './row-shape.ts';

/*
 * Raw rows in another format: a row of the contract already has the digits of each value, which are the same in every format.
 * So its values are copied, and no number is read or printed.
 */

/** Prints raw rows out of their own bytes; all other ticks, and rows of another form than the contract's, are encoded. */
export class SlicingEncoder implements RowEncoder {
  readonly header: string;
  readonly #encoder: RowEncoder;
  readonly #scanners = new RowScanners();
  readonly #cells: ReadonlyMap<Kind, SlicedCells>;

  /** @param encoder of the same rows, made with the same options */
  constructor(encoder: RowEncoder, options: RowEncoderOptions) {
    this.#encoder = encoder;
    this.header = encoder.header;
    const style = valueStyle(options);
    this.#cells = new Map(
      options.kinds.map((kind) => [kind, new SlicedCells(kind, rowTemplate(kind, options), style)]),
    );
  }

  skip(tick: Tick): void {
    this.#encoder.skip(tick);
  }

  encode(tick: Tick, into: ByteBuffer): void {
    const { row } = tick;
    const isDone = row !== undefined && this.#append(row, 0, row.length, into) === row.length;
    // Only what the encoder has printed itself is brought up to date.
    if (isDone) this.#encoder.skip(tick);
    else this.#encoder.encode(tick, into);
  }

  encodeRows(rows: Uint8Array, into: ByteBuffer): boolean {
    for (let at = 0; at < rows.length; ) {
      at = this.#append(rows, at, rows.length, into);
      if (at < 0) return false;
    }
    return true;
  }

  forget(tick: Tick): void {
    this.#encoder.forget(tick);
  }

  /** Appends the row that stands at `begin`. Returns the offset behind it, or -1, and nothing is appended, when there is none. */
  #append(rows: Uint8Array, begin: number, end: number, into: ByteBuffer): number {
    const scanner = this.#scanners.find(rows, begin);
    const cells = scanner && this.#cells.get(scanner.shape.kind);
    if (cells === undefined) return -1;
    const rowEnd = scanner?.scan(rows, begin, end) ?? -1;
    if (rowEnd >= 0) cells.append(rows, scanner as RowScanner, into);
    return rowEnd;
  }
}

/** The longest time, in quotes, and more than any number takes. */
const MAX_VALUE_BYTES = 64;
const LETTER_N = 0x6e;

/** How the rows of one kind are printed. Values are given by their place in the contract's row. */
class SlicedCells {
  readonly #texts: Uint8Array[] = [];
  readonly #places: number[] = [];
  /** Of a value that is printed as a time. */
  readonly #times: (TimeCache | undefined)[] = [];
  readonly #end: Uint8Array;
  readonly #absent: Uint8Array;
  /** The longest row, but for its symbol. */
  readonly #maxBytes: number;

  constructor(kind: Kind, { cells, after }: RowTemplate, style: ValueStyle) {
    const { values } = rowShape(kind);
    // A symbol of the contract needs no escapes: it has quotes around it, or it has not.
    const quote = style.quote('NSE:SBIN-EQ').startsWith('"') ? '"' : '';
    let text = '';
    for (const { before, column } of cells) {
      text += before;
      if (column.from === 'type') {
        text += style.quote(ROW_TYPES[kind]);
        continue;
      }
      const isSymbol = column.from === 'symbol';
      this.#texts.push(bytesOf(isSymbol ? text + quote : text));
      text = isSymbol ? quote : '';
      const path = pathOf(column);
      this.#places.push(values.findIndex((value) => value.path === path));
      const unitMs = column.from === 'receivedAt' ? 1 : column.from === 'seconds' ? 1_000 : undefined;
      this.#times.push(style.time === 'iso' && unitMs !== undefined ? new TimeCache(style, unitMs) : undefined);
    }
    this.#end = bytesOf(text + after);
    this.#absent = bytesOf(style.absent);
    this.#maxBytes = this.#texts.reduce((sum, { length }) => sum + length + MAX_VALUE_BYTES, this.#end.length);
  }

  append(rows: Uint8Array, scanner: RowScanner, into: ByteBuffer): void {
    const { starts, ends } = scanner;
    into.reserve(this.#maxBytes + (ends[0] as number) - (starts[0] as number));
    const { bytes } = into;
    let at = into.length;
    for (let cell = 0; cell < this.#places.length; cell++) {
      const text = this.#texts[cell] as Uint8Array;
      at = copy(text, 0, text.length, bytes, at);
      const place = this.#places[cell] as number;
      const start = starts[place] as number;
      const times = this.#times[cell];
      // No symbol begins with a small letter.
      if (rows[start] === LETTER_N) at = copy(this.#absent, 0, this.#absent.length, bytes, at);
      else if (times) {
        const time = times.text(scanner.number(place));
        at = copy(time, 0, time.length, bytes, at);
      } else at = copy(rows, start, ends[place] as number, bytes, at);
    }
    into.length = copy(this.#end, 0, this.#end.length, bytes, at);
  }
}

/** So few bytes are copied faster one by one than by a call. Returns the offset behind them. */
function copy(from: Uint8Array, begin: number, end: number, to: Uint8Array, at: number): number {
  let place = at;
  for (let offset = begin; offset < end; offset++) to[place++] = from[offset] as number;
  return place;
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}
