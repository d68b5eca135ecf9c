import type { Agent } from 'node:http';
import { pause, within } from '../clock/abort.ts';
import type { Clock } from '../clock/clock.ts';
import { type ErrorCode, EXIT } from '../errors/catalogue.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { AttemptError, describeCallFailure, toAttemptError } from '../network/failure.ts';
import { type HttpAnswer, readRetryAfterMs, sendRequest } from '../network/http.ts';
import type { RateLimit } from './rate-limit.ts';
import { readSymbolTokenAnswer, type SymbolTokenRefusal } from './symbol-token-answer.ts';

/** What a lookup needs of an access token. */
export interface LookupToken {
  /** The bare JWT. */
  readonly jwt: string;
  readonly expiresAtMs: number;
  /** Whether it is the simulator's. */
  readonly simulated?: boolean;
}

export interface SymbolTokenCaller {
  readonly url: URL;
  /** Keeps the connection between calls. */
  readonly agent: Agent;
  readonly clock: Clock;
  readonly limit: RateLimit;
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number;
  readonly userAgent: string;
}

/** Far more than 500 symbols answer with. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 10_000;
/** A first try that stays mute leaves time for a second within the 10 s that `quote` takes. */
const FIRST_REQUEST_TIMEOUT_MS = 4_000;
const MAX_TRIES = 4;
const FIRST_BACKOFF_MS = 500;
/** A breach counts against the app for the whole day: a long wait where the server names none. */
const UNNAMED_WAIT_MS = 10_000;
/** What is left of a wait that the server asked for is reported when it is longer. */
const MAX_SILENT_WAIT_MS = 1_000;

/**
 * Asks for the fytokens of at most 500 symbols, within the rate limits, again where that may help at once. Throws a coded
 * error of the token, an `AttemptError`, or the signal's reason. A refusal for the rate is thrown at once, and again without a
 * call until its time is over.
 */
export async function callSymbolToken(
  caller: SymbolTokenCaller,
  symbols: readonly string[],
  token: LookupToken,
  signal: AbortSignal,
  maxTries = MAX_TRIES,
): Promise<ReadonlyMap<string, string>> {
  const { clock, limit, random } = caller;
  for (let attempt = 1; ; attempt++) {
    if (limit.blockedMs > MAX_SILENT_WAIT_MS) throw rateLimited('it asked to wait', limit.blockedMs);
    await limit.take(signal);
    try {
      return await tryOnce(
        caller,
        symbols,
        token,
        attempt === 1 ? FIRST_REQUEST_TIMEOUT_MS : REQUEST_TIMEOUT_MS,
        signal,
      );
    } catch (error) {
      if (!(error instanceof AttemptError) || !error.isPassing || error.code === 'RATE_LIMITED') throw error;
      if (attempt === maxTries) throw error;
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

async function tryOnce(
  { url, agent, clock, limit, random, userAgent }: SymbolTokenCaller,
  symbols: readonly string[],
  token: LookupToken,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const request = {
    method: 'POST',
    agent,
    headers: {
      authorization: token.jwt,
      'content-type': 'application/json',
      accept: 'application/json',
      'user-agent': userAgent,
    },
    body: JSON.stringify({ symbols }),
    maxAnswerBytes: MAX_ANSWER_BYTES,
  };
  let received: HttpAnswer;
  try {
    received = await within(timeoutMs, clock, signal, (limited) => sendRequest(url, { ...request, signal: limited }));
  } catch (error) {
    signal.throwIfAborted();
    const failure = describeCallFailure(error, url);
    throw toAttemptError(failure) ?? lookupFailed(failure.message, failure.isPassing, failure.hint);
  }
  const answer = readSymbolTokenAnswer(received.status, received.text);
  if (answer.kind === 'known') return answer.fytokens;
  if (answer.kind !== 'rate_limited') throw refusalOf(answer.kind, answer.detail, token, clock.now());
  const waitMs = readRetryAfterMs(received.headers, clock.now()) ?? UNNAMED_WAIT_MS * (0.5 + random() / 2);
  limit.block(waitMs);
  throw rateLimited(answer.detail, waitMs);
}

const lookupFailed = (detail: string, isPassing: boolean, hint?: string): AttemptError =>
  new AttemptError('SYMBOL_LOOKUP_FAILED', `the symbol lookup failed: ${detail}`, {
    isPassing,
    hint,
  });

function rateLimited(detail: string, retryAfterMs: number): AttemptError {
  const message = `FYERS refuses the symbol lookup: too many requests (${detail})`;
  return new AttemptError('RATE_LIMITED', message, { isPassing: true, retryAfterMs });
}

type LastingRefusal = Exclude<SymbolTokenRefusal, 'rate_limited'>;

/** What each refusal is thrown as. */
const REFUSALS: Readonly<Record<Exclude<LastingRefusal, 'unauthorized' | 'passing' | 'failed'>, [ErrorCode, string]>> =
  {
    token_expired: ['TOKEN_EXPIRED', 'FYERS says that the access token has expired'],
    token_refused: ['TOKEN_REFUSED', 'FYERS refused the access token'],
    app_without_permission: ['APP_WITHOUT_PERMISSION', 'the app of the access token may not have market data'],
    app_id_refused: ['APP_ID_REFUSED', 'FYERS does not know the app id of the access token'],
    request_refused: ['REQUEST_REFUSED', 'FYERS did not accept the symbol lookup'],
    edge_refused: ['EDGE_REFUSED', 'the edge in front of FYERS refused the symbol lookup'],
  };

function refusalOf(kind: LastingRefusal, detail: string, token: LookupToken, nowMs: number): AttemptError {
  if (kind === 'passing' || kind === 'failed') return lookupFailed(detail, kind === 'passing');
  const known = kind === 'unauthorized' ? (token.expiresAtMs <= nowMs ? 'token_expired' : 'token_refused') : kind;
  const [code, message] = REFUSALS[known];
  return new AttemptError(code, `${message} (${detail})`, { isPassing: false });
}
