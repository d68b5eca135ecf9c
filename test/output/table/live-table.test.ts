import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { SYMBOL_SLOTS } from '../../../src/lib/market/slots.ts';
import { LiveTable } from '../../../src/lib/output/table/live-table.ts';
import { TableView, type TableViewOptions } from '../../../src/lib/output/table/table-view.ts';
import { UNICODE_GLYPHS } from '../../../src/lib/output/terminal/glyphs.ts';
import { OutputWriter } from '../../../src/lib/output/writer/output-writer.ts';
import { type MadeTick, makeTick, setValues } from '../../support/make-tick.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { endTurn, FakeSink } from '../rows/fake-rows.ts';

class FakeTerminal extends EventEmitter {
  columns: number | undefined = 80;
  rows: number | undefined = 24;
}

const PATIENT = { giveUpWhenStuck: false, whole: true };
const START = Date.parse('2026-11-23T10:00:00+05:30');

function makeTable(options: Partial<TableViewOptions> = {}) {
  const clock = new ManualClock(START);
  const sink = new FakeSink();
  const terminal = new FakeTerminal();
  const view = new TableView({
    kinds: ['symbol'],
    fields: ['symbol', 'ltp'],
    time: 'epoch',
    simulated: false,
    header: false,
    color: false,
    glyphs: UNICODE_GLYPHS,
    clock,
    ...options,
  });
  const writer = new OutputWriter({ sink, target: 'standard output', clock });
  const table = new LiveTable(view, writer, terminal, clock);
  /** All that has been written so far and was not taken before. */
  const screen = async (): Promise<string> => {
    await endTurn();
    sink.takeAll();
    return sink.writes.splice(0).join('');
  };
  return { clock, sink, terminal, table, screen };
}

function makeSbin(ltp = 61_050): MadeTick {
  return makeTick(0, 'symbol', 'NSE:SBIN-EQ', { values: { [SYMBOL_SLOTS.ltp]: ltp } });
}

function moveTo(tick: MadeTick, ltp: number): MadeTick {
  setValues(tick.state, { [SYMBOL_SLOTS.ltp]: ltp });
  return tick;
}

