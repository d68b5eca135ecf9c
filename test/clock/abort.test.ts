import { getEventListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { onAbort, pause, raceAbort } from '../../src/lib/clock/abort.ts';
import { systemClock } from '../../src/lib/clock/clock.ts';

const MANY = 40;

/** The warnings of this process from now on. */
function collectWarnings(): readonly string[] {
  const warnings: string[] = [];
  const note = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', note);
  onTestFinished(() => void process.off('warning', note));
  return warnings;
}

describe('a listener of a signal', () => {
  test('is called once when it is aborted', () => {
    const controller = new AbortController();
    let calls = 0;
    onAbort(controller.signal, () => calls++);
    expect(calls).toBe(0);
    controller.abort();
    expect(calls).toBe(1);
  });

  test('is called at once when it is aborted already', () => {
    let calls = 0;
    const remove = onAbort(AbortSignal.abort(), () => calls++);
    expect(calls).toBe(1);
    remove();
  });

  test('is not called any more when it was removed', () => {
    const controller = new AbortController();
    let calls = 0;
    onAbort(controller.signal, () => calls++)();
    controller.abort();
    expect(calls).toBe(0);
  });
});

test('many waits for one signal cause no warning, and leave nothing behind', async () => {
  const warnings = collectWarnings();
  const { signal } = new AbortController();
  const waits = Array.from({ length: MANY }, () => pause(systemClock, 5, signal));
  const races = Array.from({ length: MANY }, () => raceAbort(delay(5), signal));
  expect(getEventListeners(signal, 'abort')).toHaveLength(2 * MANY);
  await Promise.all([...waits, ...races]);
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  // Warnings are emitted in a later turn.
  await delay(0);
  expect(warnings).toEqual([]);
});

test('an aborted signal ends all waits with its reason', async () => {
  const controller = new AbortController();
  const wait = pause(systemClock, 60_000, controller.signal);
  const race = raceAbort(new Promise(() => {}), controller.signal);
  controller.abort(new Error('enough'));
  await expect(wait).rejects.toThrow('enough');
  await expect(race).rejects.toThrow('enough');
});
