import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KINDS, type Kind } from '../../../src/lib/market/kinds.ts';
import { compactRecordings } from '../../../src/lib/recording/compact/compact.ts';
import { askDuck, dataSet, withDuck } from './duck.ts';
import { DATE, lineOf, madeUpRow, makeRow, OPEN_MS, writeRecording } from './recorded-days.ts';

const NEXT_DATE = '2026-11-24';
const BOOK = (side: string) =>
  [1, 2, 3, 4, 5].flatMap((level) => [
    [`${side}_price_${level}`, 'DOUBLE'],
    [`${side}_quantity_${level}`, 'BIGINT'],
    [`${side}_orders_${level}`, 'BIGINT'],
  ]);
const TIME = 'TIMESTAMP WITH TIME ZONE';
const TEXTS = [
  ['type', 'VARCHAR'],
  ['symbol', 'VARCHAR'],
];
const doubles = (names: string) => names.split(' ').map((name) => [name, 'DOUBLE']);
const integers = (names: string) => names.split(' ').map((name) => [name, 'BIGINT']);
const LAST = [
  ['received_at', TIME],
  ['simulated', 'BOOLEAN'],
  ['sequence', 'BIGINT'],
];

/** By hand, so that a change is deliberate. */
const DECLARED: Record<Kind, string[][]> = {
  symbol: [
    ...TEXTS,
    ...doubles('ltp open high low close prev_close change change_percent bid ask'),
    ...integers('bid_size ask_size volume last_qty'),
    ...doubles('avg_price'),
    ...integers('total_buy_qty total_sell_qty oi'),
    ...doubles('year_high year_low lower_circuit upper_circuit'),
    ['last_trade_time', TIME],
    ['exchange_time', TIME],
    ...LAST,
  ],
  index: [
    ...TEXTS,
    ...doubles('ltp open high low close prev_close change change_percent year_high year_low'),
    ['exchange_time', TIME],
    ...LAST,
  ],
  depth: [...TEXTS, ...BOOK('bid'), ...BOOK('ask'), ...doubles('spread imbalance'), ...LAST],
  lite: [...TEXTS, ['ltp', 'DOUBLE'], ...LAST],
};

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'tickpipe-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function compact(groupRows?: number): Promise<string> {
  const out = path.join(root, 'parquet');
  const options = {
    out,
    force: false,
    deleteSources: false,
    signal: new AbortController().signal,
    warn: (message: string) => expect.fail(message),
    unchanged: (file: string) => expect.fail(file),
    ...(groupRows && { groupRows }),
  };
  for await (const _ of compactRecordings(root, options));
  return out;
}

function lines(kind: Kind, from: number, count: number): string {
  return Array.from({ length: count }, (_, at) => lineOf(madeUpRow(kind, from + at))).join('');
}

/** Two days of a kind, several files, several members in each. */
function recordTwoDays(kind: Kind): void {
  const second = '20261123T101500-3f9a1c-0002';
  writeRecording(root, { kind, members: [lines(kind, 0, 40), lines(kind, 40, 1), lines(kind, 41, 59)] });
  writeRecording(root, { kind, name: second, members: [lines(kind, 100, 30), lines(kind, 130, 70)] });
  writeRecording(root, { kind, date: NEXT_DATE, name: `${second}.ndjson`, members: [lines(kind, 200, 100)] });
}

