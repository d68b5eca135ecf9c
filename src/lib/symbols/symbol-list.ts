import { TickpipeError } from '../errors/tickpipe-error.ts';

/** One entry of a list as it was written, without quotes and blanks around it. Not checked. */
export interface ListEntry {
  readonly text: string;
  /** The line it stands in, from 1. */
  readonly line: number;
}

/** A list that cannot be read as one. */
export class BrokenList extends TickpipeError {
  /** From 1. */
  readonly line: number;

  constructor(message: string, line: number) {
    super('MALFORMED_SYMBOL', message, { hint: 'correct the list, or save it as plain text with one symbol a line' });
    this.line = line;
  }
}

export const LINE_END = /\r\n|\r|\n/;
export const COMMENT = '#';
/**
 * A comma or a semicolon separates, and so does a blank in front of another exchange or a watchlist, which no symbol contains; not one
 * after an opening quote.
 */
const SEPARATOR = /[,;]|(?<!(?:^|[,; ])["']) (?=["']? ?(?:(?:NSE|BSE|MCX):|@))/i;
/** The separators of files that spreadsheets export. */
const DELIMITERS = [',', '\t', ';'] as const;
const SYMBOL_COLUMN = 'symbol';
/** The first line of a CSV for Excel may say which separator follows. */
const SEPARATOR_LINE = /^"?sep=.?"?$/i;
/** Longer headers are none. */
const MAX_HEADER_CHARACTERS = 64 * 1024;

/**
 * The entries of a list of symbols. Lines end with LF, CRLF or CR; `#` begins a comment; commas and semicolons separate, and blanks in
 * front of another exchange or an `@`; other blanks belong to the symbol; quotes around a symbol are dropped. A text whose first line
 * is a CSV header with a `symbol` column (separated by commas, tabs or semicolons) is read by that column.
 * Throws `BrokenList` for a CSV that cannot be parsed.
 */
export async function parseSymbolList(text: string): Promise<ListEntry[]> {
  const header = await findHeader(text);
  if (header) return parseColumn(text, header);
  return text.split(LINE_END).flatMap((content, index) => {
    const code = content.split(COMMENT, 1)[0] as string;
    return splitEntries(code).map((entry) => ({ text: entry, line: index + 1 }));
  });
}

/** Whether a list is a CSV with a `symbol` column. */
export async function isTable(text: string): Promise<boolean> {
  return (await findHeader(text)) !== undefined;
}

/** The entries of a line, or of an argument. Empty ones are left out. */
export function splitEntries(text: string): string[] {
  // One blank for many: a pattern over runs of blanks would take quadratic time.
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .split(SEPARATOR)
    .map(unquote)
    .filter((entry) => entry !== '');
}

function unquote(entry: string): string {
  const bare = entry.trim();
  // Spreadsheets write ="NSE:SBIN-EQ" so that the text stays one.
  const quoted = /^=?(["'])(.*)\1$/.exec(bare);
  return (quoted?.[2] ?? bare).trim();
}

interface Header {
  readonly delimiter: (typeof DELIMITERS)[number];
  /** Which column holds the symbols, from 0. */
  readonly column: number;
}

/** The header of a CSV with a `symbol` column; `undefined` when the text is a plain list. */
async function findHeader(text: string): Promise<Header | undefined> {
  const first = findFirstRecord(text.slice(0, MAX_HEADER_CHARACTERS));
  // The CSV parser is loaded only for what may be a CSV.
  if (first === undefined || !first.toLowerCase().includes(SYMBOL_COLUMN)) return undefined;
  for (const delimiter of DELIMITERS) {
    const [record] = await parseCsv(first, delimiter).catch(() => []);
    const column = record?.cells.findIndex((name) => unquote(name).toLowerCase() === SYMBOL_COLUMN) ?? -1;
    if (column >= 0) return { delimiter, column };
  }
  return undefined;
}

/** The first line that is no comment, with the lines after it as long as a quote is open. */
function findFirstRecord(text: string): string | undefined {
  const lines = blankOut(text).split('\n');
  const begin = lines.findIndex((line) => line.trim() !== '');
  if (begin < 0) return undefined;
  let quotes = 0;
  for (let end = begin; end < lines.length; end++) {
    quotes += (lines[end] as string).split('"').length - 1;
    if (quotes % 2 === 0) return lines.slice(begin, end + 1).join('\n');
  }
  return lines.slice(begin).join('\n');
}

/** The same lines, without what stands in comments and in the line that names the separator. */
function blankOut(text: string): string {
  // A comment is a whole line here: a cell may contain the character.
  const isNoise = (line: string): boolean => line.trimStart().startsWith(COMMENT) || SEPARATOR_LINE.test(line.trim());
  return text
    .split(LINE_END)
    .map((line) => (isNoise(line) ? '' : line))
    .join('\n');
}

async function parseColumn(text: string, { delimiter, column }: Header): Promise<ListEntry[]> {
  const records = await parseCsv(blankOut(text), delimiter);
  return records.slice(1).flatMap(({ cells, line }) => {
    // A leading apostrophe keeps a cell a text in spreadsheets.
    const cell = (cells[column] ?? '').trim().replace(/^'(?!.*'$)/, '');
    return splitEntries(cell).map((entry) => ({ text: entry, line }));
  });
}

interface CsvRecord {
  readonly cells: readonly string[];
  /** Where it begins, from 1. */
  readonly line: number;
}

/** Throws `BrokenList`. @param text with LF line ends */
async function parseCsv(text: string, delimiter: string): Promise<CsvRecord[]> {
  const { CsvError, parse } = await import('csv-parse/sync');
  const options = {
    delimiter,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  } as const;
  try {
    const records = parse(text, options) as unknown as readonly {
      readonly info: { readonly lines: number };
      readonly record: readonly string[];
    }[];
    return records.map(({ info, record }) => ({ cells: record, line: info.lines - countLineEnds(record) }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const prefix = 'the CSV cannot be parsed';
    if (error.code !== 'CSV_QUOTE_NOT_CLOSED') throw new BrokenList(`${prefix}: ${error.message}`, 1);
    // The parser names the last line of the text.
    const line = text.slice(0, text.lastIndexOf('"')).split('\n').length;
    throw new BrokenList(`${prefix}: a quote is opened and never closed`, line);
  }
}

/** The parser counts the lines up to a record's end; a quoted cell may hold some of them. */
function countLineEnds(record: readonly string[]): number {
  return record.reduce((sum, cell) => sum + cell.split('\n').length - 1, 0);
}
