import { beforeAll, describe, expect, it } from 'vitest';
import { isSymbol } from '../../../src/lib/market/symbols.ts';
import { type Simulator, startSimulator } from '../../../src/lib/simulator/simulator.ts';
import indexNames from '../../../src/lib/symbols/index-names.json' with { type: 'json' };
import { MASTER_FILES } from '../../../src/lib/symbols/master/symbol-master.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { postJson } from '../login-visitor.ts';
import { SimulatorClient } from '../simulator-client.ts';
import { isIsin } from './is-isin.ts';

const ROWS = 14_000;
const ADDED = ['NSE:ADDED-EQ', 'NSE:ADDED26DECFUT'];
const NOW = Date.parse('2026-11-30T10:00:00+05:30');
/** What the columns hold, by their number. */
const C = {
  fytoken: 0,
  name: 1,
  type: 2,
  lot: 3,
  tick: 4,
  isin: 5,
  session: 6,
  updated: 7,
  expiry: 8,
  symbol: 9,
  exchange: 10,
  segment: 11,
  token: 12,
  underlying: 13,
  underlyingToken: 14,
  strike: 15,
  right: 16,
  underlyingFytoken: 17,
} as const;

let simulator: Simulator;
const rows = new Map<string, string[]>();
const rowsOfFile = new Map<string, string[][]>();

beforeAll(async () => {
  simulator = await startSimulator({
    rate: 0,
    generated: 50,
    masterRows: ROWS,
    clock: new ManualClock(NOW),
    symbols: [...ADDED, 'NSE:NIFTY26D0124000CE'],
  });
  for (const file of MASTER_FILES) {
    const text = await (await fetch(`${simulator.masterUrl}/${file}.csv`)).text();
    expect(text.endsWith('\n')).toBe(true);
    const lines = text
      .slice(0, -1)
      .split('\n')
      .map((line) => line.split(','));
    rowsOfFile.set(file, lines);
    for (const line of lines) rows.set(line[C.symbol] as string, line);
  }
  return () => simulator.close();
});

const row = (symbol: string): string[] => {
  const found = rows.get(symbol);
  if (found === undefined) throw new Error(`${symbol} is not in the master`);
  return found;
};

async function readJson(file: string): Promise<Record<string, Record<string, unknown>>> {
  return (await fetch(`${simulator.masterUrl}/${file}_sym_master.json`)).json() as Promise<
    Record<string, Record<string, unknown>>
  >;
}

