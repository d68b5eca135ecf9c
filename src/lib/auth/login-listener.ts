import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { onAbort } from '../clock/abort.ts';
import { describeErrno, errnoOf } from '../errors/errno.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { type LoginAnswer, readLoginAnswer } from './login-answer.ts';
import { headersOfPage, LOGIN_PAGES, type LoginPage, writeLoginPage } from './login-page.ts';
import type { RedirectUri } from './login-request.ts';

/** An auth code and a state take under 2 KiB. */
const MAX_HEADER_BYTES = 16 * 1024;
/** A browser opens a few; the rest of this machine has no business here. */
const MAX_CONNECTIONS = 32;
const REQUEST_TIMEOUT_MS = 10_000;
const CHECK_CONNECTIONS_MS = 2_000;
const HTTP_PORT = 80;
/** The addresses of `localhost`: a browser tries them in an order of its own. */
const LOCALHOST = ['127.0.0.1', '::1'] as const;
/** This machine has no such address. */
const NO_ADDRESS: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

/** The answer that a login waits for. */
export type AcceptedAnswer = Extract<LoginAnswer, { readonly kind: 'granted' | 'refused' }>;

/**
 * Listens at the redirect URI, and nowhere else, for one answer. Whatever is not the answer to this login gets a page that says so, and
 * changes nothing. The browser that brings the answer is sent on to the same path without the auth code, so that neither its address bar nor
 * its history keeps it, and waits there until `conclude` has the page for it.
 */
export class LoginListener {
  /** Resolves to the answer when it has come. */
  readonly answer: Promise<AcceptedAnswer>;
  readonly #uri: RedirectUri;
  readonly #state: string;
  readonly #servers: readonly Server[];
  readonly #take: (answer: AcceptedAnswer) => void;
  /** What waits for the last page, once the answer has come. */
  #waiting: ServerResponse[] = [];
  #isAnswered = false;
  /** Called when something waits. */
  #followed = (): void => {};

  /** Throws `LOGIN_PORT_IN_USE`, `USAGE` for an address that this user cannot listen at. @param state of the login */
  static async open(uri: RedirectUri, state: string): Promise<LoginListener> {
    const hosts = uri.url.hostname === 'localhost' ? LOCALHOST : [uri.url.hostname.replace(/^\[|\]$/g, '')];
    const options = {
      maxHeaderSize: MAX_HEADER_BYTES,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_CONNECTIONS_MS,
    };
    const servers: Server[] = [];
    let refusal: unknown;
    try {
      for (const host of hosts) {
        const server = createServer(options);
        try {
          await listen(server, host, Number(uri.url.port || HTTP_PORT));
          servers.push(server);
        } catch (error) {
          if (!NO_ADDRESS.has(errnoOf(error) ?? '')) throw error;
          refusal = error;
        }
      }
      if (servers.length === 0) throw refusal;
    } catch (error) {
      for (const server of servers) server.close();
      throw cannotListen(uri, error);
    }
    return new LoginListener(uri, state, servers);
  }

  private constructor(uri: RedirectUri, state: string, servers: readonly Server[]) {
    this.#uri = uri;
    this.#state = state;
    this.#servers = servers;
    let take = (_: AcceptedAnswer): void => {};
    this.answer = new Promise((resolve) => {
      take = resolve;
    });
    this.#take = take;
    for (const server of servers) {
      server.maxConnections = MAX_CONNECTIONS;
      server.on('request', (request, response) => this.#request(request, response));
      server.on('error', () => {});
    }
  }

  /**
   * Shows the last page to the browser that brought the answer, if one did. Resolves when it is sent, the browser has left, or the
   * signal is aborted while the browser does not follow.
   */
  async conclude(page: LoginPage, signal: AbortSignal): Promise<void> {
    if (!this.#isAnswered) return;
    if (this.#waiting.length === 0) {
      await new Promise<void>((resolve) => {
        const stopListening = onAbort(signal, resolve);
        this.#followed = () => {
          stopListening();
          resolve();
        };
      });
    }
    const open = this.#waiting.splice(0).filter(({ destroyed }) => !destroyed);
    await Promise.all(
      open.map((response) => {
        const sent = new Promise<void>((resolve) => {
          response.once('finish', resolve).once('close', resolve);
        });
        send(response, page);
        return sent;
      }),
    );
  }

  /** Stops listening and closes all connections. Safe to call twice. */
  close(): void {
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
    }
  }

  #request(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => {});
    const page = this.#refuse(request);
    if (page) {
      send(response, page);
      return;
    }
    const { origin, pathname } = this.#uri.url;
    if (this.#isAnswered && request.url === pathname) {
      this.#hold(response);
      return;
    }
    const answer = readLoginAnswer(readQuery(request), this.#state);
    if (answer.kind === 'wrong_state') send(response, LOGIN_PAGES.wrongState);
    else if (answer.kind === 'unusable') send(response, LOGIN_PAGES.unusable);
    else if (this.#isAnswered) send(response, LOGIN_PAGES.second);
    else {
      this.#isAnswered = true;
      response.writeHead(303, { ...headersOfPage(), location: `${origin}${pathname}` }).end();
      this.#take(answer);
    }
  }

  /** A browser that followed, or was reloaded there. */
  #hold(response: ServerResponse): void {
    this.#waiting.push(response);
    this.#followed();
  }

  /** The page for a request that cannot be an answer. */
  #refuse({ url = '', method, headers }: IncomingMessage): LoginPage | undefined {
    // Under another name a page of another site could read what is here.
    if (headers.host?.toLowerCase() !== this.#uri.url.host) return LOGIN_PAGES.wrongHost;
    if (url.replace(/\?.*$/s, '') !== this.#uri.url.pathname) return LOGIN_PAGES.notFound;
    if (method !== 'GET') return LOGIN_PAGES.wrongMethod;
    // A browser says so when a page loads this as a picture, in a frame or the like, or fetches it before a user does.
    const {
      'sec-fetch-mode': mode = 'navigate',
      'sec-fetch-dest': destination = 'document',
      'sec-purpose': purpose,
    } = headers;
    const isOpened = mode === 'navigate' && destination === 'document' && purpose === undefined;
    return isOpened ? undefined : LOGIN_PAGES.notOpened;
  }
}

function readQuery({ url = '' }: IncomingMessage): URLSearchParams {
  const at = url.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : url.slice(at + 1));
}

function send(response: ServerResponse, page: LoginPage): void {
  const allow = page.status === LOGIN_PAGES.wrongMethod.status ? { allow: 'GET' } : {};
  response.writeHead(page.status, { ...headersOfPage(), ...allow });
  response.end(response.req.method === 'HEAD' ? undefined : writeLoginPage(page));
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // `localhost` needs both addresses, so neither may stand for the other.
    server.listen({ host, port, ipv6Only: true, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function cannotListen({ url, text }: RedirectUri, error: unknown): TickpipeError {
  const code = describeErrno(error);
  if (code === 'EADDRINUSE') {
    return new TickpipeError(
      'LOGIN_PORT_IN_USE',
      `another program listens at ${url.host}, where the login is to be answered`,
    );
  }
  return new TickpipeError('USAGE', `this program cannot listen at ${text} (${code})`, {
    hint: 'use --paste, or register a redirect URI with a port above 1023',
  });
}
