import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { EventQueue } from '../../support/event-queue.ts';
import { rowsOf } from '../../support/row-messages.ts';
import { checkAnswer } from '../documents/api-description.ts';
import { nameMessage } from '../documents/message-description.ts';
import type { HubFixture } from './hub-fixture.ts';

const STREAM = '/api/websocket/stream';

export interface Ask {
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, text as it is. */
  readonly body?: object | string;
  /** Over the Unix socket instead of TCP. */
  readonly unix?: boolean;
}

export interface Answer {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

type Place = Pick<HubFixture, 'url' | 'socketPath'>;

/** One plain HTTP request, on a connection of its own. The path is sent as it is. */
export function ask(hub: Place, method: string, path: string, { headers, body, unix }: Ask = {}): Promise<Answer> {
  const { hostname, port } = new URL(hub.url);
  const place = unix ? { socketPath: hub.socketPath } : { hostname, port };
  const isJson = typeof body === 'object';
  const text = isJson ? JSON.stringify(body) : body;
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      ...place,
      method,
      path,
      agent: false,
      headers: {
        ...(isJson && { 'content-type': 'application/json' }),
        ...(text !== undefined && { 'content-length': String(Buffer.byteLength(text)) }),
        ...headers,
      },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          method,
          path,
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.end(text);
  });
}

export function parse<T = unknown>({ text }: Answer): T {
  return JSON.parse(text) as T;
}

export interface SocketMessage {
  readonly type: string;
  readonly action?: string;
  readonly code?: string;
  readonly message?: string;
  readonly data?: Record<string, unknown>;
  readonly state?: Record<string, unknown>;
  readonly symbols?: readonly string[];
}

export interface ConnectOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly origin?: string;
  readonly protocol?: string;
  readonly unix?: boolean;
  readonly path?: string;
}

/** A plain WebSocket, and the JSON messages it got, each of which the AsyncAPI document must describe. Rows of binary messages come as messages of their own. */
export class SocketUser {
  readonly socket: WebSocket;
  readonly events = new EventQueue<SocketMessage>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('message', (data, isBinary) => {
      const texts = isBinary
        ? rowsOf(data as Buffer)
            .trimEnd()
            .split('\n')
        : [String(data)];
      for (const text of texts) {
        const message = JSON.parse(text) as SocketMessage;
        // Other messages are those of tickpipe's own commands.
        if (socket.protocol === '') nameMessage(message);
        this.events.push(message);
      }
    });
  }

  static async connect(hub: Place, options: ConnectOptions = {}): Promise<SocketUser> {
    const user = new SocketUser(openSocket(hub, options));
    await once(user.socket, 'open');
    return user;
  }

  /** The status and the body of the answer that refuses the upgrade, which the OpenAPI document must describe. */
  static async refused(hub: Place, options: ConnectOptions = {}): Promise<{ status: number; body: unknown }> {
    const socket = openSocket(hub, options);
    socket.on('error', () => {});
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    const { statusCode: status = 0, headers } = response;
    // At another path no request is described that could be refused.
    if (options.path === undefined) checkAnswer({ method: 'GET', path: STREAM, status, headers, text });
    return { status, body: JSON.parse(text) };
  }

  say(message: object | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  next(type: string, matches: (message: SocketMessage) => boolean = () => true): Promise<SocketMessage> {
    return this.events.next((message) => message.type === type && matches(message));
  }

  /** Sends a message, gives what answers it. */
  ask(message: object | string, type: string): Promise<SocketMessage> {
    this.say(message);
    return this.next(type);
  }

  subscribe(symbols: readonly string[], data_type = 'SymbolUpdate'): Promise<SocketMessage> {
    return this.ask({ action: 'subscribe', symbols, data_type }, 'ack');
  }

  /** Resolves to the close code. */
  async close(): Promise<number> {
    const closed = once(this.socket, 'close');
    this.socket.close();
    return (await closed)[0] as number;
  }
}

function openSocket(hub: Place, { headers, origin, protocol, unix, path }: ConnectOptions): WebSocket {
  const url = `${hub.url.replace('http', 'ws')}${path ?? STREAM}`;
  return new WebSocket(url, protocol ? [protocol] : [], {
    headers: { ...headers },
    ...(origin !== undefined && { origin }),
    ...(unix && { createConnection: () => connect(hub.socketPath) }),
    perMessageDeflate: false,
  });
}
