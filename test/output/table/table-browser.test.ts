import { describe, expect, it } from 'vitest';
import { SYMBOL_SLOTS } from '../../../src/lib/market/slots.ts';
import { TableBrowser } from '../../../src/lib/output/table/table-browser.ts';
import { TableColumns } from '../../../src/lib/output/table/table-columns.ts';
import { TableLines } from '../../../src/lib/output/table/table-lines.ts';
import type { Key } from '../../../src/lib/output/terminal/key.ts';
import { type MadeTick, makeTick, setValues } from '../../support/make-tick.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** A key by its name, or by the character that it types. */
function key(name: string): Key {
  return name.length > 1
    ? { name, text: '', isControl: false }
    : { name: name.toLowerCase(), text: name, isControl: false };
}

function makeBrowser(count: number, fields: readonly string[] = ['symbol', 'ltp', 'volume']) {
  const clock = new ManualClock();
  const lines = new TableLines(false);
  const columns = new TableColumns({ kinds: ['symbol'], fields, spark: false, time: 'epoch', simulated: false });
  const browser = new TableBrowser(lines, columns, clock);
  const ticks = Array.from({ length: count }, (_, id): MadeTick => {
    const values = { [SYMBOL_SLOTS.ltp]: 10_000 + ((id * 37) % count), [SYMBOL_SLOTS.volume]: id };
    return makeTick(id, 'symbol', `NSE:S${String(id).padStart(3, '0')}-EQ`, { values });
  });
  for (const tick of ticks) lines.tick(tick);
  const press = (...names: string[]): void => {
    for (const name of names) expect(browser.press(key(name))).toBe('done');
  };
  const page = (room = 10): string[] => browser.page(room).lines.map(({ symbol }) => symbol.slice(4, 8));
  const selected = (): string | undefined => browser.selected?.symbol.slice(4, 8);
  return { browser, clock, lines, ticks, press, page, selected };
}

describe('the order', () => {
  it('goes through the columns and back to that of the command line', () => {
    const { browser, press, page } = makeBrowser(3);
    const orders = [];
    for (let count = 0; count < 4; count++) {
      press('s');
      orders.push([browser.sorting?.name, ...page()]);
    }
    expect(orders).toEqual([
      ['symbol', 'S000', 'S001', 'S002'],
      // 37, 74 and 0 of three: 0, 1, 2 are 0, 1, 2.
      ['ltp', 'S002', 'S001', 'S000'],
      ['volume', 'S002', 'S001', 'S000'],
      [undefined, 'S000', 'S001', 'S002'],
    ]);
    press('S');
    expect(browser.sorting).toEqual({ name: 'volume', isDescending: true });
    press('r');
    expect(page()).toEqual(['S000', 'S001', 'S002']);
  });

  it('has lines without a value at the end, in both directions', () => {
    const { lines, press, page } = makeBrowser(2);
    lines.expect([{ kind: 'symbol', symbol: 'NSE:NONE-EQ' }]);
    press('s', 's');
    expect(page()).toEqual(['S001', 'S000', 'NONE']);
    press('r');
    expect(page()).toEqual(['S000', 'S001', 'NONE']);
  });

  it('changes with the numbers once a second, and keeps the selected line', () => {
    const { ticks, clock, press, page, selected } = makeBrowser(3);
    press('s', 's', 'home');
    expect(page()).toEqual(['S002', 'S001', 'S000']);
    setValues((ticks[0] as MadeTick).state, { [SYMBOL_SLOTS.ltp]: 99_999 });
    clock.advance(900);
    expect(page()).toEqual(['S002', 'S001', 'S000']);
    clock.advance(100);
    expect(page()).toEqual(['S000', 'S002', 'S001']);
    expect(selected()).toBe('S002');
  });

  it('of five hundred lines is right', () => {
    const { press, browser } = makeBrowser(500);
    press('s', 's');
    const prices = browser.page(500).lines.map((line) => line.price ?? 0);
    expect(prices).toEqual([...prices].sort((a, b) => b - a));
    expect(new Set(prices).size).toBe(500);
  });
});

describe('the page', () => {
  it('follows the selection, by lines and by pages, and stops at both ends', () => {
    const { press, page, selected } = makeBrowser(500);
    expect(page()[0]).toBe('S000');
    press('down');
    expect(selected()).toBe('S000');
    press('pagedown');
    expect([selected(), page()[0], page().at(-1)]).toEqual(['S010', 'S001', 'S010']);
    press('end');
    expect([selected(), page()[0]]).toEqual(['S499', 'S490']);
    press('down', 'pagedown');
    expect(selected()).toBe('S499');
    press('home', 'up', 'pageup');
    expect([selected(), page()[0]]).toEqual(['S000', 'S000']);
    press('G', 'k');
    expect(selected()).toBe('S498');
    press('escape');
    expect(selected()).toBeUndefined();
    expect(page()[0]).toBe('S490');
    // The first key selects a line that is seen.
    press('up');
    expect(selected()).toBe('S499');
  });

  it('has no room behind the last line, and none without lines', () => {
    const { press, page } = makeBrowser(12);
    press('end');
    expect(page(5)[0]).toBe('S007');
    expect(page(100)[0]).toBe('S000');
    const empty = makeBrowser(0);
    empty.press('down', 'end', 'return', 's', '/', 'x');
    expect(empty.page()).toEqual([]);
    expect(empty.selected()).toBeUndefined();
  });
});

describe('the filter', () => {
  it('has the lines with all words, while they are typed', () => {
    const { browser, press, page } = makeBrowser(500);
    press('/', 's', '0', '4');
    expect(browser.mode).toBe('filter');
    expect(page(100)).toHaveLength(10);
    press(' ', 'e', 'q', ' ', '9');
    expect(page()).toEqual(['S049']);
    press('backspace', 'backspace');
    expect(page(100)).toHaveLength(10);
    press('return');
    expect([browser.mode, browser.filter]).toEqual(['table', 's04 eq']);
    press('escape');
    expect(page(600)).toHaveLength(500);
  });

  it('is given up with Esc, and emptied with Ctrl-U; letters are no commands in it', () => {
    const { browser, press, page } = makeBrowser(20);
    press('/', 'q', 'j', 'G');
    expect(browser.filter).toBe('qjG');
    expect(page()).toEqual([]);
    browser.press({ name: 'u', text: '', isControl: true });
    expect(browser.filter).toBe('');
    press('z', 'escape');
    expect([browser.mode, browser.filter, page().length]).toEqual(['table', '', 10]);
  });

  it('deselects a line that it hides', () => {
    const { press, page, selected } = makeBrowser(20);
    press('down', '/', '1', '9');
    page();
    expect(selected()).toBeUndefined();
  });
});

describe('details and help', () => {
  it('of the selected line, else of the first that is seen; keys go to the next', () => {
    const { browser, press, page, selected } = makeBrowser(20);
    page();
    press('return');
    expect([browser.mode, selected()]).toEqual(['detail', 'S000']);
    press('down', 'pagedown', 's', '/');
    expect([browser.mode, selected(), browser.sorting]).toEqual(['detail', 'S002', undefined]);
    press('escape');
    expect([browser.mode, selected()]).toEqual(['table', 'S002']);
  });

  it('come back behind the help', () => {
    const { browser, press } = makeBrowser(20);
    press('down', 'return', '?');
    expect(browser.mode).toBe('help');
    press('x');
    expect(browser.mode).toBe('detail');
    press('?');
    expect(browser.press(key('q'))).toBe('done');
    expect(browser.press(key('q'))).toBe('quit');
  });
});
