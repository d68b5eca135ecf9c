import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { Feed, FeedState } from '../../feed/feed.ts';
import type { Kind, Subscription } from '../../market/kinds.ts';
import { ChangedFilter } from '../../output/pipeline/changed-filter.ts';
import type { RowFormat } from '../../output/rows/encoder.ts';
import { checkFields } from '../../output/rows/field-selection.ts';
import { PassthroughEncoder } from '../../output/rows/passthrough-encoder.ts';
import { createRowEncoder } from '../../output/rows/row-encoder.ts';
import type { TableView } from '../../output/table/table-view.ts';
import { openStandardOutput } from '../../output/writer/byte-sink.ts';
import { checkSuffix, fillFileName, formatOfFile } from '../../output/writer/file-name.ts';
import type { AppendedFile } from '../../output/writer/output-file.ts';
import { OutputWriter, type WriterListener } from '../../output/writer/output-writer.ts';
import { EncodedOutput, OrderedOutput, type RowOutput } from '../../output/writer/row-output.ts';
import type { RowFlags, StreamFlags } from '../command/flag-groups.ts';
import { findMarketReport } from '../feed/market-report.ts';
import type { Program } from '../program/program.ts';
import { wantsColor } from '../program/spinner.ts';
import type { Reporter } from '../program/stderr.ts';

/** Stands for stdout in `--output`. */
const STDOUT = '-';

/** Which rows are to be printed, and what is known of them beside the flags. */
export interface PrintedRows {
  readonly subscriptions: readonly Subscription[];
  readonly kinds: readonly Kind[];
  /** Rows in the order of the subscriptions, at the end, instead of as they come. */
  readonly inOrder?: boolean | undefined;
  /** Of a source that loses nothing by waiting: a slow reader is waited for. */
  readonly sourceWaits?: boolean;
  /** Rows are of another time than now. */
  readonly isRecorded?: boolean;
}

type OutputFlags = RowFlags & StreamFlags;

/** An output that takes rows. */
export interface OpenedOutput {
  readonly rows: RowOutput;
  readonly changed: ChangedFilter | undefined;
  /** Names who is told of pressure and failures; messages for people go through the reporter and around a live table. */
  listen(listener: WriterListener, reporter: Reporter): void;
  /** A live table shows whether its prices are. */
  state(state: FeedState): void;
  /** What is subscribed from now on: before the feed is asked, and whenever it changes. */
  change?(added: readonly Subscription[], dropped: readonly Subscription[]): void;
}

/** Where a stream's rows go, its flags checked, nothing opened yet. */
export interface PlannedOutput {
  /** Throws `OUTPUT_EXISTS`, `OUTPUT_FAILED`; the signal's AbortError while a named pipe has no reader. */
  open(feed: Feed, signal: AbortSignal): Promise<OpenedOutput>;
  /** A file that is written whole or not at all. */
  readonly wholeFile?: string | undefined;
}

/** Checks what needs neither feed nor file, so that a mistyped flag is reported before anything is opened. Throws `USAGE`, `UNKNOWN_FIELD`. */
export function planOutput(what: PrintedRows, given: OutputFlags, program: Program): PlannedOutput {
  const flags = nameFile(given, program);
  const format = chooseFormat(flags, program);
  if (flags.fields) checkFields(flags.fields, what.kinds, 'fields');
  const changed = flags.changed && new ChangedFilter(flags.changed, what.kinds);
  return {
    open: (feed, signal) => openOutput({ what, flags, format, changed }, feed, program, signal),
    wholeFile: flags.snapshot && isFile(flags) ? flags.output : undefined,
  };
}

/** Fills in the name of the file, and checks what it promises. Throws `USAGE`. */
function nameFile(flags: OutputFlags, { clock }: Program): OutputFlags {
  if (!isFile(flags)) return flags;
  const output = fillFileName(flags.output, clock.now());
  checkSuffix(output);
  return { ...flags, output };
}

/** An output whose flags have been checked. */
interface OutputPlan {
  readonly what: PrintedRows;
  readonly flags: OutputFlags;
  readonly format: RowFormat;
  readonly changed: ChangedFilter | undefined;
}

