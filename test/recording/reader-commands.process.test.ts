import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import Compact from '../../src/commands/compact.ts';
import RecordCommand from '../../src/commands/record.ts';
import { KINDS, type Kind } from '../../src/lib/market/kinds.ts';
import { compactRecordings } from '../../src/lib/recording/compact/compact.ts';
import { type Answer, withDuck } from './compact/duck.ts';
import { lineOf, makeRow, type Values, writeRecording } from './compact/recorded-days.ts';

/*
 * Runs the commands that the pages and --help show for other programs, as they stand there, over a recording that misleads
 * whoever decides types by the first rows: whole prices and no open interest for longer than any program looks.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DATE = '2026-11-30';
const AT = 1_796_009_400_000;
const GOLD = 'MCX:GOLD26DECFUT';
const WHOLE_ROWS = 20_600;
const LATER_ROWS = 100;

const PAGES = ['README.md', 'docs/recording.md'].map((name) => readFileSync(path.join(ROOT, name), 'utf8'));
/** What is set off by four blanks, each block as one text. */
const BLOCKS = PAGES.flatMap((page) => page.split(/\n(?! {4}|\n)/))
  .flatMap((part) => part.split(/^(?! {4}).*$/m))
  .map((block) => block.replaceAll(/^ {4}/gm, '').trim());
const STATEMENTS = BLOCKS.flatMap((block) => block.match(/^(?:CREATE VIEW|SELECT|FROM) [\s\S]*?;$/gm) ?? []);
const SHELL_LINES = [
  ...BLOCKS.flatMap((block) => block.split('\n')),
  ...[...Compact.examples, ...RecordCommand.examples].map(String),
];
const JQ_LINES = [...new Set(SHELL_LINES.filter((line) => /^zcat .*\| jq /.test(line)))];
/** What `duckdb -c "..."` is given. */
const DUCK_LINES = SHELL_LINES.flatMap((line) => /^duckdb -c "(.*)"$/.exec(line)?.[1] ?? []);

function goldRow(number: number): Values {
  const isLater = number >= WHOLE_ROWS;
  const ltp = isLater ? 125_000.5 + (number % 40) : 125_000 + (number % 50);
  const oi = number === WHOLE_ROWS ? 999 : isLater ? 1_177 + number - WHOLE_ROWS : null;
  const rest = {
    open: 124_000,
    high: 126_000,
    close: ltp,
    bid: 125_000,
    volume: 1_000 + number,
    exchange_time: AT / 1_000,
  };
  return makeRow('symbol', { symbol: GOLD, ltp, oi, received_at: AT + number, ...rest });
}

/** Rows of the other kinds, whole at first, too. */
function otherRow(kind: Kind, number: number): Values {
  const price = number < WHOLE_ROWS ? 100 + (number % 7) : 100.25;
  const symbol = kind === 'index' ? 'NSE:NIFTY50-INDEX' : GOLD;
  const book = {
    bid_price_1: price,
    bid_quantity_1: 5,
    ask_price_1: price + 1,
    spread: 1,
    imbalance: number < WHOLE_ROWS ? 0 : 0.25,
  };
  return makeRow(kind, { symbol, ltp: price, received_at: AT + number, ...(kind === 'depth' && book) });
}

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-readers-'));
  const ticks = path.join(folder, 'ticks');
  const gap = { type: 'Gap', from: AT, to: AT + 500, reason: 'stalled', symbols: [GOLD] };
  for (const kind of KINDS) {
    const row = (number: number): string => lineOf(kind === 'symbol' ? goldRow(number) : otherRow(kind, number));
    const rows = Array.from({ length: WHOLE_ROWS + LATER_ROWS }, (_, number) => row(number));
    const name = '20261130T090000-ca5e00-0001';
    writeRecording(ticks, { kind, date: DATE, name, members: [rows.join('')], meta: [gap] });
  }
  const options = { out: path.join(ticks, 'parquet'), force: false, deleteSources: false };
  const tell = { warn: (message: string) => expect.fail(message), unchanged: () => {} };
  for await (const _ of compactRecordings(ticks, { ...options, ...tell, signal: new AbortController().signal }));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The answer to each of these, one after the other, in the folder that `ticks` is in. */
function askIn(statements: readonly string[]): Promise<Answer[][]> {
  return withDuck(async (ask) => {
    await ask(`SET file_search_path = '${folder}'`);
    const answers: Answer[][] = [];
    for (const statement of statements) answers.push(await ask(statement));
    return answers;
  });
}

