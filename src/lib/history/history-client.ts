import type { Agent } from 'node:http';
import type { Clock } from '../clock/clock.ts';
import type { CallLimit } from '../data-api/call-limit.ts';
import { SYMBOLS_UNKNOWN } from '../data-api/data-answer.ts';
import { callData, type DataToken } from '../data-api/data-call.ts';
import type { Bar } from '../market/bar.ts';
import type { Calendar } from '../market/trading-hours.ts';
import { AttemptError } from '../network/failure.ts';
import { createAgent } from '../network/http.ts';
import type { Outgoing } from '../network/route.ts';
import type { BarHistory, BarHistoryRequest } from './bar-history.ts';
import { type Candle, readCandles } from './candle-answer.ts';
import { type CandleContext, ownerOf } from './candle-bar.ts';
import { FinishedBars } from './finished-bars.ts';
import { checkReach, cutSpan, endOfCandles, type Span, startOfCandle } from './history-ranges.ts';

/** What the history needs of an access token. */
export interface HistoryToken extends DataToken {
  readonly appId: string;
  /** The bare JWT. */
  readonly jwt: string;
  readonly simulated: boolean;
}

export interface HistoryClientOptions {
  /** The base of FYERS' market-data calls, without a slash at its end. */
  readonly dataUrl: string;
  readonly token: HistoryToken;
  readonly limit: CallLimit;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly outgoing: Outgoing;
  /** Says when a bar ends. */
  readonly calendar: Calendar;
  /** Called when a call waits for the limit, with how long it will at least. */
  readonly onWait?: ((waitMs: number) => void) | undefined;
}

/** A hundred days of minutes are under 10 MB. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** The first try, and each later one: some answers are of megabytes. */
const TIMEOUTS_MS = [20_000, 30_000] as const;
/** The last candle of a range that ends later than this before now is still being made; a shorter one has its own length. */
const SETTLE_MS = 60_000;
/** Two breaches a day are the most: of the four that block the app, other programs may make some, too. */
const MAX_REFUSALS = 2;

/** The broker's own candles, by `GET .../history`, one call after the other. */
export class HistoryClient implements BarHistory {
  readonly #options: HistoryClientOptions;
  readonly #url: URL;
  readonly #agent: Agent;

  /** Throws `BAD_CONFIGURATION` for a proxy that cannot be used. */
  constructor(options: HistoryClientOptions) {
    this.#options = options;
    this.#url = new URL(`${options.dataUrl}/history`);
    this.#agent = createAgent(this.#url, options.outgoing.findRoute(this.#url));
  }

  /** Ends the connections. */
  close(): void {
    this.#agent.destroy();
  }

  get simulated(): boolean {
    return this.#options.token.simulated;
  }

  /** As many bars at once as an answer has. Throws `HISTORY_FAILED`, `RATE_LIMITED`, a coded error of the token, of the network or of the run directory, too. */
  async *read(request: BarHistoryRequest, signal: AbortSignal): AsyncGenerator<Bar[]> {
    const { clock, calendar } = this.#options;
    const { symbol, interval, fromMs, toMs } = request;
    const owner = ownerOf(symbol, calendar);
    checkReach(interval, fromMs, clock.now(), owner, calendar);
    const context: CandleContext = { symbol, interval, owner, calendar, simulated: this.simulated };
    // The last candle may begin just before the end of the span. What begins later is left out again.
    const wanted = {
      fromMs: floorToSecond(startOfCandle(interval, fromMs)),
      toMs: Math.min(endOfCandles(interval, toMs), clock.now() - Math.min(interval.lengthMs, SETTLE_MS)),
    };
    const finished = new FinishedBars(request, context);
    for (const part of cutSpan(interval, wanted)) {
      const candles = await this.#call(request, part, signal);
      const bars = finished.select(candles, clock.now());
      if (bars.length > 0) yield bars;
    }
  }

  #call({ symbol, interval, oi }: BarHistoryRequest, part: Span, signal: AbortSignal): Promise<Candle[]> {
    const { token, clock, limit, random, outgoing, onWait } = this.#options;
    const url = new URL(this.#url);
    const query = new URLSearchParams({
      symbol,
      resolution: interval.resolution,
      date_format: '0',
      range_from: String(Math.floor(part.fromMs / 1_000)),
      // FYERS takes the end with the range.
      range_to: String(Math.ceil(part.toMs / 1_000) - 1),
      cont_flag: '1',
      ...(oi && { oi_flag: '1' }),
    });
    // A blank as every server reads it.
    url.search = query.toString().replaceAll('+', '%20');
    const caller = { agent: this.#agent, clock, limit, random, userAgent: outgoing.userAgent, token };
    const call = {
      what: `the history of ${symbol}`,
      url,
      authorization: `${token.appId}:${token.jwt}`,
      maxAnswerBytes: MAX_ANSWER_BYTES,
      timeoutsMs: TIMEOUTS_MS,
      failure: 'HISTORY_FAILED',
      maxRefusals: MAX_REFUSALS,
      onWait,
      read: (body: Parameters<typeof readCandles>[0], code: number | undefined) => {
        if (code === SYMBOLS_UNKNOWN) throw unknownSymbol(symbol);
        return readCandles(body);
      },
    } as const;
    return callData(caller, call, signal);
  }
}

function floorToSecond(epochMs: number): number {
  return Math.floor(epochMs / 1_000) * 1_000;
}

function unknownSymbol(symbol: string): AttemptError {
  return new AttemptError('UNKNOWN_SYMBOL', `unknown symbol: ${symbol}`, { isPassing: false });
}
