import type { Kind, Subscription } from '../market/kinds.ts';
import type { Tick } from '../market/tick.ts';
import { RowState } from './row-state.ts';

/** Longer than most rows. */
const ROW_BYTES = 768;

/** One subscription's rows as the hub sends them. A row is parsed only for those who ask for its values. */
export class RowTick implements Tick {
  readonly id: number;
  readonly kind: Kind;
  readonly symbol: string;
  /** Told by the hub before the first row. */
  precision = 0;
  readonly #state: RowState;
  /** Whether a row has come. */
  hasRow = false;
  #bytes = Buffer.allocUnsafeSlow(ROW_BYTES);
  #length = 0;
  #isParsed = true;

  constructor(id: number, { kind, symbol }: Subscription) {
    this.id = id;
    this.kind = kind;
    this.symbol = symbol;
    this.#state = new RowState(kind);
  }

  get subscription(): Subscription {
    return { kind: this.kind, symbol: this.symbol };
  }

  get row(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  get state(): RowState {
    if (!this.#isParsed) {
      this.#isParsed = true;
      const row = JSON.parse(this.#bytes.toString('utf8', 0, this.#length)) as Record<string, unknown>;
      this.#state.take(row, this.precision);
    }
    return this.#state;
  }

  /** Takes a copy of a row, its line end included: the message it stands in does not last. */
  take(message: Buffer, begin: number, end: number): void {
    const length = end - begin;
    if (length > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(length * 2);
    message.copy(this.#bytes, 0, begin, end);
    this.#length = length;
    this.#isParsed = false;
    this.hasRow = true;
  }
}
