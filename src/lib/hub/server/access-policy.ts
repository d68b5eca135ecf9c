import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isLoopback } from '../../network/loopback.ts';
import { COOKIE } from '../protocol/messages.ts';

/** Who may use a listener. */
export interface AccessRules {
  /** The user's own Unix socket: whoever can open it is the user. */
  readonly isTrusted: boolean;
  /** Origins of pages elsewhere that may use it. */
  readonly allowOrigins: readonly string[];
  /** The bearer token that every request must bring; undefined for none. */
  readonly token?: string | undefined;
}

export type Refusal = { readonly code: 'FORBIDDEN' | 'HUB_TOKEN_REFUSED'; readonly message: string };

/** What may be had without the token: the page, which asks for it, and the place to trade it for a cookie. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/', '/app.js', '/style.css', '/login']);
const SAME_SITE: ReadonlySet<string> = new Set(['same-origin', 'none']);

/**
 * Decides about requests before anything of them is read. A web page elsewhere must neither read nor control a hub: the browser
 * says where a page is from (Origin, Sec-Fetch-Site), and a name that was rebound to this machine shows in Host.
 */
export class AccessPolicy {
  readonly rules: AccessRules;
  readonly #key = randomBytes(32);

  constructor(rules: AccessRules) {
    this.rules = rules;
  }

  /** Why a request is refused; undefined when it is not. */
  check(request: IncomingMessage): Refusal | undefined {
    const { isTrusted, token } = this.rules;
    if (isTrusted) return undefined;
    const { headers } = request;
    if (token === undefined && !namesLoopback(headers.host)) {
      return { code: 'FORBIDDEN', message: 'the Host of the request is not a loopback address' };
    }
    if (!this.#isOwnPage(headers)) return { code: 'FORBIDDEN', message: 'the request came from a page elsewhere' };
    const path = (request.url ?? '').split('?', 1)[0] as string;
    const isOpen = OPEN_PATHS.has(path) || this.isPreflight(request);
    if (token !== undefined && !isOpen && !this.#hasToken(headers, token)) {
      return { code: 'HUB_TOKEN_REFUSED', message: 'this hub wants its bearer token' };
    }
    return undefined;
  }

  /** The origin that may read the answer; undefined for none. */
  allowedOrigin({ origin }: IncomingHttpHeaders): string | undefined {
    return origin !== undefined && this.rules.allowOrigins.includes(origin) ? origin : undefined;
  }

  /** A browser's question whether an allowed page may ask. It never brings a token. */
  isPreflight({ method, headers }: IncomingMessage): boolean {
    return method === 'OPTIONS' && this.allowedOrigin(headers) !== undefined;
  }

  isToken(given: string): boolean {
    return this.rules.token !== undefined && this.#equals(given, this.rules.token);
  }

  /** What stands for the token in the page's cookie: worth nothing to another hub. */
  get cookie(): string {
    return createHmac('sha256', this.#key)
      .update(this.rules.token ?? '')
      .digest('hex');
  }

  #isOwnPage(headers: IncomingHttpHeaders): boolean {
    const { origin, host } = headers;
    if (this.allowedOrigin(headers)) return true;
    const site = headers['sec-fetch-site'];
    if (site !== undefined && !SAME_SITE.has(String(site))) return false;
    if (origin === undefined) return true;
    return URL.canParse(origin) && /^https?:$/.test(new URL(origin).protocol) && new URL(origin).host === host;
  }

  #hasToken(headers: IncomingHttpHeaders, token: string): boolean {
    const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    if (bearer !== undefined) return this.#equals(bearer, token);
    const cookie = (headers.cookie ?? '').split(/; */).find((pair) => pair.startsWith(`${COOKIE}=`));
    return cookie !== undefined && this.#equals(cookie.slice(COOKIE.length + 1), this.cookie);
  }

  /** In a time that does not depend on how much of it is right. */
  #equals(given: string, right: string): boolean {
    const digest = (text: string): Buffer => createHmac('sha256', this.#key).update(text).digest();
    return timingSafeEqual(digest(given), digest(right));
  }
}

/** Whether requests that pass are the owner's: over the Unix socket, or with the bearer token, without which none passes. */
export function isOwner(policy: AccessPolicy | undefined): boolean {
  return policy !== undefined && (policy.rules.isTrusted || policy.rules.token !== undefined);
}

function namesLoopback(host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false;
  return isLoopback(new URL(`http://${host}`).hostname);
}
