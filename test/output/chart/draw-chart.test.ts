import { describe, expect, it } from 'vitest';
import { type Candle, type ChartOptions, drawChart as draw } from '../../../src/lib/output/chart/draw-chart.ts';
import { makePriceScale, roundStep } from '../../../src/lib/output/chart/price-scale.ts';
import { drawTimeAxis } from '../../../src/lib/output/chart/time-axis.ts';
import { ASCII_GLYPHS, UNICODE_GLYPHS } from '../../../src/lib/output/terminal/glyphs.ts';
import { createPaint, stripPaint, visibleWidth } from '../../../src/lib/output/terminal/paint.ts';
import { seededRandom } from '../../support/random.ts';

const at = (moment: string): number => Date.parse(`${moment}:00+05:30`);
const OPEN = at('2026-11-23T09:15');

function candle(
  minute: number,
  [open, high, low, close]: readonly [number, number, number, number],
  volume = 100,
): Candle {
  return { startMs: OPEN + minute * 60_000, open, high, low, close, volume };
}

/** Prices that go up and down, each candle from where the last one ended. */
function makeCandles(count: number, seed = 1): Candle[] {
  const random = seededRandom(seed);
  let price = 100;
  return Array.from({ length: count }, (_, minute) => {
    const open = price;
    price = Math.round((price + random() - 0.5) * 100) / 100;
    return candle(
      minute,
      [open, Math.max(open, price) + 0.2, Math.min(open, price) - 0.2, price],
      1 + random() * 1_000,
    );
  });
}

const options = (given: Partial<ChartOptions> = {}): ChartOptions => ({
  width: 40,
  height: 9,
  glyphs: UNICODE_GLYPHS,
  paint: createPaint(false),
  ...given,
});

const drawChart = (candles: readonly Candle[], given: ChartOptions): string[] => draw(candles, given).lines;

describe('a chart', () => {
  const RISE_AND_FALL = [
    candle(0, [10, 14, 9, 13]),
    candle(1, [13, 15, 12, 15]),
    candle(2, [15, 15, 11, 12]),
    candle(3, [12, 13, 12, 12]),
    candle(4, [12, 12, 12, 12]),
  ];

  it('has bodies and wicks in half lines; a rise is thin, a fall is full, a flat one is a dash', () => {
    expect(drawChart(RISE_AND_FALL, options({ width: 20 }))).toMatchSnapshot();
  });

  it('has the same in ASCII', () => {
    const lines = drawChart(RISE_AND_FALL, options({ width: 20, glyphs: ASCII_GLYPHS }));
    expect(lines).toMatchSnapshot();
    expect(lines.join('')).toMatch(/^[\x20-\x7e]*$/);
  });

  it('has exactly the lines that were asked for, none too wide, whatever the size', () => {
    const candles = makeCandles(300);
    for (const width of [1, 2, 5, 9, 10, 17, 60, 120, 200]) {
      for (const height of [1, 2, 3, 8, 10, 24, 60]) {
        for (const count of [1, 2, 50, 300]) {
          const lines = drawChart(candles.slice(0, count), options({ width, height }));
          expect(lines).toHaveLength(height);
          expect(Math.max(...lines.map(visibleWidth))).toBeLessThanOrEqual(width);
        }
      }
    }
  });

  it('shows the newest candles that fit', () => {
    const candles = [candle(0, [1, 1, 1, 1]), ...makeCandles(200).slice(1)];
    const lines = drawChart(candles, options({ width: 60, height: 12 }));
    // The price of the first candle is out of sight.
    expect(lines.some((line) => / 1\.\d\d$/.test(line))).toBe(false);
  });

  it('has the last price across, at the right in the colour of its candle', () => {
    const lines = drawChart(RISE_AND_FALL.slice(0, 3), options({ width: 30, paint: createPaint(true) }));
    const last = lines.find((line) => line.includes('╌'));
    expect(last).toContain('\x1b[31m 12.00\x1b[39m');
    expect(stripPaint(last ?? '')).toMatch(/╌ 12\.00$/);
  });

  it('has volume below where there is room, and none without it', () => {
    const candles = makeCandles(10);
    const bars = (lines: readonly string[]): boolean => lines.slice(-4).some((line) => /[▁▂▃▅▆▇]/.test(line));
    expect(bars(drawChart(candles, options({ height: 16 })))).toBe(true);
    expect(bars(drawChart(candles, options({ height: 8 })))).toBe(false);
    const index = candles.map((one) => ({ ...one, volume: null }));
    expect(bars(drawChart(index, options({ height: 16 })))).toBe(false);
  });

  it('of no candles is empty', () => {
    expect(drawChart([], options({ height: 3 }))).toEqual(['', '', '']);
  });

  it('of a price that never moved has it in the middle', () => {
    const lines = drawChart([candle(0, [5, 5, 5, 5])], options());
    expect(lines[4]).toMatch(/^─╌+ +5\.00$/);
  });
});

