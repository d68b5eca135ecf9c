import { Overdue } from '../clock/abort.ts';
import { CATALOGUE, type ErrorCode } from '../errors/catalogue.ts';
import { errnoOf } from '../errors/errno.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { ProxyFailure } from './proxy.ts';

export interface AttemptOptions {
  readonly hint?: string | undefined;
  /** Whether another attempt may fare better by itself. */
  readonly isPassing: boolean;
  /** How long the server asked to be left alone. */
  readonly retryAfterMs?: number | undefined;
}

/** A failed attempt to reach a server, and whether another one may help. A command that gives up ends with it. */
export class AttemptError extends TickpipeError {
  readonly isPassing: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, { hint, isPassing, retryAfterMs }: AttemptOptions) {
    super(code, message, { hint });
    this.isPassing = isPassing;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A connection that failed, in words that name hosts and no addresses, paths or passwords. */
export interface NetworkFailure {
  /** What a command ends with that gives up; undefined for a network that is merely down. */
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly hint: string;
  /** Whether another attempt may fare better by itself. */
  readonly isPassing: boolean;
}

/** A call that failed: as a connection that failed, or without a hint of its own. */
type CallFailure = Omit<NetworkFailure, 'hint'> & { readonly hint?: string };

const CHECK_NETWORK = 'check the network';

/** How a network is down, after the name of the host. */
const NETWORK_WORDS: Readonly<Record<string, (host: string) => string>> = {
  ENOTFOUND: (host) => `cannot find ${host}`,
  EAI_AGAIN: (host) => `cannot find ${host} now: the name service does not answer`,
  ECONNREFUSED: (host) => `${host} refused the connection`,
  ECONNRESET: (host) => `${host} broke the connection off`,
  EPIPE: (host) => `${host} broke the connection off`,
  ETIMEDOUT: (host) => `${host} does not answer`,
  EHOSTUNREACH: (host) => `there is no way to ${host} (EHOSTUNREACH)`,
  ENETUNREACH: (host) => `there is no way to ${host} (ENETUNREACH)`,
  EADDRNOTAVAIL: (host) => `there is no way to ${host} (EADDRNOTAVAIL)`,
  ENETDOWN: (host) => `there is no way to ${host} (ENETDOWN)`,
  EPROTO: (host) => `${host} does not speak TLS as it should`,
};
/** These are about a name, not about what listens there. */
const WITHOUT_PORT: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN']);

type CertificateCode = Extract<ErrorCode, `CERTIFICATE_${string}`>;

/** What OpenSSL and Node find wrong with a certificate. */
const CERTIFICATE_FAULTS: Readonly<Record<string, CertificateCode>> = {
  CERT_HAS_EXPIRED: 'CERTIFICATE_EXPIRED',
  CERT_NOT_YET_VALID: 'CERTIFICATE_NOT_YET_VALID',
  ERR_TLS_CERT_ALTNAME_INVALID: 'CERTIFICATE_WRONG_NAME',
  HOSTNAME_MISMATCH: 'CERTIFICATE_WRONG_NAME',
  UNABLE_TO_GET_ISSUER_CERT: 'CERTIFICATE_NOT_TRUSTED',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'CERTIFICATE_NOT_TRUSTED',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'CERTIFICATE_NOT_TRUSTED',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'CERTIFICATE_NOT_TRUSTED',
  SELF_SIGNED_CERT_IN_CHAIN: 'CERTIFICATE_NOT_TRUSTED',
  CERT_UNTRUSTED: 'CERTIFICATE_NOT_TRUSTED',
  CERT_REJECTED: 'CERTIFICATE_NOT_TRUSTED',
  CERT_REVOKED: 'CERTIFICATE_NOT_TRUSTED',
  CERT_SIGNATURE_FAILURE: 'CERTIFICATE_NOT_TRUSTED',
  CERT_CHAIN_TOO_LONG: 'CERTIFICATE_NOT_TRUSTED',
  INVALID_CA: 'CERTIFICATE_NOT_TRUSTED',
  INVALID_PURPOSE: 'CERTIFICATE_NOT_TRUSTED',
  PATH_LENGTH_EXCEEDED: 'CERTIFICATE_NOT_TRUSTED',
};
const CERTIFICATE_WORDS: Readonly<Record<CertificateCode, string>> = {
  CERTIFICATE_EXPIRED: 'has expired',
  CERTIFICATE_NOT_YET_VALID: 'is not valid yet',
  CERTIFICATE_WRONG_NAME: 'is for another name',
  CERTIFICATE_NOT_TRUSTED: 'is not trusted',
};

/** Whether an error is one that `describeNetworkFailure` knows; the texts of others name no address. */
export function isNetworkError(error: unknown): boolean {
  return error instanceof ProxyFailure || errnoOf(error) !== undefined;
}

/** What a command ends with that gives up; undefined for a network that is merely down. */
export function toAttemptError({ code, message, hint, isPassing }: CallFailure): AttemptError | undefined {
  return code && new AttemptError(code, message, { hint, isPassing });
}

/** What a failed connection to a URL comes to. */
export function describeNetworkFailure(error: unknown, target: URL): NetworkFailure {
  if (error instanceof ProxyFailure) return describeProxyFailure(error, target);
  return describeHostFailure(error, target.host, target.hostname);
}

/** A call of a server that failed: it took too long, sent what cannot be read, or the connection failed. */
export function describeCallFailure(error: unknown, target: URL): CallFailure {
  const { host } = target;
  if (error instanceof Overdue) {
    return { code: undefined, message: `${host} did not answer in ${error.limitMs / 1_000} s`, isPassing: true };
  }
  if (isNetworkError(error)) return describeNetworkFailure(error, target);
  return { code: undefined, message: `the answer of ${host} cannot be read`, isPassing: true };
}

/** @param host with its port, where that is not the usual one */
function describeHostFailure(error: unknown, host: string, hostname: string): NetworkFailure {
  const errno = errnoOf(error) ?? 'unknown error';
  const code = CERTIFICATE_FAULTS[errno];
  if (code !== undefined) {
    const message = `the certificate of ${host} ${CERTIFICATE_WORDS[code]} (${errno})`;
    return { code, message, hint: CATALOGUE[code].hint, isPassing: false };
  }
  const words = NETWORK_WORDS[errno];
  const message = words?.(WITHOUT_PORT.has(errno) ? hostname : host) ?? `the connection to ${host} failed (${errno})`;
  return { code: undefined, message, hint: CHECK_NETWORK, isPassing: true };
}

/** Of these a proxy says that it cannot reach the target, which may change by itself. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

function describeProxyFailure({ proxy, status, cause }: ProxyFailure, target: URL): NetworkFailure {
  const name = `the proxy ${proxy.host}`;
  if (status === undefined) {
    const { code, message, isPassing } = describeHostFailure(cause, name, `the proxy ${proxy.hostname}`);
    const hint = code === undefined ? `check the proxy that ${proxy.variable} names` : CATALOGUE[code].hint;
    return { code: code ?? 'PROXY_UNREACHABLE', message, hint, isPassing };
  }
  const message = `${name} did not connect to ${target.hostname} (HTTP ${status})`;
  const hint =
    status === 407
      ? `the proxy wants a user and a password: give them in ${proxy.variable}`
      : CATALOGUE.PROXY_REFUSED.hint;
  return { code: 'PROXY_REFUSED', message, hint, isPassing: PASSING_STATUSES.has(status) };
}
