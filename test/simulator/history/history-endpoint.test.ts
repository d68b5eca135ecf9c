import { expect, onTestFinished, test } from 'vitest';
import { parseFaults } from '../../../src/lib/simulator/faults.ts';
import { type SimulatorOptions, startSimulator } from '../../../src/lib/simulator/simulator.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const at = (text: string): number => Date.parse(`${text}+05:30`) / 1_000;
/** A Monday, in the middle of the session. */
const START = '2026-11-23T10:00:30';

async function open(options: SimulatorOptions = {}) {
  const clock = new ManualClock(at(START) * 1_000);
  const simulator = await startSimulator({ rate: 0, clock, ...options });
  onTestFinished(() => simulator.close());
  const ask = async (query: Record<string, string | number>, token = simulator.token) => {
    const url = new URL(`${simulator.dataUrl}/history`);
    const all = { symbol: 'NSE:SBIN-EQ', resolution: '1', date_format: 0, cont_flag: 1, ...query };
    for (const [name, value] of Object.entries(all)) url.searchParams.set(name, String(value));
    const response = await fetch(url, { headers: { authorization: token } });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
  };
  const candles = async (query: Record<string, string | number>): Promise<number[][]> =>
    (await ask(query)).json().candles;
  return { clock, simulator, ask, candles };
}

const day = (date: string) => ({ range_from: at(`${date}T00:00:00`), range_to: at(`${date}T23:59:59`) });
const today = day('2026-11-23');

test('the minutes of the day so far have its open, high, low, last price and volume', async () => {
  const { candles, simulator } = await open();
  const minutes = await candles(today);
  expect(minutes[0]?.[0]).toBe(at('2026-11-23T09:15:00'));
  expect(minutes.at(-1)?.[0]).toBe(at('2026-11-23T10:00:00'));
  expect(minutes).toHaveLength(46);
  const { opening } = simulator.market.candlesOf('NSE:SBIN-EQ') ?? expect.fail('no candles');
  const column = (index: number) => minutes.map((candle) => candle[index] as number);
  expect(minutes[0]?.[1]).toBe(opening.open / 100);
  expect(Math.max(...column(2))).toBe(opening.high / 100);
  expect(Math.min(...column(3))).toBe(opening.low / 100);
  expect(minutes.at(-1)?.[4]).toBe(opening.last / 100);
  expect(column(5).reduce((sum, volume) => sum + volume)).toBe(opening.volume);
  for (const [, o = 0, h = 0, l = 0, c = 0] of minutes) expect(h >= Math.max(o, c) && l <= Math.min(o, c)).toBe(true);
});

test('what is traded later is in the candle of its minute, to the rupee and the share', async () => {
  const { candles, simulator, clock } = await open();
  await candles(today);
  const source = simulator.market.sourceOf('sf|nse_cm|3045') ?? expect.fail('no source');
  clock.advance(30_000);
  const prices: number[] = [];
  const before = source.values[1] as number;
  for (let trade = 0; trade < 20; trade++) {
    simulator.tick('NSE:SBIN-EQ');
    prices.push((source.values[0] as number) / 100);
    clock.advance(2_000);
  }
  const sold = (source.values[1] as number) - before;
  const [last] = await candles({ range_from: at('2026-11-23T10:01:00'), range_to: at('2026-11-23T10:01:59') });
  const [o, h, l, c] = [prices[0], Math.max(...prices), Math.min(...prices), prices.at(-1)];
  expect(last).toEqual([at('2026-11-23T10:01:00'), o, h, l, c, sold]);
  const short = await candles({
    resolution: '5S',
    range_from: at('2026-11-23T10:01:00'),
    range_to: at('2026-11-23T10:01:59'),
  });
  expect(short).toHaveLength(8);
  expect(short.reduce((sum, candle) => sum + (candle[5] as number), 0)).toBe(sold);
});

test('longer candles are the shorter ones together, from the open of the day', async () => {
  const { candles } = await open();
  const minutes = await candles(day('2026-11-20'));
  expect(minutes).toHaveLength(375);
  for (const length of [5, 10, 60, 240]) {
    const long = await candles({ ...day('2026-11-20'), resolution: length });
    expect(long).toHaveLength(Math.ceil(375 / length));
    for (const [index, candle] of long.entries()) {
      const parts = minutes.slice(index * length, (index + 1) * length);
      const column = (place: number) => parts.map((part) => part[place] as number);
      const sum = column(5).reduce((one, other) => one + other);
      const joined = [
        parts[0]?.[0],
        parts[0]?.[1],
        Math.max(...column(2)),
        Math.min(...column(3)),
        parts.at(-1)?.[4],
        sum,
      ];
      expect(candle).toEqual(joined);
    }
  }
  const [daily] = await candles({ ...day('2026-11-20'), resolution: '1D' });
  expect(daily?.[0]).toBe(Date.parse('2026-11-20T00:00:00Z') / 1_000);
  const column = (place: number) => minutes.map((minute) => minute[place] as number);
  const sum = column(5).reduce((one, other) => one + other);
  const joined = [minutes[0]?.[1], Math.max(...column(2)), Math.min(...column(3)), minutes.at(-1)?.[4], sum];
  expect(daily?.slice(1)).toEqual(joined);
  const short = await candles({ ...day('2026-11-20'), resolution: '5S' });
  expect(short).toHaveLength(375 * 12);
  expect(short.at(-1)?.[4]).toBe(minutes.at(-1)?.[4]);
});

