import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { type FindRoute, useRoute } from '../network/route.ts';

/** Far more than 500 symbols answer with. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Posts to one URL over a connection that is kept between calls, until closed. */
export interface Poster {
  /** Rejects with a network error, when the answer is over 8 MiB, and when aborted. Redirects are answers like any other. */
  post(headers: Readonly<Record<string, string>>, body: string, signal: AbortSignal): Promise<HttpAnswer>;
  close(): void;
}

/** `node:http` and not `fetch`: loading fetch costs a program that starts as often as this one 100 ms and more. */
export function createPoster(url: URL, findRoute: FindRoute): Poster {
  const secure = url.protocol === 'https:';
  const route = findRoute(url);
  const agent = useRoute(secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true }), route);
  const send = secure ? httpsRequest : httpRequest;

  const post: Poster['post'] = (headers, body, signal) =>
    new Promise((resolve, reject) => {
      const length = String(Buffer.byteLength(body));
      const options = {
        method: 'POST',
        agent,
        signal,
        lookup: route.lookup,
        headers: { ...headers, 'content-length': length },
      };
      const request = send(url, options, (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('error', reject);
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_ANSWER_BYTES) response.destroy(new Error('the answer is too large'));
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

  return { post, close: () => agent.destroy() };
}
