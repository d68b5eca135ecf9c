import type { ClientRequestArgs } from 'node:http';
import { connect } from 'node:net';
import { errnoOf } from '../../errors/errno.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { describeNetworkFailure, toAttemptError } from '../../network/failure.ts';
import type { ReadOptions } from '../../network/reused-reads.ts';
import { DIRECT, type FindRoute, type Route } from '../../network/route.ts';
import { HubUnreachable } from '../protocol/hub-errors.ts';

/** Where a hub is asked: at its Unix socket, or at a `ws://` or `wss://` URL, by a route that may go through a proxy. */
export type HubTarget =
  | { readonly socketPath: string }
  | { readonly url: string; readonly findRoute?: FindRoute | undefined };

/** Where a request goes, and how to connect when the URL does not say it. */
export interface Destination extends Route {
  readonly url: URL;
}

/**
 * The URL of a path at a hub. URLs of Unix sockets break on blanks and colons in the path of the socket, so the socket is
 * connected to by itself. Throws `USAGE`.
 * @param scheme `ws` or `http`
 */
export function resolveTarget(target: HubTarget, scheme: 'ws' | 'http', pathname: string): Destination {
  if ('socketPath' in target) {
    const { socketPath } = target;
    return {
      url: new URL(`${scheme}://localhost${pathname}`),
      createConnection: ({ onread }: ClientRequestArgs & Partial<ReadOptions>) =>
        connect({ path: socketPath, ...(onread && { onread }) }),
    };
  }
  const base = URL.canParse(target.url) ? new URL(target.url) : undefined;
  if (base?.protocol !== 'ws:' && base?.protocol !== 'wss:') {
    throw new TickpipeError('USAGE', 'the URL of a hub is of the form ws://HOST:PORT or wss://HOST');
  }
  const prefix = base.pathname.replace(/\/+$/, '');
  const secure = base.protocol === 'wss:' ? 's' : '';
  const url = new URL(`${scheme}${secure}://${base.host}${prefix}${pathname}`);
  const { findRoute = DIRECT.findRoute } = target;
  return { url, ...findRoute(url) };
}

const SYSTEM_ERROR = /^E[A-Z0-9]+$/;
const ABSENT: ReadonlySet<unknown> = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTDIR']);

/** The error of a failed connection or request. Of a URL its message contains only the host, and never a path. */
export function describeUnreachable(target: HubTarget, error: unknown): TickpipeError {
  const code = codeOf(error);
  const isAbsent = ABSENT.has(code);
  const reason = code === undefined ? '' : ` (${code})`;
  if ('socketPath' in target) {
    return new HubUnreachable(isAbsent ? 'no shared session runs' : `the shared session does not answer${reason}`, {
      isAbsent,
      cause: error,
    });
  }
  if (!URL.canParse(target.url)) return new HubUnreachable('no hub answers at its address', { cause: error });
  const url = new URL(target.url);
  const failure = describeNetworkFailure(error, url);
  const known = toAttemptError(failure);
  if (known !== undefined) return known;
  const isNameUnknown = code === 'ENOTFOUND' || code === 'EAI_AGAIN';
  return new HubUnreachable(isNameUnknown ? failure.message : `no hub answers at ${url.host}${reason}`, {
    isAbsent,
    hint: 'check the address, and that tickpipe serve runs there',
    cause: error,
  });
}

/** The name of a system error. A name with several addresses fails as one error with the code of its first. */
function codeOf(error: unknown): string | undefined {
  const code = errnoOf(error);
  return code !== undefined && SYSTEM_ERROR.test(code) ? code : undefined;
}

/** The error of a refused upgrade, by its HTTP status. */
export function describeRefusal(status: number): TickpipeError {
  if (status === 401)
    return new TickpipeError('HUB_TOKEN_REFUSED', 'the hub wants its bearer token, and got none or a wrong one');
  if (status === 403) return new TickpipeError('FORBIDDEN', 'the hub refused this request');
  if (status === 503) return new TickpipeError('TOO_MANY_CLIENTS', 'the hub has as many clients as it takes');
  if (status === 429) return new HubUnreachable('the hub refuses the request: too many at once (HTTP 429)');
  return new HubUnreachable(`what answers is not a hub, or of another version (HTTP ${status})`, {
    hint: 'use one version of tickpipe for both, and check the address',
  });
}
