import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { countLines } from '../count-lines.ts';
import { makeDirectories } from '../directory.ts';
import { formatDataName, formatFolder, formatStem, META_SUFFIX, PART_SUFFIX } from '../layout.ts';
import type { Footer, Header } from '../meta.ts';
import { DurableFile, syncDirectory } from './durable-file.ts';
import type { Backlog } from './write-chunk.ts';
import { type ChunkPool, isFull, type WriteChunk } from './write-chunk.ts';

const compress = promisify(gzip);
/** The fastest: 25,000 rows a second cost a tenth of a core. */
const GZIP_LEVEL = 1;
/** A member comes out of the thread pool in one piece. */
const MEMBER_BYTES = 512 * 1024;
const LINE_END = 0x0a;

export interface RecordingFileOptions {
  /** The recordings' directory; it is there. */
  readonly directory: string;
  readonly header: Header;
  readonly isGzip: boolean;
  /** Whole lines for the meta file, below the header: what is known when the file begins. */
  readonly known: Uint8Array;
  readonly pool: ChunkPool;
  readonly backlog: Backlog;
  /** Called once. What is on the disk by then stays, and `finish` keeps what can be used. */
  readonly onFailed: (error: unknown) => void;
}

/** A finished file. */
export interface FinishedRecordingFile {
  readonly file: string;
  /** Lines in it; a file without any is removed. */
  readonly rows: number;
  readonly bytes: number;
}

/** One data file with its meta file, from the first line to the last: `.part` until it is finished. */
export class RecordingFile {
  readonly dataFile: string;
  readonly header: Header;
  readonly #options: RecordingFileOptions;
  readonly #metaFile: string;
  #chunk: WriteChunk;
  #data: DurableFile | undefined;
  #meta: DurableFile | undefined;
  /** Everything that touches the files, one after the other. */
  #work: Promise<void>;
  #failure: { readonly error: unknown } | undefined;
  #writtenRows = 0;
  #handedOverBytes = 0;
  #finished: Promise<FinishedRecordingFile> | undefined;

  constructor(options: RecordingFileOptions) {
    this.#options = options;
    const { directory, header, isGzip, pool } = options;
    this.header = header;
    const { kind, started, run, number } = header;
    const folder = path.join(directory, formatFolder(kind, started));
    const stem = formatStem(started, run, number);
    this.dataFile = path.join(folder, formatDataName(stem, kind, isGzip));
    this.#metaFile = path.join(folder, stem + META_SUFFIX);
    this.#chunk = pool.take();
    this.#work = this.#attempt(() => this.#open());
  }

  /** Append whole lines here, each followed by `commit`. Another object after each commit. */
  get lines(): WriteChunk['lines'] {
    return this.#chunk.lines;
  }

  /** How large the data file is; without compression with what is on its way there. */
  get bytes(): number {
    return this.#options.isGzip ? (this.#data?.length ?? 0) : this.#handedOverBytes + this.#chunk.lines.length;
  }

  /** Call it after each line that was appended to `lines`. */
  commit(): void {
    this.#chunk.count++;
    if (isFull(this.#chunk)) this.#handOver();
  }

  /** Writes a line into the meta file. @param line with its line end */
  note(line: string): void {
    this.#enqueue(() => this.#appendMeta(Buffer.from(line)));
  }

  /** Has all lines so far written, and what is written reach the disk. */
  flush(): void {
    this.#handOver();
    // Beside the writing of what follows: a slow disk must not hold that up.
    this.#enqueue(async () => {
      const files = [this.#data, this.#meta].map((file) => file?.sync());
      Promise.all(files).catch((error) => this.#fail(error));
    });
  }

  /** So that others see the file is in use, though nothing may be written for long. */
  touch(): void {
    this.#enqueue(async () => this.#data?.touch());
  }

  /** Writes what is left and gives the file its name. Never throws: failures are reported through `onFailed`. */
  finish(reason: Footer['reason'], nowMs: number): Promise<FinishedRecordingFile> {
    this.#finished ??= this.#finish(reason, nowMs);
    return this.#finished;
  }

  async #open(): Promise<void> {
    const { directory, header, known } = this.#options;
    const folder = path.dirname(this.dataFile);
    await makeDirectories(folder, directory);
    // The header first: another program that finds the data file has to know which process writes it.
    this.#meta = await DurableFile.create(this.#metaFile);
    await this.#appendMeta(Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), known]));
    this.#data = await DurableFile.create(this.dataFile + PART_SUFFIX);
    await syncDirectory(folder);
  }

  async #appendMeta(lines: Uint8Array): Promise<void> {
    await this.#meta?.append(lines, (count) => lines.lastIndexOf(LINE_END, count - 1) + 1);
  }

  #handOver(): void {
    const chunk = this.#chunk;
    if (chunk.count === 0) return;
    this.#chunk = this.#options.pool.take();
    const { length } = chunk.lines;
    this.#handedOverBytes += length;
    this.#options.backlog.add(length);
    this.#enqueue(() => this.#write(chunk)).finally(() => {
      this.#options.pool.giveBack(chunk);
      this.#options.backlog.remove(length);
    });
  }

  async #write({ lines, count }: WriteChunk): Promise<void> {
    const bytes = lines.bytes.subarray(0, lines.length);
    if (this.#options.isGzip) {
      const member = await compress(bytes, { level: GZIP_LEVEL, chunkSize: MEMBER_BYTES });
      // Half a member is of no use.
      await this.#data?.append(member, () => 0);
      this.#writtenRows += count;
      return;
    }
    await this.#data?.append(bytes, (length) => {
      const whole = bytes.subarray(0, length).lastIndexOf(LINE_END) + 1;
      this.#writtenRows += countLines(bytes.subarray(0, whole));
      return whole;
    });
    this.#writtenRows += count;
  }

  /** After a failure nothing more is written. */
  #enqueue(job: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(() => (this.#failure ? undefined : this.#attempt(job)));
    return this.#work;
  }

  async #attempt(job: () => Promise<void>): Promise<void> {
    try {
      await job();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#failure) return;
    this.#failure = { error };
    this.#options.onFailed(error);
  }

  async #finish(reason: Footer['reason'], nowMs: number): Promise<FinishedRecordingFile> {
    this.#handOver();
    await this.#work;
    this.#options.pool.giveBack(this.#chunk);
    // Rows in a file that was removed are not recorded.
    const isRemoved = (await this.#data?.isRemoved().catch(() => false)) ?? false;
    await this.#attempt(async () => this.#data?.close());
    const rows = isRemoved ? 0 : this.#writtenRows;
    const footer: Footer = { type: 'Footer', ended: nowMs, rows, reason: this.#failure ? 'failed' : reason };
    await this.#attempt(() => this.#appendMeta(Buffer.from(`${JSON.stringify(footer)}\n`)));
    await this.#attempt(async () => this.#meta?.close());
    await this.#attempt(() => (rows > 0 ? this.#publish() : this.#remove()));
    return { file: this.dataFile, rows, bytes: isRemoved ? 0 : (this.#data?.length ?? 0) };
  }

  async #publish(): Promise<void> {
    await rename(this.dataFile + PART_SUFFIX, this.dataFile);
    await syncDirectory(path.dirname(this.dataFile));
  }

  /** Removes only what this object has made. */
  async #remove(): Promise<void> {
    if (this.#data) await rm(this.dataFile + PART_SUFFIX, { force: true });
    if (this.#meta) await rm(this.#metaFile, { force: true });
  }
}