const VIEWS = STATEMENTS.filter((statement) => statement.startsWith('CREATE VIEW'));
const QUERIES = STATEMENTS.filter((statement) => !statement.startsWith('CREATE VIEW'));

describe('the pages', () => {
  test('have the commands that are run here', () => {
    expect(VIEWS).toHaveLength(KINDS.length);
    expect(QUERIES).toHaveLength(3);
    expect(JQ_LINES).toHaveLength(3);
    expect(DUCK_LINES).toHaveLength(2);
    // Whatever decides types by itself may be wrong.
    expect(PAGES.join('').match(/read_(?:json|csv|ndjson)_auto\(/g)).toBeNull();
  });

  test('give the types of all columns of each kind', async () => {
    const names = ['quotes', 'indices', 'books', 'last_prices'];
    const counted = names.map(
      (name) => `SELECT count(*)::INT AS rows, count(DISTINCT received_at)::INT AS times FROM ${name}`,
    );
    const all = names.map((name) => `SELECT * FROM ${name} ORDER BY received_at LIMIT 1`);
    const answers = await askIn([...VIEWS, ...counted, ...all]);
    const rows = WHOLE_ROWS + LATER_ROWS;
    expect(answers.slice(4, 8).flat()).toEqual(names.map(() => ({ rows, times: rows })));
    const [quote, index, book, last] = answers.slice(8).flat();
    const ofFolder = { simulated: null, date: DATE };
    const plain = (row: Values): Values => ({ ...row, received_at: String(row['received_at']) });
    expect(last).toEqual({ ...plain(otherRow('lite', 0)), ...ofFolder, kind: 'lite' });
    expect(index).toMatchObject({ ...plain(otherRow('index', 0)), kind: 'index' });
    expect(quote).toMatchObject({ ltp: 125_000, volume: '1000', oi: null, kind: 'symbol' });
    expect(Object.keys(quote ?? {})).toEqual([...Object.keys(goldRow(0)), 'simulated', 'date', 'kind']);
    expect(Object.keys(book ?? {})).toEqual([...Object.keys(otherRow('depth', 0)), 'simulated', 'date', 'kind']);
    expect(book?.['bid']).toHaveLength(5);
  });

  test('keep each price and count, however late it is no whole number or no null', async () => {
    const checks = [
      'SELECT count(*)::INT AS rows FROM quotes WHERE ltp <> round(ltp)',
      'SELECT count(*)::INT AS rows FROM indices WHERE ltp <> round(ltp)',
      'SELECT count(*)::INT AS rows FROM books WHERE imbalance = 0.25 AND bid[1].price = 100.25',
      'SELECT count(*)::INT AS rows FROM last_prices WHERE ltp <> round(ltp)',
    ];
    const answers = await askIn([...VIEWS, ...checks]);
    expect(answers.slice(4).flat()).toEqual(checks.map(() => ({ rows: LATER_ROWS })));
  });

  test('ask recordings what is right', async () => {
    const [quotes] = (await askIn([...VIEWS, QUERIES[0] as string])).slice(-1);
    expect(quotes).toEqual([{ symbol: GOLD, rows: '20700', low: 125_000, high: 125_049, oi: '1276' }]);
  });

  test('ask Parquet files what is right', async () => {
    const [ticks, gaps, help, gapsHelp] = await askIn([...QUERIES.slice(1), ...DUCK_LINES]);
    expect(ticks).toEqual([{ symbol: GOLD, rows: '20700', high: 125_049 }]);
    expect(gaps?.map(({ kind }) => kind).sort()).toEqual([...KINDS].sort());
    expect(gaps?.[0]).toMatchObject({ type: 'Gap', reason: 'stalled', symbols: [GOLD] });
    expect(help).toEqual([{ symbol: GOLD, 'count_star()': '20700', 'max(high)': 126_000 }]);
    expect(gapsHelp).toHaveLength(KINDS.length);
  });

  test.each(JQ_LINES)('%s', (line) => {
    const output = execFileSync('bash', ['-o', 'pipefail', '-c', line], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 1e8,
    });
    const lines = output.trimEnd().split('\n');
    const isQuotes = line.includes('kind=symbol');
    if (line.includes('.oi')) {
      expect(lines).toHaveLength(LATER_ROWS);
      expect(lines[1]).toBe(`"${GOLD}",125001.5,1178`);
    } else {
      expect(lines).toHaveLength(WHOLE_ROWS + LATER_ROWS);
      expect(lines.at(-1)).toBe(JSON.stringify(isQuotes ? [GOLD, 125_019.5] : [GOLD, 100.25, 101.25]));
    }
  });
});
