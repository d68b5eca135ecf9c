import { describe, expect, it } from 'vitest';
import { createCalendar } from '../../src/lib/market/calendar.ts';
import { CALENDAR_2026 } from '../../src/lib/market/calendar-2026.ts';
import { describeClosedMarkets, describeMarkets, findMarketState } from '../../src/lib/market/market-state.ts';
import { readSessionColumn } from '../../src/lib/market/session-column.ts';
import { type ListedHours, WEEKDAYS } from '../../src/lib/market/trading-hours.ts';

const CALENDAR = createCalendar([CALENDAR_2026]);
const SBIN = 'NSE:SBIN-EQ';
const FUTURE = 'NSE:NIFTY26NOVFUT';
const CRUDE = 'MCX:CRUDEOIL26NOVFUT';
const at = (ist: string): number => Date.parse(`${ist}+05:30`);

describe('a market that is closed', () => {
  it.each([
    ['after the session', '2026-11-23T18:00:00', [SBIN], 'NSE closed since 15:30 IST, opens Wed 09:15'],
    ['on an evening before a usual day', '2026-11-30T15:30:00', [SBIN], 'NSE closed since 15:30 IST, opens Tue 09:15'],
    ['before the session', '2026-12-01T09:14:59', [SBIN], 'NSE closed since Mon 15:30 IST, opens 09:15'],
    ['at the weekend', '2026-11-28T12:00:00', [SBIN], 'NSE closed since Fri 15:30 IST, opens Mon 09:15'],
    [
      'on a holiday',
      '2026-12-25T11:00:00',
      [SBIN],
      'NSE closed since Thu 15:30 IST, opens Mon 09:15 (holiday: Christmas)',
    ],
    [
      'in the half of a day that is a holiday',
      '2026-11-24T11:00:00',
      [CRUDE],
      'MCX closed since Mon 23:55 IST, opens 17:00 (holiday: Guru Nanak Jayanti)',
    ],
    ['in part', '2026-11-30T18:00:00', [SBIN, CRUDE], 'NSE closed since 15:30 IST, opens Tue 09:15'],
    ['in two segments', '2026-11-30T18:00:00', [FUTURE, SBIN], 'NSE closed since 15:40 IST, opens Tue 09:15'],
    ['in derivatives', '2026-11-30T18:00:00', [FUTURE], 'NSE F&O closed since 15:40 IST, opens Tue 09:15'],
    [
      'on two exchanges',
      '2026-11-28T12:00:00',
      [SBIN, CRUDE],
      'NSE closed since Fri 15:30 IST, opens Mon 09:15; MCX closed since Fri 23:55 IST, opens Mon 09:00',
    ],
    ['nowhere', '2026-11-30T12:00:00', [SBIN, FUTURE, CRUDE], ''],
    ['without symbols', '2026-11-28T12:00:00', [], ''],
  ])('%s', (_, ist, symbols, text) => {
    expect(describeClosedMarkets(symbols, at(ist), CALENDAR)).toBe(text);
  });

  it('of which no holiday is known keeps its weekdays', () => {
    expect(describeClosedMarkets([SBIN], at('2026-12-25T16:00:00'), WEEKDAYS)).toBe(
      'NSE closed since 15:30 IST, opens Mon 09:15 (no calendar of 2026)',
    );
  });

  it.each([
    ['2026-12-31T18:00:00', 'NSE closed since 15:30 IST, opens Fri 09:15 (no calendar of 2027)'],
    ['2027-01-01T09:00:00', 'NSE closed since Thu 15:30 IST, opens 09:15 (no calendar of 2027)'],
    ['2027-01-04T18:00:00', 'NSE closed since 15:30 IST, opens Tue 09:15 (no calendar of 2027)'],
    ['2026-12-30T18:00:00', 'NSE closed since 15:30 IST, opens Thu 09:15'],
  ])('says when it rests on a year without a calendar: %s', (now, text) => {
    expect(describeClosedMarkets([SBIN], at(now), CALENDAR)).toBe(text);
  });

  it('for more than a week is named by dates', () => {
    const days = Array.from({ length: 10 }, (_, day) => ({
      date: `2026-12-${String(day + 7).padStart(2, '0')}`,
      name: 'Strike',
      hours: { all: 'closed' as const },
    }));
    const text = describeClosedMarkets([SBIN], at('2026-12-16T12:00:00'), createCalendar([{ year: 2026, days }]));
    expect(text).toBe('NSE closed since 2026-12-04 15:30 IST, opens Thu 09:15 (holiday: Strike)');
  });

  it('for longer than anybody looks ahead still says so', () => {
    const never = { dayOf: () => ({ name: 'Closed down', sessions: [] }), knows: () => true };
    expect(findMarketState('nse_cm', at('2026-12-16T12:00:00'), never)).toEqual({
      isOpen: false,
      closedMs: undefined,
      opensMs: undefined,
      holiday: 'Closed down',
    });
    expect(describeMarkets([SBIN], at('2026-12-16T12:00:00'), never)).toBe('NSE closed (holiday: Closed down)');
  });
});

