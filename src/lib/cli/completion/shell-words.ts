/** A word of a command line: as it was typed, and what it means without its quotes. */
export interface ShellWord {
  readonly raw: string;
  readonly text: string;
}

/** The command at the end of a line that is being typed. */
export interface TypedCommand {
  /** The words before the cursor's, the name of the command first. Variables set for it and redirections are left out. */
  readonly before: readonly string[];
  /** The word that ends at the cursor; empty after a blank. */
  readonly current: ShellWord;
  /** That word is the file of a redirection. */
  readonly isRedirection: boolean;
}

/** A part of a line of bash: what separates words, or a piece of a word, which is quoted, escaped or one character. */
const TOKEN =
  /(?<blank>\s+)|(?<redirection>&>>?|\d*(?:<<<|<>|>>|>\||[<>]&?))|(?<operator>[;|&()]+)|\\.?|"(?:\\.|[^"\\])*(?:"|\\?$)|'[^']*'?|./gsu;
const ASSIGNMENT = /^[A-Za-z_]\w*=/;

/** Reads a line of bash up to the cursor. */
export function readBashLine(line: string): TypedCommand {
  let before: string[] = [];
  let current: ShellWord | undefined;
  let isRedirection = false;
  const end = (): void => {
    if (!current) return;
    if (!isRedirection) before.push(current.text);
    current = undefined;
    isRedirection = false;
  };
  for (const { 0: raw, groups } of line.matchAll(TOKEN)) {
    const { blank, redirection, operator } = groups ?? {};
    if (blank ?? redirection ?? operator) end();
    if (redirection) isRedirection = true;
    else if (operator) before = [];
    else if (!blank) current = { raw: (current?.raw ?? '') + raw, text: (current?.text ?? '') + unquotePiece(raw) };
  }
  const name = before.findIndex((text) => !ASSIGNMENT.test(text));
  return { before: name < 0 ? [] : before.slice(name), current: current ?? { raw: '', text: '' }, isRedirection };
}

/** The text of a word without its quotes, of which the last may be open. */
export function unquote(raw: string): string {
  return splitPieces(raw).map(unquotePiece).join('');
}

const splitPieces = (raw: string): string[] => raw.match(TOKEN) ?? [];

function unquotePiece(piece: string): string {
  const [first] = piece;
  if (first === '\\') return piece.slice(1);
  if (first !== '"' && first !== "'") return piece;
  const inner = piece.slice(1, isOpen(piece) ? undefined : -1);
  return first === '"' ? inner.replace(/\\(["\\$`])/g, '$1') : inner;
}

/** Whether a piece begins with a quote that does not end. */
const isOpen = (piece: string): boolean => /^(?:'[^']*|"(?:\\.|[^"\\])*\\?)$/s.test(piece);

/**
 * How much of the word under the cursor bash keeps, and the quote that is open. Bash completes only what stands behind the last
 * unquoted character of COMP_WORDBREAKS, or behind an open quote. `$` and `@` belong to what follows them.
 */
export function findKeptHead(raw: string, wordBreaks: string): { length: number; quote: '"' | "'" | undefined } {
  let length = 0;
  let at = 0;
  for (const piece of splitPieces(raw)) {
    if (isOpen(piece)) return { length: at + 1, quote: piece[0] as '"' | "'" };
    if (piece.length === 1 && wordBreaks.includes(piece)) length = '$@'.includes(piece) ? at : at + 1;
    at += piece.length;
  }
  return { length, quote: undefined };
}

/** A text that bash reads as this word, or as its rest behind a quote that is open. */
export function quoteForBash(text: string, open: '"' | "'" | undefined): string {
  if (open === "'") return text.replaceAll("'", "'\\''");
  if (open === '"') return text.replace(/["\\$`]/g, '\\$&');
  return text.replace(/[^\w@%+=:,./-]/g, '\\$&');
}
