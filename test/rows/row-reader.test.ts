import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { KINDS, type Kind, ROW_TYPES, type Subscription } from '../../src/lib/market/kinds.ts';
import { RowReader } from '../../src/lib/rows/row-reader.ts';
import { RowMessages } from '../support/row-messages.ts';

const rowOf = ({ kind, symbol }: Subscription, ltp = 1): string =>
  `${JSON.stringify({ type: ROW_TYPES[kind], symbol, ltp, received_at: 5 })}\n`;
const symbolRow = (symbol: string, ltp = 1): string => rowOf({ kind: 'symbol', symbol }, ltp);

function readerOf(...subscriptions: readonly Subscription[]): RowReader {
  const reader = new RowReader();
  for (const subscription of subscriptions) reader.add(subscription);
  return reader;
}

/** What is told of a message: kind, symbol and the row's bytes. */
function read(reader: RowReader, message: string | Buffer): [Kind, string, string][] {
  return readMessage(reader, messages.make(message));
}

function readMessage(reader: RowReader, message: Buffer): [Kind, string, string][] {
  const told: [Kind, string, string][] = [];
  reader.read(message, {
    batch: () => false,
    row: (tick) => told.push([tick.kind, tick.symbol, Buffer.from(tick.row).toString()]),
  });
  return told;
}

function endsOfLines(bytes: Uint8Array): number[] {
  return [...bytes].flatMap((byte, at) => (byte === 0x0a ? [at + 1] : []));
}

/** What comes as batches, and what row by row. */
function readBatches(reader: RowReader, message: Buffer): { batches: string[]; rows: string[] } {
  const told: { batches: string[]; rows: string[] } = { batches: [], rows: [] };
  reader.read(message, {
    batch: (batch) => {
      const symbols = Array.from({ length: batch.count }, (_, place) => batch.tickAt(place).symbol);
      const ends = Array.from({ length: batch.count }, (_, place) => batch.endAt(place));
      expect(ends).toEqual(endsOfLines(batch.bytes));
      told.batches.push(`${symbols} ${Buffer.from(batch.bytes)}`);
      return true;
    },
    row: (tick) => told.rows.push(Buffer.from(tick.row).toString()),
  });
  return told;
}

let messages: RowMessages;

beforeEach(() => {
  messages = new RowMessages();
});

