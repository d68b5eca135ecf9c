import { DEPTH_LEVELS } from '../../market/slots.ts';
import type { Tick } from '../../market/tick.ts';
import { columnNamed } from '../rows/field-selection.ts';
import { type Paint, visibleWidth } from '../terminal/paint.ts';
import { ABSENT, ageText, cellText } from './cell-text.ts';
import { type GridColumn, renderGrid } from './grid.ts';

const LADDER: readonly GridColumn[] = [
  { title: 'orders', align: 'right', rank: 1 },
  { title: 'quantity', align: 'right', rank: 0 },
  { title: 'bid', align: 'right', rank: 0 },
  { title: 'ask', align: 'left', rank: 0 },
  { title: 'quantity', align: 'left', rank: 0 },
  { title: 'orders', align: 'left', rank: 1 },
];

/** Blanks between two ladders side by side. */
const GAP = 4;
/** A ladder of an equity needs 52 to 56 columns: with less than all of them it would move about as its numbers change. */
const LEAST_WIDTH = 56;
const WIDTH_STEP = 4;

/** One order book. */
export interface Book {
  readonly symbol: string;
  /** Undefined before the first. */
  readonly tick: Tick | undefined;
  readonly isSelected?: boolean;
}

export interface LadderOptions {
  readonly width: number;
  readonly header: boolean;
  readonly now: number;
  /** Before the symbol of a selected book. */
  readonly mark?: string;
}

/** Order books as ladders, a blank line between; as many side by side as the width allows, one in a file or a pipe. */
export function renderLadders(
  books: readonly Book[],
  paint: Paint,
  options: LadderOptions & { readonly height: number },
): { readonly text: string; readonly shown: number } {
  const ladderLines = DEPTH_LEVELS + (options.header ? 2 : 1);
  const rowsThatFit = Math.max(1, Math.floor((options.height + 1) / (ladderLines + 1)));
  const mostAbreast = Number.isFinite(options.width)
    ? Math.max(1, Math.floor((options.width + GAP) / (LEAST_WIDTH + GAP)))
    : 1;
  const ladders = books
    .slice(0, rowsThatFit * mostAbreast)
    .map((book) => renderLadder(book, paint, options).split('\n'));
  const widest = Math.max(LEAST_WIDTH, ...ladders.flat().map(visibleWidth));
  const width = Math.ceil(widest / WIDTH_STEP) * WIDTH_STEP;
  const abreast = Math.min(mostAbreast, Math.max(1, Math.floor((options.width + GAP) / (width + GAP))));
  const shown = ladders.slice(0, rowsThatFit * abreast);
  const rows: string[] = [];
  for (let first = 0; first < shown.length; first += abreast) {
    rows.push(joinLadders(shown.slice(first, first + abreast), width + GAP));
  }
  return { text: rows.join('\n'), shown: shown.length };
}

/** Ladders side by side: blocks of lines, all of one height. */
function joinLadders(ladders: readonly (readonly string[])[], width: number): string {
  const [first = []] = ladders;
  const lines = first.map((_, line) => ladders.map((ladder) => padTo(ladder[line] ?? '', width)).join(''));
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - visibleWidth(text)));
}

/** One order book: bids on the left, asks on the right, the best level on top. */
function renderLadder({ symbol, tick, isSelected = false }: Book, paint: Paint, options: LadderOptions): string {
  const text = (name: string): string => {
    const column = columnNamed('depth', name);
    return column === undefined || tick === undefined ? ABSENT : cellText(column, tick, 'epoch', options.now);
  };
  /** Price, quantity and orders; a level at which nobody bids or asks is all zeros on the wire. */
  const level = (side: 'bid' | 'ask', place: number): [string, string, string] => {
    const [price, quantity] = [text(`${side}_price_${place}`), text(`${side}_quantity_${place}`)];
    const isEmpty = Number(price) === 0 && Number(quantity) === 0;
    return isEmpty ? [ABSENT, ABSENT, ABSENT] : [price, quantity, text(`${side}_orders_${place}`)];
  };
  const rows = Array.from({ length: DEPTH_LEVELS }, (_, index) => {
    const [bidPrice, bidQuantity, bidOrders] = level('bid', index + 1);
    const [askPrice, askQuantity, askOrders] = level('ask', index + 1);
    return [bidOrders, bidQuantity, paint.up(bidPrice), paint.down(askPrice), askQuantity, askOrders];
  });
  const age = tick === undefined ? ABSENT : ageText(tick.state.receivedAt, options.now);
  const name = isSelected ? paint.inverse(`${options.mark} ${symbol}`) : paint.bold(symbol);
  const title = `${name}  spread ${text('spread')}  imbalance ${text('imbalance')}  age ${age}`;
  return `${title}\n${renderGrid(LADDER, rows, options)}`;
}
