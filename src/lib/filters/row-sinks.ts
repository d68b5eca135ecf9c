import type { RecordEncoder } from '../output/records/record-encoder.ts';
import type { RecordType } from '../output/records/record-type.ts';
import { type ControlRow, formatControlRow } from '../output/rows/control-rows.ts';
import type { TimeFormat } from '../output/rows/encoder.ts';
import {
  type OutputWriter,
  SLOW_BYTES,
  type WriterEnd,
  type WriterEndOptions,
} from '../output/writer/output-writer.ts';
import type { FilterRowSink } from './filter-pipeline.ts';

/** Control rows still fit when rows do not any more. */
const MAX_QUEUED_BYTES = SLOW_BYTES + 1024 * 1024;

/** Rows of a filter as lines. */
export class EncodedRecords<Row extends object> implements FilterRowSink<Row> {
  readonly #createEncoder: () => RecordEncoder<RecordType>;
  readonly #writer: OutputWriter;
  readonly #time: TimeFormat;
  readonly #hasHeader: boolean;
  #encoder: RecordEncoder<RecordType> | undefined;

  /** @param createEncoder called at the first row, or at the end: whether prices are simulated may not be known before */
  constructor(
    createEncoder: () => RecordEncoder<RecordType>,
    writer: OutputWriter,
    style: { readonly time: TimeFormat; readonly hasHeader: boolean },
  ) {
    this.#createEncoder = createEncoder;
    this.#writer = writer;
    this.#time = style.time;
    this.#hasHeader = style.hasHeader;
  }

  row(row: Row): void {
    const encoder = this.#encoder ?? this.#begin();
    this.#writer.buffer.appendText(encoder.encode(row as never));
    this.#writer.commit();
  }

  control(row: ControlRow): boolean {
    if (this.#writer.queuedBytes >= MAX_QUEUED_BYTES) return false;
    this.#writer.buffer.appendText(formatControlRow(row, this.#time));
    this.#writer.commit();
    return true;
  }

  /** A header stands above no rows, too. */
  end(options: WriterEndOptions): Promise<WriterEnd> {
    if (!this.#encoder) this.#begin();
    return this.#writer.end(options);
  }

  #begin(): RecordEncoder<RecordType> {
    const encoder = this.#createEncoder();
    this.#encoder = encoder;
    if (this.#hasHeader && encoder.header !== '') {
      this.#writer.buffer.appendText(encoder.header);
      this.#writer.commit();
    }
    return encoder;
  }
}

/** What shows rows: a view of them as a table. */
interface RowView<Row> {
  add(row: Row): void;
  remove(row: Row): void;
  render(width: number, height: number): string;
}

/** A table that is printed once, at the end. */
export class RecordTable<Row extends object> implements FilterRowSink<Row> {
  readonly #view: RowView<Row>;
  readonly #writer: OutputWriter;
  readonly #width: number;

  /** @param width columns of the terminal it goes to; `Infinity` elsewhere */
  constructor(view: RowView<Row>, writer: OutputWriter, width: number) {
    this.#view = view;
    this.#writer = writer;
    this.#width = width;
  }

  row(row: Row): void {
    this.#view.add(row);
  }

  leave(row: Row): void {
    this.#view.remove(row);
  }

  end(options: WriterEndOptions): Promise<WriterEnd> {
    this.#writer.buffer.appendText(this.#view.render(this.#width, Number.POSITIVE_INFINITY));
    this.#writer.commit();
    return this.#writer.end(options);
  }
}

/** What draws a view again and again. */
interface LiveDrawing {
  changed(): void;
  end(options: WriterEndOptions): Promise<WriterEnd>;
}

/** A table that is redrawn in place. */
export class LiveRecordTable<Row extends object> implements FilterRowSink<Row> {
  readonly #view: RowView<Row>;
  readonly #live: LiveDrawing;

  constructor(view: RowView<Row>, live: LiveDrawing) {
    this.#view = view;
    this.#live = live;
  }

  row(row: Row): void {
    this.#view.add(row);
    this.#live.changed();
  }

  preview(row: Row): void {
    this.row(row);
  }

  leave(row: Row): void {
    this.#view.remove(row);
    this.#live.changed();
  }

  end(options: WriterEndOptions): Promise<WriterEnd> {
    return this.#live.end(options);
  }
}
