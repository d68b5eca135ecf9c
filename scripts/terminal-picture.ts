/** A run of cells of one line of a terminal that look alike. */
interface Run {
  readonly text: string;
  readonly bold: boolean;
  readonly dim: boolean;
  /** An index of the palette; `undefined` for the default colour. */
  readonly color: number | undefined;
}

/** The eight colours and their bright forms, readable on the background below. */
const PALETTE = [
  ...['#484f58', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#b1bac4'],
  ...['#6e7681', '#ffa198', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#ffffff'],
];
const BACKGROUND = '#0d1117';
const FOREGROUND = '#e6edf3';
const BORDER = '#30363d';
const FONT_SIZE = 14;
const CELL_WIDTH = 8.4;
const LINE_HEIGHT = 19;
const PADDING = 16;
const FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace";

/**
 * A terminal's screen as SVG. It has a background of its own, so it looks the same on light and on dark pages.
 *
 * @param screen lines with the escape sequences of colours, as `tmux capture-pane -e -p` prints them
 * @param columns how wide the terminal is
 * @param title what the picture shows, for those who cannot see it
 */
export function renderTerminal(screen: string, columns: number, title: string): string {
  const lines = readLines(screen);
  const width = Math.ceil(columns * CELL_WIDTH + 2 * PADDING);
  const height = lines.length * LINE_HEIGHT + 2 * PADDING;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escapeXml(title)}</title>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${BACKGROUND}" stroke="${BORDER}"/>
<g font-family="${FONTS}" font-size="${FONT_SIZE}" fill="${FOREGROUND}">
${lines.map(renderLine).join('')}</g>
</svg>
`;
}

function renderLine(runs: readonly Run[], row: number): string {
  const y = PADDING + row * LINE_HEIGHT + FONT_SIZE;
  let column = 0;
  return runs
    .map((run) => {
      const start = column;
      column += run.text.length;
      return [...run.text.matchAll(WORDS)].map((words) => renderWords(words[0], start + words.index, y, run)).join('');
    })
    .join('');
}

/** Words with single blanks between them. More blanks move what follows instead, because some viewers drop them. */
const WORDS = /\S+(?: \S+)*/g;

function renderWords(words: string, column: number, y: number, { color, bold, dim }: Run): string {
  const style = [
    color === undefined ? '' : ` fill="${PALETTE[color]}"`,
    bold ? ' font-weight="bold"' : '',
    dim ? ' opacity="0.6"' : '',
  ].join('');
  // The width of the text is the cells', whatever the font.
  const size = (words.length * CELL_WIDTH).toFixed(1);
  const x = (PADDING + column * CELL_WIDTH).toFixed(1);
  return `<text x="${x}" y="${y}" textLength="${size}" lengthAdjust="spacingAndGlyphs"${style}>${escapeXml(words)}</text>\n`;
}

/** The lines of a screen without the empty ones at its end, each as runs. */
function readLines(screen: string): Run[][] {
  let style: Omit<Run, 'text'> = { bold: false, dim: false, color: undefined };
  const lines = screen.split('\n').map((line) => {
    const [before = '', ...rest] = line.split('\u001b[');
    const runs: Run[] = [{ text: before, ...style }];
    for (const part of rest) {
      // The numbers up to the m, then the text that they colour.
      const end = part.indexOf('m');
      style = part.slice(0, end).split(';').reduce(applyCode, style);
      runs.push({ text: part.slice(end + 1), ...style });
    }
    return runs;
  });
  while (lines.length > 0 && lines.at(-1)?.every(({ text }) => text.trim() === '')) lines.pop();
  return lines;
}

/** One number of the escape sequence that sets colours. Those that the program does not use are ignored. */
function applyCode(style: Omit<Run, 'text'>, code: string): Omit<Run, 'text'> {
  const number = Number(code);
  if (number === 0) return { ...style, bold: false, dim: false, color: undefined };
  if (number === 1) return { ...style, bold: true };
  if (number === 2) return { ...style, dim: true };
  if (number === 22) return { ...style, bold: false, dim: false };
  if (number === 39) return { ...style, color: undefined };
  if (number >= 30 && number <= 37) return { ...style, color: number - 30 };
  if (number >= 90 && number <= 97) return { ...style, color: number - 90 + 8 };
  return style;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