describe('a market that is open', () => {
  it('is named with its end, behind those that are closed', () => {
    expect(describeMarkets([CRUDE, SBIN], at('2026-11-30T18:00:00'), CALENDAR)).toBe(
      'NSE closed since 15:30 IST, opens Tue 09:15; MCX open until 23:55 IST',
    );
  });

  it('trades on a weekend that the calendar makes a trading day', () => {
    expect(describeMarkets([SBIN], at('2026-02-01T10:00:00'), CALENDAR)).toBe('NSE open until 15:30 IST');
  });
});

describe('an instrument with hours of its own', () => {
  const MINT = 'MCX:MENTHAOIL26DECFUT';
  const GOLD = 'NSE:GOLDM26DECFUT';
  const hours: Readonly<Record<string, ListedHours>> = {
    [MINT]: { segment: 'mcx_fo', sessions: readSessionColumn('0900-1700') ?? [] },
    [CRUDE]: { segment: 'mcx_fo', sessions: readSessionColumn('0900-2330') ?? [] },
    [GOLD]: { segment: 'nse_com', sessions: readSessionColumn('0900-2330|1815-1915:') ?? [] },
    [SBIN]: { segment: 'nse_cm', sessions: readSessionColumn('0915-1530|1815-1915:') ?? [] },
  };
  const listed = createCalendar([CALENDAR_2026], (symbol) => hours[symbol]);
  const describeAt = (now: string, ...symbols: string[]) => describeMarkets(symbols, at(now), listed);

  it('is the market when it is alone', () => {
    expect(describeAt('2026-11-30T18:00:00', MINT)).toBe('MCX closed since 17:00 IST, opens Tue 09:00');
  });

  it('is named where others of its market have other hours', () => {
    expect(describeAt('2026-11-30T18:00:00', MINT, CRUDE)).toBe(
      'MCX:MENTHAOIL26DECFUT closed since 17:00 IST, opens Tue 09:00; MCX:CRUDEOIL26NOVFUT open until 23:55 IST',
    );
    expect(describeAt('2026-11-30T12:00:00', CRUDE, MINT, 'MCX:GOLD26DECFUT')).toBe(
      'MCX:CRUDEOIL26NOVFUT and 1 more open until 23:55 IST; MCX:MENTHAOIL26DECFUT open until 17:00 IST',
    );
  });

  it('has the usual name with the usual hours', () => {
    expect(describeAt('2026-11-30T18:00:00', SBIN, 'NSE:INFY-EQ', FUTURE)).toBe(
      'NSE closed since 15:40 IST, opens Tue 09:15',
    );
  });

  it('is of the market that is listed, whatever its name looks like', () => {
    expect(describeAt('2026-11-30T20:00:00', GOLD)).toBe('NSE commodity open until 23:55 IST');
  });

  it('has the holidays of the calendar', () => {
    expect(describeAt('2026-12-25T12:00:00', SBIN)).toBe(
      'NSE closed since Thu 15:30 IST, opens Mon 09:15 (holiday: Christmas)',
    );
    // The evening of this day trades, but not for what ends at 17:00.
    expect(describeAt('2026-11-24T12:00:00', MINT)).toBe(
      'MCX closed since Mon 17:00 IST, opens Wed 09:00 (holiday: Guru Nanak Jayanti)',
    );
  });
});

describe('a name that may be of several markets', () => {
  const GOLD = 'NSE:GOLDM26DECFUT';

  it.each([
    ['is not said to be closed while one of them is open', '2026-11-30T20:00:00', GOLD, ''],
    ['is not said to be open while one of them is closed', '2026-11-30T09:05:00', GOLD, ''],
    ['is of the likeliest when all are open', '2026-11-30T12:00:00', GOLD, 'NSE F&O open until 15:40 IST'],
    [
      'is of the likeliest when all are closed',
      '2026-11-28T12:00:00',
      GOLD,
      'NSE F&O closed since Fri 15:40 IST, opens Mon 09:15',
    ],
    [
      'but for a pair without the rupee',
      '2026-11-30T18:00:00',
      'NSE:EURUSD26DECFUT',
      'NSE cross currency open until 19:30 IST',
    ],
  ])('%s', (_, now, symbol, text) => {
    expect(describeMarkets([symbol], at(now), CALENDAR)).toBe(text);
  });
});
