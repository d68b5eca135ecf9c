import type { ColumnChunk, Encoding, PageHeader, Statistics } from 'hyparquet';
import type { ByteWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { type Kind, ROW_TYPES } from '../../../market/kinds.ts';
import type { SymbolTable } from '../cells/symbol-table.ts';
import { appendDelta, createDeltaScratch } from './pages/delta.ts';
import { appendHybrid, bitWidthOf } from './pages/hybrid.ts';
import { PageBuffer } from './pages/page-buffer.ts';
import { SnappyCompressor } from './pages/snappy.ts';
import { ValueDictionary } from './pages/value-dictionary.ts';
import type { RowGroup } from './row-group.ts';
import type { StoredColumn, StoredForm } from './schema.ts';

const CODEC = 'SNAPPY';
const VALUE_BYTES = 8;
const FLAG_WIDTH = 1;
/** A dictionary has to save half of what prices take as they are. */
const MIN_SAVING = 2;
/** Integers that are not the same in so many rows of a group are written as differences: a dictionary of more would take more. */
const ROWS_PER_INTEGER = 16;

/** What a column's page holds, and what is said of it. */
interface Encoded {
  readonly encoding: Encoding;
  readonly hasDictionary?: boolean;
  /** Rows that have a value. */
  readonly present: number;
  readonly statistics?: Statistics;
}

/** How large a column has become. */
interface ChunkSizes {
  uncompressed: number;
  dictionaryAt: bigint | undefined;
}

/**
 * Writes the columns of row groups as Parquet has them, a data page each, out of typed arrays: no value becomes an object on its way.
 * Symbols, prices and sizes repeat, and are places in a dictionary of the column; integers that do not, as times and volumes, are
 * differences from row to row; prices that do not are written as they are.
 */
export class ColumnWriter {
  readonly #output: ByteWriter;
  readonly #type: string;
  readonly #symbols: SymbolTable;
  readonly #page = new PageBuffer();
  readonly #levels = new PageBuffer();
  readonly #packed = new PageBuffer();
  readonly #compressor = new SnappyCompressor();
  readonly #dictionary: ValueDictionary;
  readonly #deltas = createDeltaScratch();
  /** The values of a column that has nulls, without them. */
  readonly #present: Float64Array;

  /** @param maxRows in a row group */
  constructor(output: ByteWriter, kind: Kind, symbols: SymbolTable, maxRows: number) {
    this.#output = output;
    this.#type = ROW_TYPES[kind];
    this.#symbols = symbols;
    this.#dictionary = new ValueDictionary(maxRows);
    this.#present = new Float64Array(maxRows);
  }

  /** Writes a column of a group. Returns what the file is to say of it. */
  write(group: RowGroup, column: StoredColumn): ColumnChunk {
    const { element } = column;
    const begin = this.#output.offset;
    const sizes: ChunkSizes = { uncompressed: 0, dictionaryAt: undefined };
    this.#page.clear();
    const { encoding, hasDictionary = false, present, statistics } = this.#encode(group, column, sizes);
    const nulls = group.rows - present;
    const pageAt = this.#output.offset;
    this.#writeDataPage(
      { encoding, rows: group.rows, nulls, hasLevels: element.repetition_type === 'OPTIONAL' },
      sizes,
    );
    const dictionaryStats = { page_type: 'DICTIONARY_PAGE', encoding: 'PLAIN', count: 1 } as const;
    return {
      file_offset: BigInt(begin),
      meta_data: {
        type: element.type ?? 'INT64',
        encodings: hasDictionary ? ['PLAIN', encoding] : [encoding],
        path_in_schema: [element.name],
        codec: CODEC,
        num_values: BigInt(group.rows),
        total_compressed_size: BigInt(this.#output.offset - begin),
        total_uncompressed_size: BigInt(sizes.uncompressed),
        data_page_offset: BigInt(pageAt),
        ...(sizes.dictionaryAt !== undefined && { dictionary_page_offset: sizes.dictionaryAt }),
        ...(statistics && {
          statistics: { ...statistics, null_count: BigInt(nulls) },
          encoding_stats: [
            ...(hasDictionary ? [dictionaryStats] : []),
            { page_type: 'DATA_PAGE_V2', encoding, count: 1 },
          ],
        }),
      },
    };
  }

  /** Fills the page, and writes the dictionary when there is one. */
  #encode(group: RowGroup, { form, at }: StoredColumn, sizes: ChunkSizes): Encoded {
    if (at === undefined) return this.#encodeType(group.rows, sizes);
    if (form === 'flag') return this.#encodeFlags(group, at);
    const values = group.column(at);
    const { rows } = group;
    // Every group has places of the whole day: statistics of them would say nothing.
    if (form === 'sequence') return { encoding: this.#encodeIntegers(values, rows), present: rows };
    const dictionary = this.#dictionary;
    const maxSize = form === 'symbol' ? rows : Math.floor(rows / (form === 'double' ? MIN_SAVING : ROWS_PER_INTEGER));
    const isBuilt = dictionary.build(values, group.words(at), rows, maxSize);
    const { present } = dictionary;
    if (isBuilt && (form === 'symbol' || this.#paysOff())) {
      this.#writeDictionary(form, sizes);
      this.#encodeCodes(dictionary.size);
      const statistics = this.#statisticsOf(form, dictionary.values, dictionary.size);
      return { encoding: 'RLE_DICTIONARY', hasDictionary: true, present, statistics };
    }
    const numbers = present === rows ? values : this.#withoutNulls(values, rows);
    const statistics = this.#statisticsOf(form, numbers, present);
    if (form !== 'double') return { encoding: this.#encodeIntegers(numbers, present), present, statistics };
    this.#page.appendDoubles(numbers, present);
    return { encoding: 'PLAIN', present, statistics };
  }

  #encodeType(rows: number, sizes: ChunkSizes): Encoded {
    const text = this.#type;
    this.#writeDictionaryPage(1, () => this.#appendText(text), sizes);
    const { codes } = this.#dictionary;
    this.#page.appendByte(0);
    appendHybrid(this.#page, codes.fill(0), rows, 0);
    const statistics = { min_value: text, max_value: text };
    return { encoding: 'RLE_DICTIONARY', hasDictionary: true, present: rows, statistics };
  }

  /** Booleans have no dictionary; their bytes are counted in front of them. */
  #encodeFlags(group: RowGroup, at: number): Encoded {
    const { codes } = this.#dictionary;
    codes.set(group.column(at).subarray(0, group.rows));
    const flags = this.#levels;
    flags.clear();
    appendHybrid(flags, codes, group.rows, FLAG_WIDTH);
    this.#page.appendUint32(flags.length);
    this.#page.appendBytes(flags.written);
    const has = (flag: number): boolean => codes.subarray(0, group.rows).includes(flag);
    return { encoding: 'RLE', present: group.rows, statistics: { min_value: !has(0), max_value: has(1) } };
  }

  #encodeCodes(size: number): void {
    const { codes, present } = this.#dictionary;
    const width = bitWidthOf(size - 1);
    this.#page.appendByte(width);
    appendHybrid(this.#page, codes, present, width);
  }

  #encodeIntegers(values: Float64Array, count: number): Encoding {
    if (appendDelta(this.#page, values, count, this.#deltas)) return 'DELTA_BINARY_PACKED';
    this.#page.clear();
    this.#page.appendIntegers(values, count);
    return 'PLAIN';
  }

  #paysOff(): boolean {
    const { size, present } = this.#dictionary;
    if (present === 0) return false;
    const packed = size * VALUE_BYTES + (present * bitWidthOf(size - 1)) / 8;
    return MIN_SAVING * packed <= present * VALUE_BYTES;
  }

  #withoutNulls(values: Float64Array, rows: number): Float64Array {
    let count = 0;
    for (let row = 0; row < rows; row++) {
      const value = values[row] as number;
      if (!Number.isNaN(value)) this.#present[count++] = value;
    }
    return this.#present;
  }

  #statisticsOf(form: StoredForm, values: Float64Array, count: number): Statistics {
    if (count === 0) return {};
    if (form === 'symbol') {
      const names = Array.from(values.subarray(0, count), (number) => this.#symbols.nameOf(number)).sort();
      return { min_value: names[0] as string, max_value: names.at(-1) as string };
    }
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < count; at++) {
      const value = values[at] as number;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    if (form !== 'double') return { min_value: BigInt(least), max_value: BigInt(most) };
    // The format wants the zero of either sign to be within the bounds.
    return { min_value: least === 0 ? -0 : least, max_value: most };
  }

  #writeDictionary(form: StoredForm, sizes: ChunkSizes): void {
    const { values, size } = this.#dictionary;
    this.#writeDictionaryPage(
      size,
      () => {
        if (form === 'double') this.#page.appendDoubles(values, size);
        else if (form !== 'symbol') this.#page.appendIntegers(values, size);
        else for (const number of values.subarray(0, size)) this.#appendText(this.#symbols.nameOf(number));
      },
      sizes,
    );
  }

  #appendText(text: string): void {
    const bytes = Buffer.from(text, 'utf8');
    this.#page.appendUint32(bytes.length);
    this.#page.appendBytes(bytes);
  }

  /** @param append puts the dictionary's values into the page, which is empty again afterwards */
  #writeDictionaryPage(size: number, append: () => void, sizes: ChunkSizes): void {
    const page = this.#page;
    append();
    const packed = this.#pack();
    sizes.dictionaryAt = BigInt(this.#output.offset);
    sizes.uncompressed +=
      page.length +
      this.#writeHeader({
        type: 'DICTIONARY_PAGE',
        uncompressed_page_size: page.length,
        compressed_page_size: packed.length,
        dictionary_page_header: { num_values: size, encoding: 'PLAIN' },
      });
    this.#output.appendBytes(packed.written);
    page.clear();
  }

  #writeDataPage(
    { encoding, rows, nulls, hasLevels }: { encoding: Encoding; rows: number; nulls: number; hasLevels: boolean },
    sizes: ChunkSizes,
  ): void {
    const page = this.#page;
    const levels = this.#levels;
    levels.clear();
    if (hasLevels) {
      const all = this.#dictionary.levels;
      appendHybrid(levels, nulls === 0 ? all.fill(1) : all, rows, FLAG_WIDTH);
    }
    const packed = this.#pack();
    const isPacked = packed.length < page.length;
    const body = isPacked ? packed : page;
    sizes.uncompressed +=
      levels.length +
      page.length +
      this.#writeHeader({
        type: 'DATA_PAGE_V2',
        uncompressed_page_size: levels.length + page.length,
        compressed_page_size: levels.length + body.length,
        data_page_header_v2: {
          num_values: rows,
          num_nulls: nulls,
          num_rows: rows,
          encoding,
          definition_levels_byte_length: levels.length,
          repetition_levels_byte_length: 0,
          is_compressed: isPacked,
        },
      });
    this.#output.appendBytes(levels.written);
    this.#output.appendBytes(body.written);
  }

  /** The page's bytes, compressed. Valid until the next are. */
  #pack(): PageBuffer {
    this.#packed.clear();
    this.#compressor.compress(this.#page.written, this.#packed);
    return this.#packed;
  }

  /** Returns its bytes. */
  #writeHeader(header: PageHeader): number {
    const begin = this.#output.offset;
    writePageHeader(this.#output, header);
    return this.#output.offset - begin;
  }
}
