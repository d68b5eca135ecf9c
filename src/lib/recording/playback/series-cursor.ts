import { access } from 'node:fs/promises';
import { isRunning } from '../../host/process-identity.ts';
import type { RowBlock, RowRun } from '../../output/rows/row-block.ts';
import { blockOf } from '../../rows/row-fields.ts';
import { countLines } from '../count-lines.ts';
import { PART_SUFFIX } from '../layout.ts';
import type { DamageListener } from '../reader/damage.ts';
import { readRecordedMessages, readRowBlocks } from '../reader/recorded-lines.ts';
import { type RecordedGap, type RecordedLoss, type RecordingMeta, readMeta } from '../reader/recording-meta.ts';
import type { OtherRows } from '../recorded-rows.ts';
import type { IndexedFile, StoredRecording } from './indexed-file.ts';
import { ParquetDamage } from './indexed-file.ts';
import type { Losses } from './losses.ts';
import { RawDecoder } from './raw-decoder.ts';
import type { Series } from './recording-index.ts';
import type { TimeRange } from './time-range.ts';

/** Something beside the rows that happened at a time of the recording. */
export type Note = { readonly at: number } & (
  | { readonly gap: RecordedGap; readonly loss?: undefined }
  | { readonly loss: RecordedLoss; readonly gap?: undefined }
);

export interface CursorOptions {
  readonly range: TimeRange;
  readonly losses: Losses;
  /** Ends the reading: its reason is thrown. */
  readonly signal: AbortSignal;
  /** The last row known of something when the first file that is read began; valid until this returns. */
  readonly onKnown: (row: Buffer) => void;
  /** Gets warnings about raw messages. */
  readonly warn: (event: string, message: string) => void;
}

const NOTHING: RowBlock = {
  bytes: Buffer.alloc(0),
  rows: 0,
  ends: new Int32Array(0),
  times: new Float64Array(0),
  kinds: 0,
};

/** So many rows are handed on at once at most: between them the reader of the output may ask for a pause. */
const MAX_RUN = 2_048;

/** Reads the rows and notes of a series, one file open at a time. The row or note it stands at is valid until its next step. */
export class SeriesCursor {
  /** The time of the present row or note, epoch milliseconds; before the first fetch the earliest possible time. */
  time: number;
  /** The note it stands at; undefined when it stands at a row. */
  note: Note | undefined;
  /** Whether it stands at something; else the next must be fetched. */
  isReady = false;
  /** Its place among cursors of the same time. */
  readonly rank: number;
  readonly #files: Series;
  readonly #options: CursorOptions;
  #next = 0;
  #blocks: AsyncGenerator<RowBlock> | undefined;
  #block = NOTHING;
  /** Which row of the block it stands at. */
  #row = 0;
  #meta: RecordingMeta | undefined;
  #notes: readonly Note[] = [];
  #nextNote = 0;
  #isFirst = true;
  #decoder: RawDecoder | undefined;

  constructor(files: Series, rank: number, options: CursorOptions) {
    this.#files = files;
    this.rank = rank;
    this.#options = options;
    this.time = files[0]?.startsAt ?? Number.NEGATIVE_INFINITY;
    for (const { stored } of files) stored?.hold(this);
  }

  /** Goes on to the next of what has been read. */
  step(): void {
    if (this.note) this.#nextNote++;
    else this.#row++;
    this.#look();
  }