describe('the labels of prices', () => {
  it.each([
    [0.003, 0.005],
    [0.01, 0.01],
    [1.1, 2],
    [2.2, 2.5],
    [26, 50],
    [730, 1_000],
  ])('have steps that are round: %d becomes %d', (least, step) => {
    expect(roundStep(least)).toBeCloseTo(step, 9);
  });

  it('are multiples of the step, on the rows of their prices', () => {
    const { labels, placeOf } = makePriceScale([100.13, 107.9], 20);
    expect(labels.map(({ text }) => text)).toEqual(['102.00', '104.00', '106.00']);
    for (const { row, text } of labels) expect(row).toBe(placeOf(Number(text), 20));
  });

  it('are no finer than prices are', () => {
    const { labels } = makePriceScale([100.01, 100.03], 40);
    expect(labels.map(({ text }) => text)).toEqual(['100.01', '100.02', '100.03']);
    expect(makePriceScale([85.1025, 85.1125], 40, 4).labels[0]?.text).toBe('85.1030');
  });
});

describe('the labels of times', () => {
  const minutes = (count: number, step = 1, first = OPEN) =>
    Array.from({ length: count }, (_, index) => ({ startMs: first + index * step * 60_000, column: index }));

  it('are round, and as many as fit', () => {
    expect(drawTimeAxis(minutes(40), 40)).toBe('     09:20     09:30     09:40     09:50');
    expect(drawTimeAxis(minutes(75, 5), 80)).toBe(
      '         10:00       11:00       12:00       13:00       14:00       15:00',
    );
  });

  it('name the days where there are several, which follow each other without a gap', () => {
    const places = [
      ...minutes(20, 15, at('2026-11-20T10:30')),
      ...minutes(20, 15, OPEN).map((place) => ({ ...place, column: place.column + 20 })),
    ];
    expect(drawTimeAxis(places, 40)).toBe('20 Nov              23 Nov     12:00');
  });

  it('are dates for candles of days, and have seconds for short ones', () => {
    const days = ['2026-11-19', '2026-11-20', '2026-11-23'].map((day, index) => ({
      startMs: at(`${day}T09:15`),
      column: index * 10,
    }));
    expect(drawTimeAxis(days, 40)).toBe('19 Nov    20 Nov    23 Nov');
    const seconds = Array.from({ length: 30 }, (_, index) => ({ startMs: OPEN + index * 1_000, column: index }));
    expect(drawTimeAxis(seconds, 30)).toBe('09:15:00  09:15:10  09:15:20');
  });

  it('are there also when no time is round', () => {
    expect(drawTimeAxis([{ startMs: OPEN + 1_234, column: 0 }], 20)).toBe('09:15:01');
    expect(drawTimeAxis([], 20)).toBe('');
    expect(drawTimeAxis(minutes(3), 2)).toBe('');
  });
});
