import path from 'node:path';
import type { Clock, Timer } from '../../clock/clock.ts';
import type { TickpipeError } from '../../errors/tickpipe-error.ts';
import { identifySelf } from '../../host/process-identity.ts';
import { recordingFailed } from '../directory.ts';
import type { RecordedKind } from '../layout.ts';
import { type Footer, type Header, RECORDING_SCHEMA } from '../meta.ts';
import { declareRow } from '../recorded-rows.ts';
import type { RecordedAmount, RecordingListener } from './recording.ts';
import { RecordingFile } from './recording-file.ts';
import { Backlog, ChunkPool } from './write-chunk.ts';

/** A kill loses what came since: less than a second, with the time that writing takes. */
const FLUSH_EVERY_MS = 750;
const TOUCH_EVERY_MS = 30_000;
/** How long after its end a file that gets no more lines is finished: a message may be on its way. */
const ROTATION_GRACE_MS = 2_000;

export interface RecordingFilesOptions {
  /** It is there and can be written. */
  readonly directory: string;
  readonly isGzip: boolean;
  /** A file is finished at each multiple of this time since midnight in India... */
  readonly rotateMs: number;
  /** ...and when it has reached this size; a gzip file at its next member. */
  readonly maxBytes: number;
  readonly clock: Clock;
  /** Six hexadecimal digits, new for each run. */
  readonly run: string;
  readonly feed: { readonly name: string; readonly simulated: boolean };
  /** The text of the condition that its rows match, if not all are recorded. */
  readonly condition?: string | undefined;
  /** Of this program. */
  readonly version: string;
}

/** What a kind's files begin with, beside what all have in common. */
export interface Beginning extends Pick<Header, 'symbols' | 'subscriptions' | 'topics'> {
  /** Lines for the meta file. */
  readonly known: Uint8Array;
}

/** The open files of a recording, one for each kind: rotation, the regular flush, and the end. */
export class RecordingFiles {
  readonly #options: RecordingFilesOptions;
  #listener: RecordingListener | undefined;
  readonly #backlog: Backlog;
  readonly #pool = new ChunkPool();
  readonly #writer = identifySelf();
  readonly #open = new Map<RecordedKind, { readonly file: RecordingFile; readonly endsAt: number }>();
  readonly #finishing = new Map<RecordingFile, Promise<void>>();
  readonly #numbers = new Map<RecordedKind, number>();
  readonly #flusher: Timer;
  readonly #toucher: Timer;
  #failure: TickpipeError | undefined;
  #finishedFiles = 0;
  #finishedBytes = 0;
  #finishedRows = 0;

  constructor(options: RecordingFilesOptions) {
    this.#options = options;
    this.#backlog = new Backlog((on) => this.#listener?.pressure(on));
    this.#flusher = options.clock.every(FLUSH_EVERY_MS, () => this.#flush());
    this.#toucher = options.clock.every(TOUCH_EVERY_MS, () => {
      for (const { file } of this.#open.values()) file.touch();
    });
  }

  /** Sets the listener and replays the current state to it. */
  listen(listener: RecordingListener): void {
    this.#listener = listener;
    if (this.#failure) listener.failed(this.#failure);
    else if (this.#backlog.isPressed) listener.pressure(true);
  }

  /** The kind's file for a line of this time, epoch milliseconds; undefined when one is to begin. */
  find(kind: RecordedKind, atMs: number): RecordingFile | undefined {
    const current = this.#open.get(kind);
    if (current === undefined) return undefined;
    return atMs < current.endsAt && current.file.bytes < this.#options.maxBytes ? current.file : undefined;
  }

  /** Begins another file of a kind; the one before is finished. */
  begin(kind: RecordedKind, atMs: number, beginning: Beginning): RecordingFile {
    this.#finish(kind, 'rotated');
    const file = this.#create(kind, atMs, beginning);
    this.#open.set(kind, { file, endsAt: nextRotation(atMs, this.#options.rotateMs) });
    return file;
  }

  /** The files being written. */
  *current(): IterableIterator<RecordingFile> {
    for (const { file } of this.#open.values()) yield file;
  }

  get amount(): RecordedAmount {
    let bytes = this.#finishedBytes;
    for (const file of [...this.current(), ...this.#finishing.keys()]) bytes += file.bytes;
    const open = Array.from(this.current(), ({ dataFile }) => path.relative(this.#options.directory, dataFile));
    return { files: this.#finishedFiles, bytes, open };
  }

  /** Lines in finished files. */
  get finishedRows(): number {
    return this.#finishedRows;
  }

  /** Finishes all files. Throws `OUTPUT_FAILED` when something could not be written, now or before. */
  async close(): Promise<void> {
    this.#flusher.cancel();
    this.#toucher.cancel();
    for (const kind of [...this.#open.keys()]) this.#finish(kind, 'stopped');
    await Promise.all(this.#finishing.values());
    if (this.#failure) throw this.#failure;
  }

  #create(kind: RecordedKind, startMs: number, { known, ...beginning }: Beginning): RecordingFile {
    const { directory, isGzip, run, feed, condition, version } = this.#options;
    const number = (this.#numbers.get(kind) ?? 0) + 1;
    this.#numbers.set(kind, number);
    const file: RecordingFile = new RecordingFile({
      directory,
      isGzip,
      known,
      header: {
        type: 'Header',
        schema: RECORDING_SCHEMA,
        kind,
        feed: feed.name,
        simulated: feed.simulated,
        started: startMs,
        run,
        number,
        version,
        writer: this.#writer,
        ...(condition !== undefined && { where: condition }),
        ...(kind !== 'raw' && { row: declareRow(kind) }),
        ...beginning,
      },
      pool: this.#pool,
      backlog: this.#backlog,
      onFailed: (error) => this.#fail(recordingFailed(directory, file.dataFile, error)),
    });
    return file;
  }

  #finish(kind: RecordedKind, reason: Footer['reason']): void {
    const file = this.#open.get(kind)?.file;
    if (file === undefined) return;
    this.#open.delete(kind);
    const finished = file.finish(reason, this.#options.clock.now()).then(({ rows, bytes }) => {
      this.#finishing.delete(file);
      if (rows === 0) return;
      this.#finishedRows += rows;
      this.#finishedBytes += bytes;
      this.#finishedFiles++;
    });
    this.#finishing.set(file, finished);
  }

  #flush(): void {
    const now = this.#options.clock.now();
    for (const [kind, { file, endsAt }] of this.#open) {
      if (now >= endsAt + ROTATION_GRACE_MS) this.#finish(kind, 'rotated');
      else file.flush();
    }
  }

  #fail(error: TickpipeError): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#listener?.failed(error);
  }
}

/**
 * When a file that begins at `startMs` is full by time: at the next multiple of the period since midnight in India, at
 * midnight at the latest. Epoch milliseconds.
 */
import { DAY_MS, IST_OFFSET_MS } from '../../clock/ist.ts';
export function nextRotation(startMs: number, periodMs: number): number {
  const ist = startMs + IST_OFFSET_MS;
  const midnight = ist - (ist % DAY_MS);
  const end = midnight + (Math.floor((ist - midnight) / periodMs) + 1) * periodMs;
  return Math.min(end, midnight + DAY_MS) - IST_OFFSET_MS;
}
