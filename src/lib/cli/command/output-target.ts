import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { RowFormat } from '../../output/rows/encoder.ts';
import { openStandardOutput } from '../../output/writer/byte-sink.ts';
import { checkSuffix, fillFileName, formatOfFile } from '../../output/writer/file-name.ts';
import type { AppendedFile } from '../../output/writer/output-file.ts';
import type { Program } from '../program/program.ts';
import type { RecordFlags } from './flag-groups.ts';

/** Stands for stdout in `--output`. */
const STDOUT = '-';

/** What to call stdout in an error. */
export const STDOUT_NAME = 'standard output';

/** Fills in the name of the file, and checks what it promises; undefined for stdout. Throws `USAGE`. */
export function nameOutputFile(
  { output }: Pick<RecordFlags, 'output'>,
  { clock }: Pick<Program, 'clock'>,
): string | undefined {
  if (output === undefined || output === STDOUT) return undefined;
  const file = fillFileName(output, clock.now());
  checkSuffix(file);
  return file;
}

/** The format that the flags mean, `fallback` without any. Throws `USAGE`. @param file undefined for stdout */
export function chooseRowFormat(
  { raw, format }: Pick<RecordFlags, 'raw' | 'format'>,
  file: string | undefined,
  fallback: RowFormat,
): RowFormat {
  if (raw) return 'raw';
  return format ?? (file === undefined ? fallback : formatOfFile(file));
}

export interface OutputTarget {
  /** Undefined for stdout. */
  readonly file: string | undefined;
  readonly force: boolean;
  readonly append: boolean;
  /** The file is written whole or not at all. */
  readonly atomic: boolean;
}

/**
 * Opens stdout or the file, with what is in the file already. Throws `OUTPUT_EXISTS`, `OUTPUT_FAILED`; the signal's AbortError
 * while a named pipe has no reader.
 */
export async function openTarget(
  { file, force, append, atomic }: OutputTarget,
  { stdout }: Program,
  signal: AbortSignal,
): Promise<AppendedFile> {
  const nothing = { firstLine: undefined, isEmpty: true };
  if (file === undefined) return { sink: openStandardOutput(stdout), ...nothing };
  const { isSpecialFile, openAppended, openOutputFile } = await import('../../output/writer/output-file.ts');
  if (append && !(await isSpecialFile(file))) return openAppended(file, atomic);
  return { sink: await openOutputFile({ file, force, atomic, signal }), ...nothing };
}

/** Closes the file and refuses to append rows below a header with other columns. */
export async function refuseOtherColumns({ sink }: AppendedFile, file: string, hint: string): Promise<never> {
  await sink.close(false);
  throw new TickpipeError('USAGE', `--append: ${file} has another header than these rows`, { hint });
}
