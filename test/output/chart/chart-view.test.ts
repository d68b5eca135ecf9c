import { describe, expect, it } from 'vitest';
import type { Bar } from '../../../src/lib/market/bar.ts';
import { ChartView, type ChartViewOptions } from '../../../src/lib/output/chart/chart-view.ts';
import { UNICODE_GLYPHS } from '../../../src/lib/output/terminal/glyphs.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const OPEN = Date.parse('2026-11-23T09:15:00+05:30') / 1_000;

function makeBar(minute: number, given: Partial<Bar> = {}): Bar {
  const start = OPEN + minute * 60;
  return {
    symbol: 'NSE:SBIN-EQ',
    interval: '1m',
    start,
    end: start + 60,
    open: 100,
    high: 102,
    low: 99,
    close: 101,
    volume: 1_000,
    vwap: 100.5,
    ticks: 10,
    oi: null,
    final: true,
    partial: false,
    gap_ms: 0,
    received_at: start * 1_000,
    ...given,
  };
}

function makeView(options: Partial<ChartViewOptions> = {}) {
  const clock = new ManualClock(OPEN * 1_000 + 3_600_000);
  const base = { color: false, glyphs: UNICODE_GLYPHS, clock, isLive: false, isSimulated: () => false };
  const view = new ChartView({ ...base, ...options });
  const lines = (width = 80, height = 20): string[] => view.render(width, height).split('\n').slice(0, -1);
  return { view, clock, lines };
}

describe('a chart of bars', () => {
  it('is empty before the first bar', () => {
    const { view } = makeView({ isLive: true });
    expect([view.isEmpty, view.render(80, 20), view.renderAll(80, 20)]).toEqual([true, '', '']);
  });

  it('has the last bar in words, and says that it is forming', () => {
    const { view, lines } = makeView();
    view.add(makeBar(0));
    expect(lines()[0]).toBe('NSE:SBIN-EQ 1m  101.00 ▲  09:15  O 100.00  H 102.00  L 99.00  V 1000');
    view.add(makeBar(1, { final: false, open: 101, close: 100.5, volume: null }));
    expect(lines()[0]).toBe('NSE:SBIN-EQ 1m  100.50 ▼  09:16 forming  O 101.00  H 102.00  L 99.00');
  });

  it('replaces a bar that was forming, or is revised, and sorts those that come late', () => {
    const { view, lines } = makeView();
    view.add(makeBar(2, { final: false, close: 99 }));
    view.add(makeBar(0));
    view.add(makeBar(2, { close: 101.5 }));
    view.add(makeBar(1));
    // Three candles, with a column between two.
    expect(lines()[10]).toMatch(/^[│┃╿] [│┃╿] [│┃╿]( |$)/);
    expect(lines()[0]).toContain('101.50 ▲  09:17  O');
  });

  it('names the bars that were not seen whole; the forming one is said to form', () => {
    const { view, lines } = makeView();
    for (let minute = 0; minute < 8; minute++) view.add(makeBar(minute, { partial: minute < 6 }));
    view.add(makeBar(8, { partial: true, final: false }));
    expect(lines().at(-1)).toBe('not seen whole: 09:15, 09:16, 09:17, 09:18 and 2 more');
    expect(lines()).toHaveLength(20);
    const { view: whole, lines: ofWhole } = makeView();
    whole.add(makeBar(0));
    expect(ofWhole().at(-1)).toBe('09:15');
  });

  it('says when prices are simulated, the feed is interrupted, markets are closed', () => {
    const { view, lines, clock } = makeView({
      isLive: true,
      isSimulated: () => true,
      describeMarkets: (symbols) => `${symbols.join()} closed`,
    });
    view.add(makeBar(0));
    view.setKeys(true);
    view.setBroken(clock.now());
    expect(lines(120)[0]).toBe(
      '10:15:00 IST  SIMULATED PRICES  DISCONNECTED since 10:15:00 IST  NSE:SBIN-EQ closed  q quits',
    );
    view.finish();
    view.setBroken(undefined);
    expect(lines(120)[0]).toBe('10:15:00 IST  SIMULATED PRICES  NSE:SBIN-EQ closed');
  });

  it('has a chart for each symbol and interval, and counts those that do not fit', () => {
    const { view, lines } = makeView();
    for (const symbol of ['NSE:A-EQ', 'NSE:B-EQ', 'NSE:C-EQ']) view.add(makeBar(0, { symbol }));
    const heads = (height: number): string[] => lines(80, height).filter((line) => /^(NSE|\.\.\.)/.test(line));
    expect(heads(24)).toHaveLength(3);
    expect(heads(16).at(-1)).toBe('... 1 more');
    expect(lines(80, 16).length).toBeLessThanOrEqual(16);
    const all = view.renderAll(80, 10).split('\n').slice(0, -1);
    expect(all).toHaveLength(32);
    expect(all[10]).toBe('');
  });

  it('has as many decimals as the prices', () => {
    const { view, lines } = makeView();
    view.add(makeBar(0, { symbol: 'CDS:USDINR26DECFUT', open: 85.1025, high: 85.2, low: 85.1, close: 85.15 }));
    expect(lines()[0]).toContain('85.1500 ▲  09:15  O 85.1025  H 85.2000');
  });

  it('takes bars away again', () => {
    const { view, lines } = makeView();
    view.add(makeBar(0));
    view.add(makeBar(1, { close: 99.5 }));
    view.remove(makeBar(1));
    expect(lines()[0]).toContain('101.00 ▲  09:15');
    view.remove(makeBar(5));
    view.remove(makeBar(0, { symbol: 'NSE:OTHER-EQ' }));
    view.remove(makeBar(0));
    expect(view.isEmpty).toBe(true);
  });

  it('keeps no more bars than can be seen', () => {
    const { view } = makeView();
    for (let minute = 0; minute < 2_500; minute++) view.add(makeBar(minute, { partial: minute < 100 }));
    expect(view.render(2_100, 20)).not.toContain('not seen whole');
  });

  it('ends with q', () => {
    const { view } = makeView();
    expect(view.press({ name: 'q', text: 'q', isControl: false })).toBe('quit');
    expect(view.press({ name: 'x', text: 'x', isControl: false })).toBe('done');
  });
});
