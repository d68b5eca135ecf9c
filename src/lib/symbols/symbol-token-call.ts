import type { Agent } from 'node:http';
import type { Clock } from '../clock/clock.ts';
import type { CallLimit } from '../data-api/call-limit.ts';
import { callData, type DataToken } from '../data-api/data-call.ts';
import { readFytokens } from './symbol-token-answer.ts';

/** What a lookup needs of an access token. */
export interface LookupToken extends DataToken {
  /** The bare JWT. */
  readonly jwt: string;
  /** Whether it is the simulator's. */
  readonly simulated?: boolean;
  /** Of the app and the user whose it is. */
  readonly appId?: string;
  readonly userId?: string;
}

export interface SymbolTokenCaller {
  readonly url: URL;
  /** Keeps the connection between calls. */
  readonly agent: Agent;
  readonly clock: Clock;
  readonly limit: CallLimit;
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number;
  readonly userAgent: string;
}

/** Far more than 500 symbols answer with. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
/** A first try that stays mute leaves time for a second within the 10 s that `quote` takes. */
const TIMEOUTS_MS = [4_000, 10_000] as const;

/** Asks for the fytokens of at most 500 symbols. Throws as `callData`. */
export function callSymbolToken(
  { url, ...caller }: SymbolTokenCaller,
  symbols: readonly string[],
  token: LookupToken,
  signal: AbortSignal,
  maxTries?: number,
): Promise<ReadonlyMap<string, string>> {
  const call = {
    what: 'the symbol lookup',
    url,
    authorization: token.jwt,
    body: JSON.stringify({ symbols }),
    maxAnswerBytes: MAX_ANSWER_BYTES,
    timeoutsMs: TIMEOUTS_MS,
    failure: 'SYMBOL_LOOKUP_FAILED',
    maxTries,
    read: readFytokens,
  } as const;
  return callData({ ...caller, token }, call, signal);
}