describe('LiveTable', () => {
  it('draws at the first tick, then over itself', async () => {
    const { clock, table, screen } = makeTable();
    const tick = makeSbin();
    expect(table.tick(tick)).toBe(true);
    clock.advance(0);
    expect(await screen()).toBe('\x1b[KNSE:SBIN-EQ  610.50\n\x1b[J');
    table.tick(moveTo(tick, 61_055));
    clock.advance(100);
    expect(await screen()).toBe('\x1b[1A\r\x1b[KNSE:SBIN-EQ  610.55 ▲\n');
  });

  it('is drawn without a line when no row matches, and again when one does', async () => {
    const { clock, table, screen } = makeTable({ isFiltered: true, isLive: true });
    const tick = makeSbin();
    table.leave(tick);
    clock.advance(0);
    expect(await screen()).toContain('0 of 1 match');
    table.tick(moveTo(tick, 61_100));
    clock.advance(100);
    const shown = await screen();
    expect(shown).toContain('1 of 1 match');
    expect(shown).toContain('611.00');
    table.leave(moveTo(tick, 61_000));
    clock.advance(100);
    const left = await screen();
    expect(left).toContain('0 of 1 match');
    expect(left).not.toContain('SBIN');
  });

  it('draws at most ten times a second, whatever happens, and always the newest', async () => {
    const { clock, table, screen } = makeTable();
    const tick = makeSbin();
    let draws = 0;
    let last = '';
    for (let ms = 0; ms < 3_000; ms++) {
      table.tick(moveTo(tick, 61_050 + ms));
      if (ms % 70 === 0) table.setBroken(ms % 140 === 0 ? START : undefined);
      clock.advance(1);
      const drawn = await screen();
      if (drawn === '') continue;
      draws++;
      last = drawn;
    }
    // One at the beginning, then one each tenth of a second.
    expect(draws).toBe(31);
    expect(last).toContain('640.49 ▲');
  }, 60_000);

  it('lets ages go on while nothing comes', async () => {
    const { clock, table, screen } = makeTable({ fields: undefined });
    const tick = makeSbin();
    tick.state.receivedAt = START;
    table.tick(tick);
    clock.advance(0);
    expect(await screen()).toContain('0.0s');
    clock.advance(2_000);
    expect(await screen()).toContain('2.0s');
  });

  it('shows a break without waiting for a tick', async () => {
    const { clock, table, screen } = makeTable();
    table.setBroken(START);
    clock.advance(1_000);
    expect(await screen()).toBe('');
    table.tick(makeSbin());
    clock.advance(0);
    expect(await screen()).toContain('DISCONNECTED since 10:00:00 IST\n');
    table.setBroken(undefined);
    clock.advance(100);
    expect(await screen()).not.toContain('DISCONNECTED');
  });

  it('shows what is awaited once the feed is live, and nothing of what was dropped', async () => {
    const { clock, table, screen } = makeTable();
    const [sbin, infy] = [makeSbin(), { kind: 'symbol', symbol: 'NSE:INFY-EQ' } as const];
    table.expect([sbin, infy]);
    clock.advance(1_000);
    expect(await screen()).toBe('');
    table.setBroken(undefined);
    clock.advance(0);
    expect(await screen()).toBe('\x1b[KNSE:SBIN-EQ  -\n\x1b[KNSE:INFY-EQ  -\n\x1b[J');
    table.tick(sbin);
    table.forget([infy]);
    clock.advance(100);
    expect(await screen()).toBe('\x1b[2A\r\x1b[KNSE:SBIN-EQ  610.50\n\x1b[J');
    table.forget([sbin]);
    table.expect([infy]);
    clock.advance(100);
    expect(await screen()).toContain('NSE:INFY-EQ');
  });

  it('is never wider or higher than the terminal', async () => {
    const { clock, terminal, table, screen } = makeTable({ fields: ['symbol', 'ltp', 'received_at'], time: 'iso' });
    terminal.columns = 16;
    terminal.rows = 3;
    for (let id = 0; id < 5; id++) table.tick(makeTick(id, 'symbol', `NSE:S${id}-EQ`));
    clock.advance(0);
    const [first, second, rest] = (await screen()).split('\n');
    expect(first).toBe('\x1b[KNSE:S0-EQ  -   …');
    expect(second?.length).toBeLessThanOrEqual('\x1b[K'.length + 16);
    expect(rest).toBe('\x1b[J');
  });

  it('leaves out what is below a terminal of two lines, where the cursor could not come back over it', async () => {
    const { clock, terminal, table, screen } = makeTable({ simulated: true, header: true });
    terminal.rows = 2;
    table.tick(makeSbin());
    clock.advance(0);
    expect(await screen()).toBe('\x1b[KSIMULATED PRICES\n\x1b[J');
    table.setBroken(START);
    clock.advance(100);
    expect(await screen()).toBe('\x1b[1A\r\x1b[KSIMULATED PRICES  DISCONNECTED since 10:00:00 IST\n');
  });

  it('takes 80 by 24 for a terminal that does not know its size', async () => {
    const { clock, terminal, table, screen } = makeTable();
    terminal.columns = 0;
    terminal.rows = 0;
    table.tick(makeSbin());
    clock.advance(0);
    expect(await screen()).toContain('NSE:SBIN-EQ  610.50');
  });

  it('begins anew on a clear screen when the size changes', async () => {
    const { clock, terminal, table, screen } = makeTable();
    terminal.emit('resize');
    expect(await screen()).toBe('');
    table.tick(makeSbin());
    clock.advance(0);
    await screen();
    terminal.emit('resize');
    clock.advance(100);
    expect(await screen()).toBe('\x1b[2J\x1b[H\x1b[KNSE:SBIN-EQ  610.50\n\x1b[J');
  });

  it('makes room for messages, in their order, and stands below them', async () => {
    const { clock, table, sink, screen } = makeTable();
    table.makeRoom(() => sink.writes.push('early\n'));
    expect(await screen()).toBe('early\n');
    table.tick(makeSbin());
    clock.advance(0);
    await screen();
    table.makeRoom(() => sink.writes.push('one\n'));
    table.makeRoom(() => sink.writes.push('two\n'));
    expect(await screen()).toBe('\x1b[1A\r\x1b[Jone\ntwo\n\x1b[KNSE:SBIN-EQ  610.50\n\x1b[J');
  });

  it('waits for a terminal that takes nothing, and shows the newest when it does', async () => {
    const { clock, table, sink, screen } = makeTable({ fields: ['symbol', 'ltp'] });
    const ticks = Array.from({ length: 20 }, (_, id) => makeTick(id, 'symbol', `NSE:${'S'.repeat(60)}${id}-EQ`));
    for (let round = 0; round < 1_000; round++) {
      for (const tick of ticks) table.tick(moveTo(tick, 10_000 + round));
      clock.advance(100);
      await endTurn();
    }
    const written = sink.writes.reduce((sum, text) => sum + text.length, 0);
    await screen();
    clock.advance(100);
    const last = await screen();
    expect(last).toContain('109.99');
    expect(written + last.length).toBeLessThan(300 * 1024);
  }, 60_000);

  it('ends with the newest prices, and leaves no timer and no listener behind', async () => {
    const { clock, terminal, table, sink, screen } = makeTable();
    const tick = makeSbin();
    table.tick(tick);
    clock.advance(0);
    await screen();
    table.tick(moveTo(tick, 61_000));
    const ended = table.end(PATIENT);
    const twice = table.end(PATIENT);
    expect(await screen()).toBe('\x1b[1A\r\x1b[KNSE:SBIN-EQ  610.00 ▼\n');
    expect(await ended).toBe('flushed');
    expect(await twice).toBe('flushed');
    expect(clock.pending).toBe(0);
    expect(terminal.listenerCount('resize')).toBe(0);
    table.tick(tick);
    table.makeRoom(() => sink.writes.push('late\n'));
    clock.advance(5_000);
    expect(await screen()).toBe('late\n');
  });
});
