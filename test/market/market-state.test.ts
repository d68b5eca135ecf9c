import { describe, expect, it } from 'vitest';
import { createCalendar } from '../../src/lib/market/calendar.ts';
import { CALENDAR_2026 } from '../../src/lib/market/calendar-2026.ts';
import { describeClosedMarkets, describeMarkets, findMarketState } from '../../src/lib/market/market-state.ts';
import { WEEKDAYS } from '../../src/lib/market/trading-hours.ts';

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
      'NSE closed since 15:30 IST, opens Mon 09:15',
    );
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
