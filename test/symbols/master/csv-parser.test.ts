import { describe, expect, it } from 'vitest';
import { CsvParser } from '../../../src/lib/symbols/master/csv-parser.ts';
import { readRow } from '../../../src/lib/symbols/master/csv-row.ts';
import { SOURCE_FILES } from '../../../src/lib/symbols/master/source-files.ts';
import { csvLine, fileOf, fileOfParser, futureLine, instrumentsOf } from './csv-lines.ts';

/** Rows as FYERS' files have them. */
const SBIN =
  '10100000003045,STATE BANK OF INDIA,0,1,0.1,INE062A01020,0915-1530|1815-1915:,2026-09-09,,NSE:SBIN-EQ,10,10,3045,SBIN,3045,-1.0,XX,10100000003045,None,1,3.7';
const NIFTY =
  '101000000026000,NIFTY50-INDEX,10,0,0.05,,0915-1530|1815-1915:,2026-09-09,,NSE:NIFTY50-INDEX,10,10,26000,NIFTY,26000,-1.0,XX,101000000026000,None,0,0.0';
const FUTURE =
  '101126092968407,NIFTY 29 Sep 26 FUT,11,65,0.1,,0915-1540|1815-1915:,2026-09-09,1790676600,NSE:NIFTY26SEPFUT,10,11,68407,NIFTY,26000,-1.0,XX,101000000026000,None,0,0.0';
const OPTION =
  '101126092935086,NIFTY 29 Sep 26 29200 CE,14,65,0.05,,0915-1540|1815-1915:,2026-09-09,1790676600,NSE:NIFTY26SEP29200CE,10,11,35086,NIFTY,26000,29200.0,CE,101000000026000,None,0,0.0';
const CRUDE =
  '1120260921565899,CRUDEOIL 21 Sep 26 FUT,30,1,1.0,,0900-2330|1815-1915:,2026-09-10,1790013600,MCX:CRUDEOIL26SEPFUT,11,20,565899,CRUDEOIL,294,-1.0,XX,1120000000294,1790013600,0,0.0';

const EXPIRY = Date.parse('2026-09-29T15:40:00+05:30');

describe('a row', () => {
  it.each([
    [
      'a share',
      'NSE_CM',
      SBIN,
      {
        symbol: 'NSE:SBIN-EQ',
        name: 'STATE BANK OF INDIA',
        type: 'equity',
        isin: 'INE062A01020',
        underlying: 'SBIN',
        expiresAtMs: null,
        strike: null,
        right: null,
        lotSize: 1,
        tickSize: 0.1,
        session: '0915-1530|1815-1915:',
        fytoken: '10100000003045',
        isActive: null,
        exchange: 'NSE',
        segment: 'nse_cm',
      },
    ],
    ['an index', 'NSE_CM', NIFTY, { type: 'index', underlying: 'NIFTY', lotSize: null, isin: null }],
    [
      'a future',
      'NSE_FO',
      FUTURE,
      { type: 'future', underlying: 'NIFTY', lotSize: 65, expiresAtMs: EXPIRY, strike: null, right: null },
    ],
    ['an option', 'NSE_FO', OPTION, { type: 'option', strike: 29_200, right: 'CE', expiresAtMs: EXPIRY }],
    [
      'a commodity, whose lot the CSV does not know',
      'MCX_COM',
      CRUDE,
      { type: 'future', exchange: 'MCX', segment: 'mcx_fo', lotSize: null },
    ],
    [
      'a future of BSE, which has no XX',
      'BSE_FO',
      futureLine('BSE_FO', 'SENSEX', '2026-12-29', 7),
      { type: 'future', right: null },
    ],
    [
      'a symbol with a blank',
      'NSE_CM',
      csvLine('NSE_CM', { symbol: 'NSE:NIFTY50 EQL WGT-INDEX', token: 1, name: 'x' }),
      { type: 'index' },
    ],
    [
      'a symbol with an ampersand',
      'NSE_CM',
      csvLine('NSE_CM', { symbol: 'NSE:M&M-EQ', token: 1, name: 'M & M' }),
      { symbol: 'NSE:M&M-EQ' },
    ],
  ] as const)('is read: %s', (_, file, line, expected) => {
    expect(readRow(line, SOURCE_FILES[file])).toMatchObject(expected);
  });

  const change = (column: number, text: string): string => SBIN.split(',').with(column, text).join(',');

  it.each([
    ['has a column less', SBIN.slice(0, SBIN.lastIndexOf(','))],
    ['has a column more', `${SBIN},1`],
    ['has a comma in its name', change(1, 'STATE BANK, OF INDIA')],
    ['is empty in all columns', ','.repeat(20)],
    ['has a fytoken that is none', change(0, '1010x')],
    ['is of another segment', change(0, '10110000003045')],
    ['is of another exchange', change(9, 'BSE:SBIN-A')],
    ['has no symbol', change(9, '')],
    ['has a symbol that is none', change(9, 'NSE:SBIN EQ<script>')],
    ['has a NUL', change(1, 'STATE\0BANK')],
    ['is a page', '<html><body>Attention Required!</body></html>'],
  ])('is skipped that %s', (_, line) => {
    expect(readRow(line, SOURCE_FILES.NSE_CM)).toBeUndefined();
  });

  it.each([
    ['isin', 5, 'NA', { isin: null }],
    ['session', 6, 'always', { session: null }],
    ['tick', 4, 'x', { tickSize: null }],
    ['negative tick', 4, '-1', { tickSize: null }],
    ['lot', 3, '', { lotSize: null }],
    ['infinite lot', 3, '1e999', { lotSize: null }],
    ['underlying', 13, '', { underlying: null }],
    ['expiry of a share', 8, '1790676600', { expiresAtMs: null, type: 'equity' }],
  ])('is read without a %s that cannot be right', (_, column, text, expected) => {
    expect(readRow(change(column, text), SOURCE_FILES.NSE_CM)).toMatchObject({ symbol: 'NSE:SBIN-EQ', ...expected });
  });

  it('has a name that changes no terminal', () => {
    const name = 'A\u001b[31mB\u202eC\u0085D\ufeff   E\u00a0F';
    expect(readRow(change(1, name), SOURCE_FILES.NSE_CM)?.name).toBe('A[31mBCD E F');
    expect(readRow(change(1, '\u202e'), SOURCE_FILES.NSE_CM)?.name).toBe('NSE:SBIN-EQ');
  });
});

