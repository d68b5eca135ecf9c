/** The keys of a live table, and what they do. */
export const TABLE_KEYS: readonly (readonly [key: string, meaning: string])[] = [
  ['s  S', 'sort by the next column, by the one before; after the last one the order is that of the command line'],
  ['r', 'reverse the order'],
  ['/', 'show only symbols with these words: Enter keeps them, Esc shows all'],
  ['Up Down', 'select a line; k and j do the same'],
  ['PgUp PgDn', 'scroll by a page'],
  ['Home End', 'the first line, the last line; g and G do the same'],
  ['Enter', 'the depth and the chart of the selected line; Up and Down go to the next one'],
  ['Esc', 'back: from a line to the table, then to no selection, then to all symbols'],
  ['Ctrl-L', 'draw the screen anew'],
  ['Ctrl-Z', 'stop the program; fg goes on with it'],
  ['q', 'end the program with 0; Ctrl-C ends it with 130'],
  ['?', 'these keys; any key goes back'],
];

const KEY_WIDTH = Math.max(...TABLE_KEYS.map(([key]) => key.length)) + 2;

/** The keys as lines. */
export function drawTableHelp(): string[] {
  return TABLE_KEYS.map(([key, meaning]) => `${key.padEnd(KEY_WIDTH)}${meaning}`);
}
