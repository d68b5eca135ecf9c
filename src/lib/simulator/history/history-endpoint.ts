import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../clock/clock.ts';
import { DAY_MS } from '../../clock/ist.ts';
import type { TokenIssuer } from '../account/token-issuer.ts';
import { RETRY_AFTER_SECONDS, refuse, sendJson } from '../http/answers.ts';
import { sendFailure } from '../http/failures.ts';
import { isRefusalCode, refuseWith } from '../http/refusals.ts';
import { CallWindows } from './call-windows.ts';
import { CANDLE_LENGTHS, type CandleSource, makeCandles, type SentCandle } from './candle-source.ts';
import type { HistoryAnswer } from './history-faults.ts';

export interface HistoryEndpointParts {
  readonly clock: Clock;
  readonly issuer: TokenIssuer;
  /** Of what the candles of a symbol are made; undefined for one that is not listed. */
  readonly candlesOf: (symbol: string) => CandleSource | undefined;
  /** How the next answer is to go wrong. */
  readonly takeAnswer: () => HistoryAnswer | undefined;
  /** Called with each request: whether it was over the limits of the app. */
  readonly count: (isBreach: boolean) => void;
}

const RATE_LIMITED = -429;
/** FYERS' limits of a call, in days. */
const MAX_MINUTE_DAYS = 100;
const MAX_DAYS = 366;
const DAY_S = DAY_MS / 1_000;

/** `GET .../history`: the candles of the simulated market, and those of a past that leads to it. */
export class HistoryEndpoint {
  readonly #parts: HistoryEndpointParts;
  readonly #windows: CallWindows;

  constructor(parts: HistoryEndpointParts) {
    this.#parts = parts;
    this.#windows = new CallWindows(parts.clock);
  }

  answer(request: IncomingMessage, response: ServerResponse, { searchParams }: URL): void {
    const { issuer, takeAnswer, count } = this.#parts;
    const isAdmitted = this.#windows.admit();
    count(!isAdmitted);
    const wrong = takeAnswer();
    if (!isAdmitted) {
      refuseForRate(response, '429');
      return;
    }
    const verdict = issuer.judgeHeader(request.headers.authorization);
    const isWhole = /^[^:]+:./.test(request.headers.authorization ?? '');
    if (wrong !== undefined && wrong !== 'unsorted') this.#answerWrongly(wrong, request, response);
    else if (verdict.status === 'expired') refuseWith(response, '-8');
    else if (!isWhole) refuseWith(response, '-16');
    else if (verdict.status === 'unknown') refuseWith(response, '-15');
    else this.#answerCandles(searchParams, wrong === 'unsorted', response);
  }

  #answerCandles(query: URLSearchParams, isUnsorted: boolean, response: ServerResponse): void {
    const source = this.#parts.candlesOf(query.get('symbol') ?? '');
    const length = CANDLE_LENGTHS.get(query.get('resolution') ?? '');
    const [fromS, toS] = ['range_from', 'range_to'].map((name) => readSeconds(query.get(name)));
    const isRange = fromS !== undefined && toS !== undefined && fromS <= toS;
    if (length === undefined || !isRange || query.get('date_format') !== '0') {
      refuseWith(response, '-50');
      return;
    }
    const maxDays = typeof length === 'object' ? MAX_MINUTE_DAYS : MAX_DAYS;
    if (toS - fromS > maxDays * DAY_S) refuseWith(response, '-50', `the range has more than ${maxDays} days`);
    else if (source === undefined) refuseWith(response, '-300');
    else {
      const candles = makeCandles(source, length, fromS, toS, query.get('oi_flag') === '1');
      sendJson(response, 200, toAnswer(isUnsorted ? disorder(candles) : candles));
    }
  }

  #answerWrongly(answer: Exclude<HistoryAnswer, 'unsorted'>, request: IncomingMessage, response: ServerResponse): void {
    if (answer === '429' || answer === '429-ms') refuseForRate(response, answer);
    else if (answer === 'no-data') sendJson(response, 200, toAnswer([]));
    else if (answer === 'empty') sendJson(response, 200, { s: 'ok', candles: [] });
    else if (answer === 'malformed') sendJson(response, 200, { s: 'ok', candles: [[1, 2, null]] });
    else if (isRefusalCode(answer)) refuseWith(response, answer);
    else sendFailure(answer, request, response, { s: 'ok', candles: [] });
  }
}

function toAnswer(candles: readonly SentCandle[]): object {
  return candles.length === 0 ? { s: 'no_data', candles: [] } : { s: 'ok', candles };
}

/** Backwards, and the first one twice. */
function disorder(candles: readonly SentCandle[]): SentCandle[] {
  return [...candles, ...candles.slice(0, 1)].reverse();
}

function refuseForRate(response: ServerResponse, answer: '429' | '429-ms'): void {
  if (answer === '429') response.setHeader('retry-after', RETRY_AFTER_SECONDS);
  else response.setHeader('x-retry-after-ms', RETRY_AFTER_SECONDS * 1_000);
  refuse(response, 429, RATE_LIMITED, 'request limit reached');
}

function readSeconds(text: string | null): number | undefined {
  return text !== null && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}
