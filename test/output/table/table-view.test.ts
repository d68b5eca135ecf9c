import { describe, expect, it } from 'vitest';
import type { Kind } from '../../../src/lib/market/kinds.ts';
import { DEPTH_SLOTS, INDEX_SLOTS, SYMBOL_SLOTS } from '../../../src/lib/market/slots.ts';
import { TableView, type TableViewOptions } from '../../../src/lib/output/table/table-view.ts';
import { UNICODE_GLYPHS } from '../../../src/lib/output/terminal/glyphs.ts';
import type { Key } from '../../../src/lib/output/terminal/key.ts';
import { makeState, makeTick, setValues } from '../../support/make-tick.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const UNLIMITED = Number.POSITIVE_INFINITY;
const GREEN = '\x1b[32m';
const RED = '\x1b[31m';
const DIM = '\x1b[2m';
const DEFAULT_COLOR = '\x1b[39m';
const NOT_DIM = '\x1b[22m';

const SBIN = {
  [SYMBOL_SLOTS.ltp]: 61_050,
  [SYMBOL_SLOTS.prevClose]: 60_000,
  [SYMBOL_SLOTS.bid]: 61_045,
  [SYMBOL_SLOTS.ask]: 61_055,
  [SYMBOL_SLOTS.volume]: 1_234,
  [SYMBOL_SLOTS.open]: 60_500,
  [SYMBOL_SLOTS.high]: 61_500,
  [SYMBOL_SLOTS.low]: 60_400,
};
const NIFTY = { [INDEX_SLOTS.ltp]: 2_600_000, [INDEX_SLOTS.prevClose]: 2_610_000 };

function makeView(options: Partial<TableViewOptions> = {}) {
  const clock = new ManualClock();
  const kinds: readonly Kind[] = ['symbol', 'index'];
  const view = new TableView({
    kinds,
    time: 'epoch',
    simulated: false,
    header: true,
    color: false,
    glyphs: UNICODE_GLYPHS,
    clock,
    ...options,
  });
  return { view, clock };
}

const linesOf = (view: TableView, width = UNLIMITED, height = UNLIMITED): string[] =>
  view.render(width, height).split('\n').slice(0, -1);

describe('the title', () => {
  it('says that markets are closed, beside a break', () => {
    const asked: (readonly string[])[] = [];
    const closed = 'NSE closed since 15:30 IST, opens Tue 09:15';
    const describeMarkets = (symbols: readonly string[]): string => {
      asked.push(symbols);
      return closed;
    };
    const { view, clock } = makeView({ describeMarkets });
    view.tick(makeTick(0, 'symbol', 'NSE:SBIN-EQ', { values: SBIN, receivedAt: clock.now() }));
    expect(linesOf(view)[0]).toBe(closed);
    view.setBroken(clock.now());
    expect(linesOf(view)[0]).toBe(`DISCONNECTED since 10:00:00 IST  ${closed}`);
    // It is drawn ten times a second.
    expect(asked).toEqual([['NSE:SBIN-EQ']]);
    clock.advance(60_000);
    expect(linesOf(view)[0]).toContain(closed);
    expect(asked).toHaveLength(2);
  });

  it('has the time of day where the table is redrawn; of a recording that of its latest row, with the date', () => {
    const { view, clock } = makeView({ isLive: true, simulated: true });
    view.tick(makeTick(0, 'symbol', 'NSE:SBIN-EQ', { values: SBIN, receivedAt: clock.now() }));
    expect(linesOf(view)[0]).toBe('10:00:00 IST  SIMULATED PRICES');
    clock.advance(3_000);
    expect(linesOf(view)[0]).toBe('10:00:03 IST  SIMULATED PRICES');
    const recorded = makeView({ isLive: true, isRecorded: true }).view;
    const receivedAt = Date.parse('2026-11-20T09:15:07+05:30');
    recorded.tick(makeTick(0, 'symbol', 'NSE:SBIN-EQ', { values: SBIN, receivedAt }));
    expect(linesOf(recorded)[0]).toBe('2026-11-20 09:15:07 IST');
  });

  it('of a live table counts the lines of rows that match, and the markets are those of all lines', () => {
    const asked: (readonly string[])[] = [];
    const describeMarkets = (symbols: readonly string[]): string => {
      asked.push(symbols);
      return '';
    };
    const { view } = makeView({ isLive: true, isFiltered: true, describeMarkets, fields: ['symbol', 'ltp'] });
    const symbols = ['NSE:SBIN-EQ', 'NSE:INFY-EQ', 'NSE:TCS-EQ'];
    view.expect(symbols.map((symbol) => ({ kind: 'symbol', symbol })));
    expect(linesOf(view)[0]).toBe('10:00:00 IST  0 of 3 match');
    expect(asked).toEqual([symbols]);
    view.tick(makeTick(1, 'symbol', 'NSE:INFY-EQ', { values: SBIN }));
    expect(linesOf(view)[0]).toBe('10:00:00 IST  1 of 3 match');
  });

  it('says nothing while they are open', () => {
    const { view } = makeView({ describeMarkets: () => '' });
    view.tick(makeTick(0, 'symbol', 'NSE:SBIN-EQ', { values: SBIN }));
    expect(linesOf(view)[0]).toMatch(/^symbol /);
  });
});

