import type { Readable } from 'node:stream';
import { errnoOf } from '../../errors/errno.ts';
import { InvalidValue } from '../../errors/invalid-value.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { decodeText } from '../../host/decode-text.ts';
import { readPlainName } from '../../host/plain-name.ts';
import {
  describeInputFailure,
  type InputOptions,
  readInput,
  readOpenInput,
  wasAborted,
} from '../../host/read-input.ts';
import { MalformedSymbol, normalizeSymbol } from '../../market/symbols.ts';
import { BrokenList, parseSymbolList, splitEntries } from '../../symbols/symbol-list.ts';
import { WATCHLIST_MARK } from '../../symbols/watchlist-files.ts';

/** Stands for stdin among the arguments, and as `--file`. */
export const STDIN = '-';
/** 5,000 symbols with comments take a fraction of this. */
export const MAX_LIST_BYTES = 4 * 1024 * 1024;

export interface SymbolSources {
  /** Arguments as they were typed: symbols, symbols between commas, `-`, `@name`. */
  readonly argv: readonly string[];
  /** `--file`. */
  readonly file?: string | undefined;
  /** Called only when stdin is to be read. */
  readonly stdin: () => Readable;
  /** Stops reading, as Ctrl-C does. */
  readonly signal: AbortSignal;
}

/** A symbol in its one spelling, or the name of a watchlist, as a command line or a list gives it. */
export interface SymbolEntry {
  readonly kind: 'symbol' | 'watchlist';
  readonly name: string;
  /** The file and line, as `watchlist.txt:3`; `undefined` for an argument. */
  readonly place: string | undefined;
}

/**
 * What a command line gives: arguments first, `-` in its place, then the file. Watchlists stay names. Throws `MALFORMED_SYMBOL`,
 * `USAGE` for what is no name of a watchlist, `INPUT_MISSING`; an AbortError when `signal` fires.
 */
export async function readEntries({ argv, file, stdin, signal }: SymbolSources): Promise<SymbolEntry[]> {
  const entries: SymbolEntry[] = [];
  let stdinIsRead = false;
  const addStdin = async (): Promise<void> => {
    if (!stdinIsRead) entries.push(...(await readList(await readStdin(stdin(), signal), 'stdin')));
    stdinIsRead = true;
  };
  for (const argument of argv) {
    if (argument === STDIN) await addStdin();
    else for (const entry of splitArgument(argument)) entries.push(readEntry(entry, undefined));
  }
  if (file === STDIN) await addStdin();
  else if (file !== undefined) entries.push(...(await readListFile(file, file, { signal })));
  return entries;
}

/**
 * What a list in a file gives, or in a named pipe, whose writer it waits for. Throws as `readEntries`.
 * @param name of the file in messages
 */
export async function readListFile(
  file: string,
  name: string,
  { signal, filesOnly }: Pick<InputOptions, 'signal' | 'filesOnly'>,
): Promise<SymbolEntry[]> {
  let bytes: Buffer;
  try {
    ({ bytes } = await readInput(file, { maxBytes: MAX_LIST_BYTES, signal, filesOnly }));
  } catch (error) {
    if (wasAborted(error, signal)) throw error;
    throw unreadable(name, describeFailure(error));
  }
  return readList(bytes, name);
}

/** What the text of a list gives. An error begins with file and line, as those of compilers do. */
async function readListText(text: string, name: string): Promise<SymbolEntry[]> {
  try {
    return (await parseSymbolList(text)).map((entry) => readEntry(entry.text, `${name}:${entry.line}`));
  } catch (error) {
    throw error instanceof BrokenList ? atPlace(`${name}:${error.line}`, error) : error;
  }
}

async function readList(bytes: Buffer, name: string): Promise<SymbolEntry[]> {
  const text = decodeText(bytes);
  if (text === undefined) {
    throw unreadable(name, 'it is not text in UTF-8 or UTF-16', 'save the list as plain text');
  }
  return readListText(text, name);
}

/** Throws `MALFORMED_SYMBOL`, or `USAGE` for what is no name of a watchlist, with the place. */
function readEntry(text: string, place: string | undefined): SymbolEntry {
  try {
    if (!text.startsWith(WATCHLIST_MARK)) return { kind: 'symbol', name: normalizeSymbol(text), place };
    return { kind: 'watchlist', name: readWatchlistName(text), place };
  } catch (error) {
    throw place === undefined || !(error instanceof TickpipeError) ? error : atPlace(place, error);
  }
}

/** The name of a watchlist, which may have its mark. Throws `USAGE`. */
export function readWatchlistName(text: string): string {
  try {
    return readPlainName(text.startsWith(WATCHLIST_MARK) ? text.slice(WATCHLIST_MARK.length) : text);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw new TickpipeError('USAGE', `malformed name of a watchlist: ${error.message}`, {
      hint: 'write it like @banks',
    });
  }
}

/** The same error with the place where it was found. */
export function atPlace(place: string, error: TickpipeError): TickpipeError {
  if (error instanceof MalformedSymbol) return error.at(place);
  return new TickpipeError(error.code, `${place}: ${error.message}`, { hint: error.hint });
}

/** The entries of an argument without empty ones. A blank argument stays, so that it becomes an error: it is a mistake in the shell. */
function splitArgument(argument: string): string[] {
  const entries = splitEntries(argument);
  return entries.length > 0 ? entries : [argument];
}

async function readStdin(stream: Readable, signal: AbortSignal): Promise<Buffer> {
  try {
    return await readOpenInput(stream, 'stdin', { maxBytes: MAX_LIST_BYTES, signal });
  } catch (error) {
    if (wasAborted(error, signal)) throw error;
    throw unreadable('stdin', describeFailure(error));
  }
}

function describeFailure(error: unknown): string {
  return errnoOf(error) === 'EFBIG' ? `it is larger than ${MAX_LIST_BYTES} bytes` : describeInputFailure(error);
}

function unreadable(name: string, reason: string, hint?: string): TickpipeError {
  return new TickpipeError('INPUT_MISSING', `${name} cannot be read: ${reason}`, { hint });
}
