import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseJsonObject } from '../text/json-object.ts';
import type { TokenIssuer } from './account/token-issuer.ts';
import type { SimulatorCounters } from './counters.ts';
import { type FaultState, takeAnswer, takeFault } from './fault-state.ts';
import { EDGE_REFUSAL, GATEWAY_PAGE, RETRY_AFTER_SECONDS, refuse, sendJson, sendPage } from './http/answers.ts';
import { readBody } from './http/read-body.ts';
import { refuseWith } from './http/refusals.ts';
import type { Universe } from './universe.ts';

const MAX_SYMBOLS = 500;

/** FYERS' codes for what goes wrong here. */
const CODE = { badInput: -50, rateLimited: -429 } as const;

export interface TokenEndpointParts {
  readonly universe: Universe;
  readonly issuer: TokenIssuer;
  readonly faults: FaultState;
  readonly counters: SimulatorCounters;
}

/** Answers `POST .../symbol-token`: symbols to fytokens. Never rejects. */
export async function answerSymbolToken(
  request: IncomingMessage,
  response: ServerResponse,
  parts: TokenEndpointParts,
): Promise<void> {
  const { issuer, faults, counters } = parts;
  counters.tokenCalls++;
  const body = await readBody(request);
  if (response.destroyed) return;
  if (takeFault(faults, 'html')) {
    sendPage(response, 502, GATEWAY_PAGE);
    return;
  }
  if (takeFault(faults, 'rate-limit')) {
    response.setHeader('retry-after', RETRY_AFTER_SECONDS);
    refuse(response, 429, CODE.rateLimited, 'request limit reached');
    return;
  }
  const refusal = takeAnswer(faults, 'lookup');
  if (refusal !== undefined) {
    if (refusal === 'edge') sendPage(response, 403, EDGE_REFUSAL);
    else refuseWith(response, refusal);
    return;
  }
  const verdict = issuer.judgeHeader(request.headers.authorization);
  if (verdict.status === 'expired') refuseWith(response, '-8');
  else if (request.headers.authorization === undefined) refuseWith(response, '-16');
  else if (verdict.status === 'unknown') refuseWith(response, '-15');
  else answerSymbols(body, response, parts.universe);
}

function answerSymbols(body: string | undefined, response: ServerResponse, universe: Universe): void {
  const symbols = body === undefined ? undefined : readSymbols(body);
  if (symbols === undefined || symbols.length > MAX_SYMBOLS) {
    refuse(response, 400, CODE.badInput, `symbols must be a list of at most ${MAX_SYMBOLS}`);
    return;
  }
  const validSymbol: Record<string, string> = {};
  const invalidSymbol: string[] = [];
  // The live endpoint keeps no order: the reverse finds clients that join by position.
  for (const symbol of symbols.toReversed()) {
    const listed = universe.bySymbol(symbol);
    if (listed === undefined) invalidSymbol.push(symbol);
    else validSymbol[symbol] = listed.listing.fytoken;
  }
  const lists = { validSymbol, ...(invalidSymbol.length > 0 && { invalidSymbol }) };
  sendJson(response, 200, { s: 'ok', code: 200, message: '', ...lists });
}

function readSymbols(body: string): string[] | undefined {
  const symbols = parseJsonObject(body)?.['symbols'];
  return Array.isArray(symbols) && symbols.every((symbol) => typeof symbol === 'string') ? symbols : undefined;
}
