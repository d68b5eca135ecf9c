import { describe, expect, it } from 'vitest';
import { type CalendarYear, createCalendar } from '../../src/lib/market/calendar.ts';
import { CALENDAR_2026 } from '../../src/lib/market/calendar-2026.ts';
import { SEGMENTS, type Segment } from '../../src/lib/market/topics.ts';
import { isSessionOpen, type SessionHours, sessionsOf } from '../../src/lib/market/trading-hours.ts';

const at = (ist: string): number => Date.parse(`${ist}+05:30`);
const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 16);
const show = (sessions: readonly SessionHours[]): string[] => sessions.map((hours) => hours.map(clock).join('-'));

describe('a special day', () => {
  const year: CalendarYear = {
    year: 2027,
    days: [
      { date: '2027-01-04', name: 'all closed', hours: { all: 'closed' } },
      { date: '2027-01-05', name: 'evening', hours: { equity: 'closed', commodity: 'evening' } },
      { date: '2027-01-06', name: 'morning', hours: { commodity: 'morning', nse_com: 'closed' } },
      { date: '2027-01-10', name: 'a Sunday', hours: { equity: 'usual', bse_cm: [['18:15', '19:15']] } },
      { date: '2027-07-05', name: 'in summer', hours: { commodity: 'evening' } },
    ],
  };
  const calendar = createCalendar([year]);

  it.each<[string, Segment, string[]]>([
    ['2027-01-04', 'nse_cm', []],
    ['2027-01-04', 'mcx_fo', []],
    ['2027-01-05', 'nse_fo', []],
    ['2027-01-05', 'cde_fo', ['09:00-17:00']],
    ['2027-01-05', 'mcx_fo', ['17:00-23:55']],
    ['2027-01-06', 'mcx_fo', ['09:00-17:00']],
    ['2027-01-06', 'nse_com', []],
    ['2027-01-10', 'nse_cm', ['09:15-15:30']],
    ['2027-01-10', 'bse_cm', ['18:15-19:15']],
    ['2027-01-10', 'mcx_fo', []],
    ['2027-07-05', 'mcx_fo', ['17:00-23:30']],
    ['2027-01-07', 'nse_cm', ['09:15-15:30']],
    ['2027-01-09', 'nse_cm', []],
  ])('%s: %s trades %j', (date, segment, hours) => {
    expect(show(sessionsOf(segment, date, calendar))).toEqual(hours);
  });

  it('of a later calendar replaces that of an earlier one', () => {
    const correction: CalendarYear = {
      year: 2027,
      days: [{ date: '2027-01-04', name: 'open after all', hours: { all: 'usual' } }],
    };
    const both = createCalendar([year, correction]);
    expect(show(sessionsOf('nse_cm', '2027-01-04', both))).toEqual(['09:15-15:30']);
    expect(show(sessionsOf('nse_fo', '2027-01-05', both))).toEqual([]);
  });

  it('knows its years', () => {
    expect([calendar.knows(2027), calendar.knows(2026)]).toEqual([true, false]);
  });
});

describe('2026', () => {
  const calendar = createCalendar([CALENDAR_2026]);
  const closedDays = (segment: Segment): string[] =>
    CALENDAR_2026.days.filter(({ date }) => sessionsOf(segment, date, calendar).length === 0).map(({ date }) => date);

  // By hand, from the exchanges' circulars: NSE/CMTR/71775 and the change of January 2026.
  it('has sixteen closures of shares', () => {
    expect(closedDays('nse_cm')).toEqual([
      '2026-01-15',
      '2026-01-26',
      '2026-03-03',
      '2026-03-26',
      '2026-03-31',
      '2026-04-03',
      '2026-04-14',
      '2026-05-01',
      '2026-05-28',
      '2026-06-26',
      '2026-09-14',
      '2026-10-02',
      '2026-10-20',
      '2026-11-10',
      '2026-11-24',
      '2026-12-25',
    ]);
    expect(closedDays('bse_fo')).toEqual(closedDays('nse_cm'));
  });

  // NSE/CD/71962 and CD/72233; Sundays are no trading days of currencies anyway.
  it('has twenty closures of currencies', () => {
    const closed = closedDays('cde_fo').filter((date) => date !== '2026-02-01');
    expect(closed).toHaveLength(20);
    expect(closed).toEqual(expect.arrayContaining(['2026-02-19', '2026-03-19', '2026-04-01', '2026-08-26']));
  });

  it('has four days on which MCX is closed, and evenings on the other holidays', () => {
    expect(closedDays('mcx_fo')).toEqual(['2026-01-26', '2026-04-03', '2026-10-02', '2026-12-25']);
    expect(show(sessionsOf('mcx_fo', '2026-11-24', calendar))).toEqual(['17:00-23:55']);
    expect(show(sessionsOf('mcx_fo', '2026-05-28', calendar))).toEqual(['17:00-23:30']);
    expect(show(sessionsOf('mcx_fo', '2026-01-01', calendar))).toEqual(['09:00-17:00']);
  });

  it('has the Sunday of the budget', () => {
    expect(isSessionOpen('nse_cm', at('2026-02-01T10:00:00'), calendar)).toBe(true);
    expect(isSessionOpen('nse_cm', at('2026-02-08T10:00:00'), calendar)).toBe(false);
    expect(show(sessionsOf('mcx_fo', '2026-02-01', calendar))).toEqual(['09:00-17:00']);
  });

  it('has days of its year, in order, each once, with hours that make sense', () => {
    const dates = CALENDAR_2026.days.map(({ date }) => date);
    expect(dates).toEqual([...new Set(dates)].sort());
    for (const date of dates) {
      expect(date).toMatch(/^2026-\d\d-\d\d$/);
      for (const segment of Object.values(SEGMENTS)) {
        for (const [open, close] of sessionsOf(segment, date, calendar)) expect(open).toBeLessThan(close);
      }
    }
  });
});
