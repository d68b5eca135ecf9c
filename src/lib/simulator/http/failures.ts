import type { IncomingMessage, ServerResponse } from 'node:http';
import { EDGE_REFUSAL, GATEWAY_PAGE, sendPage } from './answers.ts';

/** What can go wrong with any answer. */
export const FAILURES = ['edge', 'gateway', 'none', 'cut', 'break', 'redirect', 'huge'] as const;
export type Failure = (typeof FAILURES)[number];

/** Where a redirect to another host leads: this server under its other name, which counts the clients that follow. */
export const REDIRECTED_PATH = '/redirected';
/** More than any client should read of a small answer. */
const HUGE_BYTES = 16 * 1024 * 1024;
const HUGE_CHUNK_BYTES = 64 * 1024;

/**
 * What a hostile or broken server could put into a text: markup, control characters, colours, a line end that would begin another
 * header, and a character that turns the direction of the text around.
 */
export const HOSTILE_TEXT =
  '"\'><script>alert(1)</script>&amp;\u001b[31m\u001b]0;title\u0007\u0000\r\nSet-Cookie: a=b\u202e\u2028\u009b2J';

/** @param usual the answer that would have come */
export function sendFailure(failure: Failure, request: IncomingMessage, response: ServerResponse, usual: object): void {
  const text = JSON.stringify(usual);
  const play: Record<Failure, () => void> = {
    edge: () => sendPage(response, 403, EDGE_REFUSAL),
    gateway: () => sendPage(response, 502, GATEWAY_PAGE),
    // The connection stays open until one side ends.
    none: () => void request.resume(),
    cut: () => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(text.slice(0, Math.ceil(text.length / 2)));
    },
    break: () => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
      response.write(text.slice(0, Math.ceil(text.length / 2)), () => response.destroy());
    },
    redirect: () => sendRedirectElsewhere(request, response),
    huge: () => sendHuge(response),
  };
  play[failure]();
}

/** A redirect to another host, with the same path below `REDIRECTED_PATH`. */
export function sendRedirectElsewhere(request: IncomingMessage, response: ServerResponse): void {
  const location = `http://localhost:${request.socket.localPort}${REDIRECTED_PATH}${request.url}`;
  response.writeHead(302, { location }).end();
}

function sendHuge(response: ServerResponse): void {
  const chunk = Buffer.alloc(HUGE_CHUNK_BYTES, ' ');
  let left = HUGE_BYTES;
  const write = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= chunk.length;
      if (!response.write(chunk)) {
        response.once('drain', write);
        return;
      }
    }
    response.end('{}');
  };
  response.writeHead(200, { 'content-type': 'application/json' });
  write();
}
