import { describe, expect, it } from 'vitest';
import {
  dayOfMonth,
  expiryMoment,
  lastWeekday,
  monthlyExpiries,
  THURSDAY,
  TUESDAY,
  tradingDaysBeforeEnd,
  weeklyExpiries,
} from '../../../src/lib/simulator/master/expiries.ts';

const codes = (expiries: readonly { code: string; date: string }[]) =>
  expiries.map(({ code, date }) => `${code} ${date}`);

describe('monthly expiries', () => {
  it('are the last Tuesdays, with the month in letters', () => {
    expect(codes(monthlyExpiries('2026-11-25', 'nse_fo', lastWeekday(TUESDAY), 3))).toEqual([
      '26DEC 2026-12-29',
      '27JAN 2027-01-26',
      '27FEB 2027-02-23',
    ]);
  });

  it('are still there on their own day', () => {
    const [first] = monthlyExpiries('2026-12-29', 'nse_fo', lastWeekday(TUESDAY), 1);
    expect(first).toEqual({ code: '26DEC', date: '2026-12-29' });
  });

  it('come a day earlier when the exchange is closed', () => {
    // 31 March 2026 is a Tuesday and a holiday of NSE.
    const [march] = monthlyExpiries('2026-03-02', 'nse_fo', lastWeekday(TUESDAY), 1);
    expect(march).toEqual({ code: '26MAR', date: '2026-03-30' });
  });

  it('follow rules of their own for currency and commodities', () => {
    expect(codes(monthlyExpiries('2026-11-01', 'cde_fo', tradingDaysBeforeEnd(2, 'cde_fo'), 1))).toEqual([
      '26NOV 2026-11-26',
    ]);
    expect(codes(monthlyExpiries('2026-12-01', 'mcx_fo', dayOfMonth(19), 1))).toEqual(['26DEC 2026-12-18']);
    expect(codes(monthlyExpiries('2026-11-01', 'mcx_fo', dayOfMonth(5), 2, (month) => month % 2 === 1))).toEqual([
      '26DEC 2026-12-04',
      '27FEB 2027-02-05',
    ]);
    expect(codes(monthlyExpiries('2028-02-01', 'mcx_fo', dayOfMonth(31), 1))).toEqual(['28FEB 2028-02-29']);
  });
});

describe('weekly expiries', () => {
  it('have a code of year, month and day, and leave out the day of a month', () => {
    const monthly = monthlyExpiries('2026-11-30', 'nse_fo', lastWeekday(TUESDAY), 3);
    expect(codes(weeklyExpiries('2026-11-30', 'nse_fo', TUESDAY, 5, monthly))).toEqual([
      '26D01 2026-12-01',
      '26D08 2026-12-08',
      '26D15 2026-12-15',
      '26D22 2026-12-22',
      '27105 2027-01-05',
    ]);
    expect(codes(weeklyExpiries('2026-09-30', 'bse_fo', THURSDAY, 6, []))).toEqual([
      '26O01 2026-10-01',
      '26O08 2026-10-08',
      '26O15 2026-10-15',
      '26O22 2026-10-22',
      '26O29 2026-10-29',
      '26N05 2026-11-05',
    ]);
  });

  it('end at the close of their day', () => {
    expect(expiryMoment('nse_fo', '2026-09-29')).toBe(1_790_676_600_000);
    expect(expiryMoment('mcx_fo', '2026-09-21')).toBe(1_790_013_600_000);
    expect(expiryMoment('cde_fo', '2026-11-26')).toBe(Date.parse('2026-11-26T12:30:00+05:30'));
  });
});
