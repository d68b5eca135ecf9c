import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
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
  { method, path, body, token }: HubRequestOptions,
  signal: AbortSignal,
): Promise<HubAnswer> {
  signal.throwIfAborted();
  const { url, ...route } = resolveTarget(target, 'http', path);
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    accept: 'application/json',
    connection: 'close',
    ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const { status, bytes } = await exchange(url, text, {
      method,
      headers,
      signal: AbortSignal.any([signal, timeout]),
      // An agent would not ask `createConnection`.
      ...(route.createConnection ? route : { ...route, agent: false }),
    });
    return { status, body: parseBody(bytes) };
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof HubUnreachable ? error : describeUnreachable(target, error);
  }
}

function exchange(
  url: URL,
  text: string | undefined,
  options: Parameters<typeof requestPlain>[1],
): Promise<{ status: number; bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestSecure : requestPlain)(url, options, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        chunks.push(chunk);
        if (length > MAX_ANSWER_BYTES) response.destroy(new HubUnreachable('the answer of the hub is too large'));
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, bytes: Buffer.concat(chunks, length) }));
    });
    request.on('error', reject);
    request.end(text);
  });
}

/** The error of `JSON.parse` quotes its input, so it goes no further. */
function parseBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new HubUnreachable('what answers is not a hub: it does not speak JSON', { hint: 'check the address' });
  }
}
