import { describeStatus } from '../network/http.ts';
import { isJsonObject, type JsonObject, parseJsonObject } from '../text/json-object.ts';

/** The meaning of an answer of the symbol-token endpoint. `detail` is for messages; of what the server sent it quotes numbers only. */
export type SymbolTokenAnswer =
  | { readonly kind: 'known'; readonly fytokens: ReadonlyMap<string, string> }
  | { readonly kind: SymbolTokenRefusal; readonly detail: string };

export type SymbolTokenRefusal =
  | 'rate_limited'
  | 'token_expired'
  | 'token_refused'
  /** HTTP 401 without a code: expired or refused, as the token itself says. */
  | 'unauthorized'
  | 'app_without_permission'
  | 'app_id_refused'
  /** The request itself is at fault. */
  | 'request_refused'
  /** A page of the edge, which let nothing through. */
  | 'edge_refused'
  /** May be better at the next try. */
  | 'passing'
  | 'failed';

/** FYERS' codes. */
const REFUSALS: ReadonlyMap<number, SymbolTokenRefusal> = new Map([
  [-8, 'token_expired'],
  [-15, 'token_refused'],
  [-16, 'token_refused'],
  [-17, 'token_refused'],
  [-50, 'request_refused'],
  [-99, 'request_refused'],
  [-352, 'app_id_refused'],
  [-373, 'app_without_permission'],
  [-429, 'rate_limited'],
]);
const SYMBOLS_UNKNOWN = -300;

/**
 * Reads `{"s":"ok","code":200,"validSymbol":{"NSE:SBIN-EQ":"10100000003045"},"invalidSymbol":[...]}`, its errors
 * `{"s":"error","code":-16,...}` with any HTTP status, and whatever else a server or its edge may send.
 */
export function readSymbolTokenAnswer(status: number, text: string): SymbolTokenAnswer {
  const body = parseJsonObject(text);
  const code = typeof body?.['code'] === 'number' ? body['code'] : undefined;
  const detail = describeStatus(status, code);
  const refusal = code === undefined ? undefined : REFUSALS.get(code);
  if (status === 429) return { kind: 'rate_limited', detail };
  if (refusal !== undefined) return { kind: refusal, detail };
  if (status === 401) return { kind: 'unauthorized', detail };
  if (status === 403 && body === undefined) return { kind: 'edge_refused', detail };
  if (status >= 500 || status === 408) return { kind: 'passing', detail };
  if (body === undefined) {
    // A page of a network that wants a login first passes; a wrong path does not.
    return { kind: status >= 400 ? 'failed' : 'passing', detail: `${detail}, and the answer is not JSON` };
  }
  const fytokens = readFytokens(body);
  if (fytokens !== undefined) return { kind: 'known', fytokens };
  // Without any list: of all that was asked for, nothing is known.
  return code === SYMBOLS_UNKNOWN ? { kind: 'known', fytokens: new Map() } : { kind: 'failed', detail };
}

/** A symbol in neither list is as unknown as one in `invalidSymbol`. `undefined` when the body answers nothing. */
function readFytokens(body: JsonObject): Map<string, string> | undefined {
  const valid = isJsonObject(body['validSymbol']) ? Object.entries(body['validSymbol']) : [];
  const invalid = Array.isArray(body['invalidSymbol']) ? body['invalidSymbol'] : [];
  const answered = isJsonObject(body['validSymbol']) || Array.isArray(body['invalidSymbol']);
  if (body['s'] === 'ok' ? !answered : valid.length + invalid.length === 0) return undefined;
  const fytokens = new Map<string, string>();
  for (const [symbol, fytoken] of valid) if (typeof fytoken === 'string') fytokens.set(symbol, fytoken);
  return fytokens;
}
