import { describe, expect, test } from 'vitest';
import { type ChainRequest, findChain } from '../../../src/lib/cli/symbols/chain.ts';
import type { ListedInstrument } from '../../../src/lib/symbols/master/symbol-master.ts';
import { NOW_MS } from '../../symbols/master/csv-lines.ts';
import { openSmallMaster } from '../../symbols/master/small-master.ts';

const master = openSmallMaster();
const REQUEST: ChainRequest = {
  underlying: 'NIFTY',
  expiry: 'nearest',
  around: undefined,
  strikes: 10,
  strikesAreAsked: false,
  findPrice: async () => undefined,
};

const find = (request: Partial<ChainRequest>, nowMs = NOW_MS) => findChain(master, { ...REQUEST, ...request }, nowMs);
const strikesOf = (options: readonly ListedInstrument[]): string[] =>
  options.map(({ strike, right }) => `${strike}${right}`);

describe('the options of one expiry', () => {
  test('are sorted by strike, the call first', async () => {
    const { options, money, lacksPrice } = await find({});
    expect(strikesOf(options)).toEqual(
      [23_900, 23_950, 24_000, 24_050, 24_100].flatMap((strike) => [`${strike}CE`, `${strike}PE`]),
    );
    expect(new Set(options.map(({ symbol }) => symbol.slice(0, 14)))).toEqual(new Set(['NSE:NIFTY26D01']));
    expect([money, lacksPrice]).toEqual([undefined, true]);
  });

  test.each(['nifty', 'NSE:NIFTY50-INDEX', ' NIFTY50 ', 'NSE:NIFTY26DECFUT'])('of %j', async (underlying) => {
    const { options } = await find({ underlying });
    expect(new Set(options.map((one) => one.underlying))).toEqual(new Set(['NIFTY']));
  });

  test.each([
    ['nearest', '26D01'],
    ['weekly', '26D01'],
    ['monthly', '26DEC'],
    ['2026-12-08', '26D08'],
    ['2027-01-26', '27JAN'],
  ])('of the expiry %s', async (expiry, code) => {
    const { options } = await find({ expiry });
    expect(options.map(({ symbol }) => symbol).filter((symbol) => !symbol.startsWith(`NSE:NIFTY${code}`))).toEqual([]);
    expect(options).toHaveLength(10);
  });

  test('that has passed is never the nearest', async () => {
    const { options } = await find({}, Date.parse('2026-12-01T15:30:00+05:30'));
    expect(options[0]?.symbol).toMatch(/^NSE:NIFTY26D08/);
    await expect(find({ expiry: '2026-12-01' }, Date.parse('2026-12-01T15:30:00+05:30'))).rejects.toMatchObject({
      code: 'NO_MATCH',
    });
  });
});

describe('the strikes', () => {
  test.each([
    [24_010, 1, ['23950CE', '23950PE', '24000CE', '24000PE', '24050CE', '24050PE']],
    [24_025, 0, ['24000CE', '24000PE']],
    [24_026, 0, ['24050CE', '24050PE']],
    [1, 1, ['23900CE', '23900PE', '23950CE', '23950PE']],
    [99_999, 0, ['24100CE', '24100PE']],
  ])('around %d, %d on each side and the money', async (around, strikes, expected) => {
    expect(strikesOf((await find({ around, strikes })).options)).toEqual(expected);
  });

  test('are those around the price that a shared session has, of the index first', async () => {
    const asked: (readonly string[])[] = [];
    const findPrice = async (symbols: readonly string[]) => {
      asked.push(symbols);
      return { symbol: 'NSE:NIFTY50-INDEX', price: 23_910 };
    };
    const { options, money } = await find({ strikes: 0, findPrice });
    expect(strikesOf(options)).toEqual(['23900CE', '23900PE']);
    expect(money).toEqual({ symbol: 'NSE:NIFTY50-INDEX', price: 23_910 });
    expect(asked[0]?.[0]).toBe('NSE:NIFTY50-INDEX');
    expect(asked[0]).toContain('NSE:NIFTY26DECFUT');
    expect(asked[0]).not.toContain('NSE:NIFTY26NOVFUT');
  });

  test('are all listed when that is asked for, and no session is asked', async () => {
    const findPrice = () => Promise.reject(new Error('asked'));
    const { options, lacksPrice } = await find({ strikes: Number.POSITIVE_INFINITY, findPrice });
    expect([options.length, lacksPrice]).toEqual([10, false]);
    expect((await find({ around: 24_000, findPrice })).options).toHaveLength(10);
  });

  test('that the user asked for need a price', async () => {
    await expect(find({ strikesAreAsked: true })).rejects.toMatchObject({
      code: 'USAGE',
      hint: 'give the price with --around, or leave --strikes out',
    });
  });
});

describe('nothing to list', () => {
  test('an unknown underlying: the nearest is named', async () => {
    await expect(find({ underlying: 'BANKNFTY' })).rejects.toMatchObject({ code: 'NO_MATCH', exit: 3 });
    await expect(find({ underlying: 'NSE:RELAINCE-EQ' })).rejects.toMatchObject({
      message: 'unknown underlying "NSE:RELAINCE-EQ"',
      hint: expect.stringContaining('NSE:RELIANCE-EQ'),
    });
  });

  test('an underlying without options', async () => {
    await expect(find({ underlying: 'CRUDEOIL' })).rejects.toMatchObject({ message: 'CRUDEOIL has no options' });
  });

  test('an expiry without options: those that there are', async () => {
    await expect(find({ expiry: '2026-12-02' })).rejects.toMatchObject({
      message: 'NIFTY has no options that end on 2026-12-02',
      hint: 'its options end on 2026-12-01, 2026-12-08, 2026-12-29, 2027-01-05, 2027-01-26',
    });
  });
});
