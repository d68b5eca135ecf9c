import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** How a request is answered: by writing to the response, at once or later, or never. */
export type Answerer = (request: IncomingMessage, response: ServerResponse) => void;

export interface MasterServer {
  readonly url: string;
  /** The contents, by file name: `NSE_CM.csv`. A name that is not there is 404. */
  readonly contents: Map<string, string | Buffer>;
  /** What is done instead, by file name. */
  readonly scripts: Map<string, Answerer>;
  /** The requests so far, as `NSE_CM.csv 200`; the status is that of a plain answer, `-` for a scripted one. */
  readonly requests: string[];
  readonly headers: IncomingMessage['headers'][];
  close(): Promise<void>;
}

/** A server of symbol masters on loopback, with ETags. It ends with the test. */
export async function startMasterServer(
  contents: Readonly<Record<string, string | Buffer>> = {},
): Promise<MasterServer> {
  const server = createServer((request, response) => {
    const name = (request.url ?? '').replace(/^.*\//, '');
    master.headers.push(request.headers);
    const script = master.scripts.get(name);
    if (script !== undefined) {
      master.requests.push(`${name} -`);
      script(request, response);
      return;
    }
    const content = master.contents.get(name);
    const etag =
      content === undefined ? undefined : `"${createHash('sha256').update(content).digest('hex').slice(0, 12)}"`;
    const status = content === undefined ? 404 : request.headers['if-none-match'] === etag ? 304 : 200;
    master.requests.push(`${name} ${status}`);
    const body = status === 200 ? content : undefined;
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    response.writeHead(status, { ...(etag !== undefined && { etag }), ...length });
    response.end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const master: MasterServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sym_details`,
    contents: new Map(Object.entries(contents)),
    scripts: new Map(),
    requests: [],
    headers: [],
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  onTestFinished(() => (server.listening ? master.close() : undefined));
  return master;
}
