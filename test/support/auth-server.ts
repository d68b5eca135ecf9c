import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeJwt } from './make-token.ts';

/** What the server answers to a call; `mute` for no answer at all. */
export type AuthAnswer =
  | 'mute'
  | {
      readonly status?: number;
      /** As JSON, unless it is a text. */
      readonly body: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    };

export interface AuthCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** The calls of FYERS' login, with the answers that a test writes: it accepts everything at first. */
export class AuthServer {
  readonly calls: AuthCall[] = [];
  /** The token that a login gets. */
  jwt = makeJwt({ exp: Math.floor(Date.now() / 1000) + 20_000, iat: Math.floor(Date.now() / 1000) });
  answers: Record<string, AuthAnswer> = {};
  readonly #server: Server;
  #called: (() => void)[] = [];

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const path = url.replace(/^\/api/, '').replace(/\?.*$/, '');
        this.calls.push({ method, path, headers, text });
        for (const resolve of this.#called.splice(0)) resolve();
        const answer = this.answers[path] ?? this.#usual(path);
        if (answer === 'mute') return;
        const { status = 200, body, headers: own } = answer;
        response.writeHead(
          status,
          own ?? { 'content-type': typeof body === 'string' ? 'text/html' : 'application/json' },
        );
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      });
    });
  }

  static async start(): Promise<AuthServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    return new AuthServer(server);
  }

  /** The value of `TICKPIPE_AUTH_URL`. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api`;
  }

  /** Waits for a call of this path. */
  async called(path: string): Promise<AuthCall> {
    for (;;) {
      const call = this.calls.find((one) => one.path === path);
      if (call) return call;
      await new Promise<void>((resolve) => this.#called.push(resolve));
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #usual(path: string): AuthAnswer {
    if (path === '/validate-authcode') return { body: { s: 'ok', code: 200, message: '', access_token: this.jwt } };
    if (path === '/profile') return { body: { s: 'ok', code: 200, data: { fy_id: 'XT00001', pwd_to_expire: 42 } } };
    if (path === '/logout') return { body: { s: 'ok', code: 200 } };
    return { status: 404, body: { s: 'error', code: -99 } };
  }
}
