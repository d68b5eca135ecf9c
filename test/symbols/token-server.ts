import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedCall {
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly symbols: readonly string[];
  /** Tells connections apart. */
  readonly port: number | undefined;
}

/** How a call is answered: by writing to the response, at once or later, or never. */
export type Answerer = (call: ReceivedCall, response: ServerResponse) => void;

export interface TokenServer {
  readonly dataUrl: string;
  readonly calls: ReceivedCall[];
  /** Answers of the next calls, in order; when they are used up every symbol is known. */
  readonly script: Answerer[];
  close(): Promise<void>;
}

/** A symbol-token endpoint on loopback that does as it is told. */
export async function startTokenServer(): Promise<TokenServer> {
  const calls: ReceivedCall[] = [];
  const script: Answerer[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { symbols } = JSON.parse(Buffer.concat(chunks).toString()) as { symbols: string[] };
      const call = { path: request.url, headers: request.headers, symbols, port: request.socket.remotePort };
      calls.push(call);
      (script.shift() ?? answerAll)(call, response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    dataUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/data`,
    calls,
    script,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The fytoken the server gives a symbol: cash, the exchange token made of the symbol's digits. */
export const fytokenOf = (symbol: string): string => `1010000000${symbol.replace(/\D/g, '') || '3045'}`;

/** Knows every symbol, and lists them backwards: the order of an answer means nothing. */
export const answerAll: Answerer = ({ symbols }, response) => {
  const validSymbol = Object.fromEntries([...symbols].reverse().map((symbol) => [symbol, fytokenOf(symbol)]));
  answerJson({ s: 'ok', code: 200, message: '', validSymbol, invalidSymbol: [] })(
    { symbols } as ReceivedCall,
    response,
  );
};

export function answerJson(body: unknown, status = 200, headers: Record<string, string> = {}): Answerer {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

export const answerHtml =
  (status: number): Answerer =>
  (_, response) =>
    void response
      .writeHead(status, { 'content-type': 'text/html' })
      .end('<html><body>Attention Required! secretsecret</body></html>');

/** Ends the connection in the middle of an answer. */
export const breakOff: Answerer = (_, response) => {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('{"s":"ok"', () => response.destroy());
};

export const answerNever: Answerer = () => {};
