import { describe, expect, it } from 'vitest';
import { DEPTH_SLOTS } from '../../../src/lib/market/slots.ts';
import { renderLadders } from '../../../src/lib/output/table/depth-ladder.ts';
import { createPaint, stripPaint } from '../../../src/lib/output/terminal/paint.ts';
import { type MadeTick, makeTick } from '../../support/make-tick.ts';

const NOW = 1_795_410_683_755;
const { bidPrice, askPrice, bidQuantity, askQuantity, bidOrders, askOrders } = DEPTH_SLOTS;
const BEST = {
  [bidPrice]: 61_045,
  [askPrice]: 61_055,
  [bidQuantity]: 10,
  [askQuantity]: 5,
  [bidOrders]: 1,
  [askOrders]: 6,
};

const bookOf = (tick: MadeTick) => ({ symbol: tick.symbol, tick });
const booksOf = (count: number) =>
  Array.from({ length: count }, (_, id) =>
    bookOf(makeTick(id, 'depth', `NSE:S${id}-EQ`, { values: BEST, receivedAt: NOW - 1_500 })),
  );
const render = (count: number, size: { width: number; height: number; header?: boolean; color?: boolean }) =>
  renderLadders(booksOf(count), createPaint(size.color ?? false), { header: true, now: NOW, ...size });

describe('renderLadders', () => {
  it('stand side by side where the width allows', () => {
    const { text, shown } = render(3, { width: 120, height: 40 });
    expect(shown).toBe(3);
    expect(text.split('\n').map((line) => line.trimEnd())).toEqual([
      'NSE:S0-EQ  spread 0.10  imbalance 0.3333  age 1.5s          NSE:S1-EQ  spread 0.10  imbalance 0.3333  age 1.5s',
      'orders  quantity     bid  ask     quantity  orders          orders  quantity     bid  ask     quantity  orders',
      '     1        10  610.45  610.55  5         6                    1        10  610.45  610.55  5         6',
      ...Array(4).fill(
        '     -         -       -  -       -         -                    -         -       -  -       -         -',
      ),
      '',
      'NSE:S2-EQ  spread 0.10  imbalance 0.3333  age 1.5s',
      'orders  quantity     bid  ask     quantity  orders',
      '     1        10  610.45  610.55  5         6',
      ...Array(4).fill('     -         -       -  -       -         -'),
      '',
    ]);
  });

  it('stand one below the other in a file or a pipe', () => {
    const { text, shown } = render(3, { width: Number.POSITIVE_INFINITY, height: Number.POSITIVE_INFINITY });
    expect(shown).toBe(3);
    expect(text.split('\n')).toHaveLength(3 * 8);
  });

  it.each([
    [120, 7, 2],
    [120, 14, 2],
    [120, 15, 4],
    [115, 15, 2],
    [60, 15, 2],
    [60, 1, 1],
  ])('of %d columns and %d lines show %d', (width, height, shown) => {
    const ladders = render(9, { width, height });
    expect(ladders.shown).toBe(shown);
    if (height >= 7) expect(ladders.text.trimEnd().split('\n').length).toBeLessThanOrEqual(height);
    expect(Math.max(...ladders.text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width);
  });

  it('need a line less without a header', () => {
    expect(render(9, { width: 60, height: 13, header: false }).shown).toBe(2);
  });

  it('stand in the same places whether painted or not', () => {
    const size = { width: 120, height: 40 };
    const painted = render(2, { ...size, color: true }).text;
    expect(painted).not.toBe(stripPaint(painted));
    expect(stripPaint(painted)).toBe(render(2, size).text);
  });

  it('show nothing at a level without bids or asks, and zeros where there is one', () => {
    const values = { ...BEST, [bidPrice + 1]: 0, [bidQuantity + 1]: 0, [bidOrders + 1]: 0, [askPrice]: 0 };
    const books = [bookOf(makeTick(0, 'depth', 'NSE:LOCKED-EQ', { values, receivedAt: NOW }))];
    const { text } = renderLadders(books, createPaint(false), { header: false, now: NOW, width: 80, height: 24 });
    expect(text.split('\n').slice(1, 3)).toEqual(['1  10  610.45  0.00  5  6', '-   -       -  -     -  -']);
  });

  it('stand there empty before the first prices', () => {
    const books = [{ symbol: 'NSE:S0-EQ', tick: undefined }];
    const { text } = renderLadders(books, createPaint(false), { header: false, now: NOW, width: 80, height: 24 });
    expect(text.trimEnd().split('\n')).toEqual([
      'NSE:S0-EQ  spread -  imbalance -  age -',
      ...Array(5).fill('-  -  -  -  -  -'),
    ]);
  });

  it('are nothing without a book', () => {
    expect(render(0, { width: 80, height: 24 })).toEqual({ text: '', shown: 0 });
  });
});
