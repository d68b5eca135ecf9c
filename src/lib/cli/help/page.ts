/*
 * A page of documentation as data. One source is printed on terminals (`renderText`), and made into man pages and Markdown by
 * `npm run docs` and the build. Texts mark code with backticks, as Markdown does.
 */

export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'subheading'; readonly text: string }
  /** A paragraph. Its line ends, if it has any, stay. */
  | { readonly kind: 'text'; readonly text: string }
  /** Lines that stay as they are. */
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'bullets'; readonly items: readonly string[] }
  /** The first cell of a row is what the others explain. Without room for columns, the cells after the second go by their heads. */
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };

export type Page = readonly Block[];

const INDENT = 2;
/** Wider terms stand on a line of their own. */
const MAX_TERM_WIDTH = 26;
const MIN_WIDTH = 40;
const MAX_WIDTH = 100;

/** A page for a terminal of so many columns. */
export function renderText(page: Page, columns: number): string {
  const width = Math.min(Math.max(columns, MIN_WIDTH), MAX_WIDTH);
  return page
    .map((block) => `${renderBlock(block, width)}\n${block.kind === 'heading' ? '' : '\n'}`)
    .join('')
    .replace(/\n$/, '');
}

function renderBlock(block: Block, width: number): string {
  switch (block.kind) {
    case 'heading':
      return plain(shoutHeading(block.text));
    case 'subheading':
      return `${' '.repeat(INDENT)}${plain(block.text)}`;
    case 'text':
      return wrap(plain(block.text), width, INDENT);
    case 'code':
      return indent(block.text, 2 * INDENT);
    case 'bullets':
      return block.items
        .map((item) => `${' '.repeat(INDENT)}- ${wrap(plain(item), width, 2 * INDENT).trimStart()}`)
        .join('\n');
    case 'table':
      return renderTerms(
        block.rows.map((row) => termOf(row, block.head)),
        width,
      );
  }
}

/** A row of a table as a term and what explains it. */
export function termOf(row: readonly string[], head: readonly string[]): [term: string, text: string] {
  const [term = '', text = '', ...rest] = row;
  const facts = rest.flatMap((cell, at) => (cell === '' ? [] : `${capitalize(head[at + 2] ?? '')}: ${cell}.`));
  const sentence = facts.length > 0 && !/[.:]$/.test(text) ? `${text}.` : text;
  return [term, [sentence, ...facts].join(' ')];
}

function renderTerms(terms: readonly (readonly [string, string])[], width: number): string {
  const widths = terms.map(([term]) => plain(term).length);
  const column = Math.min(Math.max(...widths), MAX_TERM_WIDTH) + 2 * INDENT;
  return terms
    .map(([term, text]) => {
      const name = `${' '.repeat(INDENT)}${plain(term)}`;
      const lines = wrap(plain(text), width, column);
      return name.length + INDENT > column ? `${name}\n${lines}` : name.padEnd(column) + lines.slice(column);
    })
    .join('\n');
}

/** A heading in capitals, but for the code in it. */
export function shoutHeading(text: string): string {
  return text.replace(/`[^`]*`|[^`]+/g, (part) => (part.startsWith('`') ? part : part.toUpperCase()));
}

/** Text without the marks of code. */
export function plain(text: string): string {
  return text.replaceAll('`', '');
}

/** Breaks a text at blanks into lines of at most `width`, each indented. A longer word has a line of its own. */
export function wrap(text: string, width: number, indentation: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && indentation + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return indent([...lines, line].join('\n'), indentation);
}

function indent(text: string, by: number): string {
  return text
    .split('\n')
    .map((line) => ' '.repeat(by) + line)
    .join('\n');
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
