import { KINDS, type Kind, type Subscription } from '../../market/kinds.ts';
import type { Tick } from '../../market/tick.ts';
import { ByteBuffer } from '../../output/rows/byte-buffer.ts';
import { type ControlRow, formatControlRow } from '../../output/rows/control-rows.ts';
import type { RowEncoder } from '../../output/rows/encoder.ts';
import { PassthroughEncoder } from '../../output/rows/passthrough-encoder.ts';
import { createRowEncoder } from '../../output/rows/row-encoder.ts';
import type { RowFilter } from '../../output/rows/row-filter.ts';
import type { WriterEnd } from '../../output/writer/output-writer.ts';
import { receivedAtOf } from '../../rows/row-fields.ts';
import type { Changed } from '../meta.ts';
import type { Recording, RecordingListener, RecordingStatus } from './recording.ts';
import { type Beginning, RecordingFiles, type RecordingFilesOptions } from './recording-files.ts';

/** Lines kept for a kind's next meta file. */
const MAX_PENDING = 100;

export interface RowRecordingOptions extends RecordingFilesOptions {
  /** What arrived before was known when the recording began. Epoch milliseconds. */
  readonly startedAtMs: number;
  /** Which rows are recorded: what is known when a file begins is one of them, too. */
  readonly where?: Pick<RowFilter, 'matches'> | undefined;
}

/** What is known of a tick that has come. */
interface Seen {
  readonly tick: Tick;
  /** When its last row arrived, epoch milliseconds. */
  at: number;
  /** In which unbroken stretch of the feed that was. */
  stretch: number;
}