describe('a file', () => {
  const parse = (bytes: Buffer, pieces: number): CsvParser => {
    const parser = new CsvParser('NSE_CM');
    for (let at = 0; at < bytes.length; at += pieces) {
      // The same memory for each piece, as some readers have it.
      const piece = Buffer.from(bytes.subarray(at, at + pieces));
      parser.write(piece);
      piece.fill(0);
    }
    return parser;
  };
  const other = csvLine('NSE_CM', { symbol: 'NSE:INFY-EQ', token: 1594, name: 'INFOSYS LIMITED' });
  const symbolsOf = (parser: CsvParser): string[] =>
    instrumentsOf(fileOfParser('NSE_CM', parser))
      .map(({ symbol }) => symbol)
      .sort();

  it.each([1, 7, 100, 65_536])('is the same in pieces of %d bytes, with any line ends', (pieces) => {
    for (const text of [`${SBIN}\n${other}\n`, `${SBIN}\r\n${other}\r\n`, `\n${SBIN}\n\n${other}\n\n`]) {
      expect(symbolsOf(parse(Buffer.from(text), pieces))).toEqual(['NSE:INFY-EQ', 'NSE:SBIN-EQ']);
    }
  });

  it.each([1, 65_536])('may begin with a byte-order mark, in pieces of %d bytes', (pieces) => {
    const text = `\ufeff${SBIN}\n${other}\n`;
    expect(symbolsOf(parse(Buffer.from(text), pieces))).toEqual(['NSE:INFY-EQ', 'NSE:SBIN-EQ']);
  });

  it('passes over empty lines without looking at each by itself', () => {
    const parser = new CsvParser('NSE_CM');
    const begun = process.cpuUsage();
    for (const piece of ['\n', '\r\n']) {
      const lines = Buffer.from(piece.repeat(2 ** 20));
      for (let count = 0; count < 16; count++) parser.write(lines);
    }
    const { user, system } = process.cpuUsage(begun);
    // 48 MiB: each line by itself takes 5 seconds and more.
    expect((user + system) / 1_000).toBeLessThan(2_000);
    expect(parser.end()).toMatchObject({ isCut: false, builder: { rows: 0, skippedRows: 0 } });
  });

  it('says whether its last line has an end', () => {
    expect(parse(Buffer.from(`${SBIN}\n`), 10).end().isCut).toBe(false);
    expect(parse(Buffer.from(`${SBIN}\n${other}`), 10).end()).toMatchObject({ isCut: true, builder: { rows: 2 } });
    expect(parse(Buffer.from(''), 10).end()).toMatchObject({ isCut: false, builder: { rows: 0 } });
  });

  it('counts what it skips: garbage, long lines, and a symbol that is there already', () => {
    const long = `${'x'.repeat(1_000_000)}\n`;
    const garbage = Buffer.from([0xff, 0xfe, 0, 1, 10, 0xc3, 0x28, 10]);
    const bytes = Buffer.concat([Buffer.from(`${SBIN}\n${long}`), garbage, Buffer.from(`${SBIN}\n${other}\n${long}`)]);
    const { builder } = parse(bytes, 1_000).end();
    expect([builder.rows, builder.skippedRows]).toEqual([2, 5]);
  });

  it('keeps no line that never ends', () => {
    const parser = new CsvParser('NSE_CM');
    // One piece for all: what grows is what the parser keeps.
    const piece = Buffer.alloc(65_536, 0x61);
    const before = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 1_000; count++) parser.write(piece);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
    expect(parser.end()).toMatchObject({ isCut: true, builder: { rows: 0, skippedRows: 1 } });
  });

  it('has its contracts in the order of their expiries, and in it by strike, call first', () => {
    const file = fileOf('NSE_FO', [OPTION.replaceAll('CE', 'PE').replace('NPE', 'NCE'), OPTION, FUTURE]);
    expect(instrumentsOf(file).map(({ symbol }) => symbol)).toEqual([
      'NSE:NIFTY26SEPFUT',
      'NSE:NIFTY26SEP29200CE',
      'NSE:NIFTY26SEP29200PE',
    ]);
  });
});
