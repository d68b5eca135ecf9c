import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import type { Route } from './route.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface HttpRequest extends Pick<RequestOptions, 'agent' | 'method' | 'signal'>, Route {
  readonly headers: Readonly<Record<string, string>>;
  /** Sent with its length. */
  readonly body?: string | undefined;
  readonly maxAnswerBytes: number;
}

/** Loaded at the first URL with TLS: loading it takes longer than `node:http`, and the socket of a hub has none. */
const loadHttps = () => process.getBuiltinModule('node:https');

/** The numbers of an answer, for messages. @param code of FYERS in the body, if there is one */
export function describeStatus(status: number, code: number | undefined): string {
  return code === undefined || code === status ? `HTTP ${status}` : `HTTP ${status}, code ${code}`;
}

/** The server sent more than the caller takes. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}

/**
 * Sends one request and reads the whole answer. Redirects are answers like any other. Throws a network error, `AnswerTooLarge`,
 * or the AbortError of the signal. `node:http` and not `fetch`: loading fetch costs each start of a command 100 ms and more.
 */
export function sendRequest(url: URL, { body, maxAnswerBytes, headers, ...options }: HttpRequest): Promise<HttpAnswer> {
  const send = url.protocol === 'https:' ? loadHttps().request : httpRequest;
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const request = send(url, { ...options, headers: { ...headers, ...length } }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxAnswerBytes) response.destroy(new AnswerTooLarge('the answer is too large'));
        else chunks.push(chunk);
      });
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** A request whose answer is read as it comes. */
export interface StreamedRequest extends Pick<RequestOptions, 'signal'>, Route {
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Asks for a file. Resolves when the head of the answer is there; the caller reads the body or destroys it. Redirects are answers like any
 * other. Throws a network error or the AbortError of the signal; so does the body, also when it ends before its length.
 */
export function openAnswer(url: URL, { headers, ...options }: StreamedRequest): Promise<IncomingMessage> {
  const send = url.protocol === 'https:' ? loadHttps().request : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(url, { ...options, headers }, resolve);
    request.on('error', reject);
    request.end();
  });
}

/** Connections to one server by a route, kept between requests until `destroy()` is called. */
export function createAgent(url: URL, { lookup, createConnection }: Route): HttpAgent {
  const options = { keepAlive: true, ...(lookup && { lookup }) };
  const agent = url.protocol === 'https:' ? new (loadHttps().Agent)(options) : new HttpAgent(options);
  return createConnection ? Object.assign(agent, { createConnection }) : agent;
}

/**
 * How long an answer asks to be left alone: `X-Retry-After-Ms`, else `Retry-After` in seconds or as an HTTP date; `undefined`
 * when neither says anything usable.
 * @param nowMs wall time, epoch milliseconds
 */
export function readRetryAfterMs(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  const milliseconds = String(headers['x-retry-after-ms'] ?? '').trim();
  if (/^\d+$/.test(milliseconds)) return Number(milliseconds);
  const text = headers['retry-after']?.trim();
  if (!text) return undefined;
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.max(waitMs, 0);
}