describe('the CSV files', () => {
  it('have as many rows as asked for, and the added symbols, each symbol once, all with 21 columns', () => {
    const lines = [...rowsOfFile.values()].flat();
    expect(lines).toHaveLength(ROWS + ADDED.length);
    expect(rows.size).toBe(lines.length);
    expect(new Set(lines.map((line) => line.length))).toEqual(new Set([21]));
    for (const file of MASTER_FILES) {
      const tokens = (rowsOfFile.get(file) ?? []).map((line) => line[C.token]);
      expect([file, new Set(tokens).size]).toEqual([file, tokens.length]);
    }
  });

  it('have rows in exactly the form of the live files', () => {
    expect(row('NSE:SBIN-EQ').join()).toBe(
      '10100000003045,STATE BANK OF INDIA,0,1,0.05,INE062A01020,0915-1530|1815-1915:,2026-11-30,,NSE:SBIN-EQ,10,10,3045,SBIN,3045,-1.0,XX,10100000003045,None,1,3.7',
    );
    expect(row('NSE:NIFTY50-INDEX').join()).toBe(
      '101000000026000,NIFTY50-INDEX,10,0,0.05,,0915-1530|1815-1915:,2026-11-30,,NSE:NIFTY50-INDEX,10,10,26000,NIFTY,26000,-1.0,XX,101000000026000,None,0,0.0',
    );
    const future = row('NSE:NIFTY26DECFUT');
    expect(future.join()).toBe(
      '101126122937055,NIFTY 29 Dec 26 FUT,11,75,0.1,,0915-1540|1815-1915:,2026-11-30,1798539000,NSE:NIFTY26DECFUT,10,11,37055,NIFTY,26000,-1.0,XX,101000000026000,None,0,0.0',
    );
    const weekly = row('NSE:NIFTY26D0124000CE');
    expect(weekly.join()).toBe(
      `1011261201${weekly[C.token]},NIFTY 01 Dec 26 24000 CE,14,75,0.05,,0915-1540|1815-1915:,2026-11-30,1796119800,NSE:NIFTY26D0124000CE,10,11,${weekly[C.token]},NIFTY,26000,24000.0,CE,101000000026000,None,0,0.0`,
    );
    const crude = row('MCX:CRUDEOIL26DECFUT');
    expect(crude.join()).toBe(
      '1120261218472790,CRUDEOIL 18 Dec 26 FUT,30,1,1.0,,0900-2355|1815-1915:,2026-11-30,1797618300,MCX:CRUDEOIL26DECFUT,11,20,472790,CRUDEOIL,294,-1.0,XX,1120000000294,1797618300,0,0.0',
    );
  });

  it('hold what people search for', () => {
    for (const symbol of [
      'NSE:M&M-EQ',
      'NSE:RELIANCE-EQ',
      'NSE:NIFTYBANK-INDEX',
      'NSE:NIFTY50 EQL WGT-INDEX',
      'NSE:NIFTY26DEC24000CE',
      'NSE:BANKNIFTY26DECFUT',
      'NSE:BANKNIFTY27JANFUT',
      'NSE:FINNIFTY26DEC27400PE',
      'BSE:SENSEX26D0385200CE',
      'BSE:SENSEX26DECFUT',
      'NSE:M&M26DECFUT',
      'NSE:SBIN26DEC880CE',
      'NSE:USDINR26DECFUT',
      'NSE:USDINR26D0489.25CE',
      'MCX:GOLD26DECFUT',
      'MCX:CRUDEOIL26DEC5300CE',
      'NSE:SIM0050-EQ',
      'NSE:SIMQUIET-EQ',
      'NSE:ADDED-EQ',
      'NSE:ADDED26DECFUT',
      'BSE:SBIN-A',
    ])
      expect(row(symbol)[C.symbol]).toBe(symbol);
    expect(row('NSE:M&M-EQ')[C.name]).toBe('MAHINDRA & MAHINDRA LTD');
    expect(rows.has('NSE:SIM0051-EQ')).toBe(false);
  });

  it('hold nothing that is no symbol, and ISINs of shares alone', () => {
    const isRight = (line: readonly string[]): boolean => {
      const isin = line[C.isin] as string;
      const place = `${line[C.exchange]}${line[C.segment]}`;
      return (
        isSymbol(line[C.symbol] as string) &&
        (line[C.type] === '0' ? isIsin(isin) : isin === '') &&
        line[C.fytoken]?.slice(0, 4) === place &&
        line[C.fytoken]?.slice(10) === line[C.token]
      );
    };
    expect([...rows.values()].filter((line) => !isRight(line))).toEqual([]);
  });

  it('have the quirks of the live files: no lot for commodities and currency, no option type on futures of BSE', () => {
    for (const file of ['MCX_COM', 'NSE_CD', 'NSE_COM']) {
      expect(new Set((rowsOfFile.get(file) ?? []).map((line) => line[C.lot]))).toEqual(new Set(['1']));
    }
    const rights = (file: string, type: string) =>
      new Set((rowsOfFile.get(file) ?? []).filter((line) => line[C.type] === type).map((line) => line[C.right]));
    expect(rights('BSE_FO', '11')).toEqual(new Set(['']));
    expect(rights('BSE_FO', '14')).toEqual(new Set(['CE', 'PE']));
    expect(rights('NSE_FO', '11')).toEqual(new Set(['XX']));
  });

  it('have chains that are whole: each strike with a call and a put, at the same distance', () => {
    const chain = [...rows.values()].filter((line) => line[C.symbol]?.startsWith('NSE:NIFTY26D01'));
    const strikes = (right: string) =>
      chain.filter((line) => line[C.right] === right).map((line) => Number(line[C.strike]));
    expect(strikes('CE')).toEqual(strikes('PE'));
    expect(strikes('CE').length).toBeGreaterThan(80);
    expect(
      new Set(
        strikes('CE')
          .slice(1)
          .map((strike, at) => strike - (strikes('CE')[at] as number)),
      ),
    ).toEqual(new Set([50]));
  });
});

