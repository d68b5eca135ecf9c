import type { Readable } from 'node:stream';
import { errnoOf } from '../../errors/errno.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { decodeText } from '../../host/decode-text.ts';
import { describeInputFailure, readInput, readOpenInput, wasAborted } from '../../host/read-input.ts';
import { MAX_TOPICS_PER_CONNECTION } from '../../hsm/wire.ts';
import type { Kind, Subscription } from '../../market/kinds.ts';
import { subscriptionFor, whyNoRows } from '../../market/symbol-kinds.ts';
import { MalformedSymbol, normalizeSymbol } from '../../market/symbols.ts';
import { type ListEntry, parseSymbolList, splitEntries } from '../../symbols/symbol-list.ts';

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
  /** Called only when stdin is to be read. */
  readonly stdin: () => Readable;
  /** Stops reading, as Ctrl-C does. */
  readonly signal: AbortSignal;
}

/** The symbols of a command line, each once. */
export interface GivenSymbols {
  readonly symbols: readonly string[];
  /** The place of a symbol in a list, as `watchlist.txt:3`; `undefined` for an argument. */
  placeOf(symbol: string): string | undefined;
}

/**
 * The symbols of a command line in their normal spelling: arguments first, `-` in its place, then the file; each once.
 * Throws `MALFORMED_SYMBOL`, `INPUT_MISSING`, `NO_SYMBOLS`; an AbortError when `signal` fires.
 */
export async function readSymbols({ argv, file, stdin, signal }: SymbolSources): Promise<GivenSymbols> {
  const places = new Map<string, string | undefined>();
  const add = (symbol: string, place: string | undefined): void => {
    if (!places.has(symbol)) places.set(symbol, place);
  };
  const addList = async (bytes: Buffer, name: string): Promise<void> => {
    const text = decodeText(bytes);
    if (text === undefined) throw refuse(name, 'it is not text in UTF-8 or UTF-16', 'save the list as plain text');
    for (const { symbol, line } of await readList(text, name)) add(symbol, `${name}:${line}`);
  };
  let stdinIsRead = false;
  const addStdin = async (): Promise<void> => {
    if (!stdinIsRead) await addList(await readStdin(stdin(), signal), 'stdin');
    stdinIsRead = true;
  };
  for (const argument of argv) {
    if (argument === STDIN) await addStdin();
    else for (const entry of splitArgument(argument)) add(normalizeSymbol(entry), undefined);
  }
  if (file === STDIN) await addStdin();
  else if (file !== undefined) await addList(await readFile(file, signal), file);
  if (places.size === 0) throw noSymbols(file ?? (argv.includes(STDIN) ? STDIN : undefined));
  return { symbols: [...places.keys()], placeOf: (symbol) => places.get(symbol) };
}

/** The entries of an argument without empty ones. A blank argument stays, so that it becomes an error: it is a mistake in the shell. */
function splitArgument(argument: string): string[] {
  const entries = splitEntries(argument);
  return entries.length > 0 ? entries : [argument];
}

/** The symbols of a list with their lines. An error begins with file and line, as those of compilers do. */
async function readList(text: string, name: string): Promise<{ symbol: string; line: number }[]> {
  const at = (place: string, error: unknown): unknown => {
    if (error instanceof MalformedSymbol) return error.at(place);
    if (!(error instanceof TickpipeError)) return error;
    return new TickpipeError(error.code, `${place}: ${error.message}`, { hint: error.hint });
  };
  const entries = await parseSymbolList(text).catch((error) => {
    throw at(name, error);
  });
  return entries.map(({ text: entry, line }: ListEntry) => {
    try {
      return { symbol: normalizeSymbol(entry), line };
    } catch (error) {
      throw at(`${name}:${line}`, error);
    }
  });
}

/** A symbol for a message, with its place when it comes from a list. */
export function nameWithPlace(symbol: string, placeOf: GivenSymbols['placeOf']): string {
  const place = placeOf(symbol);
  return place === undefined ? symbol : `${symbol} (${place})`;
}

function noSymbols(list: string | undefined): TickpipeError {
  if (list === undefined) return new TickpipeError('NO_SYMBOLS', 'no symbol was given');
  const name = list === STDIN ? 'stdin' : list;
  return new TickpipeError('NO_SYMBOLS', `${name} names no symbol`, { hint: 'write one a line, like NSE:SBIN-EQ' });
}

/**
 * The subscriptions for rows of this kind. For `symbol`, indices become subscriptions of their own kind. Throws `NOT_AN_INDEX` and
 * `INDEX_HAS_NO_DEPTH` with the names of the wrong symbols, `TOO_MANY_SYMBOLS` beyond the limit of a connection.
 */
export function subscriptionsOf(kind: Kind, given: GivenSymbols): Subscription[] {
  const { symbols } = given;
  refuseWithoutRows(kind, given);
  // Each symbol has its own topic, except for a few second names of indices.
  if (symbols.length > MAX_TOPICS_PER_CONNECTION) {
    throw new TickpipeError('TOO_MANY_SYMBOLS', `${symbols.length} symbols; at most ${MAX_TOPICS_PER_CONNECTION}`);
  }
  return symbols.map((symbol) => subscriptionFor(kind, symbol));
}

function refuseWithoutRows(kind: Kind, { symbols, placeOf }: GivenSymbols): void {
  const wrong = symbols.filter((symbol) => whyNoRows(kind, symbol) !== undefined);
  const [first] = wrong;
  const code = first === undefined ? undefined : whyNoRows(kind, first);
  if (code === undefined) return;
  const more = wrong.length > MAX_NAMED ? ` and ${wrong.length - MAX_NAMED} more` : '';
  const names = wrong.slice(0, MAX_NAMED).map((symbol) => nameWithPlace(symbol, placeOf));
  const what = code === 'NOT_AN_INDEX' ? 'not an index' : 'an index has no market depth';
  throw new TickpipeError(code, `${what}: ${names.join(', ')}${more}`);
}

/** Reads a list from a file, or from a named pipe, whose writer it waits for. */
async function readFile(file: string, signal: AbortSignal): Promise<Buffer> {
  try {
    return (await readInput(file, { maxBytes: MAX_LIST_BYTES, signal })).bytes;
  } catch (error) {
    if (wasAborted(error, signal)) throw error;
    throw refuse(file, describeFailure(error));
  }
}

async function readStdin(stream: Readable, signal: AbortSignal): Promise<Buffer> {
  try {
    return await readOpenInput(stream, 'stdin', { maxBytes: MAX_LIST_BYTES, signal });
  } catch (error) {
    if (wasAborted(error, signal)) throw error;
    throw refuse('stdin', describeFailure(error));
  }
}

function describeFailure(error: unknown): string {
  return errnoOf(error) === 'EFBIG' ? `it is larger than ${MAX_LIST_BYTES} bytes` : describeInputFailure(error);
}

function refuse(name: string, reason: string, hint?: string): TickpipeError {
  return new TickpipeError('INPUT_MISSING', `${name} cannot be read: ${reason}`, hint === undefined ? {} : { hint });
}
