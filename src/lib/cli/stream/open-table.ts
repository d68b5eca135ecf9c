import type { Feed } from '../../feed/feed.ts';
import type { Subscription } from '../../market/kinds.ts';
import type { TableView } from '../../output/table/table-view.ts';
import type { OutputWriter } from '../../output/writer/output-writer.ts';
import { OrderedOutput } from '../../output/writer/row-output.ts';
import { findMarketReport } from '../feed/market-report.ts';
import type { Program } from '../program/program.ts';
import { wantsColor } from '../program/spinner.ts';
import { hasUtf8 } from '../program/utf8.ts';
import { prepareKeys, type StartKeys } from './live-keys.ts';
import type { OpenedRows, OutputPlan, StreamControls } from './output-plan.ts';

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
    isFiltered: what.where !== undefined,
    isRecorded: what.isRecorded,
    describeMarkets,
  });
  if (isLive) {
    const keys = { stdinIsRead: what.stdinIsRead ?? false, isWanted: flags.snapshot !== true };
    const startKeys = await prepareKeys(program, keys);
    return openLiveTable(
      { view, writer, selected: { where: what.where, changed }, startKeys, hasBooks: what.isRecorded !== true },
      program,
    );
  }
  const { TableOutput } = await import('../../output/table/table-output.ts');
  const width = (isTerminal && stdout.columns) || Number.POSITIVE_INFINITY;
  const table = new TableOutput(view, writer, width);
  return {
    rows: what.inOrder ? new OrderedOutput(table, what.subscriptions, what.where) : table,
    where: what.where,
    changed,
    listen: (listener) => writer.listen(listener),
    state: () => {},
  };
}

interface LiveTableParts {
  readonly view: TableView;
  readonly writer: OutputWriter;
  readonly selected: Pick<OpenedRows, 'where' | 'changed'>;
  readonly startKeys: StartKeys;
  /** Whether the feed may have the book of a symbol. */
  readonly hasBooks: boolean;
}

async function openLiveTable(parts: LiveTableParts, { stdout, stderr, clock }: Program): Promise<OpenedRows> {
  const { view, writer, selected, startKeys, hasBooks } = parts;
  const { LiveTable } = await import('../../output/table/live-table.ts');
  const live = new LiveTable(view, writer, stdout, clock);
  const showBook = (controls: StreamControls, line: Subscription | undefined): void => {
    const note = line && whyNoBook(line, hasBooks);
    if (note !== undefined) view.setBook({ tick: undefined, note });
    const symbol = line?.kind === 'depth' || note !== undefined ? undefined : line?.symbol;
    controls.watchBook(symbol, (book) => {
      view.setBook(typeof book === 'string' ? { tick: undefined, note: book } : { tick: book });
      live.refresh();
    });
  };
  return {
    rows: live,
    ...selected,
    listen: (listener, reporter, controls) => {
      writer.listen(listener);
      if (stderr.isTTY) reporter.share((write) => live.makeRoom(write));
      startKeys(live, controls, (on) => view.setKeys(on, (line) => showBook(controls, line)));
    },
    state: (state) => {
      if (state.state === 'disconnected') live.setBroken(state.at);
      if (state.state === 'live') live.setBroken(undefined);
    },
  };
}

/** Why the book of a line cannot be watched; undefined where it can, or is the line itself. */
function whyNoBook({ kind }: Subscription, hasBooks: boolean): string | undefined {
  if (kind === 'depth') return undefined;
  if (kind === 'index') return 'an index has no market depth';
  return hasBooks ? undefined : 'no depth here: the rows are recorded';
}
