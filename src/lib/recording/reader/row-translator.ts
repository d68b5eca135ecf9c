import { KINDS } from '../../market/kinds.ts';
import { ByteBuffer } from '../../output/rows/byte-buffer.ts';
import { beginOfRow, endOfRow, type RowBlock } from '../../output/rows/row-block.ts';
import { RowBlockBuilder } from '../../output/rows/row-block-builder.ts';
import { RowScanner, RowScanners } from '../../output/rows/row-scanner.ts';
import { type RowShape, rowShape } from '../../output/rows/row-shape.ts';

/** Scanners for a recording whose rows have this shape. Rows of other kinds are those of this version. */
export function scannersFor(shape: RowShape | undefined): RowScanners {
  return new RowScanners(KINDS.map((kind) => (kind === shape?.kind ? shape : rowShape(kind))));
}

/** Makes rows of another shape into those of this version: what they do not have is null, what this version does not know is left out. */
export class RowTranslator {
  readonly #scanner: RowScanner;
  readonly #ours: RowShape;
  /** Of each value of ours, its place in the other row, or -1. */
  readonly #places: readonly number[];
  readonly #rows = new ByteBuffer();
  readonly #builder = new RowBlockBuilder();

  constructor(shape: RowShape) {
    this.#scanner = new RowScanner(shape);
    this.#ours = rowShape(shape.kind);
    this.#places = this.#ours.values.map(({ path }) => this.#scanner.placeOf(path));
  }

  /** Valid until the next. @param block of rows that were checked */
  translate(block: RowBlock): RowBlock {
    this.#rows.length = 0;
    for (let row = 0; row < block.rows; row++) {
      this.#append(block.bytes, beginOfRow(block, row), endOfRow(block, row));
    }
    const { bytes, length } = this.#rows;
    for (let at = 0; at < length; ) {
      at = this.#builder.add(bytes, at, length);
      if (at < 0) throw new Error('a translated row is not a row of this version');
    }
    return this.#builder.take(bytes.subarray(0, length));
  }

  /** A row with its line end, as a row of this version. */
  translateRow(row: Buffer): Buffer {
    this.#rows.length = 0;
    this.#append(row, 0, row.length);
    return Buffer.from(this.#rows.bytes.subarray(0, this.#rows.length));
  }

  #append(bytes: Buffer, begin: number, end: number): void {
    const scanner = this.#scanner;
    let text: string;
    if (scanner.scan(bytes, begin, end) === end) {
      const { texts, end: plainEnd, simulatedEnd } = this.#ours;
      text = this.#places.map((place, at) => texts[at] + (place < 0 ? 'null' : scanner.text(place))).join('');
      text += scanner.isSimulated ? simulatedEnd : plainEnd;
    } else text = bytes.toString('latin1', begin, end);
    this.#rows.appendText(text);
  }
}