describe('RowReader', () => {
  it('gives every row, byte for byte, to its subscription', () => {
    const subscriptions = KINDS.flatMap((kind) => ['NSE:SBIN-EQ', 'NSE:INFY-EQ'].map((symbol) => ({ kind, symbol })));
    const reader = readerOf(...subscriptions);
    const rows = subscriptions.map((subscription) => rowOf(subscription));
    expect(read(reader, rows.join(''))).toEqual(subscriptions.map(({ kind, symbol }, at) => [kind, symbol, rows[at]]));
    expect(reader.malformed).toBe(0);
  });

  it('skips rows that are not wanted, or not wanted any more', () => {
    const reader = readerOf({ kind: 'symbol', symbol: 'NSE:SBIN-EQ' }, { kind: 'lite', symbol: 'NSE:SBIN-EQ' });
    const others =
      symbolRow('NSE:SBIN-E') + symbolRow('NSE:SBIN-EQ2') + rowOf({ kind: 'depth', symbol: 'NSE:SBIN-EQ' });
    expect(read(reader, others + symbolRow('NSE:SBIN-EQ'))).toHaveLength(1);
    expect(reader.remove({ kind: 'symbol', symbol: 'NSE:SBIN-EQ' })).toBe(true);
    expect(reader.remove({ kind: 'symbol', symbol: 'NSE:SBIN-EQ' })).toBe(false);
    const lite = rowOf({ kind: 'lite', symbol: 'NSE:SBIN-EQ' });
    expect(read(reader, symbolRow('NSE:SBIN-EQ') + lite)).toEqual([['lite', 'NSE:SBIN-EQ', lite]]);
    expect(reader.malformed).toBe(0);
  });

  it('never gives a number twice, as what is kept by it has the old name in it', () => {
    const reader = new RowReader();
    const first = reader.add({ kind: 'symbol', symbol: 'NSE:A-EQ' });
    expect(reader.add({ kind: 'symbol', symbol: 'NSE:A-EQ' })).toBe(first);
    reader.remove(first.subscription);
    expect(reader.add({ kind: 'symbol', symbol: 'NSE:B-EQ' }).id).not.toBe(first.id);
    expect(reader.find({ kind: 'lite', symbol: 'NSE:B-EQ' })).toBeUndefined();
  });

  it('distinguishes names however they are written', () => {
    const symbols = ['NSE:M&M-EQ', 'NSE:"Q"', 'NSE:A\\', 'NSE:A\\"B', 'NSE:A', 'NSE:\u00e9\u4e2d', 'NSE:A\n', ''];
    const reader = readerOf(...symbols.map((symbol) => ({ kind: 'symbol' as const, symbol })));
    expect(read(reader, symbols.map((symbol) => symbolRow(symbol)).join('')).map(([, symbol]) => symbol)).toEqual(
      symbols,
    );
    expect(reader.malformed).toBe(0);
  });

  it('distinguishes names whose bytes have the same hash', () => {
    const reader = readerOf({ kind: 'symbol', symbol: 'NSE:3787-EQ' });
    expect(read(reader, symbolRow('NSE:W8L0-EQ'))).toEqual([]);
    reader.add({ kind: 'symbol', symbol: 'NSE:W8L0-EQ' });
    const both = symbolRow('NSE:W8L0-EQ') + symbolRow('NSE:3787-EQ');
    expect(read(reader, both).map(([, symbol]) => symbol)).toEqual(['NSE:W8L0-EQ', 'NSE:3787-EQ']);
    reader.remove({ kind: 'symbol', symbol: 'NSE:3787-EQ' });
    expect(read(reader, both).map(([, symbol]) => symbol)).toEqual(['NSE:W8L0-EQ']);
  });

  it('finds any symbols among any others', () => {
    const subscription = fc.record({ kind: fc.constantFrom(...KINDS), symbol: fc.string({ maxLength: 12 }) });
    fc.assert(
      fc.property(fc.array(subscription), fc.array(subscription), (wanted, others) => {
        const reader = readerOf(...wanted);
        const all = [...others, ...wanted];
        const expected = all.filter(({ kind, symbol }) =>
          wanted.some((one) => one.kind === kind && one.symbol === symbol),
        );
        const told = read(reader, all.map((one) => rowOf(one)).join(''));
        expect(told.map(([kind, symbol]) => ({ kind, symbol }))).toEqual(expected);
        expect(reader.malformed).toBe(0);
      }),
    );
  });

  it('counts half a row at the end of a message, and gives those before it', () => {
    const reader = readerOf({ kind: 'symbol', symbol: 'NSE:SBIN-EQ' });
    const row = symbolRow('NSE:SBIN-EQ');
    for (let length = 1; length < row.length; length++) {
      expect(read(reader, row + row.slice(0, length))).toEqual([['symbol', 'NSE:SBIN-EQ', row]]);
      expect(reader.malformed).toBe(length);
    }
  });

  it.each([
    '\n',
    '}\n',
    'x\n',
    '{"type":"SymbolUpdate"}\n',
    '{"type":"SymbolUpdate","symbol":"NSE:SBIN-EQ\n',
    '{"type":"SymbolUpdate","symbol":"NSE:SBIN-EQ","ltp":1\n',
    '{"type":"SymbolUpdate","symbol":"NSE:SBIN-EQ\\"}\n',
    '{"type":"SymbolUpdate","symbol":7}\n',
    '{"type":"SomethingElse","symbol":"NSE:SBIN-EQ"}\n',
    '{"typo":"SymbolUpdate","symbol":"NSE:SBIN-EQ"}\n',
    '{"symbol":"NSE:SBIN-EQ","type":"SymbolUpdate"}\n',
    ' {"type":"SymbolUpdate","symbol":"NSE:SBIN-EQ"}\n',
    '{"type":"S}\n',
  ])('counts what is no row, and goes on after it: %j', (line) => {
    const reader = readerOf({ kind: 'symbol', symbol: 'NSE:SBIN-EQ' });
    const row = symbolRow('NSE:SBIN-EQ');
    expect(read(reader, line + row)).toEqual([['symbol', 'NSE:SBIN-EQ', row]]);
    expect(reader.malformed).toBe(1);
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(read(readerOf({ kind: 'symbol', symbol: 'NSE:SBIN-EQ' }), Buffer.from(bytes))).toEqual([]);
        expect(readMessage(readerOf({ kind: 'symbol', symbol: 'NSE:SBIN-EQ' }), Buffer.from(bytes))).toEqual([]);
      }),
    );
  });

  it('counts a row whose values cannot be read when they are asked for', () => {
    const reader = readerOf({ kind: 'lite', symbol: 'NSE:SBIN-EQ' });
    reader.read(messages.make('{"type":"LiteUpdate","symbol":"NSE:SBIN-EQ",,}\n'), {
      batch: () => false,
      row: (tick) => expect(tick.state.known).toBe(0),
    });
    expect(reader.malformed).toBe(1);
  });
});

const SBIN: Subscription = { kind: 'symbol', symbol: 'NSE:SBIN-EQ' };
const INFY: Subscription = { kind: 'symbol', symbol: 'NSE:INFY-EQ' };

