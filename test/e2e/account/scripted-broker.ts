import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterTest } from '../program.ts';

/** Answers a call in any way, or not at all. */
export type ScriptedAnswer = (response: ServerResponse, request: ReceivedCall) => void;

export interface ReceivedCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** The calls of FYERS' login, each answered as a test wants it: also in ways in which no broker would. */
export class ScriptedBroker {
  readonly calls: ReceivedCall[] = [];
  readonly authUrl: string;

  private constructor(authUrl: string) {
    this.authUrl = authUrl;
  }

  /** @param answers by the end of the path, as in `validate-authcode`; others are 404 */
  static async start(answers: Readonly<Record<string, ScriptedAnswer>>): Promise<ScriptedBroker> {
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        const path = request.url ?? '';
        const call = { method: request.method ?? '', path, headers: request.headers, body };
        broker.calls.push(call);
        const answer = answers[path.slice(path.lastIndexOf('/') + 1)];
        if (answer) answer(response, call);
        else response.writeHead(404).end();
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    afterTest(() => {
      server.closeAllConnections();
      server.close();
    });
    const broker = new ScriptedBroker(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`);
    return broker;
  }
}

/** An answer of JSON. */
export const json =
  (status: number, body: unknown): ScriptedAnswer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/** An answer of anything. */
export const page =
  (status: number, html: string | Buffer, headers: Record<string, string> = {}): ScriptedAnswer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(html);
