import { type Block, type Page, shoutHeading, termOf, wrap } from '../src/lib/cli/help/page.ts';

/** Longer lines are hard to compare. */
const INPUT_WIDTH = 80;

/** What stands in the header and footer of a man page. */
export interface ManTitle {
  /** Such as `tickpipe-stream-symbols`. */
  readonly name: string;
  /** 1 for commands, 7 for what they have in common. */
  readonly section: 1 | 7;
  readonly version: string;
  /** `YYYY-MM-DD`; empty when there is none. */
  readonly date: string;
}

/** A page as a man page, with the macros of man(7). */
export function renderManPage({ name, section, version, date }: ManTitle, page: Page): string {
  const quote = (word: string): string => `"${escapeRoff(word)}"`;
  // mandoc reads a date only without escapes.
  const title = [
    quote(name.toUpperCase()),
    section,
    `"${date}"`,
    quote(`tickpipe ${version}`),
    quote('tickpipe manual'),
  ];
  const head = `.TH ${title.join(' ')}\n.nh\n.ad l\n`;
  return head + page.map((block, at) => renderBlock(block, page[at - 1])).join('');
}

function renderBlock(block: Block, before: Block | undefined): string {
  // Below a heading a paragraph begins by itself.
  const paragraph = before?.kind === 'heading' || before?.kind === 'subheading' ? '' : '.PP\n';
  switch (block.kind) {
    case 'heading':
      return `.SH "${escapeRoff(shoutHeading(block.text).replaceAll('`', ''))}"\n`;
    case 'subheading':
      return `.SS "${escapeRoff(block.text)}"\n`;
    case 'text':
      return paragraph + block.text.split('\n').map(renderText).join('.br\n');
    case 'code':
      return `${paragraph}.RS 4\n.nf\n${block.text.split('\n').map(renderCodeLine).join('')}.fi\n.RE\n`;
    case 'bullets':
      return block.items.map((item) => `.IP \\(bu 2\n${renderText(item)}`).join('');
    case 'table':
      return block.rows
        .map((row) => termOf(row, block.head))
        .map(([term, text]) => `.TP\n${guardStart(markCode(term))}\n${renderText(text)}`)
        .join('');
  }
}

/** A text as lines of input. */
function renderText(text: string): string {
  return wrap(markCode(text), INPUT_WIDTH, 0)
    .split('\n')
    .map((line) => `${guardStart(line)}\n`)
    .join('');
}

/** Code in bold, what stands for a value in italics. */
function markCode(text: string): string {
  return text
    .split('`')
    .map((part, at) => (at % 2 === 1 ? renderCode(part) : escapeRoff(part)))
    .join('');
}

/** A flag with its value, as `--format ndjson|csv`, or other code. */
function renderCode(code: string): string {
  const [, flag, value] = /^(--\S+) (\S+)$/.exec(code) ?? [];
  if (flag === undefined || value === undefined) return `\\fB${escapeRoff(code)}\\fR`;
  return `\\fB${escapeRoff(flag)}\\fR \\fI${escapeRoff(value)}\\fR`;
}

function renderCodeLine(line: string): string {
  return `${guardStart(escapeRoff(line))}\n`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
  '"': '\\(dq',
};

/** Characters that roff would read as its own or print as others: a hyphen, a quote, a backslash. */
export function escapeRoff(text: string): string {
  return text.replace(/[\\\-'`^~"]/g, (char) => ESCAPES[char] ?? char);
}

/** A line that begins with a dot would be a request. A line of blanks alone would end the paragraph. */
function guardStart(line: string): string {
  return line.startsWith('.') || line === '' ? `\\&${line}` : line;
}