describe('a batch', () => {
  it('has all rows of a message whose symbols are known, as they are', () => {
    const reader = readerOf(SBIN, INFY);
    const rows = rowOf(SBIN, 1) + rowOf(INFY, 2) + rowOf(SBIN, 3);
    expect(readBatches(reader, messages.make(rows))).toEqual({ batches: [], rows: rows.match(/.*\n/g) });
    expect(readBatches(reader, messages.make(rows))).toEqual({
      batches: [`NSE:SBIN-EQ,NSE:INFY-EQ,NSE:SBIN-EQ ${rows}`],
      rows: [],
    });
    const fewer = rowOf(INFY, 4);
    expect(readBatches(reader, messages.make(fewer)).batches).toEqual([`NSE:INFY-EQ ${fewer}`]);
    expect(reader.malformed).toBe(0);
  });

  it('comes row by row when it is not taken', () => {
    const reader = readerOf(SBIN);
    const rows = rowOf(SBIN, 1) + rowOf(SBIN, 2);
    expect(read(reader, rows)).toHaveLength(2);
    expect(read(reader, rows)).toHaveLength(2);
  });

  it('is none while one of its symbols is not wanted, or has had no row since it is', () => {
    const reader = readerOf(SBIN);
    const both = rowOf(SBIN) + rowOf(INFY);
    for (let n = 0; n < 2; n++) expect(readBatches(reader, messages.make(both)).rows).toEqual([rowOf(SBIN)]);
    reader.add(INFY);
    expect(readBatches(reader, messages.make(both)).rows).toHaveLength(2);
    expect(readBatches(reader, messages.make(both)).batches).toHaveLength(1);
    reader.remove(SBIN);
    expect(readBatches(reader, messages.make(both)).rows).toEqual([rowOf(INFY)]);
    reader.add(SBIN);
    expect(readBatches(reader, messages.make(both)).rows).toHaveLength(2);
  });

  it('is none after a break, until each of its symbols has had a row again', () => {
    const reader = readerOf(SBIN, INFY);
    const both = rowOf(SBIN) + rowOf(INFY);
    read(reader, both);
    for (const tick of reader.ticks()) tick.stage = 'wanted';
    expect(readBatches(reader, messages.make(rowOf(SBIN))).rows).toHaveLength(1);
    expect(readBatches(reader, messages.make(both)).rows).toHaveLength(2);
    expect(readBatches(reader, messages.make(both)).batches).toHaveLength(1);
  });

  it('never takes the number of one hub for that of another', () => {
    const reader = readerOf(SBIN, INFY);
    read(reader, rowOf(SBIN) + rowOf(INFY));
    reader.forgetNumbers();
    const other = new RowMessages();
    const swapped = rowOf(INFY) + rowOf(SBIN);
    expect(readMessage(reader, other.make(swapped)).map(([, symbol]) => symbol)).toEqual([INFY.symbol, SBIN.symbol]);
    expect(readBatches(reader, other.make(swapped)).batches).toEqual([`NSE:INFY-EQ,NSE:SBIN-EQ ${swapped}`]);
  });

  it('knows a symbol by another number once the hub has given it one', () => {
    const reader = readerOf(SBIN, INFY);
    read(reader, rowOf(SBIN) + rowOf(INFY));
    // As after the hub dropped both and took them up again.
    const later = new RowMessages();
    later.make('x\ny\n');
    expect(readBatches(reader, later.make(rowOf(SBIN))).rows).toEqual([rowOf(SBIN)]);
    expect(readBatches(reader, later.make(rowOf(SBIN))).batches).toEqual([`NSE:SBIN-EQ ${rowOf(SBIN)}`]);
    reader.remove(SBIN);
    for (const hub of [messages, later])
      expect(readBatches(reader, hub.make(rowOf(SBIN)))).toEqual({ batches: [], rows: [] });
  });

  it.each([
    ['an end before the begin', (index: Buffer) => index.writeUInt32LE(0, 12)],
    ['an end behind the rows', (index: Buffer) => index.writeUInt32LE(index.readUInt32LE(12) + 1, 12)],
    ['rows that the index leaves out', (index: Buffer) => index.writeUInt32LE(index.readUInt32LE(12) - 5, 12)],
    ['more rows than there is room for', (index: Buffer) => index.writeUInt32LE(0x40000000, 16)],
  ])('is none, and counted as unreadable, with %s', (_, spoil) => {
    const reader = readerOf(SBIN, INFY);
    const rows = rowOf(SBIN) + rowOf(INFY);
    read(reader, rows);
    const message = messages.make(rows);
    spoil(message.subarray(rows.length));
    expect(readBatches(reader, message).batches).toEqual([]);
    expect(reader.malformed).toBeGreaterThan(0);
  });
});
