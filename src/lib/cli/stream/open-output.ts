import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { Feed, FeedState } from '../../feed/feed.ts';
import type { Kind, Subscription } from '../../market/kinds.ts';
import { ChangedFilter } from '../../output/pipeline/changed-filter.ts';
import type { Format, RowFormat, TimeFormat } from '../../output/rows/encoder.ts';
import { checkFields } from '../../output/rows/field-selection.ts';
import { PassthroughEncoder } from '../../output/rows/passthrough-encoder.ts';
import { createRowEncoder } from '../../output/rows/row-encoder.ts';
import type { TableView } from '../../output/table/table-view.ts';
import { openStandardOutput } from '../../output/writer/byte-sink.ts';
import { checkSuffix, fillFileName, formatOfFile } from '../../output/writer/file-name.ts';
import type { AppendedFile } from '../../output/writer/output-file.ts';
import { OutputWriter, type WriterListener } from '../../output/writer/output-writer.ts';
import type { RowOutput } from '../../output/writer/row-output.ts';
import { EncodedOutput, OrderedOutput } from '../../output/writer/row-output.ts';
import { findMarketReport } from '../feed/market-report.ts';
import type { Program } from '../program/program.ts';
import { wantsColor } from '../program/spinner.ts';
import type { Reporter } from '../program/stderr.ts';

/** Stands for stdout in `--output`. */
const STDOUT = '-';

/** The flags that say how rows look and where they go. */
export interface RowSettings {
  readonly format?: Format | undefined;
  /** Values alone, whatever the file's suffix says. */
  readonly raw?: boolean | undefined;
  readonly fields?: readonly string[] | undefined;
  readonly changed?: readonly string[] | undefined;
  readonly 'no-header': boolean;
  readonly time: TimeFormat;
  readonly output?: string | undefined;
  readonly force: boolean;
  readonly append: boolean;
  readonly 'max-lag'?: number | undefined;
  /** Rows in the order of the subscriptions, at the end, instead of as they come. */
  readonly inOrder?: boolean;
  /** Of a source that loses nothing by waiting: a slow reader is waited for. */
  readonly sourceWaits?: boolean;
  /** Rows are of another time than now. */
  readonly isRecorded?: boolean;
}

export interface OutputRequest {
  readonly subscriptions: readonly Subscription[];
  readonly kinds: readonly Kind[];
  readonly rows: RowSettings;
  readonly stream: { readonly snapshot: boolean; readonly events: boolean };
}

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

/** Checks what needs neither feed nor file, so that a mistyped flag is told before anything is opened. Throws `USAGE`, `UNKNOWN_FIELD`. */
export function planOutput(given: OutputRequest, program: Program): PlannedOutput {
  const request = { ...given, rows: nameFile(given.rows, program) };
  const { rows, kinds, stream } = request;
  const format = chooseFormat(rows, stream.events, program);
  if (rows.fields) checkFields(rows.fields, kinds, 'fields');
  const changed = rows.changed && new ChangedFilter(rows.changed, kinds);
  return {
    open: (feed, signal) => openOutput(request, { format, changed }, feed, program, signal),
    wholeFile: stream.snapshot && isFile(rows) ? rows.output : undefined,
  };
}

/** Fills in the name of the file, and checks what it promises. Throws `USAGE`. */
function nameFile(rows: RowSettings, { clock }: Program): RowSettings {
  if (!isFile(rows)) return rows;
  const output = fillFileName(rows.output, clock.now());
  checkSuffix(output);
  return { ...rows, output };
}

/** The flags of the output, checked. */
interface OutputPlan {
  readonly format: RowFormat;
  readonly changed: ChangedFilter | undefined;
}

async function openOutput(
  request: OutputRequest,
  { format, changed }: OutputPlan,
  feed: Feed,
  program: Program,
  signal: AbortSignal,
): Promise<OpenedOutput> {
  const { rows, kinds, stream } = request;
  const { simulated } = feed;
  const { sink, firstLine, isEmpty } = await openSink(rows, stream.snapshot, program, signal);
  const writer = new OutputWriter({
    sink,
    target: isFile(rows) ? rows.output : 'standard output',
    clock: program.clock,
    maxLagMs: rows['max-lag'],
    sourceWaits: rows.sourceWaits,
  });
  if (format === 'table') return openTable(request, writer, feed, changed, program);
  const { fields, time } = rows;
  // Rows as a hub sends them.
  const isContract = format === 'ndjson' && fields === undefined && time === 'epoch';
  const noHeader = rows['no-header'] || !isEmpty;
  const encoder = createRowEncoder({ format, kinds, fields, time, simulated, noHeader });
  if (firstLine !== undefined && format === 'csv' && !rows['no-header']) {
    const { header } = createRowEncoder({ format, kinds, fields, time, simulated });
    if (header !== firstLine) {
      await sink.close(false);
      throw otherColumns(rows.output ?? '');
    }
  }
  return {
    rows: inOrder(new EncodedOutput(isContract ? new PassthroughEncoder(encoder) : encoder, writer, time), request),
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
export function chooseFormat(rows: RowSettings, events: boolean, { stdout }: Program): RowFormat {
  if (rows.raw) return 'raw';
  const fallback = stdout.isTTY && !events ? 'table' : 'ndjson';
  const format = rows.format ?? (isFile(rows) ? formatOfFile(rows.output) : fallback);
  if (events && format !== 'ndjson') throw new TickpipeError('USAGE', `--events goes with ndjson, not with ${format}`);
  return format;
}

/** Where rows go, and what stands there already. */
async function openSink(
  rows: RowSettings,
  atomic: boolean,
  { stdout }: Program,
  signal: AbortSignal,
): Promise<AppendedFile> {
  const nothing = { firstLine: undefined, isEmpty: true };
  if (!isFile(rows)) return { sink: openStandardOutput(stdout), ...nothing };
  const { output: file, force, append } = rows;
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

function isFile(rows: RowSettings): rows is RowSettings & { readonly output: string } {
  return rows.output !== undefined && rows.output !== STDOUT;
}

function inOrder(output: RowOutput, { rows, subscriptions }: OutputRequest): RowOutput {
  return rows.inOrder ? new OrderedOutput(output, subscriptions) : output;
}

/** Tables are loaded only when one is asked for. On a terminal they are redrawn in place, elsewhere printed at the end. */
async function openTable(
  request: OutputRequest,
  writer: OutputWriter,
  feed: Feed,
  changed: ChangedFilter | undefined,
  program: Program,
): Promise<OpenedOutput> {
  const { stdout, env, clock } = program;
  const { rows, kinds } = request;
  const isTerminal = !isFile(rows) && stdout.isTTY === true;
  const describeMarkets = await findMarketReport(feed, program);
  const { TableView } = await import('../../output/table/table-view.ts');
  const view = new TableView({
    kinds,
    fields: rows.fields,
    time: rows.time,
    simulated: feed.simulated,
    header: !rows['no-header'],
    color: !isFile(rows) && wantsColor(env, stdout),
    clock,
    isRecorded: rows.isRecorded,
    describeMarkets,
  });
  if (isTerminal && !rows.inOrder && env['TERM'] !== 'dumb') return openLiveTable(view, writer, changed, program);
  const { TableOutput } = await import('../../output/table/table-output.ts');
  const width = isTerminal ? stdout.columns || Number.POSITIVE_INFINITY : Number.POSITIVE_INFINITY;
  return {
    rows: inOrder(new TableOutput(view, writer, width), request),
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
