import { onAbort } from '../../clock/abort.ts';
import { createRecordEncoder, type RecordStyle } from '../../output/records/record-encoder.ts';
import type { RecordRow, RecordType } from '../../output/records/record-type.ts';
import type { RowFormat } from '../../output/rows/encoder.ts';
import { OutputWriter } from '../../output/writer/output-writer.ts';
import type { Program } from '../program/program.ts';
import type { RecordFlags } from './flag-groups.ts';
import { openTarget, refuseOtherColumns, STDOUT_NAME } from './output-target.ts';

const OTHER_HEADER_HINT = 'use the --fields of the file, or --no-header, or another file';

/** What `planRecords` found out. */
export interface RecordPlan<T extends RecordType> {
  readonly type: T;
  readonly flags: RecordFlags;
  readonly file: string | undefined;
  readonly format: RowFormat;
  /** Columns of the terminal. */
  readonly width: number;
}

/** The output of a plan, open for its rows. */
export interface OpenedRecords<T extends RecordType> {
  readonly writer: OutputWriter;
  /** The text of rows, below the header where there is to be one. Of a table: all rows at once. */
  texts(rows: readonly RecordRow<T>[], withHeader: boolean): Iterable<string>;
  /** Whether rows are to have a header. */
  readonly isEmpty: boolean;
}

/** Throws as `print`. */
export async function openRecords<T extends RecordType>(
  plan: RecordPlan<T>,
  program: Program,
  signal: AbortSignal,
  style: RecordStyle = {},
): Promise<OpenedRecords<T>> {
  const { file, flags } = plan;
  const { force, append } = flags;
  // Before the file is opened: what loads the table may fail.
  const render = await createRenderer(plan, style, program.clock.now());
  const target = await openTarget({ file, force, append, atomic: true }, program, signal);
  const { firstLine, isEmpty, sink } = target;
  if (firstLine !== undefined && render.header !== '' && firstLine !== render.header) {
    await refuseOtherColumns(target, file ?? '', OTHER_HEADER_HINT);
  }
  const writer = new OutputWriter({ sink, target: file ?? STDOUT_NAME, clock: program.clock, sourceWaits: true });
  return { writer, texts: render.texts, isEmpty };
}

/** Waits until everything is written, after a signal only while the reader reads on. @param whole whether these are all rows */
export async function endWriter(writer: OutputWriter, signal: AbortSignal, whole: boolean): Promise<void> {
  // A second call only makes the first one less patient; both reject alike.
  const giveUp = (): void => void writer.end({ giveUpWhenStuck: true, whole }).catch(() => {});
  const stopListening = onAbort(signal, giveUp);
  try {
    await writer.end({ giveUpWhenStuck: signal.aborted, whole });
  } finally {
    stopListening();
  }
}

interface Renderer<T extends RecordType> {
  /** The line that a CSV file begins with, or an empty string. */
  readonly header: string;
  texts(rows: readonly RecordRow<T>[], withHeader: boolean): Iterable<string>;
}

async function createRenderer<T extends RecordType>(
  { type, flags, format, width }: RecordPlan<T>,
  style: RecordStyle,
  nowMs: number,
): Promise<Renderer<T>> {
  const { fields, 'no-header': noHeader } = flags;
  if (format === 'table') {
    const { renderRecordTable } = await import('../../output/table/record-table.ts');
    return {
      header: '',
      texts: (rows) => [renderRecordTable(type, rows, { fields, width, header: !noHeader, time: style.time, nowMs })],
    };
  }
  const encoder = createRecordEncoder(type, format, fields, style);
  const header = noHeader ? '' : encoder.header;
  return {
    header,
    *texts(rows, withHeader) {
      if (withHeader && header !== '') yield header;
      for (const row of rows) yield encoder.encode(row);
    },
  };
}
