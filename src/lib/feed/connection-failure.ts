import type { IncomingMessage } from 'node:http';
import { errnoOf } from '../errors/errno.ts';
import { AttemptError, describeNetworkFailure, isNetworkError, toAttemptError } from '../network/failure.ts';
import { readRetryAfterMs } from '../network/http.ts';

/** The wait after a 429 that names no time. */
const UNNAMED_WAIT_MS = 10_000;

/** Describes an answer to the upgrade with another HTTP status than 401 or 403. @param nowMs epoch milliseconds */
export function describeRefusedUpgrade(
  { statusCode: status = 0, headers }: Pick<IncomingMessage, 'statusCode' | 'headers'>,
  { host }: URL,
  nowMs: number,
): AttemptError {
  if (status === 429) {
    return new AttemptError('RATE_LIMITED', `${host} refuses the connection: too many requests (HTTP 429)`, {
      isPassing: true,
      retryAfterMs: readRetryAfterMs(headers, nowMs) ?? UNNAMED_WAIT_MS,
    });
  }
  const isPassing = status >= 500 || status === 408;
  return new AttemptError('SOCKET_REFUSED', `${host} refused the data socket (HTTP ${status})`, { isPassing });
}

/** Describes the failure of a WebSocket. Errors of `ws` have fixed texts. Errors of Node name addresses, which are left out. */
export function describeSocketFailure(
  error: Error,
  url: URL,
): { readonly detail: string; readonly cause?: AttemptError } {
  if (!isNetworkError(error) || errnoOf(error)?.startsWith('WS_ERR')) {
    return { detail: `${url.host}: ${error.message.split('\n', 1)[0]}` };
  }
  const failure = describeNetworkFailure(error, url);
  const cause = toAttemptError(failure);
  return { detail: failure.message, ...(cause && { cause }) };
}
