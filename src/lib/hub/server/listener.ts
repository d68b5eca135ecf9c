import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as untilNextTurn } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { CATALOGUE } from '../../errors/catalogue.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { findListenAddress } from '../../host/look-up-host.ts';
import type { Hub } from '../core/hub.ts';
import { ROWS_PROTOCOL, STREAM_PATH } from '../protocol/messages.ts';
import { AccessPolicy, type AccessRules } from './access-policy.ts';
import { errorBody } from './error-body.ts';
import type { FairTurns } from './fair-turns.ts';
import type { HubTexts } from './hub-texts.ts';
import type { JsonClient } from './json-client.ts';
import { PlainConnections } from './plain-connections.ts';
import { RequestLimit } from './request-limit.ts';
import { hasOtherSettings, type Listen, RowsClient } from './rows-client.ts';

const MAX_HEADER_BYTES = 16 * 1024;
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Beside the WebSockets. */
const MAX_PLAIN_CONNECTIONS = 256;
const REQUEST_TIMEOUT_MS = 10_000;
/** How often Node checks whether a request has come in time; by default every 30 s. */
const LOOK_EVERY_MS = 1_000;
/** A caller that does not read its answer is given up. */
const IDLE_TIMEOUT_MS = 30_000;
/** What a request may cost in its turn, without its body: one that changes something may list 5,000 symbols. */
const REQUEST_BYTES = 1_024;
const CHANGE_BYTES = 16 * 1024;
const HEALTH_PATH = '/healthz';
const REQUESTS_PER_SECOND = 500;
const REQUESTS_AT_ONCE = 2_000;
/** How long a client may take to answer a farewell; 30 s by default, in which it would keep its place. Its types do not know it. */
const FAREWELL = { closeTimeout: 2_000 };
/** Turns of the event loop in which requests that can be answered still are. */
const LAST_TURNS = 10;

/** Where to listen: a Unix socket, or an address. */
export type ListenAddress = { readonly path: string } | { readonly host: string; readonly port: number };

export interface ListenerParts {
  readonly hub: Hub;
  /** Answers requests that may pass. */
  readonly handle: (request: IncomingMessage, response: ServerResponse, policy: AccessPolicy) => void;
  readonly rules: AccessRules;
  readonly listen?: Listen | undefined;
  /** Shared by all addresses. */
  readonly turns: FairTurns;
  readonly texts: HubTexts;
  /** Ends a hub that never reached its feed, for a command that asks for that because it has other network settings. */
  readonly giveWay?: (() => void) | undefined;
}

export interface Listener {
  /** `http://127.0.0.1:8001`, or the socket's path. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the API at one address. Throws what `listen` fails with. */
export async function openListener(address: ListenAddress, parts: ListenerParts): Promise<Listener> {
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: LOOK_EVERY_MS,
    // One without Host is refused where others are: by the access policy.
    requireHostHeader: false,
  });
  server.timeout = IDLE_TIMEOUT_MS;
  const plain = new PlainConnections(MAX_PLAIN_CONNECTIONS);
  const gate = new Gate(parts, plain);
  if (!parts.rules.isTrusted) await gate.loadJsonClient();
  server.on('connection', (socket) => plain.add(socket));
  server.on('request', (request, response) => gate.request(request, response));
  server.on('upgrade', (request, stream, head) => gate.upgrade(request, stream, head));
  server.on('clientError', (error, stream) => refuseUnreadable(stream, error));
  // Not by the name: Node would look it up in a thread that the end of the program waits for.
  const place = 'path' in address ? address : { ...address, host: await findListenAddress(address.host) };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(place, resolve);
  });
  server.on('error', () => {});
  return {
    url: urlOf(address, server),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      gate.close();
      // Requests that wait for the feed have just failed: their answers go out first.
      for (let turn = 0; turn < LAST_TURNS; turn++) await untilNextTurn();
      plain.closeAll();
      await closed;
    },
  };
}

function urlOf(address: ListenAddress, server: Server): string {
  if ('path' in address) return address.path;
  const { port } = server.address() as AddressInfo;
  return `http://${address.host.includes(':') ? `[${address.host}]` : address.host}:${port}`;
}

