import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { FeedEvent } from '../../src/lib/feed/feed.ts';
import { COLUMNS } from '../../src/lib/market/columns.ts';
import type { Kind } from '../../src/lib/market/kinds.ts';
import { toRow } from '../../src/lib/market/row.ts';
import { SAMPLE_ROWS } from '../../src/lib/market/sample-rows.ts';
import type { Tick } from '../../src/lib/market/tick.ts';
import { PipedFeed, type PipedListener } from '../../src/lib/rows/piped-feed.ts';
import { ManualClock } from '../support/manual-clock.ts';

const SYMBOL_ROW = SAMPLE_ROWS.SymbolUpdate;
const STATUS = '{"type":"Status","state":"live","at":5,"reason":null}';

class Recorder implements PipedListener {
  readonly seen: unknown[] = [];
  readonly ticks: Tick[] = [];
  finished: () => void = () => {};
  readonly end = new Promise<void>((resolve) => (this.finished = resolve));

  tick(tick: Tick): void {
    this.ticks.push(tick);
    this.seen.push(toRow(tick, { simulated: false, time: 'epoch' }));
  }

  control(row: unknown): void {
    this.seen.push(row);
  }

  record(row: unknown): void {
    this.seen.push(row);
  }

  event(event: FeedEvent): void {
    if (event.type === 'finished' || event.type === 'failed') this.finished();
    if (event.type === 'warning') this.seen.push(event.message);
    if (event.type === 'failed') this.seen.push(event.error.code);
  }
}

interface Setting {
  readonly kinds?: readonly Kind[];
  readonly needs?: readonly string[];
  readonly records?: readonly string[];
}

function open({ kinds = ['symbol', 'index', 'lite', 'depth'], needs = ['ltp'], records = [] }: Setting = {}) {
  const input = new PassThrough();
  const recorder = new Recorder();
  const feed = new PipedFeed({ input, clock: new ManualClock(), kinds, needs, records }, recorder);
  return { input, recorder, feed };
}

async function read(text: string | Buffer, setting?: Setting) {
  const opened = open(setting);
  await opened.feed.subscribe([]);
  opened.input.end(text);
  await opened.recorder.end;
  return opened;
}

/** A row without its mark, as `toRow` gives it. */
function parsed(row: string): object {
  const { simulated: _, ...rest } = JSON.parse(row);
  return rest;
}

describe('rows of the contract', () => {
  test('come with the values that they have, each kind', async () => {
    const rows = [SYMBOL_ROW, SAMPLE_ROWS.IndexUpdate, SAMPLE_ROWS.DepthUpdate, SAMPLE_ROWS.LiteUpdate];
    const { recorder } = await read(`${[STATUS, ...rows].join('\n')}\n`);
    expect(recorder.seen).toEqual([JSON.parse(STATUS), ...rows.map(parsed)]);
  });

  test('cut anywhere, and without the last line end', async () => {
    const { recorder, input, feed } = open();
    await feed.subscribe([]);
    const text = `${STATUS}\n${SYMBOL_ROW}\n${SYMBOL_ROW}`;
    for (let at = 0; at < text.length; at += 37) input.write(text.slice(at, at + 37));
    input.end();
    await recorder.end;
    expect(recorder.seen.slice(1)).toEqual([parsed(SYMBOL_ROW), parsed(SYMBOL_ROW)]);
    expect(new Set(recorder.ticks).size).toBe(1);
  });

  test('a tick has no state once its row is over', async () => {
    const { recorder } = await read(`${SYMBOL_ROW}\n`);
    expect(() => recorder.ticks[0]?.state).toThrow('is over');
  });

  test('the mark of one row marks all that follows', async () => {
    const { feed } = await read(`${SYMBOL_ROW}\n`);
    expect(feed.simulated).toBe(true);
    const live = SYMBOL_ROW.replace(',"simulated":true', '');
    expect((await read(`${live}\n`)).feed.simulated).toBe(false);
    expect((await read(`${live}\n{"simulated":true,${live.slice(1)}\n`)).feed.simulated).toBe(true);
  });
});

