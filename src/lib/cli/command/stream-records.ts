import { raceAbort } from '../../clock/abort.ts';
import type { RecordStyle } from '../../output/records/record-encoder.ts';
import type { RecordRow, RecordType } from '../../output/records/record-type.ts';
import type { OutputWriter } from '../../output/writer/output-writer.ts';
import type { Program } from '../program/program.ts';
import { endWriter, type OpenedRecords, openRecords, type RecordPlan } from './open-records.ts';

/** Rows as they come, in batches, until the signal is aborted. */
type ReadRows<T extends RecordType> = (signal: AbortSignal) => AsyncIterable<readonly RecordRow<T>[]>;

/** Prints rows as they come, no faster than they are read. Throws as `RecordOutput.printEach`. */
export async function streamRecords<T extends RecordType>(
  plan: RecordPlan<T>,
  read: ReadRows<T>,
  style: RecordStyle | undefined,
  program: Program,
  signal: AbortSignal,
): Promise<void> {
  const opened = await openRecords(plan, program, signal, style);
  const { writer } = opened;
  const room = new WriterRoom(writer);
  let isWhole = false;
  try {
    await copyRows(plan, opened, read, room, signal);
    isWhole = true;
  } catch (error) {
    // The reader has left, or the output failed, which the end of the writer reports.
    if (!room.isOver) {
      await endWriter(writer, signal, false);
      throw error;
    }
  }
  await endWriter(writer, signal, isWhole);
}

async function copyRows<T extends RecordType>(
  { format }: RecordPlan<T>,
  { writer, texts, isEmpty }: OpenedRecords<T>,
  read: ReadRows<T>,
  room: WriterRoom,
  signal: AbortSignal,
): Promise<void> {
  const write = (text: string): void => {
    writer.buffer.appendText(text);
    writer.commit();
  };
  const held: RecordRow<T>[] = [];
  if (format !== 'table') for (const text of texts([], isEmpty)) write(text);
  for await (const rows of read(AbortSignal.any([signal, room.over]))) {
    // The width of a table follows from all rows.
    if (format === 'table') for (const row of rows) held.push(row);
    else {
      for (const text of texts(rows, false)) write(text);
      await room.wait(signal);
    }
  }
  if (format === 'table') for (const text of texts(held, true)) write(text);
}

/** Whether the reader of the output keeps up. */
class WriterRoom {
  readonly #over = new AbortController();
  #isFull = false;
  #goOn: (() => void) | undefined;

  constructor(writer: OutputWriter) {
    const end = (): void => {
      this.#over.abort();
      this.#goOn?.();
    };
    writer.listen({
      pressure: (on) => {
        this.#isFull = on;
        if (!on) this.#goOn?.();
      },
      slow: () => {},
      readerGone: end,
      failed: end,
    });
  }

  /** Aborted when nothing can be written any more. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  get isOver(): boolean {
    return this.over.aborted;
  }

  /** Waits until more may be written. Throws the reason of a signal, also when nothing can be written any more. */
  async wait(signal: AbortSignal): Promise<void> {
    if (this.#isFull && !this.isOver && !signal.aborted) {
      const goOn = new Promise<void>((resolve) => {
        this.#goOn = resolve;
      });
      await raceAbort(goOn, signal);
    }
    signal.throwIfAborted();
    this.over.throwIfAborted();
  }
}
