import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COLUMNS } from '../../../src/lib/market/columns.ts';
import type { Kind } from '../../../src/lib/market/kinds.ts';
import { toRow } from '../../../src/lib/market/row.ts';
import { rowSchema } from '../../../src/lib/market/rows.ts';
import { SLOT_COUNTS } from '../../../src/lib/market/slots.ts';
import { ALL_SLOTS } from '../../../src/lib/market/tick.ts';
import { topicKindOf } from '../../../src/lib/market/topics.ts';
import { ByteBuffer } from '../../../src/lib/output/rows/byte-buffer.ts';
import type { RowEncoder, TimeFormat } from '../../../src/lib/output/rows/encoder.ts';
import { createRowEncoder } from '../../../src/lib/output/rows/row-encoder.ts';
import { type MadeTick, makeState, makeTick, setValues } from '../../support/make-tick.ts';
import { valueNamed, workOutRow } from '../../support/worked-out-row.ts';

/** What happens to a tick between two rows of it. */
type Step =
  | { readonly type: 'update'; readonly values: Readonly<Record<number, number>>; readonly afterMs: number }
  | { readonly type: 'skip'; readonly values: Readonly<Record<number, number>> }
  | { readonly type: 'rescale'; readonly multiplier: number; readonly precision: number }
  | { readonly type: 'reconnect'; readonly values: Readonly<Record<number, number>> };

const KIND_SYMBOLS: readonly (readonly [Kind, string])[] = [
  ['symbol', 'NSE:SBIN-EQ'],
  ['index', 'NSE:NIFTY50 EQL WGT-INDEX'],
  ['depth', 'NSE:M&M-EQ'],
  ['lite', 'NSE:NIFTY50-INDEX'],
];

const raw = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 10_000_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: -2_147_483_647, max: 2_147_483_647 }) },
  { weight: 2, arbitrary: fc.constantFrom(0, 1, -1, 100) },
);
const multiplier = fc.oneof(fc.constantFrom(1, 10, 100, 1_000, 10_000), fc.integer({ min: 1, max: 65_535 }));
const precision = fc.integer({ min: 0, max: 9 });
const time = fc.constantFrom<TimeFormat>('epoch', 'iso');

function stepsFor(kind: Kind, symbol: string): fc.Arbitrary<Step[]> {
  const slots = SLOT_COUNTS[topicKindOf(kind, symbol)];
  const values = fc.dictionary(fc.integer({ min: 0, max: slots - 1 }).map(String), raw, { maxKeys: slots });
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ type: fc.constant('update' as const), values, afterMs: fc.nat(100_000) }),
    fc.record({ type: fc.constant('skip' as const), values }),
    fc.record({ type: fc.constant('rescale' as const), multiplier, precision }),
    fc.record({ type: fc.constant('reconnect' as const), values }),
  );
  return fc.array(step, { minLength: 1, maxLength: 8 });
}

/** Times that ISO 8601 can show with a year of four digits are all that exchanges give. */
function apply(tick: MadeTick, step: Step, encoder: RowEncoder): void {
  if (step.type === 'reconnect') {
    tick.state = makeState(tick.kind, tick.symbol, { values: step.values });
  } else if (step.type === 'rescale') {
    tick.state.multiplier = step.multiplier;
    tick.state.precision = step.precision;
    tick.state.changed = ALL_SLOTS;
  } else {
    setValues(tick.state, step.values);
    if (step.type === 'skip') encoder.skip(tick);
    else tick.state.receivedAt += step.afterMs;
  }
}

function encode(encoder: RowEncoder, tick: MadeTick): string {
  const buffer = new ByteBuffer(16);
  encoder.encode(tick, buffer);
  return buffer.bytes.toString('utf8', 0, buffer.length);
}

