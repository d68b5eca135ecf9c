import type { ClientRequestArgs } from 'node:http';
import type { connect, LookupFunction } from 'node:net';
import { lookup } from '../host/lookup.ts';
import { findProxy } from './proxy.ts';

/** How long a proxy may take to open a tunnel, for callers without a limit of their own. */
const TUNNEL_TIMEOUT_MS = 10_000;

/**
 * How a connection to a URL is made: goes into the options of `ws`, of `http.request` and of an agent (`createAgent`). A direct
 * connection is made by those themselves, with our way to find the address of a name.
 */
export interface Route {
  readonly lookup?: LookupFunction;
  readonly createConnection?: NonNullable<ClientRequestArgs['createConnection']>;
}

/** The one way out of this machine: every connection beyond it asks here first. Throws `BAD_CONFIGURATION`. */
export type FindRoute = (url: URL) => Route;

/** Routes by the proxy variables of an environment. */
export function createRoutes(env: Readonly<Record<string, string | undefined>>): FindRoute {
  return (url) => {
    const proxy = findProxy(url, env);
    if (proxy === undefined) return { lookup };
    return {
      createConnection: ({ timeout = TUNNEL_TIMEOUT_MS }, onConnected) => {
        // Few machines have a proxy, so what speaks to one is loaded only then.
        import('./tunnel.ts')
          .then(({ connectThrough }) => connectThrough(proxy, url, timeout))
          .then(
            (socket) => onConnected(null, socket),
            // The socket of a failure is not looked at.
            (error: Error) => onConnected(error, undefined as never),
          );
        return undefined;
      },
    };
  };
}

/** How the connections of a feed leave this machine. */
export interface Outgoing {
  readonly findRoute: FindRoute;
  /** What HTTP calls say of themselves: the edge in front of FYERS may refuse calls that say nothing. */
  readonly userAgent: string;
}

/** Without a proxy: for what is on this machine. */
export const DIRECT: Outgoing = { findRoute: () => ({ lookup }), userAgent: 'tickpipe' };

/** How this program's connections leave the machine. @param env whose proxy variables hold @param version of the program */
export function createOutgoing(env: Readonly<Record<string, string | undefined>>, version: string): Outgoing {
  return { findRoute: createRoutes(env), userAgent: `tickpipe/${version}` };
}

/** A route for `ws`, which hands it to `http.request` as it is but declares it otherwise. */
export function forWebSocket({ createConnection, lookup: find }: Route): {
  createConnection?: typeof connect;
  lookup?: LookupFunction;
} {
  if (createConnection) return { createConnection: createConnection as unknown as typeof connect };
  return find ? { lookup: find } : {};
}