describe('rows in another form', () => {
  test.each([
    ['with blanks and keys in another order', { symbol: 'NSE:SBIN-EQ', ltp: 1.5, type: 'SymbolUpdate' }],
    ['with fewer keys', { type: 'SymbolUpdate', symbol: 'NSE:SBIN-EQ', ltp: 1.5 }],
    ['with more keys', { type: 'SymbolUpdate', symbol: 'NSE:SBIN-EQ', ltp: 1.5, mine: [1] }],
  ])('%s', async (_, row) => {
    const { recorder } = await read(`${STATUS}\n${JSON.stringify(row, undefined, 1).replaceAll('\n', ' ')}\n`);
    expect(recorder.seen[1]).toMatchObject({ symbol: 'NSE:SBIN-EQ', ltp: 1.5, volume: null });
  });

  test('times as texts, as --time iso prints them', async () => {
    const row = {
      type: 'IndexUpdate',
      symbol: 'NSE:NIFTY50-INDEX',
      ltp: 2,
      exchange_time: '2026-11-23T10:00:00+05:30',
    };
    const { recorder } = await read(
      `{"type":"Gap","from":"1970-01-01T05:30:01.000+05:30","to":2000,"reason":"stalled","symbols":["A"]}\n${JSON.stringify({ ...row, received_at: '2026-11-23T10:00:00.250+05:30' })}\n`,
    );
    expect(recorder.seen[0]).toEqual({ type: 'Gap', from: 1000, to: 2000, reason: 'stalled', symbols: ['A'] });
    expect(recorder.seen[1]).toMatchObject({ exchange_time: 1_795_408_200, received_at: 1_795_408_200_250 });
  });

  test('the first row of a file with a byte order mark, and line ends of Windows', async () => {
    const { recorder, feed } = await read(`\ufeff${STATUS}\r\n\r\n${SYMBOL_ROW}\r\n`);
    expect(recorder.seen).toEqual([JSON.parse(STATUS), parsed(SYMBOL_ROW)]);
    expect(feed.error).toBeUndefined();
  });
});

describe('lines that are no rows', () => {
  test('each is named with its number and reason, and passed over', async () => {
    const lines = [
      STATUS,
      'hello',
      '[1]',
      '{"ltp":1}',
      '{"type":"Trade"}',
      '{"type":"SymbolUpdate","ltp":1}',
      '{"type":"SymbolUpdate","symbol":"NSE:SBIN-EQ"}',
      '{"type":"Status","at":1}',
      SYMBOL_ROW.slice(0, 200),
      SYMBOL_ROW,
    ];
    const { recorder, feed } = await read(`${lines.join('\n')}\n`);
    expect(recorder.seen.slice(1, -1)).toEqual([
      'standard input, line 2: no row: it is not JSON',
      'standard input, line 3: no row: it is not an object',
      'standard input, line 4: no row: it has no type',
      'standard input, line 5: no row: there is no row type "Trade"',
      'standard input, line 6: no row: a SymbolUpdate without a symbol',
      'standard input, line 7: no row: a SymbolUpdate without ltp',
      'standard input, line 8: no row: a Status without its state or time',
      'standard input, line 9: no row: it is not JSON',
    ]);
    expect(recorder.seen.at(-1)).toEqual(parsed(SYMBOL_ROW));
    expect(feed.error).toMatchObject({ code: 'ROWS_UNREADABLE', message: '8 lines of standard input are no rows' });
  });

  test('ten are named, the others counted', async () => {
    const { recorder, feed } = await read('x\n'.repeat(5_000));
    expect(recorder.seen).toHaveLength(11);
    expect(recorder.seen.at(-1)).toBe('standard input: more such lines follow, which are only counted');
    expect(feed.error?.message).toBe('5000 lines of standard input are no rows');
  });

  test('a line of two megabytes, and bytes that are no text', async () => {
    const garbage = Buffer.from(Array.from({ length: 4_096 }, (_, at) => (at * 7_919) % 256));
    const long = Buffer.alloc(2_000_000, 0x61);
    const { recorder, feed, input } = open();
    await feed.subscribe([]);
    const bytes = Buffer.concat([long, Buffer.from(`\n${SYMBOL_ROW}\n`), garbage]);
    for (let at = 0; at < bytes.length; at += 65_536) input.write(bytes.subarray(at, at + 65_536));
    input.end();
    await recorder.end;
    expect(recorder.seen[0]).toBe('standard input, line 1: no row: it is longer than 1048576 bytes');
    expect(recorder.seen).toContainEqual(parsed(SYMBOL_ROW));
    expect(feed.error?.code).toBe('ROWS_UNREADABLE');
  });

  test('every row cut at every byte ends in a row or a named line, never in another value', async () => {
    for (let at = 1; at < SYMBOL_ROW.length; at += 3) {
      const { recorder } = await read(`${STATUS}\n${SYMBOL_ROW.slice(0, at)}\n${SYMBOL_ROW}\n`);
      expect(recorder.seen.slice(1)).toEqual(['standard input, line 2: no row: it is not JSON', parsed(SYMBOL_ROW)]);
    }
  });
});

