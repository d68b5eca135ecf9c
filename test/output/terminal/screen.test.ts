import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Screen } from '../../../src/lib/output/terminal/screen.ts';
import { OutputWriter } from '../../../src/lib/output/writer/output-writer.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { seededRandom } from '../../support/random.ts';
import { Terminal } from '../../support/terminal.ts';
import { endTurn, FakeSink } from '../rows/fake-rows.ts';

function makeScreen(columns = 20, rows = 8) {
  const sink = new FakeSink();
  const writer = new OutputWriter({ sink, target: 'standard output', clock: new ManualClock() });
  const size = Object.assign(new EventEmitter(), { columns, rows });
  const terminal = new Terminal(columns, rows);
  const screen = new Screen(writer, size, '…');
  /** What was written since the last time; the terminal shows it. */
  const flush = async (): Promise<string> => {
    await endTurn();
    sink.takeAll();
    const text = sink.writes.splice(0).join('');
    terminal.write(text);
    return text;
  };
  return { screen, terminal, flush, size };
}

describe('a screen', () => {
  it('writes only the lines that changed', async () => {
    const { screen, flush, terminal } = makeScreen();
    screen.draw(['one', 'two', 'three']);
    await flush();
    screen.draw(['one', 'TWO', 'three']);
    expect(await flush()).toBe('\x1b[2A\r\x1b[KTWO\n\n');
    expect(terminal.lines).toEqual(['one', 'TWO', 'three']);
    screen.draw(['one', 'TWO', 'three']);
    expect(await flush()).toBe('');
  });

  it('shows what was drawn last, whatever was drawn before, also at the bottom of the terminal', async () => {
    const { screen, flush, terminal } = makeScreen(12, 6);
    const random = seededRandom(7);
    for (let line = 0; line < 3; line++) terminal.write(`shell ${line}\n`);
    for (let round = 0; round < 2_000; round++) {
      const lines = Array.from({ length: Math.floor(random() * 8) }, () => 'x'.repeat(Math.floor(random() * 4)) || '-');
      const drawn = lines.slice(0, screen.height);
      screen.draw(lines);
      await flush();
      const { cursorRow } = terminal;
      expect(terminal.lines.slice(cursorRow - drawn.length)).toEqual(drawn);
    }
  });

  it('cuts what is wider or higher than the terminal', async () => {
    const { screen, flush, terminal } = makeScreen(5, 3);
    screen.draw(['123456', '12345', 'never']);
    await flush();
    expect(terminal.lines).toEqual(['1234…', '12345']);
  });

  it('is cleared for a message, left behind, or begun anew on a clear terminal', async () => {
    const { screen, flush, terminal } = makeScreen();
    terminal.write('$ command\n');
    screen.draw(['one', 'two']);
    screen.clear();
    await flush();
    expect(terminal.lines).toEqual(['$ command']);
    screen.draw(['one']);
    screen.leave();
    screen.draw(['two']);
    await flush();
    expect(terminal.lines).toEqual(['$ command', 'one', 'two']);
    screen.wipe();
    screen.draw(['three']);
    await flush();
    expect(terminal.lines).toEqual(['three']);
  });
});
