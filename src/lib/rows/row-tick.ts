import type { SubscriptionStage } from '../feed/feed.ts';
import type { Kind, Subscription } from '../market/kinds.ts';
import type { Tick } from '../market/tick.ts';
import type { RowScanners } from '../output/rows/row-scanner.ts';
import { RowState } from './row-state.ts';

/** A row gets so much more room than it needs: later ones may be longer. */
const SPARE_BYTES = 32;
const EMPTY = Buffer.alloc(0);

/** One subscription's rows as the hub sends them. A row is parsed only when its values are asked for. */
export class RowTick implements Tick {
  readonly id: number;
  readonly kind: Kind;
  readonly symbol: string;
  /** How many decimals its prices have, where the hub knew it; else what rows show of it. */
  precision: number | undefined;
  /** The hub's number of it, once a row has shown it. */
  number: number | undefined;
  stage: SubscriptionStage = 'wanted';
  /** The hub has agreed to it: a new hub is asked for it, too. */
  isAccepted = false;
  /** Whether a row has ever come. */
  hasRow = false;
  readonly #scanners: RowScanners;
  readonly #onUnreadable: () => void;
  /** Most commands print rows as they are, and never ask for it. */
  #state: RowState | undefined;
  #bytes: Buffer = EMPTY;
  #row: Buffer = EMPTY;
  #isParsed = true;

  /**
   * @param scanners of all ticks of its source
   * @param onUnreadable called when values are asked for and the row is no JSON: none is known then
   */
  constructor(id: number, { kind, symbol }: Subscription, scanners: RowScanners, onUnreadable: () => void) {
    this.id = id;
    this.kind = kind;
    this.symbol = symbol;
    this.#scanners = scanners;
    this.#onUnreadable = onUnreadable;
  }

  get subscription(): Subscription {
    return { kind: this.kind, symbol: this.symbol };
  }

  /** The last row with its line end. Valid until the next. */
  get row(): Uint8Array {
    return this.#row;
  }

  get state(): RowState {
    this.#state ??= new RowState(this.kind);
    if (!this.#isParsed) {
      this.#isParsed = true;
      this.#read(this.#state);
    }
    return this.#state;
  }

  /** Copies a row with its line end: the message that holds it does not last. */
  take(message: Uint8Array, begin: number, end: number): void {
    const length = end - begin;
    if (length > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(length + SPARE_BYTES);
    if (length !== this.#row.length) this.#row = this.#bytes.subarray(0, length);
    this.#bytes.set(new Uint8Array(message.buffer, message.byteOffset + begin, length));
    this.#isParsed = false;
    this.hasRow = true;
    this.stage = 'live';
  }

  /** Forgets the row, of which a later one was printed without a look at it. `state` stays that of the last row that was looked at. */
  forgetRow(): void {
    if (this.#bytes === EMPTY) return;
    this.#bytes = EMPTY;
    this.#row = EMPTY;
    this.#isParsed = true;
  }

  /** A row of another form than the contract's, as another version may send it, is parsed as any JSON. */
  #read(state: RowState): void {
    const row = this.#row;
    const scanner = this.#scanners.find(row, 0);
    const isContract = scanner?.shape.kind === this.kind && scanner.scan(row, 0, row.length) === row.length;
    if (scanner && isContract) state.takeScanned(scanner, this.precision);
    else state.take(this.#parse(), this.precision);
  }

  #parse(): Readonly<Record<string, unknown>> {
    try {
      return JSON.parse(this.#row.toString('utf8')) as Record<string, unknown>;
    } catch {
      this.#onUnreadable();
      return {};
    }
  }
}