describe('what else comes', () => {
  const BAR = '{"type":"Bar","symbol":"NSE:SBIN-EQ","close":1,"simulated":true}';

  test('records go to those that read them', async () => {
    const { recorder, feed } = await read(`${STATUS}\n${BAR}\n`, { records: ['Bar'] });
    expect(recorder.seen).toEqual([JSON.parse(STATUS), JSON.parse(BAR)]);
    expect(feed.simulated).toBe(true);
  });

  test('other types are counted, and are no errors', async () => {
    const { recorder, feed } = await read(`${STATUS}\n${BAR}\n${SAMPLE_ROWS.DepthUpdate}\n`, { kinds: ['symbol'] });
    expect(recorder.seen).toEqual([JSON.parse(STATUS), '2 rows of other types were passed over']);
    expect(feed.error).toBeUndefined();
  });

  test('rows without a Status before them: once, that gaps cannot be seen', async () => {
    const { recorder } = await read(`${SYMBOL_ROW}\n${SYMBOL_ROW}\n`);
    expect(recorder.seen.filter((one) => typeof one === 'string')).toEqual([
      'standard input has no Status rows, so that gaps in its rows cannot be seen: give --events to the command that prints them',
    ]);
  });

  test('nothing at all', async () => {
    expect((await read('')).recorder.seen).toEqual(['standard input was empty']);
  });

  test('an input that fails', async () => {
    const { input, recorder, feed } = open();
    await feed.subscribe([]);
    input.destroy(Object.assign(new Error('is a directory'), { code: 'EISDIR', errno: -21 }));
    await recorder.end;
    expect(recorder.seen).toEqual(['INPUT_MISSING']);
  });

  test('closed in the middle of a block: no row follows', async () => {
    const { input, recorder, feed } = open();
    let count = 0;
    recorder.tick = () => {
      if (++count === 2) void feed.close();
    };
    await feed.subscribe([]);
    input.end(`${SYMBOL_ROW}\n`.repeat(5));
    await new Promise((resolve) => input.once('close', resolve));
    expect(count).toBe(2);
    expect(input.destroyed).toBe(true);
  });

  test('pause stops the reading, resume goes on', async () => {
    const { input, recorder, feed } = open();
    await feed.subscribe([]);
    feed.pause();
    input.end(`${SYMBOL_ROW}\n`);
    await new Promise((resolve) => setImmediate(resolve));
    expect(recorder.ticks).toHaveLength(0);
    feed.resume();
    await recorder.end;
    expect(recorder.ticks).toHaveLength(1);
  });

  test('a column that the kind does not have is not needed of it', async () => {
    expect(COLUMNS.index.some(({ name }) => name === 'volume')).toBe(false);
    const row = '{"type":"IndexUpdate","symbol":"NSE:NIFTY50-INDEX","ltp":1}';
    const { feed } = await read(`${row}\n`, { needs: ['ltp', 'volume'] });
    expect(feed.error).toBeUndefined();
  });
});
