import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { Feed } from '../../feed/feed.ts';
import { ChangedFilter } from '../../output/pipeline/changed-filter.ts';
import type { RowFormat } from '../../output/rows/encoder.ts';
import { checkFields } from '../../output/rows/field-selection.ts';
import { PassthroughEncoder } from '../../output/rows/passthrough-encoder.ts';
import { createRowEncoder } from '../../output/rows/row-encoder.ts';
import { openStandardOutput } from '../../output/writer/byte-sink.ts';
import { checkSuffix, fillFileName, formatOfFile } from '../../output/writer/file-name.ts';
import type { AppendedFile } from '../../output/writer/output-file.ts';
import { OutputWriter } from '../../output/writer/output-writer.ts';
import { EncodedOutput, OrderedOutput } from '../../output/writer/row-output.ts';
import type { RowFlags, StreamFlags } from '../command/flag-groups.ts';
import type { Program } from '../program/program.ts';
import { openTable } from './open-table.ts';
import type { OpenedOutput, OutputPlan, PlannedOutput, PrintedRows } from './output-plan.ts';

/** Stands for stdout in `--output`. */
const STDOUT = '-';

type OutputFlags = RowFlags & StreamFlags;

/** Checks the flags before feed and file are opened, so that a typing error is reported first. Throws `USAGE`, `UNKNOWN_FIELD`. */
export function planOutput(what: PrintedRows, flags: OutputFlags, program: Program): PlannedOutput {
  const file = nameFile(flags, program);
  const format = chooseFormat({ ...flags, output: file }, program);
  if (flags.fields) checkFields(flags.fields, what.kinds, 'fields');
  const changed = flags.changed && new ChangedFilter(flags.changed, what.kinds);
  return {
    open: (feed, signal) => openOutput({ what, flags, format, file, changed }, feed, program, signal),
    wholeFile: flags.snapshot ? file : undefined,
  };
}

/** Fills in the name of the file, and checks what it promises; undefined for stdout. Throws `USAGE`. */
function nameFile({ output }: RowFlags, { clock }: Program): string | undefined {
  if (output === undefined || output === STDOUT) return undefined;
  const file = fillFileName(output, clock.now());
  checkSuffix(file);
  return file;
}

async function openOutput(plan: OutputPlan, feed: Feed, program: Program, signal: AbortSignal): Promise<OpenedOutput> {
  const { what, flags, format, file, changed } = plan;
  const { sink, firstLine, isEmpty } = await openSink(plan, program, signal);
  const writer = new OutputWriter({
    sink,
    target: file ?? 'standard output',
    clock: program.clock,
    maxLagMs: flags['max-lag'],
    sourceWaits: what.sourceWaits,
  });
  if (format === 'table') return openTable(plan, writer, feed, program);
  const { fields, time } = flags;
  const { simulated } = feed;
  // Rows as a hub sends them.
  const isContract = format === 'ndjson' && fields === undefined && time === 'epoch';
  const style = { format, kinds: what.kinds, fields, time, simulated };
  if (firstLine !== undefined && !flags['no-header']) {
    const { header } = createRowEncoder(style);
    if (header !== '' && header !== firstLine) {
      await sink.close(false);
      throw otherColumns(file ?? '');
    }
  }
  const encoder = createRowEncoder({ ...style, noHeader: flags['no-header'] || !isEmpty });
  const rows = new EncodedOutput(isContract ? new PassthroughEncoder(encoder) : encoder, writer, time);
  return {
    rows: what.inOrder ? new OrderedOutput(rows, what.subscriptions) : rows,
    changed,
    listen: (listener, reporter) => {
      writer.listen(listener);
      if (format === 'raw' && simulated)
        reporter.info('--raw leaves out the mark of simulated prices', { event: 'raw' });
    },
    state: () => {},
  };
}

/** The format that the flags mean. Throws `USAGE`. */
export function chooseFormat(
  { raw, format: given, output, events = false }: OutputFlags,
  { stdout }: Program,
): RowFormat {
  if (raw) return 'raw';
  const fallback = stdout.isTTY && !events ? 'table' : 'ndjson';
  const format = given ?? (output === undefined || output === STDOUT ? fallback : formatOfFile(output));
  if (events && format !== 'ndjson') throw new TickpipeError('USAGE', `--events goes with ndjson, not with ${format}`);
  return format;
}

/** Opens stdout or the file, with what is in the file already. */
async function openSink({ flags, file }: OutputPlan, { stdout }: Program, signal: AbortSignal): Promise<AppendedFile> {
  const nothing = { firstLine: undefined, isEmpty: true };
  if (file === undefined) return { sink: openStandardOutput(stdout), ...nothing };
  const { force, append, snapshot: atomic = false } = flags;
  const { isSpecialFile, openAppended, openOutputFile } = await import('../../output/writer/output-file.ts');
  if (append && !(await isSpecialFile(file))) return openAppended(file, atomic);
  return { sink: await openOutputFile({ file, force, atomic, signal }), ...nothing };
}

/** Refuses to append rows below a header with other columns. */
function otherColumns(file: string): TickpipeError {
  return new TickpipeError('USAGE', `--append: ${file} has another header than these rows`, {
    hint: 'use the --fields and the --feed of the file, or --no-header, or another file',
  });
}
