/** Colours for text on a terminal, or none. */
export interface Paint {
  readonly up: (text: string) => string;
  readonly down: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly alert: (text: string) => string;
}

const RESET = '\x1b[0m';
const plain = (text: string): string => text;
const coded =
  (code: string) =>
  (text: string): string =>
    `\x1b[${code}m${text}${RESET}`;

export function createPaint(color: boolean): Paint {
  if (!color) return { up: plain, down: plain, dim: plain, bold: plain, alert: plain };
  return { up: coded('32'), down: coded('31'), dim: coded('2'), bold: coded('1'), alert: coded('1;31') };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const ESCAPES = /\x1b\[[0-9;]*m/g;

/** How many columns of a terminal a line takes. */
export function visibleWidth(line: string): number {
  return stripPaint(line).length;
}

export function stripPaint(text: string): string {
  return text.replace(ESCAPES, '');
}

/** A line that is too wide ends in an ellipsis: a number that was cut must not look like another number. */
export function clipLine(line: string, width: number): string {
  if (line.length <= width || stripPaint(line).length <= width) return line;
  let left = Math.max(0, width - 1);
  let clipped = '';
  let at = 0;
  const take = (text: string): void => {
    clipped += text.slice(0, left);
    left -= Math.min(left, text.length);
  };
  for (const found of line.matchAll(ESCAPES)) {
    take(line.slice(at, found.index));
    clipped += found[0];
    at = found.index + found[0].length;
  }
  take(line.slice(at));
  return width > 0 ? `${clipped}…` : clipped;
}
