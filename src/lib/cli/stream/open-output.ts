import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { Feed } from '../../feed/feed.ts';
import { ChangedFilter } from '../../output/pipeline/changed-filter.ts';
import type { RowFormat } from '../../output/rows/encoder.ts';
import { checkFields } from '../../output/rows/field-selection.ts';
import { PassthroughEncoder } from '../../output/rows/passthrough-encoder.ts';
import { createRowEncoder } from '../../output/rows/row-encoder.ts';
import { SlicingEncoder } from '../../output/rows/sliced-rows.ts';
import { OutputWriter } from '../../output/writer/output-writer.ts';
import { EncodedOutput, OrderedOutput } from '../../output/writer/row-output.ts';
import type { RowFlags, StreamFlags } from '../command/flag-groups.ts';
import {
  chooseRowFormat,
  nameOutputFile,
  openTarget,
  refuseOtherColumns,
  STDOUT_NAME,
} from '../command/output-target.ts';
import type { Program } from '../program/program.ts';
import { openTable } from './open-table.ts';
import type { OpenedRows, OutputPlan, PlannedOutput, PrintedRows } from './output-plan.ts';

const OTHER_HEADER_HINT = 'use the --fields and the --feed of the file, or --no-header, or another file';

type OutputFlags = RowFlags & StreamFlags;

/** Checks the flags before feed and file are opened, so that a typing error is reported first. Throws `USAGE`, `UNKNOWN_FIELD`. */
export function planOutput(what: PrintedRows, flags: OutputFlags, program: Program): PlannedOutput {
  const file = nameOutputFile(flags, program);
  const format = chooseFormat(flags, program);
  if (flags.fields) checkFields(flags.fields, what.kinds, 'fields');
  const changed = flags.changed && new ChangedFilter(flags.changed, what.kinds);
  return {
    open: (feed, signal) => openOutput({ what, flags, format, file, changed }, feed, program, signal),
    wholeFile: flags.snapshot ? file : undefined,
  };
}

async function openOutput(plan: OutputPlan, feed: Feed, program: Program, signal: AbortSignal): Promise<OpenedRows> {
  const { what, flags, format, file, changed } = plan;
  const { force, append, snapshot: atomic = false } = flags;
  const target = await openTarget({ file, force, append, atomic }, program, signal);
  const { sink, firstLine, isEmpty } = target;
  const writer = new OutputWriter({
    sink,
    target: file ?? STDOUT_NAME,
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
      await refuseOtherColumns(target, file ?? '', OTHER_HEADER_HINT);
    }
  }
  const encoder = createRowEncoder({ ...style, noHeader: flags['no-header'] || !isEmpty });
  const rawRows = isContract ? new PassthroughEncoder(encoder) : new SlicingEncoder(encoder, style);
  const rows = new EncodedOutput(rawRows, writer, time);
  return {
    rows: what.inOrder ? new OrderedOutput(rows, what.subscriptions, what.where) : rows,
    where: what.where,
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
export function chooseFormat(flags: OutputFlags, program: Program): RowFormat {
  const { raw, events = false } = flags;
  const fallback = program.stdout.isTTY && !events ? 'table' : 'ndjson';
  const format = chooseRowFormat(flags, nameOutputFile(flags, program), fallback);
  if (events && !raw && format !== 'ndjson') {
    throw new TickpipeError('USAGE', `--events goes with ndjson, not with ${format}`);
  }
  return format;
}
