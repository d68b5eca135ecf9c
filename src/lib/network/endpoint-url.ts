import { TickpipeError } from '../errors/tickpipe-error.ts';
import { isLoopback } from './loopback.ts';

/** The scheme of an endpoint with TLS, and the one without, as `wss:` and `ws:`. */
export interface EndpointScheme {
  readonly secure: string;
  readonly plain: string;
}

export const WEB: EndpointScheme = { secure: 'https:', plain: 'http:' };
export const WEB_SOCKET: EndpointScheme = { secure: 'wss:', plain: 'ws:' };

/**
 * The endpoint that a variable names; `undefined` when it is not set. Throws `BAD_CONFIGURATION` for one that cannot be used,
 * `INSECURE_ENDPOINT` for one without TLS beyond loopback. Messages name the variable, never its value.
 */
export function readEndpointUrl(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  scheme: EndpointScheme,
): URL | undefined {
  const text = env[name]?.trim();
  if (!text) return undefined;
  if (!URL.canParse(text)) throw unusable(`${name} is not a URL`);
  const url = new URL(text);
  if (url.protocol !== scheme.secure && url.protocol !== scheme.plain) {
    throw unusable(`${name} must begin with ${scheme.secure}// (${scheme.plain}// on loopback)`);
  }
  if (url.username !== '' || url.password !== '') throw unusable(`${name} must not hold a user name or password`);
  if (text.includes('#')) throw unusable(`${name} must not have a fragment`);
  if (url.protocol === scheme.plain && !isLoopback(url.hostname)) {
    throw new TickpipeError('INSECURE_ENDPOINT', `${name} is without TLS and not on this machine`);
  }
  return url;
}

/** The same for the base of REST calls: an address without a query, and without a slash at its end. */
export function readEndpointBase(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  fallback: string,
): string {
  const url = readEndpointUrl(env, name, WEB);
  if (url === undefined) return fallback;
  if (url.href.includes('?')) throw unusable(`${name} must not have a query`);
  return url.href.replace(/\/+$/, '');
}

const unusable = (message: string): TickpipeError => new TickpipeError('BAD_CONFIGURATION', message);
