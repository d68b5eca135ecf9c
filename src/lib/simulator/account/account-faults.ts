import { FAILURES } from '../http/failures.ts';

/** What can become of the login page itself. */
export const LOGIN_PAGE_ANSWERS = ['edge', 'gateway', 'none'] as const;
export type LoginPageAnswer = (typeof LOGIN_PAGE_ANSWERS)[number];

/** What the login page can redirect with, whatever button was pressed. */
export const LOGIN_ANSWERS = ['denied', 'wrong-state', 'no-state', 'no-code', 'twice', 'markup'] as const;
export type LoginAnswer = (typeof LOGIN_ANSWERS)[number];

/** FYERS' codes for a refused exchange, tokens that are of no use, and what can go wrong with any answer. */
export const EXCHANGE_ANSWERS = [
  '-371',
  '-374',
  '-441',
  '-352',
  '-373',
  '-99',
  'expired-token',
  'token-without-key',
  'auth-code-token',
  'markup-token',
  'no-token',
  'markup',
  ...FAILURES,
] as const;
export type ExchangeAnswer = (typeof EXCHANGE_ANSWERS)[number];

/** What can become of the calls that a token is sent with: `profile` and `logout`. */
export const ACCOUNT_ANSWERS = ['-8', '-15', '-16', '-17', '-373', '-99', 'markup', ...FAILURES] as const;
export type AccountAnswer = (typeof ACCOUNT_ANSWERS)[number];
