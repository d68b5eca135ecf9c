import { onAbort } from '../../clock/abort.ts';
import { reuseReads } from '../../network/reused-reads.ts';
import { forWebSocket } from '../../network/route.ts';
import { HubUnreachable } from '../protocol/hub-errors.ts';
import { ROWS_PROTOCOL, STREAM_PATH } from '../protocol/messages.ts';
import { describeRefusal, describeUnreachable, type HubTarget, resolveTarget } from './hub-target.ts';
import { PausedWebSocket } from './paused-web-socket.ts';

export interface ConnectOptions {
  /** What the hub is to know of this command. */
  readonly query: URLSearchParams;
  /** The bearer token of a hub that wants one. */
  readonly token?: string | undefined;
  readonly signal: AbortSignal;
}

const HANDSHAKE_TIMEOUT_MS = 5_000;
const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;

/**
 * Opens a WebSocket for rows. It comes paused: attach handlers, then call `resume()`, before anything else is
 * awaited. Throws `HubUnreachable` (`HUB_UNAVAILABLE`), `HUB_TOKEN_REFUSED`, `FORBIDDEN`, `TOO_MANY_CLIENTS`, or the signal's
 * reason.
 */
export async function connectHub(target: HubTarget, options: ConnectOptions): Promise<PausedWebSocket> {
  const { query, token, signal } = options;
  signal.throwIfAborted();
  const { url, ...route } = resolveTarget(target, 'ws', STREAM_PATH);
  url.search = query.toString();
  const socket = new PausedWebSocket(url, ROWS_PROTOCOL, {
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    maxPayload: MAX_PAYLOAD_BYTES,
    perMessageDeflate: false,
    ...forWebSocket(route),
    ...reuseReads(),
    ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
  });
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(signal.reason);
      socket.terminate();
    };
    const stopListening = onAbort(signal, stop);
    const settle = (settled: () => void): void => {
      stopListening();
      settled();
    };
    socket.once('open', () => settle(() => resolve(socket)));
    let isOfOtherVersion = false;
    socket.once('upgrade', ({ headers }) => {
      isOfOtherVersion = headers['sec-websocket-protocol'] !== ROWS_PROTOCOL;
    });
    socket.once('error', (error) =>
      settle(() => reject(isOfOtherVersion ? otherVersion(error) : describeUnreachable(target, error))),
    );
    socket.once('unexpected-response', (request, response) => {
      settle(() => reject(describeRefusal(response.statusCode ?? 0)));
      request.destroy();
    });
  });
}

function otherVersion(cause: Error): HubUnreachable {
  return new HubUnreachable('the hub that runs is of another version of tickpipe', {
    hint: 'end it with tickpipe stop, or use its version',
    cause,
  });
}
