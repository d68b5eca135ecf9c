/* The processes of a load, the sender and the reader, and the time at which each row came. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedSymbol } from '../../src/lib/simulator/universe.ts';
import { FIRST_NUMBER, NUMBER_KEY } from './numbers.ts';
import type { Sent } from './pace.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** 25,000 ticks a second over 5,000 symbols, 25 in a message each millisecond. */
export const LOAD = { symbols: 5_000, rowsPerMessage: 25, periodMs: 1 } as const;

export const LOAD_SYMBOLS = Array.from({ length: LOAD.symbols }, (_, n) => generatedSymbol(n + 1));

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** A process of the benchmark's own, written in TypeScript. @param stdout a descriptor */
export function forkPart(file: string, args: readonly number[], stdout: number | 'ignore' = 'ignore'): ChildProcess {
  return fork(path.join(HERE, file), args.map(String), {
    execArgv: ['--import', 'tsx'],
    serialization: 'advanced',
    stdio: ['ignore', stdout, 'inherit', 'ipc'],
  });
}

/** Throws when the process ends without one: it has printed why. */
export async function nextMessage<T>(child: ChildProcess): Promise<T> {
  const ended = new AbortController();
  const end = (): void => ended.abort(new Error(`${path.basename(child.spawnargs.at(2) ?? '')} failed`));
  child.once('exit', end);
  try {
    const [message] = (await once(child, 'message', { signal: ended.signal })) as [T];
    return message;
  } finally {
    child.off('exit', end);
  }
}

/** Sends ticks to the newest client of a data socket. */
export class LoadServer {
  readonly #child: ChildProcess;
  environment: Readonly<Record<string, string>> = {};

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(): Promise<LoadServer> {
    const server = new LoadServer(forkPart('server.ts', [LOAD.symbols, LOAD.rowsPerMessage]));
    server.environment = await nextMessage(server.#child);
    return server;
  }

  /** Waits until the newest client has subscribed everything. */
  async subscribed(): Promise<void> {
    while ((await this.#ask<number>({ subscribed: true })) < LOAD.symbols);
  }

  /** @param from the number of the first message */
  send(messages: number, from = 0): Promise<Sent> {
    return this.#ask<Sent>({ messages, periodMs: LOAD.periodMs, from });
  }

  close(): void {
    this.#child.disconnect();
  }

  #ask<T>(message: object): Promise<T> {
    this.#child.send(message);
    return nextMessage(this.#child);
  }
}

/** Reads the rows of a load from a pipe. */
export class LoadReader {
  readonly #child: ChildProcess;
  readonly #file: string;
  readonly #ended: Promise<unknown>;

  /** @param stdin a descriptor @param folder for its result */
  constructor(stdin: number, rows: number, folder: string) {
    this.#file = path.join(folder, 'arrivals');
    const args = [path.join(HERE, 'reader.cjs'), String(rows), this.#file, String(FIRST_NUMBER), NUMBER_KEY];
    this.#child = spawn(process.execPath, args, { stdio: [stdin, 'ignore', 'inherit'] });
    this.#ended = once(this.#child, 'close');
  }

  /** By the number of a row: when it came, in milliseconds of the monotonic clock. It ends with the last row, or with its pipe. */
  async arrivals(): Promise<Float64Array> {
    await this.#ended;
    const bytes = readFileSync(this.#file);
    return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  }
}
