import { WebSocket } from 'ws';
import type { ErrorCode } from '../../errors/catalogue.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { ROWS_PROTOCOL, STREAM_PATH } from '../rows-protocol.ts';
import { type HubTarget, reachOf } from './hub-target.ts';

const HANDSHAKE_TIMEOUT_MS = 5_000;
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

const REFUSALS: Readonly<Record<number, { code: ErrorCode; message: string }>> = {
  401: { code: 'HUB_TOKEN_REFUSED', message: 'the hub wants its bearer token, or refused the one given' },
  403: { code: 'FORBIDDEN', message: 'the hub does not take requests from here' },
  429: { code: 'RATE_LIMITED', message: 'the hub was asked too often' },
  503: { code: 'TOO_MANY_CLIENTS', message: 'the hub has as many clients as it takes' },
};

/** Thrown where nobody listens: a hub may be started there. */
export class NobodyThere extends TickpipeError {
  constructor(cause: unknown) {
    super('HUB_UNAVAILABLE', `nobody answers there (${describe(cause)})`, { cause });
  }
}

/**
 * Opens a WebSocket for ready-made rows. It is paused: attach handlers, then call `resume()`. Throws `NobodyThere`,
 * `HUB_TOKEN_REFUSED`, `FORBIDDEN`, `TOO_MANY_CLIENTS`, `HUB_UNAVAILABLE`; the signal's reason.
 */
export function connectHub(target: HubTarget, query: URLSearchParams, signal: AbortSignal): Promise<WebSocket> {
  const { origin, headers, createConnection } = reachOf(target);
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = new WebSocket(`${origin.replace(/^http/, 'ws')}${STREAM_PATH}?${query}`, ROWS_PROTOCOL, {
      headers,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
      ...(createConnection && { createConnection }),
    });
    const abort = (): void => socket.terminate();
    signal.addEventListener('abort', abort, { once: true });
    const settle = (end: () => void): void => {
      signal.removeEventListener('abort', abort);
      end();
    };
    socket.once('open', () => {
      socket.pause();
      settle(() => resolve(socket));
    });
    socket.once('unexpected-response', (_, response) => {
      response.resume();
      const { code, message } = REFUSALS[response.statusCode ?? 0] ?? {
        code: 'HUB_UNAVAILABLE' as const,
        message: `what answers there is no hub (HTTP ${response.statusCode})`,
      };
      settle(() => reject(new TickpipeError(code, message)));
      socket.terminate();
    });
    socket.on('error', (error) => settle(() => reject(signal.aborted ? signal.reason : new NobodyThere(error))));
  });
}

function describe(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no answer';
}
