import type { Feed } from '../../feed/feed.ts';
import type { Subscription } from '../../market/kinds.ts';
import type { TableView } from '../../output/table/table-view.ts';
import type { OutputWriter } from '../../output/writer/output-writer.ts';
import { OrderedOutput } from '../../output/writer/row-output.ts';
import { findMarketReport } from '../feed/market-report.ts';
import type { Keyboard, KeyboardOptions } from '../program/keyboard.ts';
import type { Program } from '../program/program.ts';
import { wantsColor } from '../program/spinner.ts';
import { hasUtf8 } from '../program/utf8.ts';
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
    const { Keyboard, openKeyboardInput } = await import('../program/keyboard.ts');
    const input = flags.snapshot ? undefined : openKeyboardInput(program, what.stdinIsRead ?? false);
    const startKeyboard = input && ((options: KeyboardUse) => new Keyboard({ ...options, input, clock }));
    return openLiveTable(
      { view, writer, selected: { where: what.where, changed }, startKeyboard, hasBooks: what.isRecorded !== true },
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

type KeyboardUse = Pick<KeyboardOptions, 'onKey' | 'onReading' | 'onStop'>;

interface LiveTableParts {
  readonly view: TableView;
  readonly writer: OutputWriter;
  readonly selected: Pick<OpenedRows, 'where' | 'changed'>;
  /** Undefined where no keys can be read. */
  readonly startKeyboard: ((use: KeyboardUse) => Keyboard) | undefined;
  /** Whether the feed may have the book of a symbol. */
  readonly hasBooks: boolean;
}

async function openLiveTable(parts: LiveTableParts, { stdout, stderr, clock }: Program): Promise<OpenedRows> {
  const { view, writer, selected, startKeyboard, hasBooks } = parts;
  const { LiveTable } = await import('../../output/table/live-table.ts');
  const { ownJob } = await import('../program/job-control.ts');
  const live = new LiveTable(view, writer, stdout, clock);
  const onStop = (): void => live.begin();
  const listenToKeys = (controls: StreamControls): void => {
    if (startKeyboard === undefined) {
      ownJob.on('SIGCONT', onStop);
      live.onEnd(() => ownJob.off('SIGCONT', onStop));
      return;
    }
    const onDetail = (line: Subscription | undefined): void => {
      const isWanted = line !== undefined && line.kind !== 'depth';
      const symbol = isWanted && hasBooks && line.kind !== 'index' ? line.symbol : undefined;
      if (isWanted && symbol === undefined) {
        view.setBook({
          tick: undefined,
          note: line.kind === 'index' ? 'an index has no market depth' : 'no depth here: the rows are recorded',
        });
      }
      controls.watchBook(symbol, (book) => {
        view.setBook(typeof book === 'string' ? { tick: undefined, note: book } : { tick: book });
        live.refresh();
      });
    };
    const keyboard = startKeyboard({
      onKey: (key) => live.press(key) && controls.stop(),
      onReading: (on) => {
        view.setKeys(on, onDetail);
        live.refresh();
      },
      onStop,
    });
    live.onEnd(() => keyboard.close());
  };
  return {
    rows: live,
    ...selected,
    listen: (listener, reporter, controls) => {
      writer.listen(listener);
      if (stderr.isTTY) reporter.share((write) => live.makeRoom(write));
      listenToKeys(controls);
    },
    state: (state) => {
      if (state.state === 'disconnected') live.setBroken(state.at);
      if (state.state === 'live') live.setBroken(undefined);
    },
  };
}
