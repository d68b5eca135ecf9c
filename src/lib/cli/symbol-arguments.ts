import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { describeErrno } from '../errors/errno.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { MAX_TOPICS_PER_CONNECTION } from '../hsm/wire.ts';
import type { Kind, Subscription } from '../market/kinds.ts';
import { isIndexSymbol, normalizeSymbols, splitSymbolList } from '../market/symbols.ts';

/** Stands for stdin among the arguments, and as `--file`. */
const STDIN = '-';
/** 5,000 symbols with comments take a fraction of this. */
const MAX_LIST_BYTES = 4 * 1024 * 1024;
/** How many symbols an error names. */
const MAX_NAMED = 3;

export interface SymbolSources {
  /** Arguments as they were typed: symbols, symbols between commas, `-`. */
  readonly argv: readonly string[];
  /** `--file`. */
  readonly file?: string | undefined;
  /** Asked for only when it is to be read. */
  readonly stdin: () => Readable;
  /** Stops reading, as Ctrl-C does. */
  readonly signal?: AbortSignal;
}

/**
 * The symbols of a command line in their one spelling: arguments first, `-` in its place, then the file; each once.
 * Throws `MALFORMED_SYMBOL`, `INPUT_MISSING`, `NO_SYMBOLS`; an AbortError when `signal` fires.
 */
export async function readSymbols({ argv, file, stdin, signal }: SymbolSources): Promise<string[]> {
  const symbols: string[] = [];
  let stdinText: string | undefined;
  const readStdin = async (): Promise<string[]> => {
    stdinText ??= await readList(stdin(), 'stdin', signal);
    return normalizeList(stdinText, 'stdin');
  };
  for (const argument of argv) {
    if (argument === STDIN) symbols.push(...(await readStdin()));
    else symbols.push(...normalizeSymbols(splitArgument(argument)));
  }
  if (file === STDIN) symbols.push(...(await readStdin()));
  else if (file !== undefined) {
    const text = await readList(createReadStream(file), file, signal);
    symbols.push(...normalizeList(text, file));
  }
  if (symbols.length === 0) throw noSymbols(file ?? (argv.includes(STDIN) ? STDIN : undefined));
  return [...new Set(symbols)];
}

/** Symbols between commas, empty ones skipped as in a list. An argument that is nothing but blank is a mistake of the shell's. */
function splitArgument(argument: string): string[] {
  const entries = argument.split(',').filter((entry) => entry.trim() !== '');
  return entries.length > 0 ? entries : [argument];
}

function noSymbols(list: string | undefined): TickpipeError {
  if (list === undefined) return new TickpipeError('NO_SYMBOLS', 'no symbol was given');
  const name = list === STDIN ? 'stdin' : list;
  return new TickpipeError('NO_SYMBOLS', `${name} names no symbol`, { hint: 'write one a line, like NSE:SBIN-EQ' });
}

/**
 * What to subscribe so that rows of this kind come: `symbol` takes indices, too, as rows of their own kind. Throws
 * `NOT_AN_INDEX` and `INDEX_HAS_NO_DEPTH` naming the symbols that do not fit, `TOO_MANY_SYMBOLS` beyond a connection's limit.
 */
export function subscriptionsOf(kind: Kind, symbols: readonly string[]): Subscription[] {
  if (kind === 'index') refuseAll(symbols, (symbol) => !isIndexSymbol(symbol), 'NOT_AN_INDEX', 'not an index');
  if (kind === 'depth') refuseAll(symbols, isIndexSymbol, 'INDEX_HAS_NO_DEPTH', 'an index has no market depth');
  // Each symbol is a topic, but for a few second names of indices.
  if (symbols.length > MAX_TOPICS_PER_CONNECTION) {
    throw new TickpipeError('TOO_MANY_SYMBOLS', `${symbols.length} symbols; at most ${MAX_TOPICS_PER_CONNECTION}`);
  }
  return symbols.map((symbol) => ({ kind: kind === 'symbol' && isIndexSymbol(symbol) ? 'index' : kind, symbol }));
}

function refuseAll(
  symbols: readonly string[],
  isWrong: (symbol: string) => boolean,
  code: 'NOT_AN_INDEX' | 'INDEX_HAS_NO_DEPTH',
  what: string,
): void {
  const wrong = symbols.filter(isWrong);
  if (wrong.length === 0) return;
  const more = wrong.length > MAX_NAMED ? ` and ${wrong.length - MAX_NAMED} more` : '';
  throw new TickpipeError(code, `${what}: ${wrong.slice(0, MAX_NAMED).join(', ')}${more}`);
}

/** A list's symbols; an error about one says which list it stands in. */
function normalizeList(text: string, name: string): string[] {
  try {
    return normalizeSymbols(splitSymbolList(text));
  } catch (error) {
    if (!(error instanceof TickpipeError)) throw error;
    throw new TickpipeError(error.code, `${error.message} in ${name}`, { hint: error.hint });
  }
}

async function readList(stream: Readable, name: string, signal: AbortSignal | undefined): Promise<string> {
  const stop = (): void => void stream.destroy(abortError());
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      const buffer = Buffer.from(chunk);
      bytes += buffer.length;
      if (bytes > MAX_LIST_BYTES) throw refuse(name, `it is larger than ${MAX_LIST_BYTES} bytes`);
      chunks.push(buffer);
    }
  } catch (error) {
    if (error instanceof TickpipeError || (error instanceof Error && error.name === 'AbortError')) throw error;
    throw refuse(name, describeFailure(error));
  } finally {
    signal?.removeEventListener('abort', stop);
    stream.destroy();
  }
  return Buffer.concat(chunks).toString('utf8');
}

function abortError(): Error {
  return Object.assign(new Error('stopped while reading symbols'), { name: 'AbortError' });
}

function describeFailure(error: unknown): string {
  const code = describeErrno(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a directory';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  return code;
}

function refuse(name: string, reason: string): TickpipeError {
  return new TickpipeError('INPUT_MISSING', `${name} cannot be read: ${reason}`);
}
