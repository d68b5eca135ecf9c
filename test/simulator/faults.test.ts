import { describe, expect, it } from 'vitest';
import type { TickpipeError } from '../../src/lib/errors/tickpipe-error.ts';
import { describeFault, FAULTS, parseFaults } from '../../src/lib/simulator/faults.ts';

function errorOf(text: string): TickpipeError {
  try {
    parseFaults(text);
  } catch (error) {
    return error as TickpipeError;
  }
  throw new Error(`${text} was accepted`);
}

describe('parseFaults', () => {
  it('reads a name alone', () => {
    expect(parseFaults('split')).toEqual([{ name: 'split' }]);
    expect(parseFaults('drop')).toEqual([{ name: 'drop' }]);
  });

  it('reads times in every unit, and several of them', () => {
    expect(parseFaults('drop@2s,4,250ms,1.5m')).toEqual(
      [2_000, 4_000, 250, 90_000].map((atMs) => ({ name: 'drop', atMs })),
    );
  });

  it('reads arguments', () => {
    expect(parseFaults('delay=200ms')).toEqual([{ name: 'delay', durationMs: 200 }]);
    expect(parseFaults('stall-symbol=nse:m&m-eq@3s')).toEqual([
      { name: 'stall-symbol', symbol: 'NSE:M&M-EQ', atMs: 3_000 },
    ]);
    expect(parseFaults('rate-limit=3')).toEqual([{ name: 'rate-limit', count: 3 }]);
    expect(parseFaults('html')).toEqual([{ name: 'html', count: Number.POSITIVE_INFINITY }]);
    expect(parseFaults('lookup=-373')).toEqual([{ name: 'lookup', answer: '-373', count: Number.POSITIVE_INFINITY }]);
    expect(parseFaults('lookup=edge:2@1s')).toEqual([{ name: 'lookup', answer: 'edge', count: 2, atMs: 1_000 }]);
    expect(parseFaults('exchange=-371:1')).toEqual([{ name: 'exchange', answer: '-371', count: 1 }]);
    expect(parseFaults('master=cut:2')).toEqual([{ name: 'master', answer: 'cut', count: 2 }]);
    expect(parseFaults('master=NSE_FO.csv/500')).toEqual([
      { name: 'master', answer: '500', file: 'NSE_FO.csv', count: Number.POSITIVE_INFINITY },
    ]);
    expect(parseFaults('account-delay=2s')).toEqual([{ name: 'account-delay', durationMs: 2_000 }]);
    expect(parseFaults('upgrade=503:3')).toEqual([{ name: 'upgrade', status: 503, count: 3 }]);
    expect(parseFaults('contest=1s@2s')).toEqual([{ name: 'contest', durationMs: 1_000, atMs: 2_000 }]);
  });

  it('names the valid faults when one is unknown', () => {
    const error = errorOf('explode@5s');
    expect(error.code).toBe('USAGE');
    expect(error.message).toContain('"explode"');
    for (const name of Object.keys(FAULTS)) expect(error.hint).toContain(name);
    expect(errorOf('toString').code).toBe('USAGE');
    expect(errorOf('').code).toBe('USAGE');
  });

  it.each([
    'drop=1',
    'stall-symbol',
    'stall-symbol=@2s',
    'delay',
    'delay=-1s',
    'html=0',
    'html=x',
    'lookup',
    'lookup=-1',
    'lookup=-373:0',
    'lookup=x/-373',
    'exchange',
    'exchange=-300',
    'profile=edge:',
    'login=edge',
    'master=NSE_FO.csv',
    'master=NSE_FO.csv/',
    'master=NSE_FO.csv/cut:0',
    'upgrade',
    'upgrade=200',
    'upgrade=503:x',
    'drop@',
    'drop@1s,',
    'delay=999999h',
  ])('refuses %s as usage', (text) => {
    expect(errorOf(text).code).toBe('USAGE');
  });
});

it('an unknown answer is refused with those that there are', () => {
  expect(errorOf('login=nothing').hint).toContain('wrong-state');
  expect(describeFault('login')).toContain('wrong-state');
  expect(describeFault('drop')).toBe('breaks every data connection');
});