test('yesterday closes where the day says, the same seed gives the same past, and another one another', async () => {
  const first = await open();
  const [friday] = await first.candles({ ...day('2026-11-20'), resolution: '1D' });
  const { opening } = first.simulator.market.candlesOf('NSE:SBIN-EQ') ?? expect.fail('no candles');
  expect(friday?.[4]).toBe(opening.previousClose / 100);
  const year = { range_from: at('2025-11-24T00:00:00'), range_to: at('2026-11-23T00:00:00'), resolution: '1D' };
  const days = await first.candles(year);
  expect(days.length).toBeGreaterThan(240);
  expect(await (await open()).candles(year)).toEqual(days);
  expect(await (await open({ seed: 2 })).candles(year)).not.toEqual(days);
});

test('a weekend and a holiday have no candles', async () => {
  const { ask } = await open();
  for (const date of ['2026-11-22', '2026-11-24']) {
    const { json, status } = await ask(day(date));
    expect([status, json()]).toEqual([200, { s: 'no_data', candles: [] }]);
  }
});

test('open interest comes only where it is asked for; an index has a volume of 0', async () => {
  const { candles } = await open();
  const symbol = 'NSE:NIFTY26NOVFUT';
  expect((await candles({ ...today, symbol }))[0]).toHaveLength(6);
  const [future] = await candles({ ...today, symbol, oi_flag: 1 });
  expect(future?.[6]).toBeGreaterThan(0);
  const index = await candles({ ...today, symbol: 'NSE:NIFTY50-INDEX' });
  expect(index).toHaveLength(46);
  expect(new Set(index.map((candle) => candle[5]))).toEqual(new Set([0]));
});

test.each([
  [{ resolution: '7' }, -50],
  [{ range_to: 'x' }, -50],
  [{ date_format: 1 }, -50],
  [{ range_from: at('2026-08-01T00:00:00') }, -50],
  [{ resolution: '1D', range_from: at('2025-11-01T00:00:00') }, -50],
  [{ symbol: 'NSE:NOPE-EQ' }, -300],
])('refuses %j', async (query, code) => {
  const { ask } = await open();
  const { status, json } = await ask({ ...today, ...query });
  expect([status, json().code]).toEqual([400, code]);
});

test('wants APPID:JWT', async () => {
  const { ask, simulator } = await open();
  expect((await ask(today, simulator.token.split(':')[1])).json().code).toBe(-16);
  expect((await ask(today, 'A-100:eyJ.a.b')).json().code).toBe(-15);
});

test('the eleventh call of a second is a breach', async () => {
  const { ask, clock, simulator } = await open();
  for (let call = 0; call < 10; call++) expect((await ask(today)).status).toBe(200);
  const refused = await ask(today);
  expect([refused.status, refused.headers.get('retry-after'), refused.json().code]).toEqual([429, '1', -429]);
  clock.advance(1_000);
  expect((await ask(today)).status).toBe(200);
  expect([simulator.counters.historyCalls, simulator.counters.historyBreaches]).toEqual([12, 1]);
});

test('faults answer in their place, so many times', async () => {
  const { ask } = await open({ faults: parseFaults('history=429-ms:1') });
  const refused = await ask(today);
  expect([refused.status, refused.headers.get('x-retry-after-ms')]).toEqual([429, '1000']);
  expect((await ask(today)).status).toBe(200);
});

test('keeps a day of trades in bounded memory, and the volume of all of them', async () => {
  const { candles, simulator, clock } = await open();
  await candles(today);
  const source = simulator.market.sourceOf('sf|nse_cm|3045') ?? expect.fail('no source');
  const before = source.values[1] as number;
  for (let trade = 0; trade < 20_000; trade++) {
    clock.advance(1_000);
    simulator.tick('NSE:SBIN-EQ');
  }
  const all = await candles({ range_from: at('2026-11-23T10:01:00'), range_to: at('2026-11-23T23:00:00') });
  const sold = all.reduce((sum, candle) => sum + (candle[5] as number), 0);
  // The minute in which the simulator began is not among them.
  const { tape } = simulator.market.candlesOf('NSE:SBIN-EQ') ?? expect.fail('no candles');
  const first = [...tape.list()].filter(({ start }) => start < at('2026-11-23T10:01:00'));
  const early = first.reduce((sum, { volume }) => sum + volume, 0);
  expect(sold + early).toBe((source.values[1] as number) - before);
  expect([...tape.list()].length).toBeLessThan(2_880);
});