/** Lets in what may pass. */
class Gate {
  readonly #parts: ListenerParts;
  readonly #policy: AccessPolicy;
  readonly #plain: PlainConnections;
  readonly #limit: RequestLimit;
  /** Health checks have a limit of their own: other requests cannot use it up. */
  readonly #healthLimit: RequestLimit;
  #JsonClient: typeof JsonClient | undefined;
  #isClosed = false;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    perMessageDeflate: false,
    autoPong: false,
    ...FAREWELL,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: (protocols) => (protocols.has(ROWS_PROTOCOL) ? ROWS_PROTOCOL : false),
  });

  constructor(parts: ListenerParts, plain: PlainConnections) {
    this.#parts = parts;
    this.#plain = plain;
    this.#policy = new AccessPolicy(parts.rules);
    this.#limit = new RequestLimit(parts.hub.clock, REQUESTS_PER_SECOND, REQUESTS_AT_ONCE);
    this.#healthLimit = new RequestLimit(parts.hub.clock, REQUESTS_PER_SECOND, REQUESTS_AT_ONCE);
  }

  request(request: IncomingMessage, response: ServerResponse): void {
    this.#plain.began(request, response);
    const error = this.#refuse(request);
    const origin = this.#policy.allowedOrigin(request.headers);
    if (origin) {
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('vary', 'origin');
    }
    if (error) {
      const status = CATALOGUE[error.code].http;
      response.writeHead(status, { 'content-type': 'application/json', ...challengeOf(error), connection: 'close' });
      response.end(JSON.stringify(errorBody(error)));
      request.resume();
      return;
    }
    if (this.#policy.isPreflight(request)) {
      response.writeHead(204, {
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers': 'content-type, authorization',
      });
      response.end();
      return;
    }
    const { handle, turns } = this.#parts;
    const answer = (): void => {
      // The caller has left.
      if (!request.socket.destroyed) handle(request, response, this.#policy);
    };
    if (pathOf(request) === HEALTH_PATH) answer();
    else turns.enter(request.socket, costOf(request), answer);
  }

  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on('error', () => {});
    // Its connection was accepted before the listener closed. It is to come back, to the hub that follows.
    if (this.#isClosed) {
      stream.destroy();
      return;
    }
    const error = this.#refuse(request) ?? this.#refuseUpgrade(request);
    if (error) {
      answerRaw(stream, error);
      return;
    }
    if (speaksRows(request) || this.#JsonClient) this.#welcome(request, stream, head);
    else
      void this.loadJsonClient().then(
        () => this.upgrade(request, stream, head),
        () => stream.destroy(),
      );
  }

  /** Loaded when it is needed: its schemas take longer to load than the rest of the hub. */
  async loadJsonClient(): Promise<void> {
    this.#JsonClient ??= (await import('./json-client.ts')).JsonClient;
  }

  #welcome(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const { searchParams: query } = new URL(request.url ?? '', 'http://hub');
    const { hub, giveWay } = this.#parts;
    if (giveWay && !hub.wasLive && query.has('replace') && hasOtherSettings(hub, query)) {
      stream.destroy();
      giveWay();
      return;
    }
    this.#webSockets.handleUpgrade(request, stream, head, (socket) => {
      this.#plain.upgraded(request.socket);
      const { rules, turns, texts } = this.#parts;
      const parts = { hub, socket, stream, isLocal: rules.isTrusted, turns, texts };
      if (socket.protocol === ROWS_PROTOCOL) new RowsClient(parts, { query, listen: this.#parts.listen });
      else if (this.#JsonClient) new this.#JsonClient(parts);
      else socket.terminate();
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const socket of this.#webSockets.clients) socket.terminate();
  }

  #refuse(request: IncomingMessage): TickpipeError | undefined {
    const refusal = this.#policy.check(request);
    if (refusal) return new TickpipeError(refusal.code, refusal.message);
    const limit = pathOf(request) === HEALTH_PATH ? this.#healthLimit : this.#limit;
    return limit.take() ? undefined : new TickpipeError('RATE_LIMITED', 'too many requests in a second');
  }

  #refuseUpgrade(request: IncomingMessage): TickpipeError | undefined {
    if (request.method !== 'GET' || pathOf(request) !== STREAM_PATH) {
      return new TickpipeError('NOT_FOUND', `WebSockets are at ${STREAM_PATH}`);
    }
    return this.#parts.hub.refuseSession(!this.#parts.rules.isTrusted);
  }
}

/** Whether the client is a command of this program. */
function speaksRows({ headers }: IncomingMessage): boolean {
  const protocols = headers['sec-websocket-protocol'] ?? '';
  return protocols.split(',').some((name) => name.trim() === ROWS_PROTOCOL);
}

function pathOf({ url }: IncomingMessage): string {
  return (url ?? '').split('?', 1)[0] as string;
}

function costOf({ method, url, headers }: IncomingMessage): number {
  const own = method === 'GET' ? REQUEST_BYTES : CHANGE_BYTES;
  return own + (url?.length ?? 0) + (Number(headers['content-length']) || 0);
}

function challengeOf({ code }: TickpipeError): Record<string, string> {
  return code === 'HUB_TOKEN_REFUSED' ? { 'www-authenticate': 'Bearer' } : {};
}

/** Answers what is not a request that can be read: too much in front of its body, or no HTTP. */
function refuseUnreadable(stream: Duplex, error: NodeJS.ErrnoException): void {
  if (!stream.writable || error.code === 'ECONNRESET') {
    stream.destroy();
    return;
  }
  answerRaw(
    stream,
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new TickpipeError('REQUEST_TOO_LARGE', 'the URL and the headers of the request are too large')
      : new TickpipeError('BAD_REQUEST', 'the request cannot be read'),
  );
}

/** Answers and closes the connection, also for a caller that does not hang up. */
function answerRaw(stream: Duplex, error: TickpipeError): void {
  const status = CATALOGUE[error.code].http;
  const body = JSON.stringify(errorBody(error));
  stream.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => stream.destroy(),
  );
}
