import { describe, expect, it } from 'vitest';
import { formatSessions } from '../../src/lib/market/session-column.ts';
import { openMaster } from '../../src/lib/symbols/master/opened-master.ts';
import type { SymbolMaster } from '../../src/lib/symbols/master/symbol-master.ts';
import { MasterHours } from '../../src/lib/symbols/master-hours.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { csvLine, fileOf, futureLine, NOW_MS } from './master/csv-lines.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** A line with another session column. */
const withSession = (line: string, session: string): string => line.replace('0915-1530|1815-1915:', session);
const sbin = (session: string): string =>
  withSession(csvLine('NSE_CM', { symbol: 'NSE:SBIN-EQ', token: 3045, name: 'SBI', underlying: 'SBIN' }), session);

function openWith(session = '0915-1530|1815-1915:'): SymbolMaster {
  return openMaster([
    fileOf('NSE_CM', [sbin(session)]),
    fileOf('NSE_CD', [
      withSession(futureLine('NSE_CD', 'EURUSD', '2026-12-29', 1), '0900-1930|1815-1915:'),
      withSession(futureLine('NSE_CD', 'USDINR', '2026-12-29', 2), '0900-1700|1815-1915:'),
    ]),
    fileOf('MCX_COM', [withSession(futureLine('MCX_COM', 'MENTHAOIL', '2026-12-29', 3), '0900-1700|1815-1915:')]),
  ]);
}

function setUp(readMaster: () => SymbolMaster | undefined = openWith, nowMs = NOW_MS) {
  const clock = new ManualClock(nowMs);
  let reads = 0;
  const countedRead = (): SymbolMaster | undefined => {
    reads++;
    return readMaster();
  };
  const hours = new MasterHours({ clock, readMaster: countedRead });
  const find = (symbol: string): string | undefined => {
    const found = hours.find(symbol);
    return found && `${found.segment} ${formatSessions(found.sessions)}`;
  };
  return { clock, find, reads: () => reads };
}

describe('the hours of an instrument in the cached master', () => {
  it.each([
    ['NSE:SBIN-EQ', 'nse_cm 09:15-15:30'],
    ['MCX:MENTHAOIL26DECFUT', 'mcx_fo 09:00-17:00'],
    ['NSE:USDINR26DECFUT', 'cde_fo 09:00-17:00'],
    ['NSE:EURUSD26DECFUT', 'cross_currency 09:00-19:30'],
    ['NSE:INFY-EQ', undefined],
  ])('%s: %s', (symbol, expected) => expect(setUp().find(symbol)).toBe(expected));

  it.each(['closed', '1530-0915', '|1815-1915:'])('are not believed when the column is %j', (session) => {
    expect(setUp(() => openWith(session)).find('NSE:SBIN-EQ')).toBeUndefined();
  });

  it('are believed for a week', () => {
    expect(setUp(openWith, NOW_MS + 7 * DAY_MS).find('NSE:SBIN-EQ')).toBe('nse_cm 09:15-15:30');
    expect(setUp(openWith, NOW_MS + 7 * DAY_MS + 1).find('NSE:SBIN-EQ')).toBeUndefined();
  });

  it('are unknown without a master, and where it cannot be read', () => {
    expect(setUp(() => undefined).find('NSE:SBIN-EQ')).toBeUndefined();
    const throwing = (): never => {
      throw new Error('no permission');
    };
    expect(setUp(throwing).find('NSE:SBIN-EQ')).toBeUndefined();
  });

  it('are read once an hour', () => {
    let session = '0915-1530';
    const { clock, find, reads } = setUp(() => openWith(session));
    for (let time = 0; time < 3; time++) expect(find('NSE:SBIN-EQ')).toBe('nse_cm 09:15-15:30');
    expect(reads()).toBe(1);
    session = '0915-1540';
    clock.advance(HOUR_MS - 1);
    expect(find('NSE:SBIN-EQ')).toBe('nse_cm 09:15-15:30');
    clock.advance(1);
    expect(find('NSE:SBIN-EQ')).toBe('nse_cm 09:15-15:40');
    expect(reads()).toBe(2);
  });

  it('are asked for once an hour where there is no master', () => {
    const { clock, find, reads } = setUp(() => undefined);
    for (const symbol of ['NSE:SBIN-EQ', 'NSE:INFY-EQ', 'NSE:TCS-EQ']) find(symbol);
    expect(reads()).toBe(1);
    clock.advance(HOUR_MS);
    find('NSE:SBIN-EQ');
    expect(reads()).toBe(2);
  });
});
