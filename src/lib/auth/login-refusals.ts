import type { ErrorCode } from '../errors/catalogue.ts';

/** What a refusal is thrown as. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

/** FYERS' codes of a login that is refused. */
export const REFUSED_BY_CODE: ReadonlyMap<number, Refusal> = new Map([
  [-371, { code: 'APP_SECRET_REFUSED', message: 'FYERS does not accept the app secret for this app id' }],
  [-374, { code: 'AUTH_CODE_REFUSED', message: 'FYERS does not accept the auth code' }],
  [-441, { code: 'GRANT_TYPE_REFUSED', message: 'FYERS does not accept the grant type of the login' }],
  [-352, { code: 'APP_ID_REFUSED', message: 'FYERS does not know the app id' }],
  [-373, { code: 'APP_WITHOUT_PERMISSION', message: 'the app lacks a permission at FYERS' }],
  [-429, { code: 'RATE_LIMITED', message: 'FYERS refuses the login: too many requests' }],
]);