/** Ticks on their way into files: a row each, as the contract prints them, and nothing else in a data file. */
export class RowRecording implements Recording {
  readonly #files: RecordingFiles;
  readonly #encoder: RowEncoder;
  readonly #startedAt: number;
  readonly #where: Pick<RowFilter, 'matches'> | undefined;
  readonly #now: () => number;
  readonly #symbols: Record<Kind, Set<string>> = {
    symbol: new Set(),
    index: new Set(),
    depth: new Set(),
    lite: new Set(),
  };
  /** By tick id. */
  readonly #seen: (Seen | undefined)[] = [];
  /** Lines for the next meta file of a kind that has none open. */
  readonly #pending: Record<Kind, ControlRow[]> = { symbol: [], index: [], depth: [], lite: [] };
  #stretch = 1;
  #rows = 0;
  #gaps = 0;

  constructor(options: RowRecordingOptions) {
    const { feed, clock } = options;
    this.#files = new RecordingFiles(options);
    const encoder = createRowEncoder({ format: 'ndjson', kinds: KINDS, time: 'epoch', simulated: feed.simulated });
    this.#encoder = new PassthroughEncoder(encoder);
    this.#now = () => clock.now();
    this.#startedAt = options.startedAtMs;
    this.#where = options.where;
  }

  get status(): RecordingStatus {
    return { ...this.#files.amount, rows: this.#rows, gaps: this.#gaps };
  }

  listen(listener: RecordingListener): void {
    this.#files.listen(listener);
  }

  tick(tick: Tick): boolean {
    // A hub elsewhere may have rows of its own.
    const at = receivedAtOf(tick) || this.#now();
    const seen = this.#seen[tick.id];
    if (seen === undefined || seen.stretch !== this.#stretch) {
      if (!this.#isNew(tick, at, seen)) return false;
    } else seen.at = at;
    const { kind } = tick;
    const file = this.#files.find(kind, at) ?? this.#files.begin(kind, at, this.#beginning(tick));
    this.#encoder.encode(tick, file.lines);
    file.commit();
    this.#rows++;
    return true;
  }

  skip(tick: Tick): void {
    this.#encoder.skip(tick);
  }

  /** Gaps and losses are written to the meta files; other control rows are not. */
  control(row: ControlRow): boolean {
    if (row.type === 'Status') {
      // After a break the feed sends the last rows again.
      if (row.state !== 'live') this.#stretch++;
      return true;
    }
    if (row.type === 'Gap') this.#gaps++;
    const open = new Map(Array.from(this.#files.current(), (file) => [file.header.kind, file]));
    for (const kind of KINDS) {
      if (!this.#concerns(kind, row)) continue;
      const file = open.get(kind);
      if (file) file.note(formatControlRow(row, 'epoch'));
      else this.#keep(kind, row);
    }
    return true;
  }

  change(added: readonly Subscription[], dropped: readonly Subscription[]): void {
    for (const kind of KINDS) {
      const come = added.filter((one) => one.kind === kind && !this.#symbols[kind].has(one.symbol));
      const gone = dropped.filter((one) => one.kind === kind && this.#symbols[kind].has(one.symbol));
      for (const { symbol } of come) this.#symbols[kind].add(symbol);
      for (const { symbol } of gone) this.#drop(kind, symbol);
      const names = (changed: readonly Subscription[]): string[] => changed.map(({ symbol }) => symbol);
      const line: Changed = { type: 'Changed', at: this.#now(), added: names(come), dropped: names(gone) };
      if (come.length + gone.length === 0) continue;
      for (const file of this.#files.current()) {
        if (file.header.kind === kind) file.note(`${JSON.stringify(line)}\n`);
      }
    }
  }

  /** Finishes the files. Throws `OUTPUT_FAILED`. */
  async end(): Promise<WriterEnd> {
    try {
      await this.#files.close();
    } finally {
      // A disk that is full has not taken them all.
      this.#rows = this.#files.finishedRows;
    }
    return 'flushed';
  }

  /** Whether the first tick after a break, or the first of all, is new. If not, it repeats the last known row. */
  #isNew(tick: Tick, at: number, seen: Seen | undefined): boolean {
    if (seen === undefined) {
      this.#seen[tick.id] = { tick, at, stretch: this.#stretch };
      return at >= this.#startedAt;
    }
    // Not `later`: the clock may have been set back.
    const isNew = at !== seen.at;
    seen.stretch = this.#stretch;
    if (isNew) seen.at = at;
    else this.#encoder.skip(tick);
    return isNew;
  }

  /** @param first the tick whose row is the file's first: it is known from there */
  #beginning(first: Tick): Beginning {
    const { kind } = first;
    return { symbols: [...this.#symbols[kind]], known: this.#collectKnown(first) };
  }

  /** The last known row of each symbol, then the control rows that came while there was no file. */
  #collectKnown(first: Tick): Uint8Array {
    const lines = new ByteBuffer(0);
    for (const seen of this.#seen) {
      if (seen === undefined || seen.tick === first || seen.tick.kind !== first.kind) continue;
      if (this.#where?.matches(seen.tick) !== false) this.#encoder.encode(seen.tick, lines);
    }
    for (const row of this.#pending[first.kind].splice(0)) lines.appendText(formatControlRow(row, 'epoch'));
    return lines.bytes.subarray(0, lines.length);
  }

  /** A gap concerns the kinds that have one of its symbols; skipped rows concern every kind with symbols. */
  #concerns(kind: Kind, row: ControlRow): boolean {
    const symbols = this.#symbols[kind];
    return row.type === 'Gap' ? row.symbols.some((symbol) => symbols.has(symbol)) : symbols.size > 0;
  }

  /** Symbols may have no tick for days: the latest rows are kept. */
  #keep(kind: Kind, row: ControlRow): void {
    const pending = this.#pending[kind];
    pending.push(row);
    if (pending.length > MAX_PENDING) pending.shift();
  }

  #drop(kind: Kind, symbol: string): void {
    this.#symbols[kind].delete(symbol);
    for (const seen of this.#seen) {
      if (seen?.tick.kind !== kind || seen.tick.symbol !== symbol) continue;
      this.#seen[seen.tick.id] = undefined;
      this.#encoder.forget(seen.tick);
    }
  }
}
