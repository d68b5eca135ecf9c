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

export function stripPaint(text: string): string {
  return text.replace(ESCAPES, '');
}
