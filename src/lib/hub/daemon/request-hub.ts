import { AnswerTooLarge, sendRequest } from '../../network/http.ts';
import { HubUnreachable } from '../protocol/hub-errors.ts';
import { describeUnreachable, type HubTarget, resolveTarget } from './hub-target.ts';

export interface HubRequestOptions {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With a query, if any. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** The bearer token of a hub that wants one. */
  readonly token?: string | undefined;
  /** How long the answer may take; 10 s if not given. */
  readonly timeoutMs?: number | undefined;
  /** How long it may be; 16 MiB if not given. */
  readonly maxAnswerBytes?: number | undefined;
}

export interface HubAnswer {
  readonly status: number;
  /** Parsed JSON; undefined for an empty body. */
  readonly body: unknown;
}

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/**
 * Asks a hub for something and resolves to its answer, whatever its status. Throws `HubUnreachable` (`HUB_UNAVAILABLE`) when
 * there is none within 10 s, or it is no JSON or over 16 MiB, or the signal's reason.
 */
export async function requestHub(
  target: HubTarget,
  { method, path, body, token, timeoutMs = TIMEOUT_MS, maxAnswerBytes = MAX_ANSWER_BYTES }: HubRequestOptions,
  signal: AbortSignal,
): Promise<HubAnswer> {
  signal.throwIfAborted();
  const { url, ...route } = resolveTarget(target, 'http', path);
  const headers = {
    accept: 'application/json',
    connection: 'close',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const { status, text } = await sendRequest(url, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      maxAnswerBytes,
      signal: AbortSignal.any([signal, timeout]),
      // An agent would not ask `createConnection`.
      ...(route.createConnection ? route : { ...route, agent: false }),
    });
    return { status, body: parseBody(text) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AnswerTooLarge) throw new HubUnreachable('the answer of the hub is too large');
    throw error instanceof HubUnreachable ? error : describeUnreachable(target, error);
  }
}

/** The error of `JSON.parse` quotes its input, so it goes no further. */
function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new HubUnreachable('what answers is not a hub: it does not speak JSON', { hint: 'check the address' });
  }
}
