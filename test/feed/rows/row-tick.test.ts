import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowTick } from '../../../src/lib/feed/rows/row-tick.ts';
import { COLUMNS } from '../../../src/lib/market/columns.ts';
import { KINDS, type Kind } from '../../../src/lib/market/kinds.ts';
import { decimalNumber } from '../../../src/lib/market/price.ts';
import { toRow } from '../../../src/lib/market/row.ts';
import { SLOT_COUNTS, SYMBOL_SLOTS } from '../../../src/lib/market/slots.ts';
import { ALL_SLOTS, type Tick } from '../../../src/lib/market/tick.ts';
import { topicKindOf } from '../../../src/lib/market/topics.ts';
import { ByteBuffer } from '../../../src/lib/output/byte-buffer.ts';
import type { RowEncoder } from '../../../src/lib/output/encoder.ts';
import { createRowEncoder, type RowEncoderOptions } from '../../../src/lib/output/row-encoder.ts';
import { makeState, makeTick } from '../../support/make-tick.ts';

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

interface Message {
  readonly values: Readonly<Record<string, number>>;
  readonly multiplier: number;
  readonly precision: number;
  readonly receivedAt: number;
  /** Whether its values are asked for. */
  readonly isRead: boolean;
  /** Whether its decimals are told. */
  readonly isTold: boolean;
}

function messagesOf(kind: Kind): fc.Arbitrary<Message[]> {
  const slots = SLOT_COUNTS[topicKindOf(kind, SYMBOLS[kind])];
  const message = fc.record({
    values: fc.dictionary(fc.integer({ min: 0, max: slots - 1 }).map(String), raw, { maxKeys: slots }),
    multiplier: fc.constantFrom(1, 100),
    precision: fc.integer({ min: 0, max: 4 }),
    receivedAt: fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }),
    isRead: fc.boolean(),
    isTold: fc.boolean(),
  });
  return fc.array(message, { minLength: 1, maxLength: 5 });
}

function encode(encoder: RowEncoder, tick: Tick): string {
  const buffer = new ByteBuffer(16);
  encoder.encode(tick, buffer);
  return buffer.bytes.toString('utf8', 0, buffer.length);
}

function createTick(kind: Kind): RowTick {
  return new RowTick(7, { kind, symbol: SYMBOLS[kind] }, () => {
    throw new Error('unreadable');
  });
}

function take(tick: RowTick, row: string, ...told: [precision?: number]): void {
  tick.precision = told.length > 0 ? told[0] : 2;
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
          take(tick, row, message.isTold ? message.precision : undefined);
          expect(Buffer.from(tick.row).toString()).toBe(row);
          if (!message.isRead) continue;
          expect(toRow(tick, { simulated, time: 'epoch' })).toEqual(toRow(original, { simulated, time: 'epoch' }));
          for (const [at, form] of forms.entries()) {
            expect(encode(encoders[at] as RowEncoder, tick)).toBe(encode(createRowEncoder(form), original));
          }
          if (message.isTold) expect(tick.state.precision).toBe(message.precision);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('a price', () => {
  it('is the exact count of units again, whatever its decimals', () => {
    fc.assert(
      fc.property(fc.integer({ min: -2_147_483_647, max: 2_147_483_647 }), fc.nat(9), (units, precision) => {
        const tick = createTick('lite');
        take(tick, `{"ltp":${JSON.stringify(decimalNumber(units, precision))},"received_at":5}\n`, precision);
        expect(tick.state.values[SYMBOL_SLOTS.ltp]).toBe(units);
        expect(tick.state.precision).toBe(precision);
      }),
      { numRuns: 5_000 },
    );
  });

  it('with more decimals than were told is not rounded', () => {
    const tick = createTick('lite');
    take(tick, '{"ltp":610.4525,"received_at":5}\n', 2);
    expect(tick.state).toMatchObject({ precision: 4, changed: ALL_SLOTS });
    expect(tick.state.values[SYMBOL_SLOTS.ltp]).toBe(6_104_525);
    expect(toRow(tick, { simulated: false, time: 'epoch' })).toMatchObject({ ltp: 610.4525 });
  });

  it('too large for the decimals that were told has fewer', () => {
    const tick = createTick('lite');
    take(tick, '{"ltp":21474837.5,"received_at":5}\n', 4);
    expect(tick.state.precision).toBe(1);
    expect(tick.state.values[SYMBOL_SLOTS.ltp]).toBe(214_748_375);
  });

  it('has the decimals that were told when its row came, not those told since', () => {
    const tick = createTick('lite');
    take(tick, '{"ltp":610.45,"received_at":5}\n', 4);
    tick.precision = 2;
    expect(tick.state.precision).toBe(4);
    take(tick, '{"ltp":610.45,"received_at":6}\n', 2);
    expect(tick.state).toMatchObject({ precision: 2, changed: ALL_SLOTS });
  });
});

describe('what changed', () => {
  const row = (values: object): string =>
    `${JSON.stringify({ type: 'SymbolUpdate', symbol: 'NSE:SBIN-EQ', ltp: 610.5, bid: 610.45, volume: 7, last_trade_time: 99, ...values })}\n`;

  it('is all at first, then what differs from when the values were last asked for', () => {
    const tick = createTick('symbol');
    take(tick, row({}));
    expect(tick.state.changed).toBe(ALL_SLOTS);
    take(tick, row({ bid: 610.4 }));
    take(tick, row({ volume: 8 }));
    take(tick, row({ volume: 8, last_trade_time: null }));
    expect(tick.state.changed).toBe((1 << SYMBOL_SLOTS.volume) | (1 << SYMBOL_SLOTS.lastTradeTime));
    expect(tick.state.known & (1 << SYMBOL_SLOTS.lastTradeTime)).toBe(0);
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
      expect(tick.state.values[SYMBOL_SLOTS.ltp]).toBe(100);
    }
  });

  it('that is no JSON says nothing: no values of another row are passed off as its', () => {
    let unreadable = 0;
    const tick = new RowTick(0, { kind: 'lite', symbol: 'NSE:SBIN-EQ' }, () => unreadable++);
    take(tick, '{"ltp":1.5,"received_at":1}\n');
    expect(tick.state.known).toBe(1);
    take(tick, '{"ltp":1.6,"received_at":}\n');
    expect(unreadable).toBe(0);
    expect(tick.state.known).toBe(0);
    expect(tick.state.changed).toBe(1);
    expect(unreadable).toBe(1);
  });

  it.each(['{"ltp":"610"}\n', '{"ltp":[1],"received_at":"now"}\n', '{"ltp":{},"received_at":null}\n'])(
    'with values of another kind knows nothing: %s',
    (row) => {
      const tick = createTick('lite');
      take(tick, row);
      expect(tick.state).toMatchObject({ known: 0, receivedAt: 0 });
    },
  );

  it.each(['{"bid":null}\n', '{"bid":[]}\n', '{"bid":[null,7,[]],"ask":"x"}\n'])(
    'of a book without its levels knows nothing: %s',
    (row) => {
      const tick = createTick('depth');
      take(tick, row);
      expect(tick.state.known).toBe(0);
    },
  );
});
