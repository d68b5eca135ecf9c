import { describe, expect, it } from 'vitest';
import { createCalendar } from '../../src/lib/market/calendar.ts';
import { CALENDAR_2026 } from '../../src/lib/market/calendar-2026.ts';
import { findRecordingWindow } from '../../src/lib/market/recording-window.ts';
import { segmentsOfName, tradingSegmentOf } from '../../src/lib/market/symbol-segments.ts';

const at = (ist: string): number => Date.parse(`${ist}+05:30`);
const calendar = createCalendar([CALENDAR_2026]);
const SBIN = 'nse_cm';
const CRUDE = 'mcx_fo';

describe('the likeliest segment of a name', () => {
  it.each([
    ['NSE:SBIN-EQ', 'nse_cm'],
    ['NSE:BAJAJ-AUTO-EQ', 'nse_cm'],
    ['NSE:M&M-BE', 'nse_cm'],
    ['NSE:NIFTY50-INDEX', 'nse_cm'],
    ['BSE:SENSEX-INDEX', 'bse_cm'],
    ['BSE:SBIN-A', 'bse_cm'],
    ['NSE:NIFTY26NOVFUT', 'nse_fo'],
    ['NSE:BAJAJ-AUTO26NOVFUT', 'nse_fo'],
    ['NSE:NIFTY26SEP29200CE', 'nse_fo'],
    ['NSE:NIFTY2691529200PE', 'nse_fo'],
    ['BSE:SENSEX26NOVFUT', 'bse_fo'],
    ['NSE:USDINR26NOVFUT', 'cde_fo'],
    ['NSE:EURUSD26NOV1.05CE', 'cross_currency'],
    ['BSE:USDINR26NOVFUT', 'bcs_fo'],
    ['MCX:CRUDEOIL26DECFUT', 'mcx_fo'],
    ['MCX:GOLD26DEC120000CE', 'mcx_fo'],
    // Names that only end like options.
    ['NSE:RELIANCE-EQ', 'nse_cm'],
    ['NSE:PE-EQ', 'nse_cm'],
  ])('%s is of %s', (symbol, segment) => {
    expect(segmentsOfName(symbol)[0]).toBe(segment);
  });
});

describe('what a name leaves open', () => {
  it.each([
    ['NSE:RELIANCE26DECFUT', ['nse_fo', 'nse_com', 'cde_fo']],
    ['NSE:GOLDM26DECFUT', ['nse_fo', 'nse_com', 'cde_fo']],
    ['NSE:718GS203326DECFUT', ['nse_fo', 'nse_com', 'cde_fo']],
    ['BSE:RELIANCE26DECFUT', ['bse_fo', 'bcs_fo']],
    ['NSE:NIFTY26DECFUT', ['nse_fo']],
    ['NSE:BANKNIFTY26NOV52000CE', ['nse_fo']],
    ['BSE:SENSEX50126NOVFUT', ['bse_fo']],
    ['NSE:USDINR26NOVFUT', ['cde_fo']],
    ['NSE:EURUSD26NOVFUT', ['cross_currency']],
    ['NSE:RELIANCE-EQ', ['nse_cm']],
  ])('%s may be of %j', (symbol, segments) => {
    expect(segmentsOfName(symbol)).toEqual(segments);
  });

  it.each([
    ['NSE:GBPUSD26NOVFUT', 'cde_fo', 'cross_currency'],
    ['BSE:USDJPY26NOVFUT', 'bcs_fo', 'cross_currency'],
    ['NSE:USDINR26NOVFUT', 'cde_fo', 'cde_fo'],
    ['NSE:GOLDM26DECFUT', 'nse_com', 'nse_com'],
  ] as const)('%s of %s has the hours of %s', (symbol, segment, hours) => {
    expect(tradingSegmentOf(symbol, segment)).toBe(hours);
  });
});

describe('the window of a recording', () => {
  it.each([
    ['nse_com', '2026-11-24T00:10:00'],
    ['cde_fo', '2026-11-23T17:15:00'],
    ['cross_currency', '2026-11-23T19:45:00'],
    ['nse_fo', '2026-11-23T15:55:00'],
  ] as const)('of %s ends 15 minutes after its close', (segment, closes) => {
    expect(findRecordingWindow([segment], at('2026-11-23T12:00:00'), calendar)).toMatchObject({ closesMs: at(closes) });
  });

  it('of pairs without the rupee is closed with the other currencies', () => {
    expect(findRecordingWindow(['cross_currency'], at('2026-08-26T12:00:00'), calendar)).toMatchObject({
      state: 'closed',
      why: 'Id-E-Milad',
    });
  });

  it.each([
    ['before', '2026-11-23T06:00:00'],
    ['inside', '2026-11-23T12:00:00'],
    ['in the last minute', '2026-11-23T15:44:59'],
  ])('%s: from 09:00 to 15:45', (_, now) => {
    expect(findRecordingWindow([SBIN], at(now), calendar)).toEqual({
      state: 'open',
      opensMs: at('2026-11-23T09:00:00'),
      closesMs: at('2026-11-23T15:45:00'),
    });
  });

  it('spans the sessions of all symbols, past midnight with its margin', () => {
    expect(findRecordingWindow([SBIN, CRUDE], at('2026-11-23T05:00:00'), calendar)).toEqual({
      state: 'open',
      opensMs: at('2026-11-23T08:45:00'),
      closesMs: at('2026-11-24T00:10:00'),
    });
  });

  it('is over when the last session was', () => {
    const closedMs = at('2026-11-23T15:45:00');
    expect(findRecordingWindow([SBIN], closedMs, calendar)).toEqual({ state: 'over', closedMs });
  });

  it.each([
    [[SBIN], '2026-11-24', 'Guru Nanak Jayanti'],
    [[SBIN], '2026-11-22', 'a weekend'],
    [[SBIN, CRUDE], '2026-12-25', 'Christmas'],
  ] as const)('of %j is not on %s: %s', (segments, date, why) => {
    expect(findRecordingWindow(segments, at(`${date}T10:00:00`), calendar)).toEqual({ state: 'closed', date, why });
  });

  it('of a holiday is the evening, where some symbol trades then', () => {
    expect(findRecordingWindow([SBIN, CRUDE], at('2026-11-24T10:00:00'), calendar)).toEqual({
      state: 'open',
      opensMs: at('2026-11-24T16:45:00'),
      closesMs: at('2026-11-25T00:10:00'),
    });
  });

  it('is there on a special Sunday', () => {
    expect(findRecordingWindow([SBIN], at('2026-02-01T08:00:00'), calendar)).toMatchObject({ state: 'open' });
  });
});
