import type { Kind, TopicKind } from '../../../src/lib/market/kinds.ts';
import { SLOT_COUNTS } from '../../../src/lib/market/slots.ts';
import type { RowBatch, Tick } from '../../../src/lib/market/tick.ts';
import type { ByteBuffer } from '../../../src/lib/output/rows/byte-buffer.ts';
import type { ControlRow } from '../../../src/lib/output/rows/control-rows.ts';
import type { RowEncoder } from '../../../src/lib/output/rows/encoder.ts';
import type { ByteSink, WriteDone } from '../../../src/lib/output/writer/byte-sink.ts';
import type { WriterEnd, WriterEndOptions } from '../../../src/lib/output/writer/output-writer.ts';
import type { RowOutput } from '../../../src/lib/output/writer/row-output.ts';

/** A tick whose state the test sets. */
export class FakeTick implements Tick {
  readonly state = {
    topic: 'sf|nse_cm|1',
    values: new Int32Array(31),
    known: 0,
    changed: 0,
    multiplier: 1,
    precision: 2,
    receivedAt: 1_795_000_000_000,
  };

  constructor(
    readonly id: number,
    readonly symbol: string,
    readonly kind: Kind = 'symbol',
  ) {
    const topicKinds: Record<Kind, TopicKind> = { symbol: 'sf', index: 'if', depth: 'dp', lite: 'sf' };
    this.state.values = new Int32Array(SLOT_COUNTS[topicKinds[kind]]);
  }

  /** Sets slots to raw values, as a message does: only what is new counts as changed. */
  set(values: Readonly<Record<number, number>>): this {
    this.state.changed = 0;
    for (const [slot, value] of Object.entries(values)) {
      const bit = 1 << Number(slot);
      if (this.state.known & bit && this.state.values[Number(slot)] === value) continue;
      this.state.values[Number(slot)] = value;
      this.state.known |= bit;
      this.state.changed |= bit;
    }
    return this;
  }
}

/** Rows such as `NSE:A 100`: the symbol and the raw value of slot 0. */
export class FakeEncoder implements RowEncoder {
  readonly skipped: string[] = [];

  constructor(readonly header = '') {}

  skip(tick: Tick): void {
    this.skipped.push(tick.symbol);
  }

  forget(): void {}

  encode(tick: Tick, into: ByteBuffer): void {
    into.appendText(`${tick.symbol} ${tick.state.values[0]}\n`);
  }
}

/** Remembers what it was given. */
export class FakeOutput implements RowOutput {
  readonly rows: string[] = [];
  readonly skips: string[] = [];
  readonly controls: ControlRow[] = [];
  readonly ends: WriterEndOptions[] = [];
  hasRoom = true;
  takesBatches = true;
  refuses: (tick: Tick) => boolean = () => false;

  tick(tick: Tick): boolean {
    if (this.refuses(tick)) return false;
    this.rows.push(`${tick.symbol} ${tick.state.values[0]}`);
    return true;
  }

  batch(batch: RowBatch): boolean {
    if (this.takesBatches) this.rows.push(`batch of ${batch.count}`);
    return this.takesBatches;
  }

  skip(tick: Tick): void {
    this.skips.push(`${tick.symbol} ${tick.state.values[0]}`);
  }

  control(row: ControlRow): boolean {
    if (this.hasRoom) this.controls.push(row);
    return this.hasRoom;
  }

  async end(options: WriterEndOptions): Promise<WriterEnd> {
    this.ends.push(options);
    return 'flushed';
  }
}

/** A sink whose reader is the test. */
export class FakeSink implements ByteSink {
  readonly writes: string[] = [];
  untakenBytes: number | undefined;
  closedWhole: boolean | undefined;
  closeError: Error | undefined;
  #done: WriteDone | undefined;

  write(bytes: Uint8Array, done: WriteDone): void {
    if (this.#done !== undefined) throw new Error('two writes at a time');
    this.writes.push(Buffer.from(bytes).toString());
    this.#done = done;
  }

  get isWriting(): boolean {
    return this.#done !== undefined;
  }

  /** Takes the present write. */
  take(): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(null);
  }

  /** Takes all there is, also what follows. */
  takeAll(): void {
    while (this.#done !== undefined) this.take();
  }

  fail(code: string): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(Object.assign(new Error(code), { code }));
  }

  async close(whole: boolean): Promise<void> {
    this.closedWhole = whole;
    if (this.closeError) throw this.closeError;
  }
}

/** After everything that was due at the end of this turn. */
export function endTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}
