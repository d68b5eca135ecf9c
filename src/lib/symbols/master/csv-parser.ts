import { readRow } from './csv-row.ts';
import { LineSplitter } from './line-splitter.ts';
import { MasterFileBuilder } from './master-file-builder.ts';
import { SOURCE_FILES } from './source-files.ts';
import type { MasterFileName } from './symbol-master.ts';

const BYTE_ORDER_MARK = /^\ufeff/;

/** What came of a CSV file. */
export interface ParsedCsv {
  readonly builder: MasterFileBuilder;
  /** Whether its last line had no end, as that of a file which was cut. */
  readonly isCut: boolean;
}

/** Reads a CSV file of the master as it comes. */
export class CsvParser {
  readonly #builder = new MasterFileBuilder();
  readonly #lines: LineSplitter;

  constructor(name: MasterFileName) {
    const source = SOURCE_FILES[name];
    let isFirst = true;
    this.#lines = new LineSplitter((line) => {
      if (line?.length === 0) return;
      const text = isFirst ? line?.toString().replace(BYTE_ORDER_MARK, '') : line?.toString();
      isFirst = false;
      const instrument = text === undefined ? undefined : readRow(text, source);
      if (instrument) this.#builder.add(instrument);
      else this.#builder.skippedRows++;
    });
  }

  write(chunk: Buffer): void {
    this.#lines.write(chunk);
  }

  end(): ParsedCsv {
    const isCut = this.#lines.end();
    return { builder: this.#builder, isCut };
  }
}
