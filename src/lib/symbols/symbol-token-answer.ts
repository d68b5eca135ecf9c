/** What an answer of the symbol-token endpoint comes to. `detail` is for people and quotes nothing the server sent but numbers. */
export type SymbolTokenAnswer =
  | { readonly kind: 'known'; readonly fytokens: ReadonlyMap<string, string> }
  | { readonly kind: 'rate_limited'; readonly detail: string }
  | { readonly kind: 'token_expired' | 'token_refused' | 'unauthorized'; readonly detail: string }
  /** May be better at the next try. */
  | { readonly kind: 'passing'; readonly detail: string }
  | { readonly kind: 'failed'; readonly detail: string };

/** FYERS' codes for a bad token and for too many calls. */
const TOKEN_EXPIRED = -8;
const TOKEN_REFUSED: ReadonlySet<number> = new Set([-15, -16, -17]);
const TOO_MANY_CALLS = -429;

/**
 * Reads `{"s":"ok","code":200,"validSymbol":{"NSE:SBIN-EQ":"10100000003045"},"invalidSymbol":[...]}`, its errors
 * `{"s":"error","code":-16,...}` with any HTTP status, and whatever else a server or its edge may send.
 */
export function readSymbolTokenAnswer(status: number, text: string): SymbolTokenAnswer {
  const body = parseObject(text);
  const code = typeof body?.['code'] === 'number' ? body['code'] : undefined;
  const detail = code === undefined || code === status ? `HTTP ${status}` : `HTTP ${status}, code ${code}`;
  if (status === 429 || code === TOO_MANY_CALLS) return { kind: 'rate_limited', detail };
  if (code === TOKEN_EXPIRED) return { kind: 'token_expired', detail };
  if (code !== undefined && TOKEN_REFUSED.has(code)) return { kind: 'token_refused', detail };
  if (status === 401) return { kind: 'unauthorized', detail };
  if (status >= 500) return { kind: 'passing', detail };
  if (body === undefined) return { kind: 'passing', detail: `${detail}, and the answer is not JSON` };
  const fytokens = readFytokens(body);
  return fytokens === undefined ? { kind: 'failed', detail } : { kind: 'known', fytokens };
}

/** A symbol in neither list is as unknown as one in `invalidSymbol`. `undefined` when the body answers nothing. */
function readFytokens(body: Record<string, unknown>): Map<string, string> | undefined {
  const valid = isObject(body['validSymbol']) ? Object.entries(body['validSymbol']) : [];
  const invalid = Array.isArray(body['invalidSymbol']) ? body['invalidSymbol'] : [];
  const answered = isObject(body['validSymbol']) || Array.isArray(body['invalidSymbol']);
  if (body['s'] === 'ok' ? !answered : valid.length + invalid.length === 0) return undefined;
  const fytokens = new Map<string, string>();
  for (const [symbol, fytoken] of valid) if (typeof fytoken === 'string') fytokens.set(symbol, fytoken);
  return fytokens;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
