import { DEPTH_LEVELS } from '../../market/slots.ts';
import type { Tick } from '../../market/tick.ts';
import { columnNamed } from '../field-selection.ts';
import { ageText, cellText } from './cell-text.ts';
import { type GridColumn, renderGrid } from './grid.ts';
import type { Paint } from './paint.ts';

const LADDER: readonly GridColumn[] = [
  { title: 'orders', align: 'right', rank: 1 },
  { title: 'quantity', align: 'right', rank: 0 },
  { title: 'bid', align: 'right', rank: 0 },
  { title: 'ask', align: 'left', rank: 0 },
  { title: 'quantity', align: 'left', rank: 0 },
  { title: 'orders', align: 'left', rank: 1 },
];

/** Lines of one ladder: its own title, the header, five levels and a blank line. */
export const LADDER_LINES = DEPTH_LEVELS + 3;

/** One order book: bids on the left, asks on the right, the best level on top. */
export function renderLadder(
  tick: Tick,
  paint: Paint,
  options: { width: number; header: boolean; now: number },
): string {
  const text = (name: string): string => {
    const column = columnNamed('depth', name);
    return column === undefined ? '' : cellText(column, tick, 'epoch');
  };
  const rows = Array.from({ length: DEPTH_LEVELS }, (_, index) => {
    const level = index + 1;
    return [
      text(`bid_orders_${level}`),
      text(`bid_quantity_${level}`),
      paint.up(text(`bid_price_${level}`)),
      paint.down(text(`ask_price_${level}`)),
      text(`ask_quantity_${level}`),
      text(`ask_orders_${level}`),
    ];
  });
  const age = ageText(tick.state.receivedAt, options.now);
  const title = `${paint.bold(tick.symbol)}  spread ${text('spread')}  imbalance ${text('imbalance')}  age ${age}`;
  return `${title}\n${renderGrid(LADDER, rows, options)}\n`;
}
