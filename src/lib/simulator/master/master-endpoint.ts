import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../clock/clock.ts';
import { istMidnight } from '../../clock/ist.ts';
import { EDGE_REFUSAL, sendJson, sendPage } from '../http/answers.ts';
import { sendRedirectElsewhere } from '../http/failures.ts';
import { type BrokenBody, breakBody } from './broken-bodies.ts';
import type { BrokenBodyName, MasterAnswer } from './master-faults.ts';
import { listMasterFiles, type MasterFile, type MasterSource } from './master-files.ts';

const NOT_FOUND_PAGE = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code></Error>';
const ERROR_PAGE =
  '<!DOCTYPE html><html><head><title>500</title></head><body><h1>Internal Server Error</h1></body></html>';

/** How often a file was asked for. */
export interface MasterFileCount {
  /** Requests of any kind. */
  requests: number;
  /** Those that were answered with 304. */
  notModified: number;
}

export interface MasterEndpointParts {
  readonly source: MasterSource;
  /** The day on which the files were made, `YYYY-MM-DD` in IST. */
  readonly date: string;
  readonly clock: Clock;
  /** By file name, for files that exist. */
  readonly counts: Map<string, MasterFileCount>;
  /** How this request for a file is to be answered wrongly. */
  takeAnswer(file: string): MasterAnswer | undefined;
}

/** Serves the symbol master: `GET NAME.csv`, `NAME_sym_master.json`, `index_hsm_mapping.json`. */
export class MasterEndpoint {
  readonly #parts: MasterEndpointParts;
  readonly #files: ReadonlyMap<string, MasterFile>;
  /** What was counted once is kept: the files do not change. */
  readonly #sizes = new Map<string, Promise<number>>();
  /** FYERS makes the files in the night. */
  readonly #modifiedAtMs: number;
  /** How often a fault has made all files new. */
  #revision = 0;

  constructor(parts: MasterEndpointParts) {
    this.#parts = parts;
    this.#files = listMasterFiles(parts.source, parts.date);
    this.#modifiedAtMs = istMidnight(parts.date);
  }

  /** Answers `GET` and `HEAD`. Never rejects. @param name the last part of the path */
  async answer(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = this.#files.get(name);
    if (file === undefined) {
      sendJson(response, 404, { s: 'error', code: -404, message: 'no such file' });
      return;
    }
    const count = this.#countOf(name);
    count.requests++;
    const wrong = this.#parts.takeAnswer(name);
    if (wrong !== undefined && isWithoutFile(wrong)) {
      sendWithoutFile(wrong, request, response);
      return;
    }
    if (wrong === 'new-version') this.#revision++;
    const etag = this.#etagOf(file);
    if (wrong !== 'no-version') {
      response.setHeader('etag', etag);
      response.setHeader('last-modified', new Date(this.#modifiedAtMs).toUTCString());
    }
    const isBroken = wrong !== undefined && wrong !== 'new-version' && wrong !== 'no-version';
    // A broken body is sent whatever the client has: it is what was asked for.
    if (!isBroken && wrong !== 'no-version' && isUnchanged(request, etag, this.#modifiedAtMs)) {
      count.notModified++;
      response.writeHead(304).end();
      return;
    }
    const size = await this.#sizeOf(file);
    if (response.destroyed) return;
    const body: BrokenBody = isBroken
      ? breakBody(wrong, file, size, this.#parts.clock, response)
      : { length: size, chunks: file.chunks() };
    response.writeHead(200, {
      'content-type': file.contentType,
      ...(body.length !== undefined && { 'content-length': body.length }),
    });
    if (request.method === 'HEAD') response.end();
    else await send(body, response);
  }

  #countOf(name: string): MasterFileCount {
    const { counts } = this.#parts;
    const count = counts.get(name) ?? { requests: 0, notModified: 0 };
    counts.set(name, count);
    return count;
  }

  #etagOf({ name }: MasterFile): string {
    return `"${createHash('sha256').update(`${this.#parts.source.version} ${this.#revision} ${name}`).digest('hex').slice(0, 32)}"`;
  }

  #sizeOf(file: MasterFile): Promise<number> {
    const known = this.#sizes.get(file.name) ?? measure(file);
    this.#sizes.set(file.name, known);
    return known;
  }
}

/** Counts the bytes of a file, a chunk in each turn of the event loop: ticks and other clients go on. */
async function measure(file: MasterFile): Promise<number> {
  let size = 0;
  for (const chunk of file.chunks()) {
    size += chunk.length;
    await turn();
  }
  return size;
}

/** A client that leaves in the middle ends it. */
async function send({ chunks, breaks }: BrokenBody, response: ServerResponse): Promise<void> {
  const readable = Readable.from(chunks, { objectMode: false });
  await pipeline(readable, response, { end: !breaks }).catch(() => undefined);
  if (breaks) response.write('', () => response.destroy());
}

/** Answers that need no file. */
type AnswerWithoutFile = Exclude<MasterAnswer, BrokenBodyName | 'new-version' | 'no-version'>;

const WITHOUT_FILE: ReadonlySet<string> = new Set<AnswerWithoutFile>(['404', '500', 'html', 'none', 'redirect']);

function isWithoutFile(answer: MasterAnswer): answer is AnswerWithoutFile {
  return WITHOUT_FILE.has(answer);
}

function sendWithoutFile(answer: AnswerWithoutFile, request: IncomingMessage, response: ServerResponse): void {
  const play: Record<AnswerWithoutFile, () => void> = {
    '404': () => sendPage(response, 404, NOT_FOUND_PAGE),
    '500': () => sendPage(response, 500, ERROR_PAGE),
    // As a network answers that wants a login first.
    html: () => sendPage(response, 200, EDGE_REFUSAL),
    none: () => void request.resume(),
    redirect: () => sendRedirectElsewhere(request, response),
  };
  play[answer]();
}

/** Whether the client has this version: by its ETag when it sent one, else by the time. */
function isUnchanged({ headers }: IncomingMessage, etag: string, modifiedAtMs: number): boolean {
  const wanted = headers['if-none-match'];
  if (wanted !== undefined) {
    const tags = wanted.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
    return tags.includes('*') || tags.includes(etag);
  }
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return since >= modifiedAtMs;
}
