import { TickpipeError } from '../errors/tickpipe-error.ts';
import { readEndpointBase } from '../network/endpoint-url.ts';
import { isLoopback } from '../network/loopback.ts';

/** `http://127.0.0.1:8765/callback` has to be registered on the app. */
export const DEFAULT_REDIRECT_URI = 'http://127.0.0.1:8765/callback';
/** Where FYERS' calls of the login begin. */
const DEFAULT_AUTH_URL = 'https://api-t1.fyers.in/api/v3';

/** The base of the login calls that an environment names, without a slash at its end. Throws `BAD_CONFIGURATION`, `INSECURE_ENDPOINT`. */
export function readAuthUrl(env: Readonly<Record<string, string | undefined>>): string {
  return readEndpointBase(env, 'TICKPIPE_AUTH_URL', DEFAULT_AUTH_URL);
}

const STATE_BYTES = 24;
const MAX_URI_LENGTH = 2_048;

/** Where the browser is sent after a login. */
export interface RedirectUri {
  /** As it is registered, letter for letter. */
  readonly text: string;
  readonly url: URL;
  /** Whether this program can listen there: `http` on this machine. */
  readonly isLoopback: boolean;
}

/** Throws `USAGE` for an address that no browser can be sent to, or that could not be registered. @param place the flag, for the message */
export function readRedirectUri(text: string, place = '--redirect-uri'): RedirectUri {
  const refuse = (reason: string): TickpipeError =>
    new TickpipeError('USAGE', `${place}: ${reason}`, { hint: `the default is ${DEFAULT_REDIRECT_URI}` });
  const url = text.length <= MAX_URI_LENGTH && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw refuse('expected an address that begins with http:// or https://');
  }
  if (url.username !== '' || url.password !== '') throw refuse('a redirect URI has no user name or password');
  if (text.includes('#')) throw refuse('a redirect URI has no fragment');
  const isOwn = url.protocol === 'http:' && isLoopback(url.hostname);
  if (isOwn && url.port === '0') throw refuse('port 0 cannot be registered on the app: name a port');
  return { text, url, isLoopback: isOwn };
}

/** The text by which an answer is known to be the answer to this login. @param randomBytes as that of `node:crypto` */
export function makeState(randomBytes: (length: number) => Buffer): string {
  return randomBytes(STATE_BYTES).toString('base64url');
}

export interface LoginRequest {
  /** The base of FYERS' calls, without a slash at its end. */
  readonly authUrl: string;
  readonly appId: string;
  readonly redirectUri: RedirectUri;
  readonly state: string;
}

/** The address where a browser begins a login. */
export function writeLoginAddress({ authUrl, appId, redirectUri, state }: LoginRequest): string {
  const parameters = { client_id: appId, redirect_uri: redirectUri.text, response_type: 'code', state };
  const query = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${authUrl}/generate-authcode?${query.join('&')}`;
}
