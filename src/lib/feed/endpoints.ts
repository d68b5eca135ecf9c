import { readEndpointBase, readEndpointUrl, WEB_SOCKET } from '../network/endpoint-url.ts';

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
  return {
    socketUrl: readEndpointUrl(env, names.socketUrl, WEB_SOCKET)?.href ?? DEFAULT_ENDPOINTS.socketUrl,
    dataUrl: readEndpointBase(env, names.dataUrl, DEFAULT_ENDPOINTS.dataUrl),
  };
}
