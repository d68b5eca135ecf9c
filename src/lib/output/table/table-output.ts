import type { Tick } from '../../market/tick.ts';
import type { OutputWriter, WriterEnd, WriterEndOptions } from '../writer/output-writer.ts';
import type { RowOutput } from '../writer/row-output.ts';
import type { TableView } from './table-view.ts';

/** A table that is printed once, at the end. */
export class TableOutput implements RowOutput {
  readonly #view: TableView;
  readonly #writer: OutputWriter;
  readonly #width: number;

  /** @param width columns of the terminal it goes to; `Infinity` elsewhere */
  constructor(view: TableView, writer: OutputWriter, width: number) {
    this.#view = view;
    this.#writer = writer;
    // A terminal that does not know its size says 0.
    this.#width = width > 0 ? width : Number.POSITIVE_INFINITY;
  }

  tick(tick: Tick): boolean {
    this.#view.tick(tick);
    return true;
  }

  skip(): void {}

  leave(tick: Tick): void {
    this.#view.leave(tick);
  }

  end(options: WriterEndOptions): Promise<WriterEnd> {
    this.#writer.buffer.appendText(this.#view.render(this.#width, Number.POSITIVE_INFINITY));
    this.#writer.commit();
    return this.#writer.end(options);
  }
}
