import { formatIstMoment } from '../../clock/ist.ts';
import { EXIT } from '../../errors/catalogue.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { RecordWhere } from '../../filters/where/record-where.ts';
import type { BarHistory } from '../../history/bar-history.ts';
import { ownerOf } from '../../history/candle-bar.ts';
import { readHistoryInterval } from '../../history/history-interval.ts';
import { goBack } from '../../history/history-ranges.ts';
import type { Bar } from '../../market/bar.ts';
import type { Calendar } from '../../market/trading-hours.ts';
import { BAR } from '../../output/records/bar-record.ts';
import type { TimeFormat } from '../../output/rows/encoder.ts';
import type { HubFlags } from '../command/flag-groups.ts';
import type { RecordOutput } from '../command/print-records.ts';
import type { GivenSymbols } from '../command/symbol-arguments.ts';
import { describeMeant, describeUnknown } from '../feed/feed-messages.ts';
import type { CommandContext } from '../program/program.ts';
import { readCalendar } from '../settings/calendars.ts';
import { openRecordWhere, reportWhere } from '../stream/open-where.ts';
import type { HistoryFlags } from './history-flags.ts';
import { HistoryProgress } from './history-progress.ts';
import { readSpan, spanFrom } from './history-span.ts';
import { openHistory } from './open-history.ts';

/** Columns that all rows have here, and CSV has, too. */
const WANTED = ['source'];
const DEFAULT_INTERVAL = '1m';

/**
 * Prints the broker's candles of each symbol, in the order given. Resolves to the status: 3 when some symbols are unknown. Throws `UNKNOWN_SYMBOL`
 * when all are, and coded errors of the flags, the token, the calls and the output.
 */
export async function printHistory(
  given: GivenSymbols,
  flags: HistoryFlags & HubFlags & { readonly time: TimeFormat },
  output: RecordOutput<typeof BAR>,
  context: CommandContext,
): Promise<number> {
  const { program, signal } = context;
  const span = readSpan(flags, program.clock.now());
  const where = await openRecordWhere<Bar>(flags.where, BAR, context.reporter);
  const calendar = await readCalendar(program, signal);
  const progress = new HistoryProgress(context, output.isHeld);
  const onWait = (waitMs: number): void => progress.waiting(waitMs);
  const history = await openHistory(flags, { calendar, onWait }, context);
  if (history.simulated) context.reporter.info('history of the simulator (simulated prices)', { event: 'simulated' });
  const run = new HistoryRun(history, { given, flags, span, calendar, progress, where }, context);
  try {
    const style = { time: flags.time, wanted: WANTED, simulated: history.simulated };
    await output.printEach((reading) => run.read(reading), style);
  } finally {
    progress.end();
    await history.close();
  }
  if (where) reportWhere(where, run.matched, context.reporter);
  return reportUnknown(run.unknown, given, history.simulated, context);
}

interface HistoryPlan {
  readonly given: GivenSymbols;
  readonly flags: HistoryFlags;
  readonly span: ReturnType<typeof readSpan>;
  readonly calendar: Calendar;
  readonly progress: HistoryProgress;
  /** Which bars are printed; all of them without it. */
  readonly where: RecordWhere<Bar> | undefined;
}

/** Reads the history of each symbol, and remembers which the broker does not know. */
class HistoryRun {
  readonly unknown: string[] = [];
  /** How many bars were given out. */
  matched = 0;
  readonly #history: BarHistory;
  readonly #plan: HistoryPlan;
  readonly #context: CommandContext;

  constructor(history: BarHistory, plan: HistoryPlan, context: CommandContext) {
    this.#history = history;
    this.#plan = plan;
    this.#context = context;
  }

  async *read(signal: AbortSignal): AsyncGenerator<readonly Bar[]> {
    const { symbols } = this.#plan.given;
    for (const [index, symbol] of symbols.entries()) {
      try {
        yield* this.#readOne(symbol, index + 1, signal);
      } catch (error) {
        if (!(error instanceof TickpipeError) || error.code !== 'UNKNOWN_SYMBOL') throw error;
        this.unknown.push(symbol);
      }
    }
  }

  async *#readOne(symbol: string, place: number, signal: AbortSignal): AsyncGenerator<readonly Bar[]> {
    const { given, flags, span, calendar, progress, where } = this.#plan;
    const { clock } = this.#context.program;
    const owner = ownerOf(symbol, calendar);
    const { fromMs, toMs } = spanFrom(span.fromMs ?? goBack(1, clock.now(), owner, calendar), span.toMs);
    let count = 0;
    progress.reading(symbol, place, given.symbols.length, count);
    const interval = flags.interval ?? readHistoryInterval(DEFAULT_INTERVAL);
    const request = { symbol, interval, oi: flags.oi, fromMs, toMs };
    for await (const bars of this.#history.read(request, signal)) {
      count += bars.length;
      progress.reading(symbol, place, given.symbols.length, count);
      const chosen = where ? bars.filter((bar) => where.matches(bar)) : bars;
      this.matched += chosen.length;
      yield chosen;
    }
    if (count === 0) this.#reportNothing(symbol, fromMs, toMs);
  }

  #reportNothing(symbol: string, fromMs: number, toMs: number): void {
    const { clock } = this.#context.program;
    const [from, to] = [fromMs, toMs].map((at) => formatIstMoment(at, clock.now()));
    const message = `the broker has no finished bars of ${symbol} from ${from} to ${to} IST`;
    this.#context.reporter.notice(message, { event: 'no_bars', symbols: [symbol] });
  }
}

async function reportUnknown(
  unknown: readonly string[],
  { symbols, placeOf }: GivenSymbols,
  isSimulated: boolean,
  context: CommandContext,
): Promise<number> {
  if (unknown.length === 0) return EXIT.done;
  const { suggestForUnknown } = await import('../command/known-symbols.ts');
  const meant = describeMeant(unknown, await suggestForUnknown(unknown, isSimulated, context));
  const what = describeUnknown(unknown, placeOf);
  if (unknown.length === symbols.length) throw new TickpipeError('UNKNOWN_SYMBOL', what, { hint: meant });
  const message = meant === undefined ? what : `${what}; ${meant}`;
  context.reporter.shortfall(message, { event: 'unknown', symbols: unknown, code: 'UNKNOWN_SYMBOL' });
  return EXIT.partly;
}