  /** The row it stands at. */
  get row(): RowRun {
    return { block: this.#block, first: this.#row, count: 1 };
  }

  /**
   * The row it stands at, and all that follow it in what has been read and come before a time, before the next note and within
   * the range.
   * @param until epoch milliseconds; a row of just this time comes before it when `isFirst`
   */
  run(until: number, isFirst: boolean): RowRun {
    const { times, rows } = this.#block;
    const { range } = this.#options;
    const noteAt = this.#notes[this.#nextNote]?.at ?? Number.POSITIVE_INFINITY;
    const end = Math.min(rows, this.#row + MAX_RUN);
    let next = this.#row + 1;
    for (; next < end; next++) {
      const time = times[next] as number;
      if (time >= noteAt || !(time < until || (isFirst && time === until)) || !range.includes(time)) break;
    }
    return { block: this.#block, first: this.#row, count: next - this.#row };
  }

  /** Goes on behind a run. */
  skip({ first, count }: RowRun): void {
    this.#row = first + count;
    this.#look();
  }

  /** Reads on. False at the end of the series. Throws `INPUT_MISSING`. */
  async fetch(): Promise<boolean> {
    while (!this.isReady) {
      if (this.#blocks === undefined && !(await this.#openNext())) return false;
      const { done, value } = (await this.#blocks?.next()) ?? { done: true, value: undefined };
      if (done) this.#blocks = undefined;
      this.#block = done ? NOTHING : value;
      this.#row = 0;
      this.#look();
    }
    return true;
  }

  /** Safe twice. */
  async close(): Promise<void> {
    await this.#blocks?.return(undefined);
    for (const { stored } of this.#files) await stored?.release(this);
  }

  #look(): void {
    const note = this.#notes[this.#nextNote];
    this.note = undefined;
    this.isReady = true;
    if (this.#row < this.#block.rows) {
      this.time = this.#block.times[this.#row] as number;
      if (note && note.at <= this.time) this.#standAt(note);
    } else if (note && this.#blocks === undefined) this.#standAt(note);
    else this.isReady = false;
  }

  #standAt(note: Note): void {
    this.note = note;
    this.time = note.at;
  }

  async #openNext(): Promise<boolean> {
    let file = this.#files[this.#next++];
    while (file && this.#isPassedBy(file)) file = this.#files[this.#next++];
    if (file === undefined) return false;
    const meta = await this.#readMeta(file);
    if (this.#isFirst) for (const row of meta?.lastRows ?? []) this.#options.onKnown(row);
    this.#isFirst = false;
    this.#meta = meta;
    this.#notes = notesOf(meta);
    this.#nextNote = 0;
    this.#blocks = file.stored
      ? this.#readStored(file, file.stored)
      : file.isRaw
        ? this.#decode(file)
        : this.#readRows(file, meta?.otherRows);
    return true;
  }

  async #readMeta({ metaFile, stored }: IndexedFile): Promise<RecordingMeta | undefined> {
    if (stored) return stored.meta(this.#isFirst);
    if (metaFile === undefined) return undefined;
    return readMeta(metaFile, { lastRows: this.#isFirst, signal: this.#options.signal });
  }

  /** A file is over when the next one begins. */
  #isPassedBy(file: IndexedFile): boolean {
    const next = this.#files[this.#next];
    return next !== undefined && this.#options.range.excludes(file.startsAt, next.startsAt);
  }

  #readRows(file: IndexedFile, other: OtherRows | undefined): AsyncGenerator<RowBlock> {
    if (other && other.unknownColumns.length > 0) {
      const names = other.unknownColumns.join(', ');
      this.#options.warn('columns', `columns of a later version are left out: ${names}`);
    }
    const read: typeof readRowBlocks = (name, onDamage, signal) => readRowBlocks(name, onDamage, signal, other?.shape);
    return this.#read(file, read, ({ rows }) => rows);
  }

  /** @param rowsIn how many rows, or lines, are in what was read */
  async *#read<T>(
    file: IndexedFile,
    read: (file: string, onDamage: DamageListener, signal: AbortSignal) => AsyncGenerator<T>,
    rowsIn: (part: T) => number,
  ): AsyncGenerator<T> {
    const { losses, signal } = this.#options;
    if (file.unusable !== undefined) {
      losses.unusable(file.file, file.unusable);
      return;
    }
    const name = await presentName(file);
    const parts = read(
      name,
      (damage) => {
        // Of a file that is being written the last bytes are on their way.
        if (!damage.reason.endsWith('cut off') || !isBeingWritten(file)) losses.damaged(damage);
      },
      signal,
    );
    yield* this.#count(name, parts, rowsIn);
  }

  async *#readStored(file: IndexedFile, stored: StoredRecording): AsyncGenerator<RowBlock> {
    const { losses, signal } = this.#options;
    if (stored.problem !== undefined) losses.unusable(file.file, stored.problem);
    try {
      for await (const lines of this.#count(file.file, stored.rows(signal), countLines)) yield blockOf(lines);
    } catch (error) {
      if (!(error instanceof ParquetDamage)) throw error;
      losses.unusable(file.file, error.message);
    }
  }

  /** Says when there are fewer rows than were recorded. */
  async *#count<T>(name: string, parts: AsyncGenerator<T>, rowsIn: (part: T) => number): AsyncGenerator<T> {
    let count = 0;
    for await (const part of parts) {
      count += rowsIn(part);
      yield part;
    }
    const expected = this.#meta?.footer?.rows ?? 0;
    if (count < expected) this.#options.losses.missing(name, count, expected);
  }

  async *#decode(file: IndexedFile): AsyncGenerator<RowBlock> {
    const header = this.#meta?.header;
    if (header === undefined) {
      this.#options.losses.unusable(file.file, 'its messages mean nothing without their header, which is missing');
      return;
    }
    this.#decoder ??= new RawDecoder(header.simulated, this.#options.warn);
    this.#decoder.begin(header);
    for await (const lines of this.#read(file, readRecordedMessages, countLines)) {
      for (const rows of this.#decoder.decode(lines)) yield blockOf(rows);
    }
  }
}

function isBeingWritten({ name, writer }: IndexedFile): boolean {
  return name?.isPart === true && writer !== undefined && isRunning(writer);
}

/** A file that was being written when it was found may have been finished since. */
async function presentName({ file, name }: IndexedFile): Promise<string> {
  if (name?.isPart !== true) return file;
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  return isThere ? file : file.slice(0, -PART_SUFFIX.length);
}

/** In the order of their times; a gap comes at its end. */
function notesOf(meta: RecordingMeta | undefined): Note[] {
  if (meta === undefined) return [];
  const notes: Note[] = [
    ...meta.gaps.map((gap): Note => ({ at: gap.to, gap })),
    ...meta.losses.map((loss): Note => ({ at: loss.at, loss })),
  ];
  return notes.sort((one, other) => one.at - other.at);
}
