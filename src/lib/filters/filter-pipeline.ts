import type { TickpipeError } from '../errors/tickpipe-error.ts';
import type { Tick } from '../market/tick.ts';
import type { EndReason } from '../output/pipeline/outcome.ts';
import { type PipelineLimits, RowPipeline, type RowSink } from '../output/pipeline/row-pipeline.ts';
import type { ControlRow } from '../output/rows/control-rows.ts';
import type { ReceivedRecord } from '../rows/parsed-line.ts';
import type { CreateFilter, FilterOutput, FilterSurroundings, TickFilter } from './tick-filter.ts';

/** Where the rows of a filter are printed. */
export interface FilterRowSink<Row> extends RowSink {
  row(row: Row): void;
  /** Of a live table. */
  preview?(row: Row): void;
  /** Of a table with a line for each key: this row does not match, so that its line goes. */
  leave?(row: Row): void;
}

export interface FilterPipelineOptions<Row> extends PipelineLimits {
  readonly output: FilterRowSink<Row>;
  readonly create: CreateFilter<Row>;
  readonly surroundings: FilterSurroundings;
  readonly warn: FilterOutput<Row>['warn'];
  /** Rows of the same key replace each other while the reader is slow. */
  readonly keyOf: (row: Row) => string;
  /** Which of the filter's rows are printed. */
  readonly where?: { matches(row: Row): boolean } | undefined;
}

/** The rows that a filter makes out of ticks. The filter gets every tick, also while the reader of its rows is slow. */
export class FilterPipeline<Row> extends RowPipeline<Row> {
  readonly #output: FilterRowSink<Row>;
  readonly #filter: TickFilter;
  readonly #where: FilterPipelineOptions<Row>['where'];
  /** How deep the calls of the filter are: the stream ends between them, so that no filter is ended in the middle of its work. */
  #depth = 0;
  #pending: { readonly reason: EndReason; readonly error: TickpipeError | undefined } | undefined;
  #isClosed = false;

  constructor(options: FilterPipelineOptions<Row>) {
    const { output, create, surroundings, warn, keyOf, where, onPressure } = options;
    const source = new HeldSource(onPressure);
    super({ ...options, onPressure: (on) => source.hold('writer', on) }, output, keyOf);
    this.#output = output;
    this.#where = where;
    this.#filter = create(
      {
        emit: (row) => this.#emit(row),
        preview: (row) => this.isFinishing || this.#preview(row),
        hold: (on) => this.isFinishing || source.hold('filter', on),
        warn,
      },
      surroundings,
    );
  }

  override tick(tick: Tick): void {
    if (this.isFinishing || this.#pending) return;
    if (!this.expectations.hasSeen(tick)) this.expectations.see(tick);
    this.#depth++;
    this.#filter.tick(tick);
    this.#depth--;
    if (this.#pending) this.#finishPending();
  }

  record(row: ReceivedRecord): void {
    this.#call(() => this.#filter.record?.(row));
  }

  /** The filter acts on a control row before it is printed: rows that follow from it are of the time before. */
  override control(row: ControlRow): void {
    this.#call(() => this.#filter.control(row));
    super.control(row);
  }

  /** The source has no more rows. The filter may wait for something else. */
  override ended(): void {
    const settling = this.#filter.settle?.();
    if (settling === undefined) super.ended();
    else void settling.then(() => super.ended());
  }

  protected override print(row: Row): boolean {
    this.#output.row(row);
    return true;
  }

  protected override release(row: Row): void {
    this.take(row);
  }

  protected override flush(): void {
    this.#filter.end();
    this.#isClosed = true;
  }

  protected override discard(): void {
    this.#isClosed = true;
    this.#filter.end();
  }

  protected override finish(reason: EndReason, error?: TickpipeError): void {
    if (this.#depth === 0) {
      super.finish(reason, error);
      return;
    }
    this.#pending ??= { reason, error };
  }

  #call(work: () => void): void {
    if (this.isFinishing || this.#pending) return;
    this.#depth++;
    work();
    this.#depth--;
    if (this.#pending) this.#finishPending();
  }

  #preview(row: Row): void {
    if (this.#output.preview && this.#matches(row)) this.#output.preview(row);
  }

  #matches(row: Row): boolean {
    if (this.#where === undefined || this.#where.matches(row)) return true;
    this.#output.leave?.(row);
    return false;
  }

  #emit(row: Row): void {
    if (this.#isClosed || !this.#matches(row)) return;
    this.#depth++;
    if (this.isSlow) this.hold(row);
    else this.take(row);
    this.#depth--;
    // Called by a timer of the filter: it ends when that has done its work.
    if (this.#pending && this.#depth === 0) queueMicrotask(() => this.#finishPending());
  }

  #finishPending(): void {
    if (this.#pending && this.#depth === 0) super.finish(this.#pending.reason, this.#pending.error);
  }
}

/** The source waits while its rows cannot be written, or the filter wants no more. */
class HeldSource {
  readonly #onPressure: PipelineLimits['onPressure'];
  readonly #holders = new Set<'writer' | 'filter'>();

  constructor(onPressure: PipelineLimits['onPressure']) {
    this.#onPressure = onPressure;
  }

  hold(holder: 'writer' | 'filter', on: boolean): void {
    const wasHeld = this.#holders.size > 0;
    if (on) this.#holders.add(holder);
    else this.#holders.delete(holder);
    const isHeld = this.#holders.size > 0;
    if (isHeld !== wasHeld) this.#onPressure?.(isHeld);
  }
}
