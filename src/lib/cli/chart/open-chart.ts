import type { Feed } from '../../feed/feed.ts';
import { FilterPipeline, type FilterRowSink } from '../../filters/filter-pipeline.ts';
import { LiveRecordTable } from '../../filters/row-sinks.ts';
import type { Bar } from '../../market/bar.ts';
import type { ChartView, ChartViewOptions } from '../../output/chart/chart-view.ts';
import { OutputWriter, type WriterEnd, type WriterEndOptions } from '../../output/writer/output-writer.ts';
import { openTarget, STDOUT_NAME } from '../command/output-target.ts';
import { findMarketReport } from '../feed/market-report.ts';
import type { FilterRequest, FilterSource } from '../filter/filter-request.ts';
import type { CommandContext, Program } from '../program/program.ts';
import { wantsColor } from '../program/spinner.ts';
import { hasUtf8 } from '../program/utf8.ts';
import { prepareKeys } from '../stream/live-keys.ts';
import type { OpenedFilter, PlannedOutput } from '../stream/output-plan.ts';
import type { ChartSize } from './chart-flags.ts';

/** Of a chart in a pipe or a file. */
const DEFAULT_SIZE: ChartSize = { columns: 80, lines: 24 };

export interface ChartOutputOptions {
  readonly size: ChartSize | undefined;
  readonly maxLagMs: number | undefined;
}

/** A chart on stdout: live on a terminal, printed once at the end elsewhere. */
export function planChartOutput(
  request: Pick<FilterRequest<Bar>, 'create' | 'keyOf'>,
  { size, maxLagMs }: ChartOutputOptions,
  source: FilterSource,
  context: CommandContext,
): PlannedOutput {
  const { program, reporter } = context;
  return {
    open: async (feed, signal) => {
      const { sink } = await openTarget(
        { file: undefined, force: false, append: false, atomic: false },
        program,
        signal,
      );
      const writer = new OutputWriter({
        sink,
        target: STDOUT_NAME,
        clock: program.clock,
        maxLagMs,
        sourceWaits: source.waits,
      });
      const isLive = program.stdout.isTTY === true && program.env['TERM'] !== 'dumb' && size === undefined;
      const view = await createView(feed, isLive, program);
      const opened = isLive ? await openLive(view, writer, source, program) : openOnce(view, writer, size, program);
      return {
        listen: opened.listen,
        state: opened.state,
        createPipeline: (limits) =>
          new FilterPipeline<Bar>({
            ...limits,
            output: opened.rows,
            create: request.create,
            surroundings: {
              clock: program.clock,
              isLive: !source.isPiped && feed.recorded !== true,
              isLiveTable: isLive,
              history: feed.history,
              isSimulated: () => feed.simulated,
            },
            warn: (message, fields) => reporter.warn(message, fields),
            keyOf: request.keyOf,
          }),
      };
    },
  };
}

async function createView(feed: Feed, isLive: boolean, program: Program): Promise<ChartView> {
  const { env, stdout, clock } = program;
  const { ChartView } = await import('../../output/chart/chart-view.ts');
  const { ASCII_GLYPHS, UNICODE_GLYPHS } = await import('../../output/terminal/glyphs.ts');
  const options: ChartViewOptions = {
    color: wantsColor(env, stdout),
    glyphs: hasUtf8(env) ? UNICODE_GLYPHS : ASCII_GLYPHS,
    clock,
    isLive,
    isSimulated: () => feed.simulated,
    describeMarkets: isLive ? await findMarketReport(feed, program, 'all') : undefined,
  };
  return new ChartView(options);
}

interface OpenedChart {
  readonly rows: FilterRowSink<Bar>;
  readonly listen: OpenedFilter['listen'];
  readonly state: OpenedFilter['state'];
}

async function openLive(
  view: ChartView,
  writer: OutputWriter,
  source: FilterSource,
  program: Program,
): Promise<OpenedChart> {
  const { stdout, stderr, clock } = program;
  const { LiveTable } = await import('../../output/table/live-table.ts');
  const startKeys = await prepareKeys(program, { stdinIsRead: source.isPiped, isWanted: true });
  const live = new LiveTable(view, writer, stdout, clock);
  return {
    rows: new LiveRecordTable(view, live),
    listen: (listener, reporter, controls) => {
      writer.listen(listener);
      if (stderr.isTTY) reporter.share((write) => live.makeRoom(write));
      startKeys(live, controls, (on) => view.setKeys(on));
    },
    state: (state) => {
      if (state.state === 'disconnected') live.setBroken(state.at);
      if (state.state === 'live') live.setBroken(undefined);
    },
  };
}

/** A terminal that cannot be drawn over gets a chart as wide as it is. */
function openOnce(view: ChartView, writer: OutputWriter, given: ChartSize | undefined, program: Program): OpenedChart {
  const size = given ?? { ...DEFAULT_SIZE, columns: program.stdout.columns || DEFAULT_SIZE.columns };
  return {
    rows: new PrintedChart(view, writer, size),
    listen: (listener) => writer.listen(listener),
    state: () => {},
  };
}

/** A chart that is printed once, at the end. */
class PrintedChart implements FilterRowSink<Bar> {
  readonly #view: ChartView;
  readonly #writer: OutputWriter;
  readonly #size: ChartSize;

  constructor(view: ChartView, writer: OutputWriter, size: ChartSize) {
    this.#view = view;
    this.#writer = writer;
    this.#size = size;
  }

  row(bar: Bar): void {
    this.#view.add(bar);
  }

  end(options: WriterEndOptions): Promise<WriterEnd> {
    this.#writer.buffer.appendText(this.#view.renderAll(this.#size.columns, this.#size.lines));
    this.#writer.commit();
    return this.#writer.end(options);
  }
}
