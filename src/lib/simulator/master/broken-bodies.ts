import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { pause } from '../../clock/abort.ts';
import type { Clock } from '../../clock/clock.ts';
import { SeededRandom, seedFor } from '../chance/random.ts';
import type { BrokenBodyName } from './master-faults.ts';
import type { MasterFile } from './master-files.ts';

/** What is sent in the place of a file. */
export interface BrokenBody {
  /** What the header says; `undefined` when it says nothing. */
  readonly length: number | undefined;
  readonly chunks: Iterable<Buffer> | AsyncIterable<Buffer>;
  /** Whether the connection breaks after the last chunk. */
  readonly breaks?: true;
}

const HUGE_LINE_BYTES = 16 * 1024 * 1024;
const SLOW_CHUNK_BYTES = 16_384;
const SLOW_PAUSE_MS = 100;

/** @param size the bytes of the whole file */
export function breakBody(
  name: BrokenBodyName,
  file: MasterFile,
  size: number,
  clock: Clock,
  response: ServerResponse,
): BrokenBody {
  // Seven more than half of it, so that a file of a few rows is not cut at a line end.
  const half = Math.min(size, Math.floor(size / 2) + 7);
  const bodies: Record<BrokenBodyName, () => BrokenBody> = {
    empty: () => ({ length: 0, chunks: [] }),
    cut: () => ({ length: half, chunks: takeBytes(file.chunks(), half) }),
    break: () => ({ length: size, chunks: takeBytes(file.chunks(), half), breaks: true }),
    stall: () => ({ length: size, chunks: stopAfter(file.chunks(), half, response) }),
    slow: () => ({ length: size, chunks: sendSlowly(file.chunks(), clock, response) }),
    columns: () => ({ length: undefined, chunks: loseColumns(file) }),
    binary: () => ({ length: size, chunks: makeNoise(file.name, size) }),
    'huge-line': () => ({ length: HUGE_LINE_BYTES + size, chunks: writeHugeLine(file.chunks()) }),
  };
  return bodies[name]();
}

function* takeBytes(chunks: Iterable<Buffer>, count: number): Generator<Buffer> {
  let left = count;
  for (const chunk of chunks) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}

/** Sends a part, and then nothing until the client has left. */
async function* stopAfter(chunks: Iterable<Buffer>, count: number, response: ServerResponse): AsyncGenerator<Buffer> {
  yield* takeBytes(chunks, count);
  if (!response.closed) await once(response, 'close');
}

async function* sendSlowly(chunks: Iterable<Buffer>, clock: Clock, response: ServerResponse): AsyncGenerator<Buffer> {
  const left = new AbortController();
  response.once('close', () => left.abort());
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += SLOW_CHUNK_BYTES) {
      yield chunk.subarray(at, at + SLOW_CHUNK_BYTES);
      await pause(clock, SLOW_PAUSE_MS, left.signal);
    }
  }
}

/** Every row without its last column, and every object of JSON without its fytoken. A chunk has whole rows. */
function* loseColumns({ name, chunks }: MasterFile): Generator<Buffer> {
  for (const chunk of chunks()) {
    const text = chunk.toString();
    yield Buffer.from(name.endsWith('.csv') ? text.replace(/,[^,\n]*$/gm, '') : text.replace(/"fyToken":"\d+",/g, ''));
  }
}

function* makeNoise(name: string, size: number): Generator<Buffer> {
  const random = new SeededRandom(seedFor(0, name));
  for (let left = size; left > 0; left -= SLOW_CHUNK_BYTES) {
    const chunk = Buffer.alloc(Math.min(left, SLOW_CHUNK_BYTES));
    for (let at = 0; at < chunk.length; at++) chunk[at] = random.below(256);
    yield chunk;
  }
}

function* writeHugeLine(chunks: Iterable<Buffer>): Generator<Buffer> {
  const part = Buffer.alloc(SLOW_CHUNK_BYTES, 'x');
  for (let written = 0; written < HUGE_LINE_BYTES; written += part.length) yield part;
  yield* chunks;
}
