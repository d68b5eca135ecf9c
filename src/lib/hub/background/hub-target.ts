import { connect, type Socket } from 'node:net';

/** Where a hub is: its Unix socket, or an address it serves. */
export type HubTarget =
  | { readonly path: string }
  | {
      /** `http:` or `https:`, host and port. */
      readonly origin: URL;
      /** Its bearer token. */
      readonly token?: string | undefined;
    };

/** What `http` and `ws` need to reach it. A URL for a Unix socket would break on blanks and colons in its path. */
export interface Reach {
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly createConnection?: () => Socket;
}

export function reachOf(target: HubTarget): Reach {
  if ('path' in target) {
    return { origin: 'http://localhost', headers: {}, createConnection: () => connect(target.path) };
  }
  const { origin, token } = target;
  return { origin: origin.origin, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } };
}
