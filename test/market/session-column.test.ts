import { describe, expect, it } from 'vitest';
import { formatSessions, readSessionColumn } from '../../src/lib/market/session-column.ts';

const read = (text: string): string | undefined => {
  const sessions = readSessionColumn(text);
  return sessions && formatSessions(sessions);
};

describe('the session column', () => {
  it.each([
    ['0915-1530|1815-1915:', '09:15-15:30'],
    ['0900-2330|1815-1915:', '09:00-23:30'],
    ['0900-1700', '09:00-17:00'],
    ['0915-1530|1815-1915:17', '09:15-15:30'],
    ['0915-1530:23456|1000-1200:7', '09:15-15:30'],
    ['0900-1130,1230-1700|', '09:00-11:30,12:30-17:00'],
    ['0900-1130,1230-1700', '09:00-11:30,12:30-17:00'],
    ['1230-1700,0900-1130', '09:00-11:30,12:30-17:00'],
    ['0000-2400', '00:00-24:00'],
    ['|1815-1915:', undefined],
    ['1815-1915:', undefined],
    ['', undefined],
    ['closed', undefined],
    ['1530-0915', undefined],
    ['0915-0915', undefined],
    ['0960-1530', undefined],
    ['0915-2401', undefined],
    ['0915-1530,1500-1600', undefined],
    ['0915-1530,nonsense', undefined],
    ['915-1530', undefined],
  ])('%j is %j', (text, sessions) => expect(read(text)).toBe(sessions));

  it('of a row that nobody would write does not take long', () => {
    expect(readSessionColumn('0915-1530,'.repeat(100_000))).toBeUndefined();
  });
});
