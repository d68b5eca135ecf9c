import { describe, expect, it } from 'vitest';
import { PriceTrail, TRAIL_SLOTS, TrailTime } from '../../../src/lib/output/table/price-trail.ts';
import { drawSparkline, SPARK_CELLS } from '../../../src/lib/output/table/sparkline.ts';
import { ASCII_GLYPHS, UNICODE_GLYPHS } from '../../../src/lib/output/terminal/glyphs.ts';

const START = Date.parse('2026-11-23T10:00:00+05:30');

describe('a trail of prices', () => {
  it('has open, high, low and close of each slot of time', () => {
    const trail = new PriceTrail(new TrailTime());
    for (const price of [10, 12, 9, 11]) trail.add(price, START + 100);
    trail.add(13, START + 250);
    expect(trail.bars).toEqual([
      { startMs: START, open: 10, high: 12, low: 9, close: 11 },
      { startMs: START + 250, open: 13, high: 13, low: 13, close: 13 },
    ]);
  });

  it('keeps the whole time in the same number of slots, whose extremes are those of what they joined', () => {
    const trail = new PriceTrail(new TrailTime());
    const prices = Array.from({ length: 10_000 }, (_, second) => 100 + ((second * 7_919) % 1_000));
    for (const [second, price] of prices.entries()) trail.add(price, START + second * 1_000);
    const { bars, slotMs } = trail;
    expect(bars.length).toBeLessThanOrEqual(TRAIL_SLOTS);
    expect(bars.length).toBeGreaterThan(TRAIL_SLOTS / 2);
    for (const bar of bars) {
      const first = (bar.startMs - START) / 1_000;
      const own = prices.slice(first, first + slotMs / 1_000);
      expect(bar).toMatchObject({
        open: own[0],
        high: Math.max(...own),
        low: Math.min(...own),
        close: own.at(-1),
      });
    }
  });

  it('has the same slots as the other trails of its table, though it had no price meanwhile', () => {
    const time = new TrailTime();
    const [quiet, busy] = [new PriceTrail(time), new PriceTrail(time)];
    quiet.add(5, START);
    quiet.add(7, START + 300);
    busy.add(1, START);
    busy.add(2, START + 60_000);
    expect(quiet.slotMs).toBe(busy.slotMs);
    expect(quiet.bars).toEqual([{ startMs: START, open: 5, high: 7, low: 5, close: 7 }]);
    expect(quiet.closes(SPARK_CELLS, START + 60_000).every((close) => close === 7)).toBe(true);
  });

  it('takes a row that is older than the last for one of the same time', () => {
    const trail = new PriceTrail(new TrailTime());
    trail.add(10, START + 2_000);
    trail.add(11, START);
    expect(trail.bars).toHaveLength(1);
  });
});

describe('a sparkline', () => {
  it('has the lowest price lowest and the highest highest', () => {
    expect(drawSparkline([1, 2, 3, 4, 5, 6, 7, 8], UNICODE_GLYPHS.levels)).toBe('▁▂▃▄▅▆▇█    ');
    expect(drawSparkline([1, 2, 3, 4, 5, 6, 7, 8], ASCII_GLYPHS.levels)).toBe("__..--''    ");
  });

  it('is blank where there was no price, and in the middle when none moved', () => {
    expect(drawSparkline([], UNICODE_GLYPHS.levels)).toBe(' '.repeat(SPARK_CELLS));
    expect(drawSparkline([undefined, 5, 5], UNICODE_GLYPHS.levels)).toBe(' ▅▅         ');
  });
});
