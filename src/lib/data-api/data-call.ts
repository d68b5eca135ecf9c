import type { Agent } from 'node:http';
import { pause, within } from '../clock/abort.ts';
import type { Clock } from '../clock/clock.ts';
import { type ErrorCode, EXIT } from '../errors/catalogue.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { AttemptError, describeCallFailure, toAttemptError } from '../network/failure.ts';
import { type HttpAnswer, readRetryAfterMs, sendRequest } from '../network/http.ts';
import type { JsonObject } from '../text/json-object.ts';
import type { CallLimit, CallTurn, TurnOptions } from './call-limit.ts';
import { type DataRefusal, readDataAnswer } from './data-answer.ts';

/** What calls with one token have in common. */
export interface DataCaller {
  /** Keeps the connection between calls. */
  readonly agent: Agent;
  readonly clock: Clock;
  readonly limit: CallLimit;
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number;
  readonly userAgent: string;
  readonly token: DataToken;
}

/** What a call needs to know of its access token. */
export interface DataToken {
  readonly expiresAtMs: number;
}

export interface DataCall<T> extends Omit<TurnOptions, 'mayLastMs'> {
  /** For messages: `the symbol lookup`. */
  readonly what: string;
  readonly url: URL;
  readonly authorization: string;
  /** JSON. With one the method is POST, else GET. */
  readonly body?: string | undefined;
  readonly maxAnswerBytes: number;
  /** Of the first try, and of each later one. */
  readonly timeoutsMs: readonly [number, number];
  /** The error of a call that got no usable answer. */
  readonly failure: ErrorCode;
  readonly maxTries?: number | undefined;
  /**
   * Reads a body that is no refusal that all calls know. `undefined` when it answers nothing; may throw an error of its own.
   * @param code FYERS' own, when the answer has one
   */
  readonly read: (body: JsonObject, code: number | undefined) => T | undefined;
}

const MAX_TRIES = 4;
const FIRST_BACKOFF_MS = 500;
/** A breach counts against the app for the whole day: a long wait where the server names none. */
const UNNAMED_WAIT_MS = 10_000;
/** What is left of a wait that the server asked for is reported when it is longer. */
const MAX_SILENT_WAIT_MS = 1_000;

/**
 * Makes a call of the market-data API within the rate limits, again where that may help at once. Throws a coded error of the token,
 * an `AttemptError`, or the signal's reason. A refusal for the rate is thrown at once, and again without a call until its time is over.
 */
export async function callData<T>(caller: DataCaller, call: DataCall<T>, signal: AbortSignal): Promise<T> {
  const { clock, limit, random } = caller;
  const { what, maxTries = MAX_TRIES, timeoutsMs, onWait, maxRefusals } = call;
  for (let attempt = 1; ; attempt++) {
    const { blockedMs } = limit;
    if (blockedMs > MAX_SILENT_WAIT_MS) throw rateLimited(what, describeWait(blockedMs), blockedMs);
    const timeoutMs = timeoutsMs[attempt === 1 ? 0 : 1];
    const turn = await limit.take(signal, { mayLastMs: timeoutMs, onWait, maxRefusals });
    try {
      return await tryOnce(caller, call, timeoutMs, turn, signal);
    } catch (error) {
      if (!(error instanceof AttemptError) || !error.isPassing || error.code === 'RATE_LIMITED') throw error;
      if (attempt === maxTries) throw error;
    } finally {
      turn.end();
    }
    await pause(clock, FIRST_BACKOFF_MS * 2 ** (attempt - 1) * (0.5 + random() / 2), signal);
  }
}

/** What the endpoint answers when it is there: it refuses, so that no other source may be asked in its place. */
const REFUSED: ReadonlySet<ErrorCode> = new Set(['EDGE_REFUSED', 'REQUEST_REFUSED']);

/** Whether a failure of a call means that the endpoint gave no answer, not that it refused. */
export function isUnreachable(error: unknown): error is TickpipeError {
  return error instanceof TickpipeError && error.exit === EXIT.unreachable && !REFUSED.has(error.code);
}

async function tryOnce<T>(
  { agent, clock, random, userAgent, token }: DataCaller,
  call: DataCall<T>,
  timeoutMs: number,
  turn: CallTurn,
  signal: AbortSignal,
): Promise<T> {
  const { what, url, authorization, body, maxAnswerBytes } = call;
  const request = {
    method: body === undefined ? 'GET' : 'POST',
    agent,
    headers: {
      authorization,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      accept: 'application/json',
      'user-agent': userAgent,
    },
    body,
    maxAnswerBytes,
  };
  let received: HttpAnswer;
  try {
    received = await within(timeoutMs, clock, signal, (limited) => sendRequest(url, { ...request, signal: limited }));
  } catch (error) {
    signal.throwIfAborted();
    const failure = describeCallFailure(error, url);
    throw toAttemptError(failure) ?? callFailed(call, failure.message, failure.isPassing, failure.hint);
  }
  const answer = readDataAnswer(received.status, received.text);
  if (answer.kind === 'body') {
    const result = call.read(answer.body, answer.code);
    if (result === undefined) throw callFailed(call, answer.detail, false);
    return result;
  }
  if (answer.kind !== 'rate_limited') throw refusalOf(call, answer.kind, answer.detail, token, clock.now());
  const waitMs = readRetryAfterMs(received.headers, clock.now()) ?? UNNAMED_WAIT_MS * (0.5 + random() / 2);
  turn.refused(waitMs);
  throw rateLimited(what, answer.detail, waitMs);
}

const callFailed = (
  { what, failure }: Pick<DataCall<unknown>, 'what' | 'failure'>,
  detail: string,
  isPassing: boolean,
  hint?: string,
): AttemptError => new AttemptError(failure, `${what} failed: ${detail}`, { isPassing, hint });

function rateLimited(what: string, detail: string, retryAfterMs: number): AttemptError {
  const message = `FYERS refuses ${what}: too many requests (${detail})`;
  return new AttemptError('RATE_LIMITED', message, { isPassing: true, retryAfterMs });
}

function describeWait(blockedMs: number): string {
  return `it asked to wait, ${Math.ceil(blockedMs / 1_000)} s are left`;
}

type LastingRefusal = Exclude<DataRefusal, 'rate_limited'>;

/** What each refusal is thrown as. */
const REFUSALS: Readonly<
  Record<Exclude<LastingRefusal, 'unauthorized' | 'passing' | 'failed'>, readonly [ErrorCode, (what: string) => string]>
> = {
  token_expired: ['TOKEN_EXPIRED', () => 'FYERS says that the access token has expired'],
  token_refused: ['TOKEN_REFUSED', () => 'FYERS refused the access token'],
  app_without_permission: ['APP_WITHOUT_PERMISSION', () => 'the app of the access token may not have market data'],
  app_id_refused: ['APP_ID_REFUSED', () => 'FYERS does not know the app id of the access token'],
  request_refused: ['REQUEST_REFUSED', (what) => `FYERS did not accept ${what}`],
  edge_refused: ['EDGE_REFUSED', (what) => `the edge in front of FYERS refused ${what}`],
};

function refusalOf<T>(
  call: DataCall<T>,
  kind: LastingRefusal,
  detail: string,
  token: DataToken,
  nowMs: number,
): AttemptError {
  if (kind === 'passing' || kind === 'failed') return callFailed(call, detail, kind === 'passing');
  const known = kind === 'unauthorized' ? (token.expiresAtMs <= nowMs ? 'token_expired' : 'token_refused') : kind;
  const [code, describe] = REFUSALS[known];
  return new AttemptError(code, `${describe(call.what)} (${detail})`, { isPassing: false });
}
