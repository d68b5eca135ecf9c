import type { Feed } from '../../feed/feed.ts';
import type { ChangedFilter } from '../../output/pipeline/changed-filter.ts';
import type { TableView } from '../../output/table/table-view.ts';
import type { OutputWriter } from '../../output/writer/output-writer.ts';
import { OrderedOutput } from '../../output/writer/row-output.ts';
import { findMarketReport } from '../feed/market-report.ts';
import type { Program } from '../program/program.ts';
import { wantsColor } from '../program/spinner.ts';
import { hasUtf8 } from '../program/utf8.ts';
import type { OpenedRows, OutputPlan } from './output-plan.ts';

/** Tables are loaded only when one is asked for. On a terminal they are redrawn in place, elsewhere printed at the end. */
export async function openTable(
  { what, flags, file, changed }: OutputPlan,
  writer: OutputWriter,
  feed: Feed,
  program: Program,
): Promise<OpenedRows> {
  const { stdout, env, clock } = program;
  const isTerminal = file === undefined && stdout.isTTY === true;
  const isLive = isTerminal && !what.inOrder && env['TERM'] !== 'dumb';
  const describeMarkets = await findMarketReport(feed, program, isLive ? 'all' : 'closed');
  const { TableView } = await import('../../output/table/table-view.ts');
  const { ASCII_GLYPHS, UNICODE_GLYPHS } = await import('../../output/terminal/glyphs.ts');
  const view = new TableView({
    kinds: what.kinds,
    fields: flags.fields,
    time: flags.time,
    simulated: feed.simulated,
    header: !flags['no-header'],
    color: file === undefined && wantsColor(env, stdout),
    glyphs: hasUtf8(env) ? UNICODE_GLYPHS : ASCII_GLYPHS,
    clock,
    spark: isLive && flags.spark === true && flags.fields === undefined,
    isLive,
    isRecorded: what.isRecorded,
    describeMarkets,
  });
  if (isLive) return openLiveTable(view, writer, changed, program);
  const { TableOutput } = await import('../../output/table/table-output.ts');
  const width = (isTerminal && stdout.columns) || Number.POSITIVE_INFINITY;
  const table = new TableOutput(view, writer, width);
  return {
    rows: what.inOrder ? new OrderedOutput(table, what.subscriptions, what.where) : table,
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
): Promise<OpenedRows> {
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
