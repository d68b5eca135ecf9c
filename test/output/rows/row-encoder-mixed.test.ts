import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KINDS, type Kind } from '../../../src/lib/market/kinds.ts';
import { ALL_SLOTS } from '../../../src/lib/market/tick.ts';
import { ByteBuffer } from '../../../src/lib/output/rows/byte-buffer.ts';
import type { TimeFormat } from '../../../src/lib/output/rows/encoder.ts';
import { fieldNames } from '../../../src/lib/output/rows/field-selection.ts';
import { createRowEncoder } from '../../../src/lib/output/rows/row-encoder.ts';
import { type MadeTick, makeState, makeTick, setValues } from '../../support/make-tick.ts';
import { valueNamed, workOutRow } from '../../support/worked-out-row.ts';

/*
 * Several subscriptions of all kinds through one encoder, in any order, against JSON.stringify and csv-stringify of
 * rows that were worked out a second time, read by name.
 */

type Values = Readonly<Record<number, number>>;
interface Step {
  readonly tick: number;
  readonly values: Values;
  readonly scale: { readonly multiplier: number; readonly precision: number } | undefined;
  /** A new state, whose first tick the encoder was told of or not. */
  readonly reconnects: 'told' | 'untold' | undefined;
  readonly printed: boolean;
  readonly receivedAt: number;
}

const raw = fc.oneof(
  fc.integer({ min: 0, max: 200_000 }),
  fc.integer({ min: -2_147_483_647, max: 2_147_483_647 }),
  fc.constantFrom(0, 0, 1, -1, 50, 9_999_999, 10_000_000),
);
/** From one digit to fourteen, also before 1970. */
const receivedAt = fc.oneof(fc.constantFrom(0, 9, -1, -256, 1_795_410_683_755), fc.integer({ min: -1e12, max: 1e13 }));
const multiplier = fc.oneof(fc.constantFrom(10, 100, 1_000, 10_000), fc.integer({ min: 1, max: 65_535 }));
const scale = fc.record({ multiplier, precision: fc.nat(9) });
const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { freq: 5, nil: undefined });
const step: fc.Arbitrary<Step> = fc.record({
  tick: fc.nat(5),
  values: fc.dictionary(fc.nat(29).map(String), raw, { maxKeys: 14 }),
  scale: fc.option(scale, { freq: 5, nil: undefined }),
  reconnects: rarely(fc.constantFrom('told' as const, 'untold' as const)),
  printed: fc.boolean(),
  receivedAt,
});

const SUBSCRIPTIONS: readonly (readonly [Kind, string])[] = [
  ['symbol', 'NSE:SBIN-EQ'],
  ['symbol', 'NSE:M&M-EQ'],
  ['index', 'NSE:NIFTY50-INDEX'],
  ['depth', 'NSE:SBIN-EQ'],
  ['lite', `NSE:"QUOTED", \\AND\\ "LONG"${'"'.repeat(60)}-EQ`],
  ['lite', 'NSE:ÅÄÖ₹\u2028\ud800😀-EQ'],
];

/** Takes a step over as the decoder does. */
function apply(tick: MadeTick, { values, scale, reconnects, receivedAt }: Step): void {
  const slots = tick.state.values.length;
  const own = Object.fromEntries(Object.entries(values).filter(([slot]) => Number(slot) < slots));
  if (reconnects) tick.state = makeState(tick.kind, tick.symbol, { values: own });
  else setValues(tick.state, own);
  if (reconnects === 'untold') tick.state.changed = 0;
  tick.state.receivedAt = receivedAt;
  if (scale === undefined) return;
  tick.state.multiplier = scale.multiplier;
  tick.state.precision = scale.precision;
  tick.state.changed = ALL_SLOTS;
}

function printAll(steps: readonly Step[], options: Omit<Parameters<typeof createRowEncoder>[0], 'kinds' | 'noHeader'>) {
  const encoder = createRowEncoder({ ...options, kinds: KINDS, noHeader: true });
  const ticks = SUBSCRIPTIONS.map(([kind, symbol], id) => makeTick(id, kind, symbol));
  const out = new ByteBuffer(1);
  const rows: Record<string, unknown>[] = [];
  for (const step of steps) {
    const tick = ticks[step.tick] as MadeTick;
    apply(tick, step);
    if (!step.printed) encoder.skip(tick);
    else {
      encoder.encode(tick, out);
      rows.push(workOutRow(tick, options.time));
    }
  }
  return { text: out.bytes.toString('utf8', 0, out.length), rows };
}

const time = fc.constantFrom<TimeFormat>('epoch', 'iso');
const selection = fc.uniqueArray(fc.constantFrom(...fieldNames(KINDS)), { minLength: 1, maxLength: 8 });

describe('one encoder of many subscriptions', () => {
  it('prints whole rows as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), time, (steps, timeFormat) => {
        const { text, rows } = printAll(steps, { format: 'ndjson', time: timeFormat, simulated: false });
        expect(text).toBe(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      }),
      { numRuns: 300 },
    );
  });

  it('prints any fields as JSON.stringify does', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 20 }),
        selection,
        time,
        fc.boolean(),
        (steps, fields, timeFormat, simulated) => {
          const { text, rows } = printAll(steps, { format: 'ndjson', time: timeFormat, simulated, fields });
          const expected = rows.map((row) => {
            const selected = Object.fromEntries(fields.map((name) => [name, valueNamed(row, name)]));
            return `${JSON.stringify(simulated ? { ...selected, simulated } : selected)}\n`;
          });
          expect(text).toBe(expected.join(''));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('prints any columns as csv-stringify does', () => {
    const names = fieldNames(KINDS).filter((name) => name !== 'bid' && name !== 'ask');
    const columns = fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), columns, time, (steps, fields, timeFormat) => {
        const { text, rows } = printAll(steps, { format: 'csv', time: timeFormat, simulated: false, fields });
        const records = rows.map((row) => fields.map((name) => valueNamed(row, name)));
        expect(text).toBe(Buffer.from(stringify(records)).toString());
      }),
      { numRuns: 300 },
    );
  });
});