describe('the JSON files', () => {
  it('hold the same symbols, with the lots that the CSV hides, and numbers also as texts', async () => {
    for (const file of MASTER_FILES) {
      const entries = await readJson(file);
      expect(Object.keys(entries)).toEqual((rowsOfFile.get(file) ?? []).map((line) => line[C.symbol]));
    }
    const mcx = await readJson('MCX_COM');
    expect(mcx['MCX:CRUDEOIL26DECFUT']).toMatchObject({
      fyToken: '1120261218472790',
      qtyMultiplier: '100',
      tradeStatus: 1,
      tickSize: 1,
    });
    expect(mcx['MCX:GOLDM26DECFUT']).toMatchObject({ qtyMultiplier: '10' });
    const kinds = new Set(Object.values(mcx).map(({ qtyMultiplier }) => typeof qtyMultiplier));
    expect(kinds).toEqual(new Set(['string', 'number']));
  });

  it('say the same as the ticks: close and circuits', async () => {
    const client = await SimulatorClient.connect(simulator);
    const entries = await readJson('NSE_FO');
    const symbol = 'NSE:NIFTY26D0126050CE';
    const entry = entries[symbol] as Record<string, unknown>;
    const topic = `sf|nse_fo|${entry['exToken']}`;
    await client.subscribe([topic]);
    await client.until(() => client.ticksOf(topic).length > 0);
    const source = simulator.market.sourceOf(topic);
    expect(source?.mover.symbol).toBe(symbol);
    const [prevClose, upper, lower] = ['previousClose', 'upperPrice', 'lowerPrice'].map((key) =>
      Math.round(Number(entry[key]) * 100),
    );
    expect([...(source?.values ?? [])]).toEqual(expect.arrayContaining([prevClose, upper, lower]));
    client.socket.terminate();
  });

  it('come with the table of indices, which has one that tickpipe does not bring along', async () => {
    const table = (await (await fetch(`${simulator.masterUrl}/index_hsm_mapping.json`)).json()) as Record<
      string,
      string
    >;
    expect(table).toEqual({ ...indexNames, 'NSE:SIMNEWINDEX-INDEX': 'Sim New Index' });
    expect(row('NSE:SIMNEWINDEX-INDEX')[C.type]).toBe('10');
    expect(simulator.market.sourceOf('if|nse_cm|Sim New Index')).toBeDefined();
  });
});

describe('what the master lists', () => {
  it('is known to the symbol lookup under the same fytoken', async () => {
    const symbols = [...rows.keys()].filter((_, place) => place % 50 === 0);
    const known: Record<string, string> = {};
    for (let at = 0; at < symbols.length; at += 500) {
      const { body } = await postJson(
        `${simulator.dataUrl}/symbol-token`,
        { symbols: symbols.slice(at, at + 500) },
        { authorization: simulator.token },
      );
      Object.assign(known, body['validSymbol']);
    }
    expect(known).toEqual(Object.fromEntries(symbols.map((symbol) => [symbol, row(symbol)[C.fytoken]])));
  });

  it('trades: every made-up contract moves between its circuits', () => {
    for (const [place, line] of [...rows.values()].entries()) {
      if (place % 97 !== 0 || line[C.type] === '10') continue;
      const symbol = line[C.symbol] as string;
      const quote = simulator.market.moverOf(symbol)?.sources.find(({ kind }) => kind === 'sf');
      if (quote === undefined) throw new Error(`${symbol} does not trade`);
      const names = quote.names.topic;
      expect(names).toBe(`sf|${SEGMENTS[(line[C.exchange] as string) + line[C.segment]]}|${line[C.token]}`);
      for (let n = 0; n < 20; n++) quote.mover.step(1_796_000_000, () => undefined);
      expect([symbol, quote.values.every((value) => value >= 0 || value === -2_147_483_648)]).toEqual([symbol, true]);
    }
  });

  it('is the same at each start of a day, and another on the next', async () => {
    const read = async (now: number) => {
      const other = await startSimulator({ rate: 0, generated: 50, masterRows: ROWS, clock: new ManualClock(now) });
      const text = await (await fetch(`${other.masterUrl}/BSE_FO.csv`)).text();
      await other.close();
      return text;
    };
    const [first, same, next] = [await read(NOW), await read(NOW + 3_600_000), await read(NOW + 4 * 86_400_000)];
    expect(same).toBe(first);
    expect(next).not.toContain('BSE:SENSEX26D03');
    expect(next).toContain('BSE:SENSEX26D10');
  });

  it('has at least the smallest chains, however few rows are asked for', async () => {
    const small = await startSimulator({ rate: 0, masterRows: 0, clock: new ManualClock(NOW) });
    const text = await (await fetch(`${small.masterUrl}/NSE_FO.csv`)).text();
    await small.close();
    expect(text).toContain(',NSE:NIFTY26D0124000CE,');
    expect(text).toContain(',NSE:NAUKRI26DEC1340CE,');
  });
});

const SEGMENTS: Readonly<Record<string, string>> = {
  '1010': 'nse_cm',
  '1011': 'nse_fo',
  '1012': 'cde_fo',
  '1020': 'nse_com',
  '1210': 'bse_cm',
  '1211': 'bse_fo',
  '1120': 'mcx_fo',
};
