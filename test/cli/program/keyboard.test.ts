import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { isInForeground, type JobControl } from '../../../src/lib/cli/program/job-control.ts';
import { Keyboard } from '../../../src/lib/cli/program/keyboard.ts';
import { ManualClock } from '../../support/manual-clock.ts';

class Job extends EventEmitter implements JobControl {
  readonly raised: string[] = [];
  readonly events: string[] = [];
  raise(signal: string): void {
    this.raised.push(signal);
  }
  stop(): void {
    this.events.push('stopped');
  }
}

function makeKeyboard(isForeground: () => boolean = () => true) {
  const job = new Job();
  const { events } = job;
  const input = Object.assign(new PassThrough(), { setRawMode: (on: boolean) => events.push(on ? 'raw' : 'cooked') });
  const keys: string[] = [];
  const clock = new ManualClock();
  const keyboard = new Keyboard({
    input,
    clock,
    job,
    isInForeground: isForeground,
    onKey: ({ name, text, isControl }) => keys.push(`${isControl ? 'ctrl-' : ''}${text || name}`),
    onReading: (on) => events.push(on ? 'reading' : 'not reading'),
    onStop: () => events.push('left'),
  });
  const type = async (text: string, count = keys.length + 1): Promise<void> => {
    input.write(text);
    await vi.waitFor(() => expect(keys.length + job.raised.length).toBeGreaterThanOrEqual(count));
  };
  return { job, input, keys, clock, keyboard, events, type };
}

describe('a keyboard', () => {
  it('knows characters, keys of the cursor, and Esc alone', async () => {
    const { keys, type, keyboard } = makeKeyboard();
    await type('s?/\x1b[A\x1b[B\x1b[5~\x1b[6~\x1b[H\x1b[F\r\x7f\x0cé', 12);
    await type('\x1b');
    expect(keys).toEqual([
      's',
      '?',
      '/',
      'up',
      'down',
      'pageup',
      'pagedown',
      'home',
      'end',
      'return',
      'backspace',
      'ctrl-l',
      'é',
      'escape',
    ]);
    keyboard.close();
  });

  it('sends the signals that the terminal does not send in raw mode', async () => {
    const { job, keys, type, keyboard } = makeKeyboard();
    await type('\x03\x1a\x1c', 3);
    expect(job.raised).toEqual(['SIGINT', 'SIGTSTP', 'SIGQUIT']);
    expect(keys).toEqual([]);
    keyboard.close();
  });

  it('gives the terminal back before it is stopped, and takes it when it goes on', () => {
    const { job, events, keyboard } = makeKeyboard();
    events.length = 0;
    job.emit('SIGTSTP');
    expect(events).toEqual(['cooked', 'not reading', 'left', 'stopped']);
    events.length = 0;
    job.emit('SIGCONT');
    expect(events).toEqual(['cooked', 'raw', 'reading']);
    // Stopped by a signal that no program sees.
    events.length = 0;
    job.emit('SIGCONT');
    expect(events).toEqual(['left', 'cooked', 'not reading', 'cooked', 'raw', 'reading']);
    keyboard.close();
  });

  it('leaves the terminal alone in the background, until it comes to the foreground', () => {
    let isForeground = false;
    const { events, clock, keyboard, input } = makeKeyboard(() => isForeground);
    clock.advance(5_000);
    expect(events).toEqual([]);
    expect(input.listenerCount('keypress')).toBe(0);
    isForeground = true;
    clock.advance(1_000);
    expect(events).toEqual(['cooked', 'raw', 'reading']);
    keyboard.close();
    expect(clock.pending).toBe(0);
  });

  it('leaves nothing behind, also when the terminal goes away', async () => {
    const { job, events, keyboard, input } = makeKeyboard();
    events.length = 0;
    keyboard.close();
    keyboard.close();
    expect(events).toEqual(['cooked', 'not reading']);
    expect(job.listenerCount('SIGTSTP') + job.listenerCount('SIGCONT')).toBe(0);
    input.emit('error', new Error('EIO'));
    const other = makeKeyboard();
    other.input.end();
    await vi.waitFor(() => expect(other.events).toContain('not reading'));
    expect(other.job.listenerCount('SIGTSTP')).toBe(0);
  });
});

describe('the foreground', () => {
  it.each([
    ['12 (node) S 11 12 11 34816 12 4194304', true],
    ['12 (node) S 11 12 11 34816 99 4194304', false],
    ['12 (a) b) S 11 12 11 34816 12 4194304', true],
    ['nonsense', true],
  ])('of %s: %s', (stat, is) => {
    expect(isInForeground(() => stat)).toBe(is);
  });

  it('is taken for granted where the system does not say', () => {
    const absent = (): string => {
      throw new Error('ENOENT');
    };
    expect(isInForeground(absent)).toBe(true);
  });
});
