import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { istMidnight } from '../../clock/ist.ts';
import { sendJson } from '../http/answers.ts';
import { listMasterFiles, type MasterFile, type MasterSource } from './master-files.ts';

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
  /** By file name, for files that exist. */
  readonly counts: Map<string, MasterFileCount>;
}

/** Serves the symbol master: `GET NAME.csv`, `NAME_sym_master.json`, `index_hsm_mapping.json`. */
export class MasterEndpoint {
  readonly #parts: MasterEndpointParts;
  readonly #files: ReadonlyMap<string, MasterFile>;
  /** What was counted once is kept: the files do not change. */
  readonly #sizes = new Map<string, Promise<number>>();
  /** FYERS makes the files in the night. */
  readonly #modifiedAtMs: number;

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
    const etag = this.#etagOf(file);
    response.setHeader('etag', etag);
    response.setHeader('last-modified', new Date(this.#modifiedAtMs).toUTCString());
    if (isUnchanged(request, etag, this.#modifiedAtMs)) {
      count.notModified++;
      response.writeHead(304).end();
      return;
    }
    const size = await this.#sizeOf(file);
    if (response.destroyed) return;
    response.writeHead(200, { 'content-type': file.contentType, 'content-length': size });
    if (request.method === 'HEAD') response.end();
    else await send(file, response);
  }

  #countOf(name: string): MasterFileCount {
    const { counts } = this.#parts;
    const count = counts.get(name) ?? { requests: 0, notModified: 0 };
    counts.set(name, count);
    return count;
  }

  #etagOf({ name }: MasterFile): string {
    return `"${createHash('sha256').update(`${this.#parts.source.version} ${name}`).digest('hex').slice(0, 32)}"`;
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
async function send(file: MasterFile, response: ServerResponse): Promise<void> {
  await pipeline(Readable.from(file.chunks(), { objectMode: false }), response).catch(() => undefined);
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
