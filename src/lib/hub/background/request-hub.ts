import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { NobodyThere } from './connect-hub.ts';
import { type HubTarget, reachOf } from './hub-target.ts';

const TIMEOUT_MS = 20_000;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

export interface HubAnswer {
  /** The HTTP status. */
  readonly status: number;
  /** Parsed JSON. */
  readonly body: unknown;
}

/** Asks a hub's REST API. Throws `NobodyThere`, or `HUB_UNAVAILABLE` for what is no answer of a hub; the signal's reason. */
export function requestHub(
  target: HubTarget,
  { method, path, body }: { method: 'GET' | 'POST'; path: string; body?: object },
  signal: AbortSignal,
): Promise<HubAnswer> {
  const { origin, headers, createConnection } = reachOf(target);
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const send = origin.startsWith('https:') ? requestHttps : requestHttp;
    const request = send(
      `${origin}${path}`,
      {
        method,
        headers: { ...headers, ...(text !== undefined && { 'content-type': 'application/json' }) },
        agent: false,
        timeout: TIMEOUT_MS,
        signal,
        ...(createConnection && { createConnection }),
      },
      (response) => {
        readAnswer(response).then(resolve, reject);
      },
    );
    request.on('timeout', () => request.destroy(new Error('the hub did not answer in time')));
    request.on('error', (error) => reject(signal.aborted ? signal.reason : new NobodyThere(error)));
    request.end(text);
  });
}

async function readAnswer(response: IncomingMessage): Promise<HubAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response) {
      bytes += (chunk as Buffer).length;
      if (bytes > MAX_ANSWER_BYTES) throw new Error('too long an answer');
      chunks.push(chunk as Buffer);
    }
    return { status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) as unknown };
  } catch (error) {
    throw new TickpipeError('HUB_UNAVAILABLE', 'what answers there is no hub', { cause: error });
  }
}
