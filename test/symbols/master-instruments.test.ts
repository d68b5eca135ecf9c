import { describe, expect, test } from 'vitest';
import { DAY_MS } from '../../src/lib/clock/ist.ts';
import type { SymbolMaster } from '../../src/lib/symbols/master/symbol-master.ts';
import { MasterInstruments } from '../../src/lib/symbols/master-instruments.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { NOW_MS } from './master/csv-lines.ts';
import { openSmallMaster } from './master/small-master.ts';

const SBIN = { symbol: 'NSE:SBIN-EQ', segment: 'nse_cm', feedName: '3045' };
const TOKEN = expect.stringMatching(/^4\d{4}$/);
const SIMULATOR = { TICKPIPE_MASTER_URL: 'http://127.0.0.1:9/sym_details' };
const master = openSmallMaster();

interface Given {
  readonly env?: Readonly<Record<string, string>>;
  readonly isFyersData?: boolean;
  readonly clock?: ManualClock;
  readonly readMaster?: () => SymbolMaster | undefined;
}

const make = ({
  env = {},
  isFyersData = true,
  clock = new ManualClock(NOW_MS),
  readMaster = () => master,
}: Given = {}) => new MasterInstruments({ env, isFyersData, clock, readMaster });

describe('a master that was confirmed within a day', () => {
  test('has the instruments of shares, indices and contracts, an index by its name on the data socket', async () => {
    const symbols = [
      'NSE:SBIN-EQ',
      'NSE:NIFTY50-INDEX',
      'NSE:NIFTY26D0124000CE',
      'MCX:CRUDEOIL26DECFUT',
      'NSE:NOPE-EQ',
    ];
    const { fresh, stale } = await make().find(symbols, false);
    expect([...fresh.values()]).toEqual([
      SBIN,
      { symbol: 'NSE:NIFTY50-INDEX', segment: 'nse_cm', feedName: 'Nifty 50' },
      { symbol: 'NSE:NIFTY26D0124000CE', segment: 'nse_fo', feedName: TOKEN, endsOn: '2026-12-01' },
      { symbol: 'MCX:CRUDEOIL26DECFUT', segment: 'mcx_fo', feedName: TOKEN, endsOn: '2026-12-29' },
    ]);
    expect(stale.size).toBe(0);
  });

  test('has no contract that has ended', async () => {
    const ended = 'NSE:NIFTY26NOVFUT';
    expect(master.find(ended)).toBeDefined();
    const { fresh, stale } = await make().find([ended], false);
    expect([fresh.size, stale.size]).toEqual([0, 0]);
  });
});

test.each([DAY_MS, 90 * DAY_MS, -1])('a master that was confirmed %d ms ago is stale', async (age) => {
  const { fresh, stale } = await make({ clock: new ManualClock(NOW_MS + age) }).find(['NSE:SBIN-EQ'], false);
  expect(fresh.size).toBe(0);
  expect([...stale.values()]).toEqual([{ instrument: SBIN, checkedAtMs: NOW_MS }]);
});

describe('a master belongs to the sessions of its own world', () => {
  test.each([
    ['FYERS, FYERS', {}, true, false, true],
    ['FYERS, simulated token', {}, true, true, false],
    ['FYERS, other endpoints', {}, false, false, false],
    ['another master, FYERS', SIMULATOR, true, false, false],
    ['another master, simulated token', SIMULATOR, false, true, true],
    ['another master, other endpoints', SIMULATOR, false, false, true],
    ['a master address that cannot be used', { TICKPIPE_MASTER_URL: 'ftp://x' }, true, false, false],
  ])('%s', async (_, env, isFyersData, isSimulated, isUsed) => {
    const { fresh } = await make({ env, isFyersData }).find(['NSE:SBIN-EQ'], isSimulated);
    expect(fresh.size).toBe(isUsed ? 1 : 0);
  });
});

test('no cache, or one that cannot be opened, knows nothing', async () => {
  expect((await make({ readMaster: () => undefined }).find(['NSE:SBIN-EQ'], false)).fresh.size).toBe(0);
  const broken = make({
    readMaster: () => {
      throw new Error('EIO');
    },
  });
  expect((await broken.find(['NSE:SBIN-EQ'], false)).fresh.size).toBe(0);
});

test('stays open while it is used, and is opened again later: another process may have renewed it', async () => {
  let opened = 0;
  const clock = new ManualClock(NOW_MS);
  const readMaster = (): SymbolMaster => {
    opened++;
    return master;
  };
  const listed = make({ clock, readMaster });
  await listed.find(['NSE:SBIN-EQ'], false);
  await listed.find(['NSE:INFY-EQ'], false);
  expect(opened).toBe(1);
  clock.advance(61_000);
  await listed.find(['NSE:SBIN-EQ'], false);
  expect(opened).toBe(2);
});
