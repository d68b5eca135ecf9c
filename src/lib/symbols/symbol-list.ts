import { TickpipeError } from '../errors/tickpipe-error.ts';

/** One entry of a list as it was written, without quotes and blanks around it. Not checked. */
export interface ListEntry {
  readonly text: string;
  /** The line it stands in, from 1. */
  readonly line: number;
}

const LINE_END = /\r\n|\r|\n/;
/** A comma separates, and so does a blank in front of another exchange, which no symbol contains; not one after an opening quote. */
const SEPARATOR = /,|(?<!(?:^|[, ])["']) (?=["']? ?(?:NSE|BSE|MCX):)/i;
/** The separators of files that spreadsheets export. */
const DELIMITERS = [',', '\t', ';'] as const;
const SYMBOL_COLUMN = 'symbol';

/**
 * The entries of a list of symbols. Lines end with LF, CRLF or CR; `#` begins a comment; commas separate, and blanks in front
 * of another exchange; other blanks belong to the symbol; quotes around a symbol are dropped. A text whose first line is a
 * CSV header with a `symbol` column (separated by commas, tabs or semicolons) is read by that column.
 * Throws `MALFORMED_SYMBOL` for a CSV that cannot be parsed.
 */
export async function parseSymbolList(text: string): Promise<ListEntry[]> {
  const header = findHeader(text);
  if (header) return await parseColumn(text, header);
  return text.split(LINE_END).flatMap((content, index) => {
    const code = content.split('#', 1)[0] as string;
    return splitEntries(code).map((entry) => ({ text: entry, line: index + 1 }));
  });
}

/** Entries between commas, and between blanks in front of another exchange. Empty ones are left out. */
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
  const quoted = /^(["'])(.*)\1$/.exec(bare);
  return (quoted?.[2] ?? bare).trim();
}

interface Header {
  readonly delimiter: (typeof DELIMITERS)[number];
  /** Which column holds the symbols, from 0. */
  readonly column: number;
}

/** The header of a CSV with a `symbol` column; `undefined` when the text is a plain list. */
function findHeader(text: string): Header | undefined {
  const first = text.split(LINE_END).find((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  if (first === undefined) return undefined;
  for (const delimiter of DELIMITERS) {
    const column = first.split(delimiter).findIndex((name) => unquote(name).toLowerCase() === SYMBOL_COLUMN);
    if (column >= 0) return { delimiter, column };
  }
  return undefined;
}

/** The CSV parser is loaded only for a CSV. */
async function parseColumn(text: string, { delimiter, column }: Header): Promise<ListEntry[]> {
  const { parse } = await import('csv-parse/sync');
  // A comment is a whole line here: a cell may contain the character.
  const lines = text.split(LINE_END).map((line) => (line.trimStart().startsWith('#') ? '' : line));
  try {
    const records = parse(lines.join('\n'), {
      delimiter,
      info: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
    }) as unknown as readonly { readonly info: { readonly lines: number }; readonly record: readonly string[] }[];
    return records
      .slice(1)
      .map(({ info, record }) => ({ text: unquote(record[column] ?? ''), line: info.lines - countLineEnds(record) }))
      .filter((entry) => entry.text !== '');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TickpipeError('MALFORMED_SYMBOL', `the CSV cannot be parsed: ${reason}`);
  }
}

/** The parser counts the lines up to a record's end; a quoted cell may hold some of them. */
function countLineEnds(record: readonly string[]): number {
  return record.reduce((sum, cell) => sum + cell.split('\n').length - 1, 0);
}