async function openOutput(plan: OutputPlan, feed: Feed, program: Program, signal: AbortSignal): Promise<OpenedOutput> {
  const { what, flags, format, changed } = plan;
  const { kinds } = what;
  const { simulated } = feed;
  const { sink, firstLine, isEmpty } = await openSink(flags, program, signal);
  const writer = new OutputWriter({
    sink,
    target: isFile(flags) ? flags.output : 'standard output',
    clock: program.clock,
    maxLagMs: flags['max-lag'],
    sourceWaits: what.sourceWaits,
  });
  if (format === 'table') return openTable(plan, writer, feed, program);
  const { fields, time } = flags;
  // Rows as a hub sends them.
  const isContract = format === 'ndjson' && fields === undefined && time === 'epoch';
  const noHeader = flags['no-header'] || !isEmpty;
  const encoder = createRowEncoder({ format, kinds, fields, time, simulated, noHeader });
  if (firstLine !== undefined && format === 'csv' && !flags['no-header']) {
    const { header } = createRowEncoder({ format, kinds, fields, time, simulated });
    if (header !== firstLine) {
      await sink.close(false);
      throw otherColumns(flags.output ?? '');
    }
  }
  return {
    rows: inOrder(new EncodedOutput(isContract ? new PassthroughEncoder(encoder) : encoder, writer, time), what),
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
export function chooseFormat(flags: OutputFlags, { stdout }: Program): RowFormat {
  const { events = false } = flags;
  if (flags.raw) return 'raw';
  const fallback = stdout.isTTY && !events ? 'table' : 'ndjson';
  const format = flags.format ?? (isFile(flags) ? formatOfFile(flags.output) : fallback);
  if (events && format !== 'ndjson') throw new TickpipeError('USAGE', `--events goes with ndjson, not with ${format}`);
  return format;
}

/** Where rows go, and what stands there already. */
async function openSink(flags: OutputFlags, { stdout }: Program, signal: AbortSignal): Promise<AppendedFile> {
  const nothing = { firstLine: undefined, isEmpty: true };
  if (!isFile(flags)) return { sink: openStandardOutput(stdout), ...nothing };
  const { output: file, force, append, snapshot: atomic = false } = flags;
  const { isSpecialFile, openAppended, openOutputFile } = await import('../../output/writer/output-file.ts');
  if (append && !(await isSpecialFile(file))) return openAppended(file, atomic);
  return { sink: await openOutputFile({ file, force, atomic, signal }), ...nothing };
}

/** Rows under the wrong names would be wrong numbers. */
function otherColumns(file: string): TickpipeError {
  return new TickpipeError('USAGE', `--append: ${file} begins with another header than these rows have`, {
    hint: 'give the --fields and the --feed that it was written with, or --no-header, or another file',
  });
}

function isFile<F extends RowFlags>(flags: F): flags is F & { readonly output: string } {
  return flags.output !== undefined && flags.output !== STDOUT;
}

function inOrder(output: RowOutput, { inOrder, subscriptions }: PrintedRows): RowOutput {
  return inOrder ? new OrderedOutput(output, subscriptions) : output;
}

/** Tables are loaded only when one is asked for. On a terminal they are redrawn in place, elsewhere printed at the end. */
async function openTable(
  { what, flags, changed }: OutputPlan,
  writer: OutputWriter,
  feed: Feed,
  program: Program,
): Promise<OpenedOutput> {
  const { stdout, env, clock } = program;
  const isTerminal = !isFile(flags) && stdout.isTTY === true;
  const describeMarkets = await findMarketReport(feed, program);
  const { TableView } = await import('../../output/table/table-view.ts');
  const view = new TableView({
    kinds: what.kinds,
    fields: flags.fields,
    time: flags.time,
    simulated: feed.simulated,
    header: !flags['no-header'],
    color: !isFile(flags) && wantsColor(env, stdout),
    clock,
    isRecorded: what.isRecorded,
    describeMarkets,
  });
  if (isTerminal && !what.inOrder && env['TERM'] !== 'dumb') return openLiveTable(view, writer, changed, program);
  const { TableOutput } = await import('../../output/table/table-output.ts');
  const width = isTerminal ? stdout.columns || Number.POSITIVE_INFINITY : Number.POSITIVE_INFINITY;
  return {
    rows: inOrder(new TableOutput(view, writer, width), what),
    changed,
    listen: (listener) => writer.listen(listener),
    state: () => {},
  };
}

async function openLiveTable(
  view: TableView,
  writer: OutputWriter,
  changed: ChangedFilter | undefined,
  { stdout, stderr, clock }: Program,
): Promise<OpenedOutput> {
  const { LiveTable } = await import('../../output/table/live-table.ts');
  const live = new LiveTable(view, writer, stdout, clock);
  return {
    rows: live,
    changed,
    listen: (listener, reporter) => {
      writer.listen(listener);
      if (stderr.isTTY) reporter.share((write) => live.makeRoom(write));
    },
    state: (state) => {
      if (state.state === 'disconnected') live.setBroken(state.at);
      if (state.state === 'live') live.setBroken(undefined);
    },
  };
}
