import type { IncomingMessage } from 'node:http';
import { createGunzip, type Gunzip } from 'node:zlib';
import { TimeLimit } from '../../clock/abort.ts';
import type { Clock } from '../../clock/clock.ts';
import { callWhenIdle } from '../../clock/deadlines.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { AttemptError, describeNetworkFailure, isNetworkError, toAttemptError } from '../../network/failure.ts';
import { openAnswer, readRetryAfterMs } from '../../network/http.ts';
import type { Outgoing } from '../../network/route.ts';

/** Until the head of an answer. */
const ANSWER_TIMEOUT_MS = 10_000;
/** Without a byte of the body. */
const IDLE_TIMEOUT_MS = 15_000;
const TOTAL_TIMEOUT_MS = 180_000;
const MAX_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const OK = 200;
const NOT_MODIFIED = 304;
const TOO_MANY_REQUESTS = 429;
const FIRST_SERVER_ERROR = 500;
/** A validator that is longer is not kept. */
const MAX_VALIDATOR_CHARACTERS = 1_000;

export interface DownloadOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly outgoing: Outgoing;
  /** Of the whole file, unpacked. */
  readonly maxBytes: number;
  /** What the server said of the content that is at hand: it sends another one only. */
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  /** The unpacked file, piece by piece, in memory that is not used again. */
  readonly onChunk: (chunk: Buffer) => void;
  /** @param receivedBytes as they came over the network */
  readonly onProgress?: (receivedBytes: number, totalBytes: number | undefined) => void;
}

export interface Downloaded {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  /** The answer said where it ends, and it came to that end. */
  readonly isKnownWhole: boolean;
}

/**
 * Fetches a file unless the server confirms that it has not changed. Throws `AttemptError` of the network or of the answer, what
 * `onChunk` throws, or the signal's reason.
 */
export async function download(url: URL, options: DownloadOptions): Promise<Downloaded | 'unchanged'> {
  const { clock, signal } = options;
  const total = new TimeLimit(clock, TOTAL_TIMEOUT_MS, signal);
  const stalled = new AbortController();
  let lastAt = clock.monotonic();
  let idleMs = ANSWER_TIMEOUT_MS;
  const arm = (limitMs: number): ReturnType<typeof callWhenIdle> => {
    idleMs = limitMs;
    lastAt = clock.monotonic();
    return callWhenIdle(
      clock,
      limitMs,
      () => lastAt,
      () => stalled.abort(),
    );
  };
  let watch = arm(ANSWER_TIMEOUT_MS);
  const own = AbortSignal.any([total.signal, stalled.signal]);
  try {
    const answer = await openFollowing(url, options, own);
    watch.cancel();
    watch = arm(IDLE_TIMEOUT_MS);
    if (answer.statusCode === NOT_MODIFIED && hasValidator(options)) {
      answer.destroy();
      return 'unchanged';
    }
    checkAnswer(answer, url, clock);
    return await readBody(answer, url, options, () => {
      lastAt = clock.monotonic();
    });
  } catch (error) {
    signal.throwIfAborted();
    if (stalled.signal.aborted) throw failed(`${url.host} sent nothing for ${idleMs / 1000} s`, false);
    if (total.isOver) throw failed(`${url.host} took more than ${TOTAL_TIMEOUT_MS / 1000} s`, false);
    if (error instanceof TickpipeError || !isNetworkError(error)) throw error;
    const failure = describeNetworkFailure(error, url);
    throw toAttemptError(failure) ?? failed(failure.message, isBroken(error), failure.hint);
  } finally {
    watch.cancel();
    total.end();
  }
}

/** A connection that broke may last longer at the next try; a host that is not found stays so. */
function isBroken(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNRESET' || code === 'EPIPE';
}

const hasValidator = ({ etag, lastModified }: DownloadOptions): boolean =>
  etag !== undefined || lastModified !== undefined;