describe('DuckDB', () => {
  test.each(KINDS)('opens the Parquet files of kind %s as one data set of the declared types', async (kind) => {
    recordTwoDays(kind);
    const set = dataSet(await compact(64), kind);
    const described = await askDuck(`DESCRIBE SELECT * FROM ${set}`);
    expect(described.map(({ column_name, column_type }) => [column_name, column_type])).toEqual([
      ...DECLARED[kind],
      ['date', 'DATE'],
      ['kind', 'VARCHAR'],
    ]);
  });

  test.each(KINDS)('finds as many rows of kind %s, the same sums and nulls', async (kind) => {
    recordTwoDays(kind);
    const set = dataSet(await compact(64), kind);
    const rows = Array.from({ length: 300 }, (_, number) => madeUpRow(kind, number));
    const numbers = DECLARED[kind]
      .filter(([name, type]) => name !== 'sequence' && (type === 'DOUBLE' || type === 'BIGINT'))
      .map(([name]) => name);
    const times = DECLARED[kind].filter(([, type]) => type === TIME).map(([name]) => name);
    const columns = [...numbers.map((name) => `"${name}"::DOUBLE`), ...times.map((name) => `epoch_ms("${name}")`)];
    const sums = columns.flatMap((column, at) => [`sum(${column}) AS sum${at}`, `count(${column}) AS count${at}`]);
    const [answer] = await askDuck(`SELECT count(*) AS rows, ${sums.join(', ')} FROM ${set}`);
    expect(answer?.['rows']).toBe('300');
    [...numbers, ...times].forEach((name, at) => {
      const scale = name?.endsWith('_time') ? 1000 : 1;
      const values = rows.map((row) => flatten(row)[name as string]).filter((value) => value !== null) as number[];
      expect([name, answer?.[`count${at}`]]).toEqual([name, String(values.length)]);
      const sum = values.reduce((total, value) => total + value * scale, 0);
      expect(Math.abs(Number(answer?.[`sum${at}`]) / sum - 1)).toBeLessThan(1e-12);
    });
    const days = await askDuck(
      `SELECT date::VARCHAR AS date, kind, count(*) AS rows FROM ${set} GROUP BY ALL ORDER BY 1`,
    );
    expect(days).toEqual([
      { date: DATE, kind, rows: '200' },
      { date: NEXT_DATE, kind, rows: '100' },
    ]);
  });

  test('reads recordings as they are: ticks only, beside their meta files', async () => {
    for (const kind of KINDS) {
      writeRecording(root, {
        kind,
        members: [lines(kind, 0, 40), lines(kind, 40, 60)],
        meta: [{ type: 'Header', schema: 1 }, { type: 'Gap' }],
      });
    }
    const recorded = `read_json_auto('${root}/**/*.ndjson.gz', hive_partitioning=true)`;
    const found = await askDuck(
      `SELECT kind, type, date::VARCHAR AS date, count(*) AS rows FROM ${recorded} GROUP BY ALL ORDER BY 1`,
    );
    expect(found).toEqual([
      { kind: 'depth', type: 'DepthUpdate', date: DATE, rows: '100' },
      { kind: 'index', type: 'IndexUpdate', date: DATE, rows: '100' },
      { kind: 'lite', type: 'LiteUpdate', date: DATE, rows: '100' },
      { kind: 'symbol', type: 'SymbolUpdate', date: DATE, rows: '100' },
    ]);
    const out = await compact();
    for (const kind of KINDS) {
      const sums = await withDuck(async (ask) => [
        await ask(
          `SELECT symbol, count(*) AS rows, sum(epoch_ms(received_at)) AS sum FROM ${dataSet(out, kind)} GROUP BY 1 ORDER BY 1`,
        ),
        await ask(
          `SELECT symbol, count(*) AS rows, sum(received_at) AS sum FROM ${recorded} WHERE kind = '${kind}' GROUP BY 1 ORDER BY 1`,
        ),
      ]);
      expect(sums[0]).toEqual(sums[1]);
      expect(sums[0]).toHaveLength(5);
    }
  });

  test('finds rows by symbol, then time, and of equal ones the one recorded first', async () => {
    recordTwoDays('symbol');
    const file = path.join(await compact(64), 'kind=symbol', `date=${DATE}`, 'ticks.parquet');
    const found = await askDuck(
      `SELECT symbol, epoch_ms(received_at)::DOUBLE AS at, ltp FROM read_parquet('${file}') ORDER BY file_row_number`,
    );
    const rows = Array.from({ length: 200 }, (_, number) => madeUpRow('symbol', number));
    rows.sort((a, b) => compare(a['symbol'], b['symbol']) || compare(a['received_at'], b['received_at']));
    expect(found).toEqual(rows.map((row) => ({ symbol: row['symbol'], at: row['received_at'], ltp: row['ltp'] })));
  });

  test('needs one row group for a symbol: each says which symbols it holds, to their last letter', async () => {
    const symbols = ['CE', 'PE'].flatMap((side) =>
      [52_000, 52_100].map((price) => `NSE:BANKNIFTY26NOV${price}${side}`),
    );
    const rows = symbols.flatMap((symbol) =>
      Array.from({ length: 10 }, (_, at) => lineOf(makeRow('lite', { symbol, ltp: at, received_at: OPEN_MS + at }))),
    );
    writeRecording(root, { kind: 'lite', members: [rows.join('')] });
    const file = path.join(await compact(10), 'kind=lite', `date=${DATE}`, 'ticks.parquet');
    const groups = await askDuck(
      `SELECT stats_min_value AS first, stats_max_value AS last, compression FROM parquet_metadata('${file}') WHERE path_in_schema = 'symbol' ORDER BY row_group_id`,
    );
    expect(groups).toEqual(
      [...symbols].sort().map((symbol) => ({ first: symbol, last: symbol, compression: 'SNAPPY' })),
    );
  });

  test('finds the order in which rows were recorded', async () => {
    recordTwoDays('symbol');
    const set = dataSet(await compact(64), 'symbol');
    const found = await askDuck(`SELECT symbol, ltp FROM ${set} ORDER BY date, sequence`);
    const rows = Array.from({ length: 300 }, (_, number) => madeUpRow('symbol', number));
    expect(found).toEqual(rows.map((row) => ({ symbol: row['symbol'], ltp: row['ltp'] })));
  });

  test('finds gaps and losses in a table of their own, one data set of all days', async () => {
    const gap = { type: 'Gap', from: OPEN_MS, to: OPEN_MS + 500, reason: 'stalled', symbols: ['NSE:A-EQ', 'NSE:B-EQ'] };
    const meta = [{ type: 'Header', schema: 1 }, gap, { type: 'Skipped', rows: 7, at: OPEN_MS + 900 }];
    writeRecording(root, { members: [lines('symbol', 0, 3)], meta });
    writeRecording(root, { kind: 'lite', date: NEXT_DATE, members: [lines('lite', 0, 3)] });
    const gaps = `read_parquet('${await compact()}/gaps/**/*.parquet', hive_partitioning=true)`;
    const described = await askDuck(`DESCRIBE SELECT * FROM ${gaps}`);
    expect(described.map(({ column_name, column_type }) => [column_name, column_type])).toEqual([
      ['file', 'VARCHAR'],
      ['type', 'VARCHAR'],
      ['begins', TIME],
      ['ends', TIME],
      ['reason', 'VARCHAR'],
      ['rows', 'BIGINT'],
      ['symbols', 'VARCHAR[]'],
      ['line', 'VARCHAR'],
      ['date', 'DATE'],
      ['kind', 'VARCHAR'],
    ]);
    const found = await askDuck(
      `SELECT kind, type, epoch_ms(begins)::DOUBLE AS begins, epoch_ms(ends)::DOUBLE AS ends, reason, rows, symbols, line FROM ${gaps} WHERE type IN ('Gap', 'Skipped') ORDER BY begins`,
    );
    const kind = 'symbol';
    expect(found).toEqual([
      {
        kind,
        ...gap,
        begins: gap.from,
        ends: gap.to,
        from: undefined,
        to: undefined,
        rows: null,
        line: lineOf(gap).trimEnd(),
      },
      {
        kind,
        type: 'Skipped',
        begins: OPEN_MS + 900,
        ends: OPEN_MS + 900,
        reason: null,
        rows: '7',
        symbols: null,
        line: JSON.stringify(meta[2]),
      },
    ]);
  });

  test('has simulated prices marked', async () => {
    const rows = [true, undefined].map((simulated, at) =>
      lineOf(makeRow('lite', { symbol: 'NSE:A-EQ', ltp: at, received_at: OPEN_MS, simulated })),
    );
    writeRecording(root, { kind: 'lite', members: rows });
    const set = dataSet(await compact(), 'lite');
    expect(await askDuck(`SELECT ltp, simulated FROM ${set}`)).toEqual([
      { ltp: 0, simulated: true },
      { ltp: 1, simulated: false },
    ]);
  });

  test('has the declared types where every value is null', async () => {
    const row = makeRow('symbol', { symbol: 'NSE:A-EQ', received_at: OPEN_MS });
    writeRecording(root, { members: [lineOf(row)] });
    const set = dataSet(await compact(), 'symbol');
    const described = await askDuck(`DESCRIBE SELECT * FROM ${set}`);
    expect(described.slice(0, -2).map(({ column_name, column_type }) => [column_name, column_type])).toEqual(
      DECLARED.symbol,
    );
    expect(await askDuck(`SELECT ltp, volume, exchange_time FROM ${set}`)).toEqual([
      { ltp: null, volume: null, exchange_time: null },
    ]);
  });
});

function flatten(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) {
    if (!Array.isArray(value)) flat[name] = value;
    else {
      value.forEach((level: Record<string, unknown>, at) => {
        for (const key of Object.keys(level)) flat[`${name}_${key}_${at + 1}`] = level[key];
      });
    }
  }
  return flat;
}

function compare(one: unknown, other: unknown): number {
  if (one === other) return 0;
  return (one as string) < (other as string) ? -1 : 1;
}
