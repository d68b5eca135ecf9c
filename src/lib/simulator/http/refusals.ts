import type { ServerResponse } from 'node:http';
import { refuse } from './answers.ts';

/** HTTP status and message of FYERS' codes. */
const REFUSALS = {
  '-8': [401, 'Your token has expired'],
  '-15': [401, 'Please provide a valid token'],
  '-16': [401, 'Could not authenticate the user'],
  '-17': [401, 'Could not authenticate the user'],
  '-50': [400, 'Invalid input'],
  '-99': [500, 'Something went wrong'],
  '-300': [400, 'Please provide a valid symbol'],
  '-352': [400, 'Invalid app id'],
  '-371': [400, 'Please provide sha256 hash of appId and app secret'],
  '-373': [403, 'Permission required for this resource'],
  '-374': [400, 'Please provide authorization code.'],
  '-441': [400, 'invalid grant type'],
} as const satisfies Record<string, readonly [status: number, message: string]>;

export type RefusalCode = keyof typeof REFUSALS;

export function isRefusalCode(text: string): text is RefusalCode {
  return Object.hasOwn(REFUSALS, text);
}

/** Refuses as FYERS does. */
export function refuseWith(response: ServerResponse, code: RefusalCode, message: string = REFUSALS[code][1]): void {
  refuse(response, REFUSALS[code][0], Number(code), message);
}
