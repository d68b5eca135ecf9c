import { describeStatus } from '../network/http.ts';
import { type JsonObject, parseJsonObject } from '../text/json-object.ts';

/** Why a call of the market-data API got nothing. */
export type DataRefusal =
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

/** The meaning of an answer. `detail` is for messages; of what the server sent it quotes numbers only. */
export type DataAnswer =
  | { readonly kind: 'body'; readonly body: JsonObject; readonly code: number | undefined; readonly detail: string }
  | { readonly kind: DataRefusal; readonly detail: string };

/** FYERS' codes. */
const REFUSALS: ReadonlyMap<number, DataRefusal> = new Map([
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

/** FYERS' code for symbols that it does not know. Each call reads it in its own way. */
export const SYMBOLS_UNKNOWN = -300;

/** Reads `{"s":"error","code":-16,...}` with any HTTP status, and whatever else a server or its edge may send. Other JSON is a `body`. */
export function readDataAnswer(status: number, text: string): DataAnswer {
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
  return { kind: 'body', body, code, detail };
}
