import type { Feed } from '../../feed/feed.ts';
import { FilterPipeline, type FilterRowSink } from '../../filters/filter-pipeline.ts';
import { EncodedRecords, LiveRecordTable, RecordTable } from '../../filters/row-sinks.ts';
import type { RecordWhere } from '../../filters/where/record-where.ts';
import { createRecordEncoder } from '../../output/records/record-encoder.ts';
import type { RowFormat } from '../../output/rows/encoder.ts';
import { OutputWriter } from '../../output/writer/output-writer.ts';
import { nameOutputFile, openTarget, refuseOtherColumns, STDOUT_NAME } from '../command/output-target.ts';
import { chooseFields, type GivenFields } from '../command/print-records.ts';
import type { CommandContext, Program } from '../program/program.ts';
import { chooseFormat } from '../stream/open-output.ts';
import type { OpenedFilter, PlannedOutput } from '../stream/output-plan.ts';
import type { FilterFlags, FilterRequest, FilterSource } from './filter-request.ts';

const OTHER_HEADER_HINT = 'use the --fields of the file, or --no-header, or another file';

interface Plan<Row extends object> {
  readonly request: FilterRequest<Row>;
  readonly flags: FilterFlags;
  readonly format: RowFormat;
  readonly file: string | undefined;
  readonly source: FilterSource;
  readonly where: RecordWhere<Row> | undefined;
}

interface OpenedSink<Row> {
  readonly rows: FilterRowSink<Row>;
  readonly isLiveTable: boolean;
  readonly listen: OpenedFilter['listen'];
  readonly state: OpenedFilter['state'];
}

/** Checks the flags before feed and file are opened. Throws `USAGE`, `UNKNOWN_FIELD`. */
export function planFilterOutput<Row extends object>(
  request: FilterRequest<Row>,
  given: GivenFields & { readonly flags: FilterFlags },
  source: FilterSource,
  context: CommandContext,
  where?: RecordWhere<Row>,
): PlannedOutput {
  if (request.planOutput) return request.planOutput(source, context);
  const { program } = context;
  const flags = { ...given.flags, fields: chooseFields(request.type, given) };
  const plan: Plan<Row> = {
    request,
    flags,
    format: chooseFormat(flags, program),
    file: nameOutputFile(flags, program),
    source,
    where,
  };
  return { open: (feed, signal) => openOutput(plan, feed, context, signal) };
}

async function openOutput<Row extends object>(
  plan: Plan<Row>,
  feed: Feed,
  { program, reporter }: CommandContext,
  signal: AbortSignal,
): Promise<OpenedFilter> {
  const { request, source } = plan;
  const { rows, isLiveTable, listen, state } = await openSink(plan, feed, program, signal);
  return {
    listen,
    state,
    createPipeline: (limits) =>
      new FilterPipeline<Row>({
        ...limits,
        output: rows,
        create: request.create,
        surroundings: {
          clock: program.clock,
          isLive: !source.isPiped && feed.recorded !== true,
          isLiveTable,
          history: feed.history,
          isSimulated: () => feed.simulated,
        },
        warn: (message, fields) => reporter.warn(message, fields),
        keyOf: request.keyOf,
        where: plan.where,
      }),
  };
}

async function openSink<Row extends object>(
  plan: Plan<Row>,
  feed: Feed,
  program: Program,
  signal: AbortSignal,
): Promise<OpenedSink<Row>> {
  const { request, flags, format, file, source } = plan;
  const { force, append, fields, time } = flags;
  const target = await openTarget({ file, force, append, atomic: false }, program, signal);
  const { sink, firstLine, isEmpty } = target;
  const writer = new OutputWriter({
    sink,
    target: file ?? STDOUT_NAME,
    clock: program.clock,
    maxLagMs: flags['max-lag'],
    sourceWaits: source.waits,
  });
  if (format === 'table') return openTable(plan, writer, program);
  const createEncoder = () =>
    createRecordEncoder(request.type, format, fields, { time, wanted: request.wanted, simulated: feed.simulated });
  if (firstLine !== undefined && !flags['no-header']) {
    const { header } = createEncoder();
    if (header !== '' && header !== firstLine) await refuseOtherColumns(target, file ?? '', OTHER_HEADER_HINT);
  }
  return {
    rows: new EncodedRecords<Row>(createEncoder, writer, { time, hasHeader: !flags['no-header'] && isEmpty }),
    isLiveTable: false,
    listen: (listener) => writer.listen(listener),
    state: () => {},
  };
}

/** Tables are loaded only when one is asked for. On a terminal they are redrawn in place, elsewhere printed at the end. */
async function openTable<Row extends object>(
  { request, flags, file }: Plan<Row>,
  writer: OutputWriter,
  { stdout, stderr, env, clock }: Program,
): Promise<OpenedSink<Row>> {
  const { RecordView } = await import('../../output/table/record-view.ts');
  const isTerminal = file === undefined && stdout.isTTY === true;
  const isLive = isTerminal && env['TERM'] !== 'dumb';
  const view = new RecordView<Row>({
    type: request.type,
    fields: flags.fields,
    time: flags.time,
    header: !flags['no-header'],
    clock,
    keyOf: isLive && request.isTableByKey ? request.keyOf : undefined,
  });
  if (!isLive) {
    const width = (isTerminal && stdout.columns) || Number.POSITIVE_INFINITY;
    return {
      rows: new RecordTable(view, writer, width),
      isLiveTable: false,
      listen: (listener) => writer.listen(listener),
      state: () => {},
    };
  }
  const { LiveTable } = await import('../../output/table/live-table.ts');
  const live = new LiveTable(view, writer, stdout, clock);
  return {
    rows: new LiveRecordTable(view, live),
    isLiveTable: true,
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
