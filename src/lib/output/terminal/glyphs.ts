/** The characters of pictures and tables, for terminals that show them and for those that show ASCII alone. */
export interface Glyphs {
  /** The last price was higher or lower than the one before. Each takes one column, as all below. */
  readonly up: string;
  readonly down: string;
  /** In place of what was cut off. */
  readonly cut: string;
  /** Before the selected line. */
  readonly selected: string;
  /** Heights of a cell, the lowest first. */
  readonly levels: readonly string[];
}

export const UNICODE_GLYPHS: Glyphs = {
  up: '▲',
  down: '▼',
  cut: '…',
  selected: '▸',
  levels: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
};

export const ASCII_GLYPHS: Glyphs = {
  up: '^',
  down: 'v',
  cut: '~',
  selected: '>',
  levels: ['_', '.', '-', "'"],
};