async function openFollowing(first: URL, options: DownloadOptions, signal: AbortSignal): Promise<IncomingMessage> {
  const { outgoing, etag, lastModified } = options;
  const headers = {
    accept: 'text/csv, application/json, */*;q=0.1',
    'accept-encoding': 'gzip',
    'user-agent': outgoing.userAgent,
    ...(etag !== undefined && { 'if-none-match': etag }),
    ...(lastModified !== undefined && { 'if-modified-since': lastModified }),
  };
  let url = first;
  for (let redirects = 0; ; redirects++) {
    const answer = await openAnswer(url, { ...outgoing.findRoute(url), headers, signal });
    if (!REDIRECTS.has(answer.statusCode ?? 0)) return answer;
    answer.destroy();
    const target = answer.headers.location ?? '';
    if (redirects === MAX_REDIRECTS || !URL.canParse(target, url.href)) {
      throw refused(`${url.host} redirects to nowhere`);
    }
    const next = new URL(target, url);
    // Another host could give any symbols and topics as those of FYERS.
    if (next.origin !== first.origin)
      throw refused(`${url.host} redirects to another host, ${(next.host || next.protocol).slice(0, 100)}`);
    url = next;
  }
}

function checkAnswer(answer: IncomingMessage, { host }: URL, clock: Clock): void {
  const { statusCode = 0, headers } = answer;
  const isHtml = /\bhtml\b/i.test(headers['content-type'] ?? '');
  if (statusCode === OK && !isHtml) return;
  answer.destroy();
  if (statusCode === OK) throw refused(`${host} answered with a web page`);
  if (statusCode === TOO_MANY_REQUESTS) {
    const message = `${host} refuses the symbol master: too many requests (HTTP 429)`;
    const retryAfterMs = readRetryAfterMs(headers, clock.now());
    throw new AttemptError('RATE_LIMITED', message, { isPassing: false, retryAfterMs });
  }
  throw failed(`${host} answered HTTP ${statusCode}`, statusCode >= FIRST_SERVER_ERROR);
}

async function readBody(
  answer: IncomingMessage,
  { host }: URL,
  { maxBytes, onChunk, onProgress }: DownloadOptions,
  onBytes: () => void,
): Promise<Downloaded> {
  const { headers } = answer;
  const length = Number(headers['content-length'] ?? Number.NaN);
  const totalBytes = Number.isSafeInteger(length) && length >= 0 ? length : undefined;
  const encoding = headers['content-encoding']?.trim().toLowerCase();
  if (encoding && encoding !== 'gzip' && encoding !== 'identity') {
    answer.destroy();
    throw refused(`${host} sent an encoding that was not asked for`);
  }
  let receivedBytes = 0;
  const count = (chunk: Buffer): void => {
    receivedBytes += chunk.length;
    onBytes();
    onProgress?.(receivedBytes, totalBytes);
  };
  let bytes = 0;
  try {
    for await (const chunk of encoding === 'gzip' ? unpack(answer, count) : answer) {
      if (encoding !== 'gzip') count(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes > maxBytes) throw refused(`${host} sent more than ${maxBytes / 1024 / 1024} MiB`);
      onChunk(chunk as Buffer);
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      throw refused(`${host} sent a damaged file`);
    }
    throw error;
  } finally {
    answer.destroy();
  }
  const isKnownWhole = totalBytes !== undefined || headers['transfer-encoding'] !== undefined || encoding === 'gzip';
  return { etag: validator(headers.etag), lastModified: validator(headers['last-modified']), isKnownWhole };
}

/** The unpacked body. Its errors are those of the answer, too. @param onPacked is given the bytes as they came */
function unpack(answer: IncomingMessage, onPacked: (chunk: Buffer) => void): Gunzip {
  const unpacked = createGunzip();
  answer.once('error', (error) => unpacked.destroy(error)).on('data', onPacked);
  return answer.pipe(unpacked);
}

function validator(text: string | undefined): string | undefined {
  return text === undefined || text.length > MAX_VALIDATOR_CHARACTERS ? undefined : text;
}

function failed(message: string, isPassing: boolean, hint?: string): AttemptError {
  return new AttemptError('SYMBOL_MASTER_UNAVAILABLE', message, { isPassing, hint });
}

function refused(message: string): AttemptError {
  return new AttemptError('SYMBOL_MASTER_REFUSED', message, { isPassing: false });
}
