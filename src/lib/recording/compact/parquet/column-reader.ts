import { type ColumnMetaData, snappyUncompress } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { createDeltaScratch, readDelta } from './pages/delta.ts';
import { bitWidthOf, readHybrid } from './pages/hybrid.ts';
import type { StoredColumn } from './schema.ts';

const VALUE_BYTES = 8;
const FLAG_WIDTH = 1;
const LENGTH_BYTES = 4;
const TWO_32 = 2 ** 32;
/** The widest place in a dictionary that a page may have. */
const MAX_CODE_WIDTH = 24;

type Header = ReturnType<typeof parquetHeader>;

/** Takes a text of a column and returns the number that stands for it. */
export type NumberOfText = (text: string) => number;

/**
 * Reads the columns of compacted files into typed arrays, in the encodings in which this version and those before it write them.
 * Throws an `Error` for anything else.
 */
export class ColumnReader {
  #levels = new Uint32Array(0);
  #codes = new Uint32Array(0);
  readonly #deltas = createDeltaScratch();

  /**
   * Puts the values of a column of a row group into `values`, NaN where there is none.
   * @param bytes of the column alone
   * @param values as long as the group has rows
   */
  read(
    bytes: Uint8Array,
    column: StoredColumn,
    meta: ColumnMetaData,
    values: Float64Array,
    numberOf: NumberOfText,
  ): void {
    const rows = values.length;
    this.#reserve(rows);
    const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
    let dictionary: Float64Array | undefined;
    for (let done = 0; done < rows; ) {
      const header = parquetHeader(reader);
      const end = reader.offset + header.compressed_page_size;
      if (!(end <= bytes.length)) throw new Error('a page ends behind its column');
      const body = bytes.subarray(reader.offset, end);
      reader.offset = end;
      if (header.type === 'DICTIONARY_PAGE') dictionary = this.#readDictionary(header, body, column, meta, numberOf);
      else done += this.#readPage(header, body, column, meta, dictionary, values.subarray(done));
    }
  }

  #reserve(rows: number): void {
    if (this.#codes.length >= rows + 7) return;
    // Packed values come by eights.
    this.#levels = new Uint32Array(rows + 7);
    this.#codes = new Uint32Array(rows + 7);
  }

  #readDictionary(
    header: Header,
    body: Uint8Array,
    { form }: StoredColumn,
    meta: ColumnMetaData,
    numberOf: NumberOfText,
  ): Float64Array {
    const count = header.dictionary_page_header?.num_values ?? 0;
    const bytes = unpack(body, header.uncompressed_page_size, meta);
    const values = new Float64Array(count);
    if (form === 'type' || form === 'symbol') readTexts(bytes, values, numberOf);
    else readPlain(bytes, values, count, form === 'double');
    return values;
  }

  /** Reads a page into the first of these values. Returns its rows. */
  #readPage(
    header: Header,
    body: Uint8Array,
    { element, form }: StoredColumn,
    meta: ColumnMetaData,
    dictionary: Float64Array | undefined,
    all: Float64Array,
  ): number {
    const page = header.data_page_header_v2;
    if (header.type !== 'DATA_PAGE_V2' || page === undefined) throw new Error('a page is of another version');
    const { num_rows: rows, num_nulls: nulls, encoding, definition_levels_byte_length: levelBytes } = page;
    if (!(rows > 0 && rows <= all.length && nulls <= rows)) throw new Error('a page has more rows than its row group');
    const size = header.uncompressed_page_size - levelBytes;
    const packed = body.subarray(levelBytes);
    const bytes = page.is_compressed === false ? packed : unpack(packed, size, meta);
    const values = all.subarray(0, rows);
    const present = rows - nulls;
    if (encoding === 'RLE_DICTIONARY') this.#readCodes(bytes, present, dictionary, values);
    else if (encoding === 'DELTA_BINARY_PACKED') readDelta(bytes, values, present, this.#deltas);
    else if (encoding === 'RLE' && form === 'flag') {
      readHybrid(bytes.subarray(LENGTH_BYTES), FLAG_WIDTH, this.#codes, present);
      values.set(this.#codes.subarray(0, present));
    } else if (encoding === 'PLAIN' && form !== 'flag' && form !== 'symbol' && form !== 'type') {
      readPlain(bytes, values, present, form === 'double');
    } else if (encoding === 'PLAIN' && form === 'flag') {
      for (let at = 0; at < present; at++) values[at] = ((bytes[at >> 3] as number) >> (at & 7)) & 1;
    } else throw new Error(`a column has the unsupported encoding ${encoding}`);
    if (nulls > 0) {
      if (element.repetition_type !== 'OPTIONAL') throw new Error('a value is missing');
      readHybrid(body.subarray(0, levelBytes), FLAG_WIDTH, this.#levels, rows);
      spread(values, present, this.#levels);
    }
    return rows;
  }

  #readCodes(bytes: Uint8Array, count: number, dictionary: Float64Array | undefined, values: Float64Array): void {
    const width = bytes[0] ?? 0;
    if (dictionary === undefined || width > Math.max(bitWidthOf(dictionary.length - 1), 0) || width > MAX_CODE_WIDTH) {
      throw new Error('a page refers to a dictionary that is missing or too small');
    }
    const codes = this.#codes;
    readHybrid(bytes.subarray(1), width, codes, count);
    for (let at = 0; at < count; at++) {
      const code = codes[at] as number;
      if (code >= dictionary.length) throw new Error('a page refers to a value that its dictionary does not have');
      values[at] = dictionary[code] as number;
    }
  }
}

/** Moves values apart, from the last on, so that each stands in its row. */
function spread(values: Float64Array, present: number, levels: Uint32Array): void {
  let from = present;
  for (let row = values.length - 1; row >= 0; row--) {
    values[row] = levels[row] === 1 && from > 0 ? (values[--from] as number) : Number.NaN;
  }
  if (from !== 0) throw new Error('a page has more values than rows');
}

function unpack(packed: Uint8Array, size: number, { codec }: ColumnMetaData): Uint8Array {
  if (codec === 'UNCOMPRESSED') return packed;
  if (codec !== 'SNAPPY') throw new Error(`a column has the unsupported compression ${codec}`);
  const bytes = new Uint8Array(size);
  snappyUncompress(packed, bytes);
  return bytes;
}

function readPlain(bytes: Uint8Array, values: Float64Array, count: number, isDouble: boolean): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let place = 0, at = 0; place < count; place++, at += VALUE_BYTES) {
    values[place] = isDouble
      ? view.getFloat64(at, true)
      : view.getInt32(at + LENGTH_BYTES, true) * TWO_32 + view.getUint32(at, true);
  }
}

function readTexts(bytes: Uint8Array, values: Float64Array, numberOf: NumberOfText): void {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (let place = 0; place < values.length; place++) {
    const length = text.readUInt32LE(at);
    at += LENGTH_BYTES;
    if (at + length > text.length) throw new Error('a text ends behind its page');
    values[place] = numberOf(text.toString('utf8', at, at + length));
    at += length;
  }
}
