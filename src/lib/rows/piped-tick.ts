import { isNumeric } from '../market/column-value.ts';
import { COLUMNS, type Column } from '../market/columns.ts';
import type { Kind, Subscription } from '../market/kinds.ts';
import { ALL_SLOTS, type ColumnNumbers, type Tick, type TopicState } from '../market/tick.ts';
import type { RowScanner } from '../output/rows/row-scanner.ts';
import { RowState } from './row-state.ts';

/** Of most instruments in India. */
const USUAL_PRECISION = 2;

/** The rows of one subscription in a pipe. Its state is that of the row which is being delivered, and of no other time. */
export class PipedTick implements Tick {
  readonly id: number;
  readonly kind: Kind;
  readonly symbol: string;
  /** Of rows that were not in the form of the contract. */
  #parsed: RowState | undefined;
  #state: TopicState | undefined;

  constructor(id: number, { kind, symbol }: Subscription) {
    this.id = id;
    this.kind = kind;
    this.symbol = symbol;
  }

  get subscription(): Subscription {
    return { kind: this.kind, symbol: this.symbol };
  }

  get state(): TopicState {
    if (this.#state === undefined) throw new Error(`the row of ${this.symbol} is over`);
    return this.#state;
  }

  /** @param state of the scanner that has just scanned its row */
  takeScanned(state: ScannedState): void {
    this.#state = state;
  }

  takeParsed(row: Readonly<Record<string, unknown>>): void {
    this.#parsed ??= new RowState(this.kind);
    this.#parsed.take(row, undefined);
    this.#state = this.#parsed;
  }

  release(): void {
    this.#state = undefined;
  }
}

/** What the scanner of one kind has scanned last. Each number is read when it is asked for: most filters need few. */
export class ScannedState implements TopicState, ColumnNumbers {
  readonly topic = '';
  readonly values = new Int32Array(0);
  readonly known = 0;
  /** It is not known which columns have changed: all may have. */
  readonly changed = ALL_SLOTS;
  readonly multiplier = 1;
  readonly precision = USUAL_PRECISION;
  readonly #scanner: RowScanner;
  readonly #places: ReadonlyMap<Column, number>;

  constructor(scanner: RowScanner) {
    this.#scanner = scanner;
    const columns = COLUMNS[scanner.shape.kind].filter(isNumeric);
    this.#places = new Map(columns.map((column, at) => [column, scanner.numberPlaces[at] as number]));
  }

  get columns(): ColumnNumbers {
    return this;
  }

  get receivedAt(): number {
    return this.#scanner.number(this.#scanner.timePlace);
  }

  numberOf(column: Column): number | null {
    const place = this.#places.get(column);
    if (place === undefined) return null;
    const value = this.#scanner.number(place);
    return Number.isNaN(value) ? null : value;
  }
}