describe('a table of quotes', () => {
  it('pads prices to the precision, shows indices among symbols, and is in the order of the subscriptions', () => {
    const { view, clock } = makeView();
    const receivedAt = clock.now();
    view.tick(makeTick(1, 'index', 'NSE:NIFTY50-INDEX', { values: NIFTY, receivedAt }));
    view.tick(makeTick(0, 'symbol', 'NSE:SBIN-EQ', { values: SBIN, receivedAt }));
    clock.advance(1_500);
    expect(linesOf(view)).toEqual([
      'symbol                  ltp        chg   chg%     bid     ask   vol    open    high     low      prev   age',
      'NSE:SBIN-EQ          610.50      10.50   1.75  610.45  610.55  1234  605.00  615.00  604.00    600.00  1.5s',
      'NSE:NIFTY50-INDEX  26000.00    -100.00  -0.38                             -       -       -  26100.00  1.5s',
    ]);
  });

  it('of a recording counts ages from its latest row', () => {
    const { view } = makeView({ fields: ['symbol', 'age'], header: false, isRecorded: true });
    view.tick(makeTick(1, 'symbol', 'NSE:INFY-EQ', { values: SBIN, receivedAt: 10_000 }));
    view.tick(makeTick(0, 'symbol', 'NSE:SBIN-EQ', { values: SBIN, receivedAt: 12_500 }));
    expect(linesOf(view).map((line) => line.split(/ +/))).toEqual([
      ['NSE:SBIN-EQ', '0.0s'],
      ['NSE:INFY-EQ', '2.5s'],
    ]);
  });

  it('has an arrow for the last move, in its colour, until the next one', () => {
    const { view } = makeView({ color: true, fields: ['ltp'], header: false });
    const tick = makeTick(0, 'symbol', 'NSE:SBIN-EQ', { values: SBIN });
    const next = (ltp: number): string => {
      setValues(tick.state, { [SYMBOL_SLOTS.ltp]: ltp });
      view.tick(tick);
      return linesOf(view).join();
    };
    expect(next(61_050)).toBe('610.50');
    expect(next(61_055)).toBe(`${GREEN}610.55 ▲${DEFAULT_COLOR}`);
    expect(next(61_055)).toBe(`${GREEN}610.55 ▲${DEFAULT_COLOR}`);
    expect(next(61_000)).toBe(`${RED}610.00 ▼${DEFAULT_COLOR}`);
  });

  it('compares prices across a reconnect that changed the scale', () => {
    const { view } = makeView({ fields: ['ltp'], header: false });
    const tick = makeTick(0, 'symbol', 'NSE:SBIN-EQ', { values: SBIN });
    view.tick(tick);
    tick.state = makeState('symbol', tick.symbol, { values: { [SYMBOL_SLOTS.ltp]: 6_105_000 }, multiplier: 100 });
    view.tick(tick);
    expect(linesOf(view)).toEqual(['610.50']);
  });

  it('colours a change by its sign', () => {
    const { view } = makeView({ color: true, fields: ['change', 'change_percent'], header: false });
    view.tick(makeTick(0, 'symbol', 'NSE:SBIN-EQ', { values: SBIN }));
    view.tick(makeTick(1, 'index', 'NSE:NIFTY50-INDEX', { values: NIFTY }));
    view.tick(makeTick(2, 'symbol', 'NSE:NEW-EQ'));
    view.tick(makeTick(3, 'symbol', 'NSE:CALM-EQ', { values: { ...SBIN, [SYMBOL_SLOTS.prevClose]: 61_050 } }));
    const [up, down, none, flat] = linesOf(view);
    expect(up).toContain(`${GREEN}10.50${DEFAULT_COLOR}`);
    expect(down).toContain(`${RED}-0.38${DEFAULT_COLOR}`);
    expect(none?.trim().split(/ +/)).toEqual(['-', '-']);
    expect(flat?.trim().split(/ +/)).toEqual(['0.00', '0.00']);
  });

  it('has the selected columns, and no header with --no-header', () => {
    const fields = ['symbol', 'oi', 'last_trade_time', 'received_at'];
    const { view } = makeView({ fields, time: 'iso', header: false });
    const values = { [SYMBOL_SLOTS.lastTradeTime]: 1_795_428_683 };
    view.tick(makeTick(0, 'symbol', 'NSE:SBIN-EQ', { values, receivedAt: 1_795_428_683_755 }));
    expect(linesOf(view)).toEqual(['NSE:SBIN-EQ  -  2026-11-23T15:41:23.000+05:30  2026-11-23T15:41:23.755+05:30']);
  });

  it('leaves out columns, then counts the symbols that do not fit', () => {
    const { view } = makeView();
    for (let id = 0; id < 30; id++) view.tick(makeTick(id, 'symbol', `NSE:S${id}-EQ`, { values: SBIN }));
    const lines = linesOf(view, 40, 10);
    expect(lines[0]?.split(/ +/)).toEqual(['symbol', 'ltp', 'chg%']);
    expect(lines).toHaveLength(9);
    expect(lines.at(-1)).toBe('... 23 more');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
  });

  it('keeps bid, ask and age at 60 columns, and cuts a long name for them', () => {
    const { view, clock } = makeView();
    const receivedAt = clock.now();
    view.tick(makeTick(0, 'symbol', 'NSE:SBIN-EQ', { values: SBIN, receivedAt }));
    view.tick(makeTick(1, 'index', 'NSE:NIFTYFINSERVICE-INDEX', { values: NIFTY, receivedAt }));
    const [header, sbin, nifty] = linesOf(view, 60);
    expect(header?.trim().split(/ +/)).toEqual(['symbol', 'ltp', 'chg%', 'bid', 'ask', 'age']);
    expect(sbin).toContain('610.45  610.55  0.0s');
    expect(nifty).toMatch(/^NSE:NIFTYFINSERVIC… {2}26000.00/);
    expect(header?.length).toBe(60);
  });

  it('draws the prices so far, in their colour, where there is room', () => {
    const { view, clock } = makeView({ spark: true, color: true });
    const tick = makeTick(0, 'symbol', 'NSE:SBIN-EQ');
    for (const ltp of [60_000, 60_100, 60_200, 60_300]) {
      setValues(tick.state, { [SYMBOL_SLOTS.ltp]: ltp });
      tick.state.receivedAt = clock.now();
      view.tick(tick);
      clock.advance(1_000);
    }
    expect(linesOf(view)[1]).toContain(`${GREEN}▁▃▆██       ${DEFAULT_COLOR}`);
    expect(linesOf(view, 60)[0]).not.toContain('trend');
    expect(linesOf(makeView({ spark: false }).view)[0]).not.toContain('trend');
  });

  it('follows a tick that is no row only when there has been one', () => {
    const { view } = makeView({ fields: ['symbol', 'ltp'], header: false });
    const tick = makeTick(0, 'symbol', 'NSE:SBIN-EQ', { values: SBIN });
    view.skip(tick);
    expect(linesOf(view)).toEqual([]);
    view.tick(tick);
    setValues(tick.state, { [SYMBOL_SLOTS.ltp]: 61_060 });
    view.skip(tick);
    expect(linesOf(view)).toEqual(['NSE:SBIN-EQ  610.60 ▲']);
  });

  it('has a line of what is awaited, in the order asked for, and none of what was forgotten', () => {
    const { view } = makeView({ fields: ['type', 'symbol', 'ltp', 'bid'], header: false });
    const sbin = makeTick(7, 'symbol', 'NSE:SBIN-EQ', { values: SBIN });
    view.expect([
      { kind: 'index', symbol: 'NSE:NIFTY50-INDEX' },
      { kind: 'symbol', symbol: 'NSE:SBIN-EQ' },
    ]);
    view.tick(sbin);
    view.tick(makeTick(3, 'symbol', 'NSE:OTHER-EQ', { values: SBIN }));
    view.expect([{ kind: 'symbol', symbol: 'NSE:SBIN-EQ' }]);
    expect(linesOf(view)).toEqual([
      'IndexUpdate   NSE:NIFTY50-INDEX       -',
      'SymbolUpdate  NSE:SBIN-EQ        610.50    610.45',
      'SymbolUpdate  NSE:OTHER-EQ       610.50    610.45',
    ]);
    view.forget([sbin, { kind: 'index', symbol: 'NSE:NIFTY50-INDEX' }]);
    // A row that was held back comes late.
    view.tick(sbin);
    expect(linesOf(view)).toEqual(['SymbolUpdate  NSE:OTHER-EQ  610.50    610.45']);
    view.expect([sbin]);
    view.tick(makeTick(8, 'symbol', 'NSE:SBIN-EQ', { values: SBIN }));
    expect(linesOf(view)[0]).toContain('NSE:SBIN-EQ   610.50');
  });

  it('says of an awaited price that there is none', () => {
    const { view } = makeView({ header: false });
    view.expect([{ kind: 'symbol', symbol: 'NSE:SBIN-EQ' }]);
    expect(linesOf(view)[0]?.split(/ +/)).toEqual(['NSE:SBIN-EQ', ...Array(11).fill('-')]);
  });

  it('says that prices are simulated', () => {
    const { view } = makeView({ simulated: true, fields: ['symbol'], header: false });
    view.tick(makeTick(0, 'symbol', 'NSE:SBIN-EQ'));
    expect(linesOf(view)).toEqual(['SIMULATED PRICES', 'NSE:SBIN-EQ']);
  });
});

