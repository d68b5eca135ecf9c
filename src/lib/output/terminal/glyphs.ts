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
  readonly candles: CandleGlyphs;
  /** Heights of a cell of a bar, the last of which is full. */
  readonly bars: readonly string[];
  /** The last price, across the chart. */
  readonly lastPrice: string;
}

/** What a half of a cell shows of a candle. */
export type CandlePart = 'none' | 'wick' | 'body';

/** The parts of candles. A candle that rose looks different from one that fell without colours, too. */
export interface CandleGlyphs {
  /** How many different heights a cell can show: 2, or 1. */
  readonly halves: 1 | 2;
  /** A cell of a candle by its upper and its lower half. */
  cell(move: 'up' | 'down', upper: CandlePart, lower: CandlePart): string;
  /** The cell in which a candle opened and closed at one price. */
  readonly flat: string;
  /** The same where it has been higher or lower. */
  readonly flatWithWick: string;
}

/** A rise is thin and a fall is full. A block has no half with a wick: the block alone stands there. */
const UNICODE_CELLS: Readonly<Record<'up' | 'down', Readonly<Record<`${CandlePart} ${CandlePart}`, string>>>> = {
  up: {
    'none none': ' ',
    'none wick': '╷',
    'none body': '╻',
    'wick none': '╵',
    'wick wick': '│',
    'wick body': '╽',
    'body none': '╹',
    'body wick': '╿',
    'body body': '┃',
  },
  down: {
    'none none': ' ',
    'none wick': '╷',
    'none body': '▄',
    'wick none': '╵',
    'wick wick': '│',
    'wick body': '▄',
    'body none': '▀',
    'body wick': '▀',
    'body body': '█',
  },
};

export const UNICODE_GLYPHS: Glyphs = {
  up: '▲',
  down: '▼',
  cut: '…',
  selected: '▸',
  levels: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  candles: {
    halves: 2,
    cell: (move, upper, lower) => UNICODE_CELLS[move][`${upper} ${lower}`],
    flat: '─',
    flatWithWick: '┼',
  },
  bars: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  lastPrice: '╌',
};

export const ASCII_GLYPHS: Glyphs = {
  up: '^',
  down: 'v',
  cut: '~',
  selected: '>',
  levels: ['_', '.', '-', "'"],
  candles: {
    halves: 1,
    cell: (move, upper) => ({ none: ' ', wick: '|', body: move === 'up' ? 'O' : '#' })[upper],
    flat: '-',
    flatWithWick: '+',
  },
  bars: ['.', ':'],
  lastPrice: '.',
};