describe.each(KIND_SYMBOLS)('rows of kind %s', (kind, symbol) => {
  it('agree with JSON.stringify, whatever came before', () => {
    fc.assert(
      fc.property(stepsFor(kind, symbol), time, fc.boolean(), (steps, timeFormat, simulated) => {
        const encoder = createRowEncoder({ format: 'ndjson', kinds: [kind], time: timeFormat, simulated });
        const tick = makeTick(3, kind, symbol);
        for (const step of steps) {
          apply(tick, step, encoder);
          if (step.type === 'skip') continue;
          const row = workOutRow(tick, timeFormat, simulated);
          expect(toRow(tick, { simulated, time: timeFormat })).toEqual(row);
          expect(encode(encoder, tick)).toBe(`${JSON.stringify(row)}\n`);
          expect(rowSchema.safeParse(row).success).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('agree with csv-stringify for any columns', () => {
    const names = COLUMNS[kind].map((column) => column.name);
    const fields = fc.option(fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }), { nil: undefined });
    fc.assert(
      fc.property(stepsFor(kind, symbol), time, fc.boolean(), fields, (steps, timeFormat, simulated, selected) => {
        const encoder = createRowEncoder({
          format: 'csv',
          kinds: [kind],
          fields: selected,
          time: timeFormat,
          simulated,
        });
        const tick = makeTick(0, kind, symbol);
        expect(encoder.header).toBe(`${[...(selected ?? names), ...(simulated ? ['simulated'] : [])].join(',')}\n`);
        for (const step of steps) {
          apply(tick, step, encoder);
          if (step.type === 'skip') continue;
          const values = workOutRow(tick, timeFormat);
          const row = (selected ?? names).map((name) => valueNamed(values, name));
          if (simulated) row.push('true');
          expect(encode(encoder, tick)).toBe(stringify([row]));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('are values between tabs with --raw, without header and mark', () => {
    const names = COLUMNS[kind].map((column) => column.name);
    const fields = fc.option(fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }), { nil: undefined });
    fc.assert(
      fc.property(stepsFor(kind, symbol), time, fc.boolean(), fields, (steps, timeFormat, simulated, selected) => {
        const encoder = createRowEncoder({
          format: 'raw',
          kinds: [kind],
          fields: selected,
          time: timeFormat,
          simulated,
        });
        const tick = makeTick(0, kind, symbol);
        expect(encoder.header).toBe('');
        for (const step of steps) {
          apply(tick, step, encoder);
          if (step.type === 'skip') continue;
          const values = workOutRow(tick, timeFormat);
          const row = (selected ?? names).map((name) => valueNamed(values, name));
          expect(encode(encoder, tick)).toBe(stringify([row], { delimiter: '\t' }));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('have the selected fields in their order', () => {
    const names = COLUMNS[kind].map((column) => column.name);
    fc.assert(
      fc.property(
        stepsFor(kind, symbol),
        fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }),
        (steps, selected) => {
          const encoder = createRowEncoder({
            format: 'ndjson',
            kinds: [kind],
            fields: selected,
            time: 'epoch',
            simulated: true,
          });
          const tick = makeTick(0, kind, symbol);
          for (const step of steps) {
            apply(tick, step, encoder);
            if (step.type === 'skip') continue;
            const values = workOutRow(tick, 'epoch');
            const entries = selected.map((name) => [name, valueNamed(values, name)]);
            expect(encode(encoder, tick)).toBe(
              `${JSON.stringify({ ...Object.fromEntries(entries), simulated: true })}\n`,
            );
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('createRowEncoder', () => {
  it('keeps the rows of several subscriptions apart', () => {
    const encoder = createRowEncoder({ format: 'ndjson', kinds: ['symbol', 'index'], time: 'epoch', simulated: false });
    const ticks = [makeTick(0, 'symbol', 'NSE:SBIN-EQ'), makeTick(1, 'index', 'NSE:NIFTY50-INDEX')];
    for (const round of [1, 2, 3]) {
      for (const tick of ticks) {
        setValues(tick.state, { 0: round * 100 + tick.id });
        expect(encode(encoder, tick)).toBe(`${JSON.stringify(toRow(tick, { simulated: false, time: 'epoch' }))}\n`);
      }
    }
  });

  it('appends behind what stands in the buffer', () => {
    const encoder = createRowEncoder({ format: 'csv', kinds: ['lite'], time: 'epoch', simulated: false });
    const buffer = new ByteBuffer(8);
    buffer.appendText('before\n');
    encoder.encode(makeTick(0, 'lite', 'NSE:SBIN-EQ', { values: { 0: 61_050 }, receivedAt: 5 }), buffer);
    expect(buffer.bytes.toString('utf8', 0, buffer.length)).toBe('before\nLiteUpdate,NSE:SBIN-EQ,610.5,5\n');
  });

  it('prints any time of arrival, whichever came before', () => {
    const encoder = createRowEncoder({ format: 'ndjson', kinds: ['lite'], time: 'epoch', simulated: false });
    const tick = makeTick(0, 'lite', 'NSE:SBIN-EQ', { values: { 0: 61_050 } });
    const times = [5, 999_999, 3, 1_000_000, 1_000_001, 1_999_999, 2_000_000, 1_795_428_999_999, 1_795_429_000_000];
    for (const receivedAt of [...times, 1_795_429_000_007, 1_795_428_999_998, 0, 1_795_428_000_000]) {
      tick.state.changed = 0;
      tick.state.receivedAt = receivedAt;
      expect(encode(encoder, tick)).toBe(`${JSON.stringify(workOutRow(tick, 'epoch', false))}\n`);
    }
  });

  it('refuses a kind it was not made for', () => {
    const encoder = createRowEncoder({ format: 'ndjson', kinds: ['lite'], time: 'epoch', simulated: false });
    expect(() => encode(encoder, makeTick(0, 'depth', 'NSE:SBIN-EQ'))).toThrow(RangeError);
  });

  it('quotes a symbol that holds what a format escapes', () => {
    const tick = makeTick(0, 'lite', 'NSE:A,"B"-EQ');
    const csv = createRowEncoder({
      format: 'csv',
      kinds: ['lite'],
      fields: ['symbol'],
      time: 'epoch',
      simulated: false,
    });
    expect(encode(csv, tick)).toBe('"NSE:A,""B""-EQ"\n');
    const json = createRowEncoder({
      format: 'ndjson',
      kinds: ['lite'],
      fields: ['symbol'],
      time: 'epoch',
      simulated: false,
    });
    expect(JSON.parse(encode(json, tick))).toEqual({ symbol: 'NSE:A,"B"-EQ' });
  });
});