describe('a table whose feed is not live', () => {
  it('dims whole rows under the time of the break, which is its first', () => {
    const { view } = makeView({ color: true, fields: ['ltp', 'symbol'], header: false });
    const tick = makeTick(0, 'symbol', 'NSE:SBIN-EQ', { values: SBIN });
    view.tick(tick);
    setValues(tick.state, { [SYMBOL_SLOTS.ltp]: 61_055 });
    view.tick(tick);
    view.setBroken(Date.parse('2026-11-23T10:42:07+05:30'));
    view.setBroken(Date.parse('2026-11-23T10:42:37+05:30'));
    expect(linesOf(view)).toEqual([
      `\x1b[1m${RED}DISCONNECTED since 10:42:07 IST${DEFAULT_COLOR}${NOT_DIM}`,
      `${DIM}610.55 ▲  NSE:SBIN-EQ${NOT_DIM}`,
    ]);
    view.setBroken(undefined);
    expect(linesOf(view)).toEqual([`${GREEN}610.55 ▲${DEFAULT_COLOR}  NSE:SBIN-EQ`]);
  });
});

describe('a ladder', () => {
  const { bidPrice, askPrice, bidQuantity, askQuantity, bidOrders, askOrders } = DEPTH_SLOTS;
  const runs: readonly (readonly [first: number, values: readonly number[]])[] = [
    [bidPrice, [61_045, 61_040, 61_035, 61_030, 61_025]],
    [askPrice, [61_055, 61_060, 61_065, 61_070, 61_075]],
    [bidQuantity, [10, 20, 30, 40, 50]],
    [askQuantity, [5, 15, 25, 35, 45]],
    [bidOrders, [1, 2, 3, 4, 5]],
    [askOrders, [6, 7, 8, 9, 10]],
  ];
  const book = Object.fromEntries(
    runs.flatMap(([first, values]) => values.map((value, level) => [first + level, value])),
  );

  it('has bids on the left and asks on the right, with orders, quantities, spread and age', () => {
    const { view, clock } = makeView({ kinds: ['depth'] });
    view.tick(makeTick(0, 'depth', 'NSE:SBIN-EQ', { values: book, receivedAt: clock.now() }));
    expect(linesOf(view)).toEqual([
      'NSE:SBIN-EQ  spread 0.10  imbalance 0.0909  age 0.0s',
      'orders  quantity     bid  ask     quantity  orders',
      '     1        10  610.45  610.55  5         6',
      '     2        20  610.40  610.60  15        7',
      '     3        30  610.35  610.65  25        8',
      '     4        40  610.30  610.70  35        9',
      '     5        50  610.25  610.75  45        10',
    ]);
  });

  it('shows a locked circuit as what it is', () => {
    const { view } = makeView({ kinds: ['depth'] });
    view.tick(makeTick(0, 'depth', 'NSE:SBIN-EQ', { values: { ...book, [askPrice]: 0, [askQuantity]: 0 } }));
    expect(linesOf(view)[0]).toContain('spread -');
  });

  it('counts the books that do not fit, and leaves the orders out where there is no room', () => {
    const { view } = makeView({ kinds: ['depth'] });
    for (let id = 0; id < 4; id++) view.tick(makeTick(id, 'depth', `NSE:S${id}-EQ`, { values: book }));
    const lines = linesOf(view, 45, 20);
    expect(lines.filter((line) => line.includes('spread')).map((line) => line.slice(0, 9))).toEqual([
      'NSE:S0-EQ',
      'NSE:S1-EQ',
    ]);
    expect(lines.at(-1)).toBe('... 2 more');
    expect(lines.join()).not.toContain('orders');
    expect(lines.length).toBeLessThanOrEqual(20);
  });

  it('is a plain table with --fields', () => {
    const { view } = makeView({ kinds: ['depth'], fields: ['symbol', 'spread', 'bid_price_1'] });
    view.tick(makeTick(0, 'depth', 'NSE:SBIN-EQ', { values: book }));
    expect(linesOf(view)).toEqual(['symbol       spread  bid_price_1', 'NSE:SBIN-EQ    0.10       610.45']);
  });
});

