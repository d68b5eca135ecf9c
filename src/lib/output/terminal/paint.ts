import { stripVTControlCharacters, styleText } from 'node:util';
import stringWidth from 'string-width';

/** Colours for text on a terminal, or none. */
export interface Paint {
  readonly up: (text: string) => string;
  readonly down: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly alert: (text: string) => string;
  /** With the colours of text and background exchanged. */
  readonly inverse: (text: string) => string;
}

export function createPaint(color: boolean): Paint {
  const paint =
    (format: Parameters<typeof styleText>[0]) =>
    (text: string): string =>
      // Whether there are colours was decided by the caller, and not for Node's own stdout.
      color ? styleText(format, text, { validateStream: false }) : text;
  return {
    up: paint('green'),
    down: paint('red'),
    dim: paint('dim'),
    bold: paint('bold'),
    alert: paint(['bold', 'red']),
    inverse: paint('inverse'),
  };
}

export function stripPaint(text: string): string {
  return stripVTControlCharacters(text);
}

/** How many columns of a terminal a line takes, measured as cli-table3 measures its cells. */
export function visibleWidth(line: string): number {
  return stringWidth(line);
}

/** Captured, so that `split` keeps the sequences. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const COLOR_SEQUENCE = /(\x1b\[[0-9;]*m)/;

/**
 * A line that is too wide ends in an ellipsis: a number that was cut must not look like another number.
 * @param cut the ellipsis, one column wide
 */
export function clipLine(line: string, width: number, cut = '…'): string {
  // No character takes more than two columns.
  if (line.length * 2 <= width || visibleWidth(line) <= width) return line;
  const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  let left = width - 1;
  let clipped = '';
  for (const part of line.split(COLOR_SEQUENCE)) {
    // A colour that was begun must also end.
    if (COLOR_SEQUENCE.test(part)) clipped += part;
    else if (left > 0) {
      for (const { segment } of graphemes.segment(part)) {
        left -= visibleWidth(segment);
        if (left < 0) break;
        clipped += segment;
      }
    }
  }
  return width > 0 ? `${clipped}${cut}` : clipped;
}
