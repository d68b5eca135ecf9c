import { BlockList, isIP } from 'node:net';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { isLoopback } from './loopback.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Variables that name a proxy or exempt hosts from it. As in curl, the name in small letters wins over the other. */
export const PROXY_VARIABLES = [
  'https_proxy',
  'HTTPS_PROXY',
  'http_proxy',
  'HTTP_PROXY',
  'all_proxy',
  'ALL_PROXY',
  'no_proxy',
  'NO_PROXY',
] as const;

/** An HTTP proxy. Its user and password are only in `authorization`: `host` is what may be shown. */
export interface HttpProxy {
  readonly secure: boolean;
  readonly hostname: string;
  readonly port: number;
  /** Host and port, for messages. */
  readonly host: string;
  /** The value of a `Proxy-Authorization` header. */
  readonly authorization: string | undefined;
  /** The variable that names it. */
  readonly variable: string;
}

/** A proxy that did not open the tunnel it was asked for. */
export class ProxyFailure extends Error {
  override readonly name = 'ProxyFailure';
  readonly proxy: HttpProxy;
  /** The HTTP status of its refusal; undefined when it could not be asked, for the reason in `cause`. */
  readonly status: number | undefined;

  constructor(proxy: HttpProxy, { status, cause }: { status?: number | undefined; cause?: unknown }) {
    super('the proxy did not connect', { cause });
    this.proxy = proxy;
    this.status = status;
  }
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'ws:': 80, 'https:': 443, 'wss:': 443 };

/** The proxy for a target, or undefined for a direct connection: always for this machine. Throws `BAD_CONFIGURATION`. */
export function findProxy(target: URL, env: Env): HttpProxy | undefined {
  if (isLoopback(target.hostname)) return undefined;
  const scheme = target.protocol === 'https:' || target.protocol === 'wss:' ? 'https' : 'http';
  const variable = findVariable(env, [`${scheme}_proxy`, 'all_proxy']);
  if (variable === undefined || isExempt(target, env)) return undefined;
  return parseProxy(env[variable] ?? '', variable);
}

/** The port of a URL, also when it is the scheme's own. */
export function portOf(url: URL): number {
  return url.port === '' ? (DEFAULT_PORTS[url.protocol] as number) : Number(url.port);
}

/** A host as sockets take it: IPv6 without its brackets. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** The first of these that is set, in small or in capital letters. */
export function findVariable(env: Env, names: readonly string[]): string | undefined {
  return names.flatMap((name) => [name, name.toUpperCase()]).find((name) => env[name]?.trim());
}

/** The value holds a password, so no message repeats it. */
function parseProxy(text: string, variable: string): HttpProxy {
  const value = text.trim();
  const withScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (!URL.canParse(withScheme)) throw unusable(`${variable} is not the URL of a proxy`);
  const url = new URL(withScheme);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw unusable(
      `${variable} names a proxy of the kind ${url.protocol}//; only http:// and https:// proxies can be used`,
    );
  }
  return {
    secure: url.protocol === 'https:',
    hostname: bareHost(url),
    port: portOf(url),
    host: url.host,
    authorization: readAuthorization(url, variable),
    variable,
  };
}

function readAuthorization({ username, password }: URL, variable: string): string | undefined {
  if (username === '' && password === '') return undefined;
  try {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return `Basic ${Buffer.from(pair).toString('base64')}`;
  } catch {
    throw unusable(`the user or password in ${variable} is not percent-encoded`);
  }
}

const unusable = (message: string): TickpipeError =>
  new TickpipeError('BAD_CONFIGURATION', message, { hint: 'write it like http://HOST:PORT, or unset it' });

/**
 * Whether `NO_PROXY` exempts a target: `*`, a host or domain (with everything below it), an IP address, a network such as
 * 10.0.0.0/8; each may have a port.
 */
function isExempt(target: URL, env: Env): boolean {
  const variable = findVariable(env, ['no_proxy']);
  if (variable === undefined) return false;
  const entries = (env[variable] ?? '').toLowerCase().split(/[\s,]+/);
  return entries.some((entry) => entry !== '' && exempts(entry, bareHost(target), portOf(target)));
}

function exempts(entry: string, host: string, port: number): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isInNetwork(entry, host);
  const [, name = '', wantedPort] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(isIP(entry) ? `[${entry}]` : entry) ?? [];
  if (wantedPort !== undefined && Number(wantedPort) !== port) return false;
  const domain = name.replace(/^\*?\./, '');
  return domain !== '' && (host === domain || (!isIP(host) && host.endsWith(`.${domain}`)));
}

function isInNetwork(entry: string, host: string): boolean {
  const family = isIP(host);
  const [network = '', bits = ''] = entry.split('/');
  if (family === 0 || isIP(network) !== family || !/^\d{1,3}$/.test(bits)) return false;
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  try {
    list.addSubnet(network, Number(bits), type);
  } catch {
    return false;
  }
  return list.check(host, type);
}
