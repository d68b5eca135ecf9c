import { SYMBOLS_UNKNOWN } from '../data-api/data-answer.ts';
import { isJsonObject, type JsonObject } from '../text/json-object.ts';

/**
 * Reads `{"s":"ok","code":200,"validSymbol":{"NSE:SBIN-EQ":"10100000003045"},"invalidSymbol":[...]}`, where a symbol in neither list is
 * as unknown as one in `invalidSymbol`, and -300 without any list: of all that was asked for, nothing is known. `undefined` when
 * the body answers nothing.
 */
export function readFytokens(body: JsonObject, code: number | undefined): ReadonlyMap<string, string> | undefined {
  const fytokens = new Map<string, string>();
  const valid = isJsonObject(body['validSymbol']) ? Object.entries(body['validSymbol']) : [];
  const invalid = Array.isArray(body['invalidSymbol']) ? body['invalidSymbol'] : [];
  const answered = isJsonObject(body['validSymbol']) || Array.isArray(body['invalidSymbol']);
  if (body['s'] === 'ok' ? !answered : valid.length + invalid.length === 0) {
    return code === SYMBOLS_UNKNOWN ? fytokens : undefined;
  }
  for (const [symbol, fytoken] of valid) if (typeof fytoken === 'string') fytokens.set(symbol, fytoken);
  return fytokens;
}