describe('a table with keys', () => {
  const key = (name: string): Key => ({ name, text: name.length === 1 ? name : '', isControl: false });

  function makeKeyView(count: number, options: Partial<TableViewOptions> = {}) {
    const { view, clock } = makeView({ fields: ['symbol', 'ltp'], ...options });
    const details: (string | undefined)[] = [];
    view.setKeys(true, (line) => details.push(line?.symbol));
    for (let id = 0; id < count; id++) view.tick(makeTick(id, 'symbol', `NSE:S${id}-EQ`, { values: SBIN }));
    const press = (...names: string[]): void => {
      for (const name of names) view.press(key(name));
    };
    return { view, clock, press, details };
  }

  it('names them below, and the part of the lines that is seen', () => {
    const { view, press } = makeKeyView(30);
    const footer = (): string | undefined => linesOf(view, 80, 10).at(-1);
    expect(footer()).toBe('1-7 of 30  s sort  / filter  Enter details  ? help  q quit');
    press('end');
    expect(footer()).toMatch(/^24-30 of 30 {2}/);
    press('/', 'S', '2', '9');
    expect(footer()).toBe('/S29   1 of 30');
    press('return');
    expect(footer()).toMatch(/^1 with "S29" {2}/);
  });

  it('marks the selected line without colours, too, and the heading of the column by which lines are sorted', () => {
    const { view, press } = makeKeyView(3);
    press('down', 'down', 's');
    expect(linesOf(view, 80, 10).slice(0, 4)).toEqual([
      '  symbol▲       ltp',
      '  NSE:S0-EQ  610.50',
      '▸ NSE:S1-EQ  610.50',
      '  NSE:S2-EQ  610.50',
    ]);
    press('s');
    expect(linesOf(view, 80, 10)[0]).toBe('  symbol        ltp ▼');
  });

  it('opens a line with its chart and its book, and asks for the book as long as it is open', () => {
    const { view, press, details } = makeKeyView(3, { spark: true });
    press('down', 'return');
    view.setBook({ tick: makeTick(9, 'depth', 'NSE:S0-EQ', { values: {} }) });
    const lines = linesOf(view, 80, 24);
    expect(lines[1]).toContain('NSE:S0-EQ');
    expect(lines.some((line) => line.startsWith('prices since'))).toBe(true);
    expect(lines.some((line) => /spread -/.test(line))).toBe(true);
    expect(lines.length).toBeLessThanOrEqual(24);
    press('?');
    expect(linesOf(view, 80, 24)[0]).toMatch(/^s {2}S/);
    press('x', 'down', 'escape');
    expect(details).toEqual(['NSE:S0-EQ', 'NSE:S1-EQ', undefined]);
    expect(linesOf(view, 80, 10)).toHaveLength(5);
  });

  it('says why there is no book, and leaves the book out where there is no room', () => {
    const { view, press } = makeKeyView(1, { spark: true });
    press('return');
    view.setBook({ tick: undefined, note: 'an index has no market depth' });
    expect(linesOf(view, 80, 24)).toContain('an index has no market depth');
    view.setBook({ tick: undefined });
    expect(linesOf(view, 80, 12).join()).not.toContain('spread');
    expect(linesOf(view, 80, 12).length).toBeLessThanOrEqual(12);
  });

  it('draws last the table alone, as it is sorted and filtered', () => {
    const { view, press, details } = makeKeyView(12);
    press('/', '1', 'return', 'return');
    view.finish();
    expect(linesOf(view, 80, 10)).toEqual([
      'symbol         ltp',
      'NSE:S1-EQ   610.50',
      'NSE:S10-EQ  610.50',
      'NSE:S11-EQ  610.50',
    ]);
    expect(details).toEqual(['NSE:S1-EQ', undefined]);
  });

  it('scrolls through ladders', () => {
    const { view } = makeView({ kinds: ['depth'] });
    view.setKeys(true, () => {});
    for (let id = 0; id < 4; id++) view.tick(makeTick(id, 'depth', `NSE:S${id}-EQ`, { values: {} }));
    expect(linesOf(view, 60, 18)[0]).toMatch(/^NSE:S0-EQ/);
    view.press(key('end'));
    const lines = linesOf(view, 60, 18);
    expect(lines[0]).toMatch(/^NSE:S2-EQ/);
    expect(lines.some((line) => line.startsWith('▸ NSE:S3-EQ'))).toBe(true);
    expect(lines.at(-1)).toMatch(/^3-4 of 4/);
  });
});

