import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KINDS, type Kind, ROW_TYPES, type Subscription } from '../../src/lib/market/kinds.ts';
import { RowReader } from '../../src/lib/rows/row-reader.ts';

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
  const told: [Kind, string, string][] = [];
  reader.read(Buffer.from(message), (tick) => told.push([tick.kind, tick.symbol, Buffer.from(tick.row).toString()]));
  return told;
}

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
      }),
    );
  });

  it('counts a row whose values cannot be read when they are asked for', () => {
    const reader = readerOf({ kind: 'lite', symbol: 'NSE:SBIN-EQ' });
    reader.read(Buffer.from('{"type":"LiteUpdate","symbol":"NSE:SBIN-EQ",,}\n'), (tick) =>
      expect(tick.state.known).toBe(0),
    );
    expect(reader.malformed).toBe(1);
  });
});
