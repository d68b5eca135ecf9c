import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNumeric, type NumericColumn, numberOf } from '../../src/lib/market/column-value.ts';
import { COLUMNS } from '../../src/lib/market/columns.ts';
import { KINDS, type Kind } from '../../src/lib/market/kinds.ts';
import { toRow } from '../../src/lib/market/row.ts';
import { SLOT_COUNTS, SYMBOL_SLOTS } from '../../src/lib/market/slots.ts';
import { ALL_SLOTS, type Tick } from '../../src/lib/market/tick.ts';
import { topicKindOf } from '../../src/lib/market/topics.ts';
import { ByteBuffer } from '../../src/lib/output/rows/byte-buffer.ts';
import type { RowEncoder } from '../../src/lib/output/rows/encoder.ts';
import { createRowEncoder, type RowEncoderOptions } from '../../src/lib/output/rows/row-encoder.ts';
import { RowScanners } from '../../src/lib/output/rows/row-scanner.ts';
import { RowTick } from '../../src/lib/rows/row-tick.ts';
import { makeState, makeTick } from '../support/make-tick.ts';

const SYMBOLS: Record<Kind, string> = {
  symbol: 'NSE:SBIN-EQ',
  index: 'NSE:NIFTY50-INDEX',
  depth: 'NSE:M&M-EQ',
  lite: 'NSE:SBIN-EQ',
};

const raw = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 10_000_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: -2_147_483_647, max: 2_147_483_647 }) },
  { weight: 2, arbitrary: fc.constantFrom(0, 1, -1, 100) },
);
const LTP = COLUMNS.lite.filter(isNumeric).find(({ name }) => name === 'ltp') as NumericColumn;

interface Message {
  readonly values: Readonly<Record<string, number>>;
  readonly multiplier: number;
  readonly precision: number;
  readonly receivedAt: number;
  /** Whether its values are asked for. */
  readonly isRead: boolean;
  /** Whether its decimals are given. */
  readonly isGiven: boolean;
}

function messagesOf(kind: Kind): fc.Arbitrary<Message[]> {
  const slots = SLOT_COUNTS[topicKindOf(kind, SYMBOLS[kind])];
  const message = fc.record({
    values: fc.dictionary(fc.integer({ min: 0, max: slots - 1 }).map(String), raw, { maxKeys: slots }),
    multiplier: fc.oneof(fc.constantFrom(1, 10, 100, 10_000), fc.integer({ min: 1, max: 65_535 })),
    precision: fc.integer({ min: 0, max: 9 }),
    receivedAt: fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }),
    isRead: fc.boolean(),
    isGiven: fc.boolean(),
  });
  return fc.array(message, { minLength: 1, maxLength: 5 });
}

function encode(encoder: RowEncoder, tick: Tick): string {
  const buffer = new ByteBuffer(16);
  encoder.encode(tick, buffer);
  return buffer.bytes.toString('utf8', 0, buffer.length);
}

function createTick(kind: Kind): RowTick {
  return new RowTick(7, { kind, symbol: SYMBOLS[kind] }, new RowScanners(), () => {
    throw new Error('unreadable');
  });
}

function take(tick: RowTick, row: string, ...given: [precision?: number]): void {
  tick.precision = given.length > 0 ? given[0] : 2;
  const bytes = Buffer.from(`before\n${row}after`);
  tick.take(bytes, 7, bytes.length - 5);
  // The message does not last.
  bytes.fill(0);
}

