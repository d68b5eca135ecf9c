import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { Interrupts, SIGNAL_STATUS, type StopSignal } from '../../../src/lib/cli/program/signals.ts';

function create() {
  const source = new EventEmitter();
  const exits: number[] = [];
  const interrupts = new Interrupts(source, (status) => exits.push(status));
  return { source, exits, interrupts };
}

describe('Interrupts', () => {
  test('starts without a signal', () => {
    const { interrupts, exits } = create();
    expect(interrupts.signal.aborted).toBe(false);
    expect(interrupts.status).toBeUndefined();
    expect(exits).toEqual([]);
  });

  test.each(Object.entries(SIGNAL_STATUS))(
    'the first %s aborts with status %i and does not end the process',
    (name, status) => {
      const { source, exits, interrupts } = create();
      source.emit(name);
      expect(interrupts.signal.aborted).toBe(true);
      expect(interrupts.signal.reason).toBe(name);
      expect(interrupts.status).toBe(status);
      expect(exits).toEqual([]);
    },
  );

  test('the second signal ends the process with its own status; the first stays the reason', () => {
    const { source, exits, interrupts } = create();
    source.emit('SIGINT');
    source.emit('SIGTERM');
    expect(exits).toEqual([143]);
    expect(interrupts.status).toBe(130);
    expect(interrupts.signal.reason).toBe('SIGINT');
  });

  test('close stops listening and may be called twice', () => {
    const { source, exits, interrupts } = create();
    interrupts.close();
    interrupts.close();
    for (const name of Object.keys(SIGNAL_STATUS) as StopSignal[]) {
      expect(source.listenerCount(name)).toBe(0);
      source.emit(name);
    }
    expect(interrupts.status).toBeUndefined();
    expect(exits).toEqual([]);
  });
});
