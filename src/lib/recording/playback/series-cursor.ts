import { access } from 'node:fs/promises';
import { isRunning } from '../../host/process-identity.ts';
import { receivedAtIn } from '../../rows/row-fields.ts';
import { countLines } from '../count-lines.ts';
import { PART_SUFFIX } from '../layout.ts';
import { readRecordedMessages, readRecordedRows } from '../reader/recorded-lines.ts';
import { type RecordedGap, type RecordedLoss, type RecordingMeta, readMeta } from '../reader/recording-meta.ts';
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

const LINE_END = 0x0a;
const NOTHING = Buffer.alloc(0);

/** Reads the rows and notes of a series, one file open at a time. The row or note it stands at is valid until its next step. */
export class SeriesCursor {
  /** The time of the present row or note, epoch milliseconds; before the first fetch the earliest possible time. */
  time: number;
  /** The note it stands at; undefined when it stands at a row. */
  note: Note | undefined;
  /** The row it stands at. */
  bytes: Buffer = NOTHING;
  begin = 0;
  end = 0;
  /** Whether it stands at something; else the next must be fetched. */
  isReady = false;
  /** Its place among cursors of the same time. */
  readonly rank: number;
  readonly #files: Series;
  readonly #options: CursorOptions;
  #next = 0;
  #rows: AsyncGenerator<Buffer> | undefined;
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
    else this.begin = this.end;
    this.#look();
  }

  /** Reads on. False at the end of the series. Throws `INPUT_MISSING`. */
  async fetch(): Promise<boolean> {
    while (!this.isReady) {
      if (this.#rows === undefined && !(await this.#openNext())) return false;
      const { done, value } = (await this.#rows?.next()) ?? { done: true, value: undefined };
      if (done) this.#finishFile();
      else {
        this.bytes = value;
        this.begin = 0;
        this.end = 0;
      }
      this.#look();
    }
    return true;
  }

  /** Safe twice. */
  async close(): Promise<void> {
    await this.#rows?.return(undefined);
    for (const { stored } of this.#files) await stored?.release(this);
  }

  #look(): void {
    const note = this.#notes[this.#nextNote];
    this.note = undefined;
    this.isReady = true;
    if (this.begin < this.bytes.length) {
      this.end = this.bytes.indexOf(LINE_END, this.begin) + 1;
      this.time = receivedAtIn(this.bytes, this.end);
      if (note && note.at <= this.time) this.#standAt(note);
    } else if (note && this.#rows === undefined) this.#standAt(note);
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
    this.#rows = file.stored
      ? this.#readStored(file, file.stored)
      : file.isRaw
        ? this.#decode(file)
        : this.#read(file, readRecordedRows);
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

  async *#read(file: IndexedFile, read: typeof readRecordedRows): AsyncGenerator<Buffer> {
    const { losses, signal } = this.#options;
    if (file.unusable !== undefined) {
      losses.unusable(file.file, file.unusable);
      return;
    }
    const name = await presentName(file);
    const lines = read(
      name,
      (damage) => {
        // Of a file that is being written the last bytes are on their way.
        if (!damage.reason.endsWith('cut off') || !isBeingWritten(file)) losses.damaged(damage);
      },
      signal,
    );
    yield* this.#count(name, lines);
  }

  async *#readStored(file: IndexedFile, stored: StoredRecording): AsyncGenerator<Buffer> {
    const { losses, signal } = this.#options;
    if (stored.problem !== undefined) losses.unusable(file.file, stored.problem);
    try {
      yield* this.#count(file.file, stored.rows(signal));
    } catch (error) {
      if (!(error instanceof ParquetDamage)) throw error;
      losses.unusable(file.file, error.message);
    }
  }

  /** Says when there are fewer rows than were recorded. */
  async *#count(name: string, lines: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
    let count = 0;
    for await (const some of lines) {
      count += countLines(some);
      yield some;
    }
    const expected = this.#meta?.footer?.rows ?? 0;
    if (count < expected) this.#options.losses.missing(name, count, expected);
  }

  async *#decode(file: IndexedFile): AsyncGenerator<Buffer> {
    const header = this.#meta?.header;
    if (header === undefined) {
      this.#options.losses.unusable(file.file, 'its messages mean nothing without their header, which is missing');
      return;
    }
    this.#decoder ??= new RawDecoder(header.simulated, this.#options.warn);
    this.#decoder.begin(header);
    for await (const lines of this.#read(file, readRecordedMessages)) yield* this.#decoder.decode(lines);
  }

  #finishFile(): void {
    this.#rows = undefined;
    this.bytes = NOTHING;
    this.begin = 0;
    this.end = 0;
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
