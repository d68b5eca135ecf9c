import { expect, it } from 'vitest';
import { FaultState, takeAnswer, takeFault } from '../../src/lib/simulator/fault-state.ts';
import { FAULTS, type FaultName, isCounted, parseFaults } from '../../src/lib/simulator/faults.ts';

it('a fault goes wrong as often as it was counted, and no other with it', () => {
  const faults = new FaultState();
  expect(takeFault(faults, 'html')).toBe(false);
  faults.occasions.set('html', 2);
  expect([1, 2, 3].map(() => takeFault(faults, 'html'))).toEqual([true, true, false]);
  expect(takeFault(faults, 'rate-limit')).toBe(false);
});

it('a fault without a count goes wrong every time', () => {
  const faults = new FaultState();
  faults.occasions.set('mute', Number.POSITIVE_INFINITY);
  for (let occasion = 0; occasion < 100; occasion++) expect(takeFault(faults, 'mute')).toBe(true);
});

it('the counted faults are those that are read with a count', () => {
  const examples: Partial<Record<string, string>> = {
    duration: '=1s',
    symbol: '=NSE:SBIN-EQ',
    status: '=503',
  };
  for (const name of Object.keys(FAULTS) as FaultName[]) {
    const entry = FAULTS[name];
    const example = 'answers' in entry ? `=${entry.answers[0]}` : (examples[entry.argument] ?? '');
    const [fault] = parseFaults(`${name}${example}`);
    expect([name, fault?.count !== undefined]).toEqual([name, isCounted(name)]);
  }
});

it('an answer is given as often as it was counted, for its own file alone', () => {
  const faults = new FaultState();
  faults.occasions.set('master', 1);
  faults.answers.set('master', { answer: '500', file: 'NSE_FO.csv' });
  expect(['NSE_CM.csv', 'NSE_FO.csv', 'NSE_FO.csv'].map((file) => takeAnswer(faults, 'master', file))).toEqual([
    undefined,
    '500',
    undefined,
  ]);
  expect(takeAnswer(faults, 'profile')).toBeUndefined();
});
