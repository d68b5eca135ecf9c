import { TickpipeError } from '../errors/tickpipe-error.ts';
import { isLoopback } from '../network/loopback.ts';

export interface Endpoints {
  /** The data socket, `wss://...`. */
  readonly socketUrl: string;
  /** The base of the market-data REST calls, without a slash at its end. */
  readonly dataUrl: string;
}

export const DEFAULT_ENDPOINTS: Endpoints = {
  socketUrl: 'wss://socket.fyers.in/hsm/v1-5/prod',
  dataUrl: 'https://api-t1.fyers.in/data',
};

/** Where the endpoints of a command are given. */
const VARIABLES = { socketUrl: 'TICKPIPE_SOCKET_URL', dataUrl: 'TICKPIPE_DATA_URL' } as const;

/**
 * The endpoints, with the overrides `TICKPIPE_SOCKET_URL` and `TICKPIPE_DATA_URL`. Throws `BAD_CONFIGURATION` for one that
 * cannot be used, `INSECURE_ENDPOINT` for one without TLS beyond loopback. Messages name the variable, never its value.
 * @param names the keys of the overrides, where they are not those variables
 */
export function readEndpoints(
  env: Readonly<Record<string, string | undefined>>,
  names: Readonly<Record<keyof Endpoints, string>> = VARIABLES,
): Endpoints {
  const socketUrl = readUrl(env, names.socketUrl, { secure: 'wss:', plain: 'ws:' });
  const dataUrl = readUrl(env, names.dataUrl, { secure: 'https:', plain: 'http:' });
  if (dataUrl?.href.includes('?')) throw unusable(`${names.dataUrl} must not have a query`);
  return {
    socketUrl: socketUrl?.href ?? DEFAULT_ENDPOINTS.socketUrl,
    dataUrl: dataUrl?.href.replace(/\/+$/, '') ?? DEFAULT_ENDPOINTS.dataUrl,
  };
}

function readUrl(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  scheme: { secure: string; plain: string },
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

const unusable = (message: string): TickpipeError => new TickpipeError('BAD_CONFIGURATION', message);