describe('a table of rows that match', () => {
  it('has a line only while the last row matches, at its place; the arrow shows how the price moved meanwhile', () => {
    const { view } = makeView({ isFiltered: true, fields: ['symbol', 'ltp'], header: false });
    const [a, b] = ['NSE:SBIN-EQ', 'NSE:INFY-EQ'].map((symbol, id) => makeTick(id, 'symbol', symbol, { values: SBIN }));
    if (a === undefined || b === undefined) throw new Error('two ticks');
    view.expect([a, b]);
    expect(linesOf(view)).toEqual([]);
    view.tick(b);
    view.leave(a);
    expect(linesOf(view)).toEqual(['NSE:INFY-EQ  610.50']);
    setValues(a.state, { [SYMBOL_SLOTS.ltp]: 61_000 });
    view.leave(a);
    setValues(a.state, { [SYMBOL_SLOTS.ltp]: 61_100 });
    view.tick(a);
    expect(linesOf(view)).toEqual(['NSE:SBIN-EQ  611.00 ▲', 'NSE:INFY-EQ  610.50']);
    view.leave(b);
    expect(linesOf(view)).toEqual(['NSE:SBIN-EQ  611.00 ▲']);
    view.forget([a]);
    view.leave(a);
    expect(linesOf(view)).toEqual([]);
  });
});
