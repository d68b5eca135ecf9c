import { describe, expect, it } from 'vitest';
import { istDate } from '../../src/lib/clock/ist.ts';
import { createCalendar } from '../../src/lib/market/calendar.ts';
import { formatSessions } from '../../src/lib/market/session-column.ts';
import { SEGMENTS, type Segment } from '../../src/lib/market/topics.ts';
import {
  type Calendar,
  type HoursOwner,
  isSessionOpen,
  type ListedHours,
  type SessionHours,
  sessionsOf,
  type TradingSegment,
} from '../../src/lib/market/trading-hours.ts';

const at = (ist: string): number => Date.parse(`${ist}+05:30`);
const SECOND = 1_000;

/** A Monday in the US summer, and one in the winter. */
const SUMMER = '2026-09-14';
const WINTER = '2026-11-23';

const HOURS: Record<Segment, [open: string, summerClose: string, winterClose: string]> = {
  nse_cm: ['09:15', '15:30', '15:30'],
  bse_cm: ['09:15', '15:30', '15:30'],
  nse_fo: ['09:15', '15:40', '15:40'],
  bse_fo: ['09:15', '15:40', '15:40'],
  cde_fo: ['09:00', '17:00', '17:00'],
  bcs_fo: ['09:00', '17:00', '17:00'],
  nse_com: ['09:00', '23:30', '23:55'],
  mcx_fo: ['09:00', '23:30', '23:55'],
};
const ALL = Object.entries(HOURS) as [Segment, [string, string, string]][];

describe('isSessionOpen', () => {
  it('knows every segment', () => {
    expect(Object.keys(HOURS).sort()).toEqual(Object.values(SEGMENTS).sort());
  });

  it.each(ALL)(
    'of %s is true from the open until just before the close',
    (segment, [open, summerClose, winterClose]) => {
      for (const [day, close] of [
        [SUMMER, summerClose],
        [WINTER, winterClose],
      ]) {
        expect(isSessionOpen(segment, at(`${day}T${open}:00`) - 1)).toBe(false);
        expect(isSessionOpen(segment, at(`${day}T${open}:00`))).toBe(true);
        expect(isSessionOpen(segment, at(`${day}T${close}:00`) - 1)).toBe(true);
        expect(isSessionOpen(segment, at(`${day}T${close}:00`))).toBe(false);
      }
    },
  );

  it('is false all weekend and true on the five days between', () => {
    const noon = (day: number): number => at(`2026-11-${day}T12:00:00`);
    const open = [22, 23, 24, 25, 26, 27, 28].map((day) => isSessionOpen('nse_cm', noon(day)));
    expect(open).toEqual([false, true, true, true, true, true, false]);
    expect(isSessionOpen('mcx_fo', at('2026-11-27T23:54:59'))).toBe(true);
    expect(isSessionOpen('mcx_fo', at('2026-11-28T00:00:00'))).toBe(false);
  });

  it.each([
    ['2026-03-06', true],
    ['2026-03-09', false],
    ['2026-10-30', false],
    ['2026-11-02', true],
    ['2027-03-12', true],
    ['2027-03-15', false],
    ['2027-11-05', false],
    ['2027-11-08', true],
  ])('of commodities at 23:45 on %s is %s, with the clocks of New York', (day, open) => {
    expect(isSessionOpen('mcx_fo', at(`${day}T23:45:00`))).toBe(open);
  });

  it('asks the calendar for the IST date and the segment', () => {
    const asked: string[] = [];
    const calendar: Calendar = {
      dayOf: (date, segment) => {
        asked.push(`${date} ${segment}`);
        return date === WINTER && segment === 'nse_cm' ? { name: 'a holiday', sessions: [] } : undefined;
      },
      knows: () => true,
    };
    expect(isSessionOpen('nse_cm', at(`${WINTER}T10:00:00`), calendar)).toBe(false);
    expect(isSessionOpen('mcx_fo', at(`${WINTER}T23:40:00`), calendar)).toBe(true);
    expect(isSessionOpen('nse_cm', at('2026-11-24T10:00:00'), calendar)).toBe(true);
    expect(asked).toEqual([`${WINTER} nse_cm`, `${WINTER} mcx_fo`, '2026-11-24 nse_cm']);
  });

  it('does not follow the zone of the machine', () => {
    const zone = process.env['TZ'];
    try {
      process.env['TZ'] = 'America/Los_Angeles';
      expect(isSessionOpen('nse_cm', at(`${WINTER}T09:15:00`))).toBe(true);
      expect(isSessionOpen('nse_cm', at('2026-11-22T12:00:00'))).toBe(false);
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });
});

describe('istDate', () => {
  it('changes at midnight IST, 18:30 UTC', () => {
    expect(istDate(Date.parse('2026-11-22T18:30:00Z') - SECOND)).toBe('2026-11-22');
    expect(istDate(Date.parse('2026-11-22T18:30:00Z'))).toBe('2026-11-23');
    expect(istDate(0)).toBe('1970-01-01');
  });
});

describe('an instrument that is listed with its own hours', () => {
  const minutes = (...times: [number, number]): SessionHours => [times[0] * 60_000, times[1] * 60_000];
  const hours = (segment: TradingSegment, ...sessions: SessionHours[]): ListedHours => ({ segment, sessions });
  const cotton = hours('mcx_fo', minutes(540, 1260));

  it('trades at them, not at those of its segment', () => {
    expect(isSessionOpen(cotton, at('2026-11-23T20:59:59'))).toBe(true);
    expect(isSessionOpen(cotton, at('2026-11-23T21:00:00'))).toBe(false);
    expect(isSessionOpen(cotton, at('2026-11-28T12:00:00'))).toBe(false);
  });

  it('may have several sessions', () => {
    const owner = hours('nse_com', minutes(540, 600), minutes(660, 720));
    const open = ['09:30', '10:30', '11:30'].map((time) => isSessionOpen(owner, at(`2026-11-23T${time}:00`)));
    expect(open).toEqual([true, false, true]);
  });

  it('follows New York where it is listed to either of the two closes', () => {
    for (const close of [1410, 1435]) {
      const crude = hours('mcx_fo', minutes(540, close));
      expect(isSessionOpen(crude, at('2026-11-23T23:50:00'))).toBe(true);
      expect(isSessionOpen(crude, at('2026-09-23T23:40:00'))).toBe(false);
    }
    // A share would not.
    expect(isSessionOpen(hours('nse_cm', minutes(540, 1410)), at('2026-11-23T23:50:00'))).toBe(false);
  });

  it('has the half days of the calendar within its own hours', () => {
    const days = [
      { date: '2026-11-23', name: 'half', hours: { commodity: 'evening' as const } },
      { date: '2026-11-25', name: 'half', hours: { commodity: 'morning' as const } },
      { date: '2026-11-28', name: 'a Saturday', hours: { commodity: 'usual' as const } },
    ];
    const calendar = createCalendar([{ year: 2026, days }]);
    const show = (owner: HoursOwner, date: string): string => formatSessions(sessionsOf(owner, date, calendar));
    expect(days.map(({ date }) => show(cotton, date))).toEqual(['17:00-21:00', '09:00-17:00', '09:00-21:00']);
    expect(days.map(({ date }) => show('mcx_fo', date))).toEqual(['17:00-23:55', '09:00-17:00', '09:00-23:55']);
    expect(show(hours('mcx_fo', minutes(540, 1020)), '2026-11-23')).toBe('');
  });
});