describe.each(KINDS)('a row of kind %s', (kind) => {
  const symbol = SYMBOLS[kind];
  const names = COLUMNS[kind].map(({ name }) => name);
  const selection = fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 });

  it('gives back what it was made of, in every form', () => {
    fc.assert(
      fc.property(messagesOf(kind), fc.boolean(), selection, (messages, simulated, fields) => {
        const base = { kinds: [kind], simulated } as const;
        const forms: RowEncoderOptions[] = [
          { ...base, format: 'ndjson', time: 'epoch' },
          { ...base, format: 'ndjson', time: 'iso' },
          { ...base, format: 'ndjson', time: 'epoch', fields },
          { ...base, format: 'csv', time: 'epoch' },
          { ...base, format: 'csv', time: 'iso', fields },
        ];
        const hub = createRowEncoder({ ...base, format: 'ndjson', time: 'epoch' });
        const encoders = forms.map(createRowEncoder);
        const tick = createTick(kind);
        for (const message of messages) {
          const original = makeTick(0, kind, symbol);
          original.state = makeState(kind, symbol, message);
          const row = encode(hub, original);
          take(tick, row, message.isGiven ? message.precision : undefined);
          expect(Buffer.from(tick.row).toString()).toBe(row);
          if (!message.isRead) continue;
          expect(toRow(tick, { simulated, time: 'epoch' })).toEqual(toRow(original, { simulated, time: 'epoch' }));
          for (const [at, form] of forms.entries()) {
            expect(encode(encoders[at] as RowEncoder, tick)).toBe(encode(createRowEncoder(form), original));
          }
          if (message.isGiven) expect(tick.state.precision).toBe(message.precision);
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** Whole rows, without those of their columns that the test says nothing of. */
const rowOfQuote = (values: object): string =>
  `${JSON.stringify({ type: 'SymbolUpdate', symbol: 'NSE:SBIN-EQ', ltp: 610.5, received_at: 5, ...values })}\n`;

/** What the formats make of a row, and the objects. */
function formsOf(kind: Kind, row: string, fields: readonly string[]): unknown {
  const tick = createTick(kind);
  take(tick, row);
  const base = { kinds: [kind], simulated: false, time: 'epoch', fields, noHeader: true } as const;
  const shown = toRow(tick, { simulated: false, time: 'epoch' }) as unknown as Record<string, unknown>;
  return {
    ndjson: encode(createRowEncoder({ ...base, format: 'ndjson' }), tick),
    csv: encode(createRowEncoder({ ...base, format: 'csv' }), tick),
    object: fields.map((name) => shown[name]),
  };
}

describe('a number', () => {
  it('of up to fifteen digits is the same again in every form, whatever stands beside it', () => {
    const number = fc
      .tuple(fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 }), fc.nat(13))
      .map(([units, decimals]) => Number(`${units}e-${decimals}`));
    const count = fc.integer({ min: 0, max: 999_999_999_999_999 });
    fc.assert(
      fc.property(number, number, count, (ltp, bid, volume) => {
        const values = { ltp, bid, volume };
        expect(formsOf('symbol', rowOfQuote(values), ['ltp', 'bid', 'volume'])).toEqual({
          ndjson: `${JSON.stringify({ ltp, bid, volume })}\n`,
          csv: `${JSON.stringify(ltp)},${JSON.stringify(bid)},${volume}\n`,
          object: [ltp, bid, volume],
        });
      }),
      { numRuns: 2_000 },
    );
  });

  it('beyond 32 bits does not wrap, and nine decimals do not spill into the column beside', () => {
    const fields = ['ltp', 'bid', 'ask', 'volume'];
    const row = rowOfQuote({ ltp: 30_000_000.05, bid: 0.123456789, ask: 2, volume: 5_000_000_000 });
    expect(formsOf('symbol', row, fields)).toMatchObject({
      ndjson: '{"ltp":30000000.05,"bid":0.123456789,"ask":2,"volume":5000000000}\n',
      csv: '30000000.05,0.123456789,2,5000000000\n',
    });
  });

  it('that follows from others is what the row says, not worked out again', () => {
    const row = rowOfQuote({ ltp: 96.55, close: 96.5, prev_close: 96.48, change: 0.065, change_percent: 0.08 });
    const fields = ['ltp', 'close', 'change', 'change_percent'];
    expect(formsOf('symbol', row, fields)).toMatchObject({ csv: '96.55,96.5,0.065,0.08\n' });
  });

  it('that is printed in another form than ours is the number that it is', () => {
    const tick = createTick('lite');
    take(tick, '{"ltp":-0,"received_at":5}\n');
    expect(Object.is(numberOf(LTP, tick.state), 0)).toBe(true);
    take(tick, '{"ltp":1e5,"received_at":5}\n');
    expect(numberOf(LTP, tick.state)).toBe(100_000);
    take(tick, '{"ltp":1e999,"received_at":5}\n');
    expect(numberOf(LTP, tick.state)).toBeNull();
  });
});

describe('the precision', () => {
  it('is the given one, however many decimals its prices have', () => {
    const tick = createTick('lite');
    take(tick, '{"ltp":610.45,"received_at":5}\n', 4);
    expect(tick.state.precision).toBe(4);
    take(tick, '{"ltp":610.4525,"received_at":6}\n', 2);
    expect(tick.state).toMatchObject({ precision: 2, changed: ALL_SLOTS });
  });

  it('that is not given is the most decimals that prices have had, two at least', () => {
    const tick = createTick('symbol');
    take(tick, rowOfQuote({ ltp: 610 }), undefined);
    expect(tick.state.precision).toBe(2);
    take(tick, rowOfQuote({ ltp: 610.4525, change_percent: 0.12345678 }), undefined);
    expect(tick.state.precision).toBe(4);
    take(tick, rowOfQuote({ ltp: 610.5 }), undefined);
    expect(tick.state.precision).toBe(4);
    take(tick, rowOfQuote({ change: 0.00001 }), undefined);
    expect(tick.state).toMatchObject({ precision: 5, changed: ALL_SLOTS });
  });
});

describe('a time', () => {
  it.each([8.64e15, -8.64e15, 1e300])('that no date can be, %d, is none', (time) => {
    const tick = createTick('symbol');
    take(tick, rowOfQuote({ exchange_time: time, received_at: time }));
    const row = toRow(tick, { simulated: false, time: 'iso' });
    expect(row).toMatchObject({ exchange_time: null, received_at: '1970-01-01T05:30:00.000+05:30' });
  });
});

describe('what changed', () => {
  const row = (values: object): string =>
    `${JSON.stringify({ type: 'SymbolUpdate', symbol: 'NSE:SBIN-EQ', ltp: 610.5, bid: 610.45, volume: 7, last_trade_time: 99, ...values })}\n`;

  it('is what follows, too: a difference that is another one', () => {
    const tick = createTick('symbol');
    take(tick, row({ change: 1 }));
    expect(tick.state.changed).toBe(ALL_SLOTS);
    take(tick, row({ change: 2 }));
    expect(tick.state.changed).toBe((1 << SYMBOL_SLOTS.ltp) | (1 << SYMBOL_SLOTS.prevClose));
  });

  it('is all at first, then what differs from when the values were last asked for', () => {
    const tick = createTick('symbol');
    take(tick, row({}));
    expect(tick.state.changed).toBe(ALL_SLOTS);
    take(tick, row({ bid: 610.4 }));
    take(tick, row({ volume: 8 }));
    take(tick, row({ volume: 8, last_trade_time: null }));
    expect(tick.state.changed).toBe((1 << SYMBOL_SLOTS.volume) | (1 << SYMBOL_SLOTS.lastTradeTime));
    expect(toRow(tick, { simulated: false, time: 'epoch' })).toMatchObject({ volume: 8, last_trade_time: null });
    take(tick, row({ volume: 8, last_trade_time: 99 }));
    expect(tick.state.changed).toBe(1 << SYMBOL_SLOTS.lastTradeTime);
    take(tick, row({ volume: 8 }));
    expect(tick.state.changed).toBe(0);
  });

  it('stays as it is while no other row comes, and so does the object', () => {
    const tick = createTick('symbol');
    const { state } = tick;
    take(tick, row({}));
    expect(tick.state).toBe(state);
    take(tick, row({ volume: 8 }));
    expect(tick.state.changed).toBe(1 << SYMBOL_SLOTS.volume);
    expect(tick.state.changed).toBe(1 << SYMBOL_SLOTS.volume);
    expect(tick.state).toBe(state);
  });
});

describe('a row', () => {
  it('longer than any before is kept whole, and so is a shorter one after it', () => {
    const tick = createTick('lite');
    for (const length of [10, 5_000, 700, 20_000, 30]) {
      const row = `{"ltp":1,"received_at":1,"more":"${'x'.repeat(length)}"}\n`;
      take(tick, row);
      expect(Buffer.from(tick.row).toString()).toBe(row);
      expect(numberOf(LTP, tick.state)).toBe(1);
    }
  });

  it('that is no JSON says nothing: no values of another row are passed off as its', () => {
    let unreadable = 0;
    const tick = new RowTick(0, { kind: 'lite', symbol: 'NSE:SBIN-EQ' }, new RowScanners(), () => unreadable++);
    take(tick, '{"ltp":1.5,"received_at":1}\n');
    expect(numberOf(LTP, tick.state)).toBe(1.5);
    take(tick, '{"ltp":1.6,"received_at":}\n');
    expect(unreadable).toBe(0);
    expect(numberOf(LTP, tick.state)).toBeNull();
    expect(tick.state.changed).toBe(1);
    expect(unreadable).toBe(1);
  });

  it.each(['{"ltp":"610"}\n', '{"ltp":[1],"received_at":"now"}\n', '{"ltp":{},"received_at":null}\n'])(
    'with values of another kind knows nothing: %s',
    (row) => {
      const tick = createTick('lite');
      take(tick, row);
      expect(numberOf(LTP, tick.state)).toBeNull();
      expect(tick.state.receivedAt).toBe(0);
    },
  );

  it.each(['{"bid":null}\n', '{"bid":[]}\n', '{"bid":[null,7,[]],"ask":"x"}\n'])(
    'of a book without its levels knows nothing: %s',
    (row) => {
      const tick = createTick('depth');
      take(tick, row);
      const numbers = COLUMNS.depth.filter(isNumeric).map((column) => numberOf(column, tick.state));
      expect(new Set(numbers)).toEqual(new Set([null]));
    },
  );
});
