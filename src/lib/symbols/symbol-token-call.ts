import type { Clock } from '../clock/clock.ts';
import { pause } from '../clock/pause.ts';
import { errnoOf } from '../errors/errno.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import type { Poster } from './http-post.ts';
import type { RateLimit } from './rate-limit.ts';
import { readRetryAfterMs } from './retry-after.ts';
import { readSymbolTokenAnswer, type SymbolTokenAnswer } from './symbol-token-answer.ts';

/** What a lookup needs of an access token. */
export interface LookupToken {
  /** The bare JWT. */
  readonly jwt: string;
  readonly expiresAtMs: number;
}

export interface SymbolTokenCaller {
  readonly poster: Poster;
  readonly clock: Clock;
  readonly limit: RateLimit;
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number;
}

const REQUEST_TIMEOUT_MS = 10_000;
/** A first try that stays mute leaves time for a second within the 10 s that `quote` takes. */
const FIRST_REQUEST_TIMEOUT_MS = 4_000;
const MAX_TRIES = 4;
const FIRST_BACKOFF_MS = 500;
/** A breach counts against the app for the whole day: fewer tries, and longer waits where the server names none. */
const MAX_RATE_LIMITED_TRIES = 3;
const FIRST_RATE_LIMIT_WAIT_MS = 2_000;
const RATE_LIMIT_GROWTH = 6;

/**
 * Asks for the fytokens of at most 500 symbols, within the rate limits, again where that may help. Throws `TOKEN_EXPIRED`,
 * `TOKEN_REFUSED`, `RATE_LIMITED`, `SYMBOL_LOOKUP_FAILED`, or the signal's reason.
 */
export async function callSymbolToken(
  caller: SymbolTokenCaller,
  symbols: readonly string[],
  token: LookupToken,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const { clock, limit, random } = caller;
  let rateLimited = 0;
  for (let attempt = 1; ; attempt++) {
    await limit.take(signal);
    const { retryAfter, ...answer } = await tryOnce(
      caller,
      symbols,
      token,
      attempt === 1 ? FIRST_REQUEST_TIMEOUT_MS : REQUEST_TIMEOUT_MS,
      signal,
    );
    if (answer.kind === 'known') return answer.fytokens;
    if (answer.kind === 'rate_limited') {
      if (++rateLimited === MAX_RATE_LIMITED_TRIES || attempt === MAX_TRIES) throw failure(answer, token, clock.now());
      const unnamedMs = FIRST_RATE_LIMIT_WAIT_MS * RATE_LIMIT_GROWTH ** (rateLimited - 1);
      limit.block(readRetryAfterMs(retryAfter, clock.now()) ?? unnamedMs * (0.5 + random() / 2));
    } else if (answer.kind === 'passing' && attempt < MAX_TRIES) {
      await pause(clock, FIRST_BACKOFF_MS * 2 ** (attempt - 1) * (0.5 + random() / 2), signal);
    } else throw failure(answer, token, clock.now());
  }
}

type Attempt = SymbolTokenAnswer & { readonly retryAfter?: string | undefined };

async function tryOnce(
  { poster, clock }: SymbolTokenCaller,
  symbols: readonly string[],
  token: LookupToken,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Attempt> {
  const tooLate = new AbortController();
  const timer = clock.after(timeoutMs, () => tooLate.abort());
  const headers = { authorization: token.jwt, 'content-type': 'application/json', accept: 'application/json' };
  try {
    const body = JSON.stringify({ symbols });
    const { status, retryAfter, text } = await poster.post(headers, body, AbortSignal.any([signal, tooLate.signal]));
    return { ...readSymbolTokenAnswer(status, text), retryAfter };
  } catch (error) {
    signal.throwIfAborted();
    if (tooLate.signal.aborted) return { kind: 'passing', detail: `no answer in ${timeoutMs / 1000} s` };
    return { kind: 'passing', detail: describeNetworkError(error) };
  } finally {
    timer.cancel();
  }
}

/** The code only: messages of Node's errors name hosts and headers. */
function describeNetworkError(error: unknown): string {
  const code = errnoOf(error);
  return code !== undefined ? `network error ${code}` : 'the answer cannot be read';
}

function failure(
  answer: Exclude<SymbolTokenAnswer, { kind: 'known' }>,
  token: LookupToken,
  nowMs: number,
): TickpipeError {
  const { kind, detail } = answer;
  if (kind === 'rate_limited')
    return new TickpipeError('RATE_LIMITED', `FYERS refuses symbol lookups for their rate (${detail})`);
  if (kind === 'token_expired' || (kind === 'unauthorized' && token.expiresAtMs <= nowMs)) {
    return new TickpipeError('TOKEN_EXPIRED', `FYERS says that the access token has expired (${detail})`);
  }
  if (kind === 'token_refused' || kind === 'unauthorized') {
    return new TickpipeError('TOKEN_REFUSED', `FYERS refused the access token (${detail})`);
  }
  return new TickpipeError('SYMBOL_LOOKUP_FAILED', `the symbol lookup failed: ${detail}`);
}
