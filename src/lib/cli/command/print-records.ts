import { EXIT } from '../../errors/catalogue.ts';
import type { Kind } from '../../market/kinds.ts';
import { checkRecordFields, type RecordStyle, recordFields } from '../../output/records/record-encoder.ts';
import type { RecordRow, RecordType } from '../../output/records/record-type.ts';
import { openStandardOutput } from '../../output/writer/byte-sink.ts';
import { OutputWriter, type WriterEnd } from '../../output/writer/output-writer.ts';
import type { CommandContext, Program } from '../program/program.ts';
import type { SettingSource } from '../settings/settings.ts';
import type { RecordFlags } from './flag-groups.ts';
import { endWriter, openRecords, type RecordPlan } from './open-records.ts';
import { chooseRowFormat, nameOutputFile, STDOUT_NAME } from './output-target.ts';

/** Where the rows of a command go: the flags are checked, nothing is open yet. */
export interface RecordOutput<T extends RecordType> {
  /**
   * Prints all rows; call it once, or as the rows come where they are NDJSON on stdout. A file gets all of them or none. A reader that has left is not an error. Throws `OUTPUT_EXISTS`,
   * `OUTPUT_FAILED`, and `USAGE` for a CSV file with other columns; the signal's AbortError while a named pipe has no reader.
   */
  print(rows: readonly RecordRow<T>[]): Promise<void>;
  /**
   * Prints rows as they come, at the speed of the reader; a table when all are there. Of rows that break off a file gets none, and stdout those
   * before. Throws as `print`, and what reading the rows throws.
   * @param read reads the rows until its signal is aborted: the reader has left, or the output failed
   */
  printEach(read: (signal: AbortSignal) => AsyncIterable<readonly RecordRow<T>[]>, style?: RecordStyle): Promise<void>;
  /** Nothing is printed on a terminal before all rows are there. */
  readonly isHeld: boolean;
}

/** What `parseFlags` returns. */
interface Given extends GivenFields {
  readonly flags: RecordFlags;
}

/** The columns that were asked for, and where. */
export interface GivenFields {
  readonly flags: Pick<RecordFlags, 'fields'>;
  readonly sources: Readonly<Record<string, SettingSource>>;
}

/**
 * Plans the output of a few rows of one type, with the flags of `recordFlags`. Call it before the work of the command, so that a
 * typing error or a file that is there already is reported first. Throws `USAGE`, `UNKNOWN_FIELD`, `OUTPUT_EXISTS`, `OUTPUT_FAILED`.
 */
export async function planRecords<T extends RecordType>(
  type: T,
  given: Given,
  { program, signal }: CommandContext,
): Promise<RecordOutput<T>> {
  const flags = { ...given.flags, fields: chooseFields(type, given) };
  const file = nameOutputFile(flags, program);
  const isTerminal = file === undefined && program.stdout.isTTY === true;
  const format = chooseRowFormat(flags, file, isTerminal ? 'table' : 'ndjson');
  if (file !== undefined) await refuseExisting(file, flags);
  const plan = { type, flags, file, format, width: (isTerminal && program.stdout.columns) || Number.POSITIVE_INFINITY };
  return {
    print: (rows) => printRows(plan, rows, program, signal),
    printEach: async (read, style) => {
      const { streamRecords } = await import('./stream-records.ts');
      await streamRecords(plan, read, style, program, signal);
    },
    isHeld: !isTerminal || format === 'table',
  };
}

/** The answer to `--fields help` of a command that prints records. Resolves to the exit status. Throws `OUTPUT_FAILED`. */
export async function printRecordFields(type: RecordType, program: Program): Promise<number> {
  await printText(`${type.name}: ${recordFields(type).join(' ')}\n`, program);
  return EXIT.done;
}

/** Columns that a variable or a profile names are those of ticks: they hold here only when this record has them. */
export function chooseFields(
  type: RecordType,
  { flags: { fields }, sources }: GivenFields,
): readonly string[] | undefined {
  if (fields === undefined) return undefined;
  if (sources['fields'] === 'flag') checkRecordFields(fields, type);
  return fields.every((name) => recordFields(type).includes(name)) ? fields : undefined;
}

async function refuseExisting(file: string, { force, append }: RecordFlags): Promise<void> {
  if (force || append) return;
  const { refusePresentFile } = await import('../../output/writer/output-file.ts');
  await refusePresentFile(file);
}

async function printRows<T extends RecordType>(
  plan: RecordPlan<T>,
  rows: readonly RecordRow<T>[],
  program: Program,
  signal: AbortSignal,
): Promise<void> {
  const { writer, texts, isEmpty } = await openRecords(plan, program, signal);
  for (const text of texts(rows, isEmpty)) {
    writer.buffer.appendText(text);
    writer.commit();
  }
  await endWriter(writer, signal, true);
}

/** Writes a whole text to stdout. A reader that has left is not an error: the result says so. Throws `OUTPUT_FAILED`. */
export async function printText(text: string, { stdout, clock }: Program): Promise<WriterEnd> {
  const writer = new OutputWriter({ sink: openStandardOutput(stdout), target: STDOUT_NAME, clock });
  writer.buffer.appendText(text);
  writer.commit();
  return writer.end({ giveUpWhenStuck: false, whole: true });
}

/** The answer to `--fields help`. Resolves to the exit status. Throws `OUTPUT_FAILED`. */
export async function printFields(program: Program, kinds: readonly Kind[]): Promise<number> {
  const { describeFields } = await import('../../output/rows/field-selection.ts');
  await printText(describeFields(kinds), program);
  return EXIT.done;
}
