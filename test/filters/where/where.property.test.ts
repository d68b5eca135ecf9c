import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RecordWhere } from '../../../src/lib/filters/where/record-where.ts';
import { TickWhere } from '../../../src/lib/filters/where/tick-where.ts';
import type { RowBatch, Tick } from '../../../src/lib/market/tick.ts';
import { makeTick } from '../../support/make-tick.ts';
import { workOutRow } from '../../support/worked-out-row.ts';
import { evaluate, type Row, type Tree, write } from './reference.ts';

const COLUMNS = ['ltp', 'low', 'high', 'bid', 'ask', 'bid_size', 'ask_size', 'oi', 'volume', 'change_percent'];
const COMPUTED = ['mid', 'spread_bps', 'day_position'];
const TEXTS = ['NSE:SBIN-EQ', 'NSE:INFY-EQ', 'a "quoted\\" text'];

const column = (names: readonly string[]): fc.Arbitrary<Tree> =>
  fc.constantFrom(...names).map((name) => ['column', name]);
const text: fc.Arbitrary<Tree> = fc.oneof(
  column(['symbol']),
  fc.constantFrom(...TEXTS).map((one): Tree => ['text', one]),
);

const { condition } = fc.letrec<{ number: Tree; condition: Tree }>((tie) => {
  const { number, condition } = { number: tie('number'), condition: tie('condition') };
  const numbers = fc.array(number, { minLength: 2, maxLength: 3 });
  return {
    number: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(0, 1, 2, 2.5, 0.05, 100, 6.1e2, 1e21).map((value): Tree => ['number', value]),
      column([...COLUMNS, ...COMPUTED]),
      fc.tuple(fc.constant('negative' as const), number),
      fc.tuple(fc.constantFrom('+', '-', '*', '/', '%'), number, number) as fc.Arbitrary<Tree>,
      fc.tuple(fc.constantFrom('abs', 'round'), number).map(([name, one]): Tree => ['call', name as 'abs', one]),
      fc.tuple(fc.constantFrom('min', 'max'), numbers).map(([name, some]): Tree => ['call', name as 'min', ...some]),
    ),
    condition: fc.oneof(
      { maxDepth: 4 },
      fc.tuple(fc.constantFrom('==', '!=', '<', '<=', '>', '>='), number, number) as fc.Arbitrary<Tree>,
      fc.tuple(fc.constantFrom('==', '!=', '<', '<=', '>', '>='), text, text) as fc.Arbitrary<Tree>,
      fc
        .tuple(fc.constantFrom('in', 'not in'), number, numbers)
        .map(([is, one, some]): Tree => [is as 'in', one, ...some]),
      fc.tuple(fc.constant('not' as const), condition),
      fc.tuple(fc.constantFrom('and', 'or'), condition, condition) as fc.Arbitrary<Tree>,
    ),
  };
});

/** Raw values of some slots, zero among them; the others are unknown. */
const values = fc.dictionary(
  fc.integer({ min: 0, max: 20 }).map(String),
  fc.oneof(fc.constantFrom(0, 1, 100, 61_000), fc.integer({ min: -70_000, max: 70_000 })),
  { maxKeys: 21 },
);

function batchOf(tick: Tick, row: Row): RowBatch {
  const bytes = Buffer.from(`${JSON.stringify(row)}\n`);
  return { count: 1, bytes, tickAt: () => tick, endAt: () => bytes.length };
}

it('is true for the rows for which three-valued logic says so: of slots, of raw rows, of records', () => {
  const known = ['symbol', ...COLUMNS].map((name) => ({ name, type: name === 'symbol' ? 'text' : 'number' }) as const);
  let matches = 0;
  fc.assert(
    fc.property(condition, fc.array(values, { minLength: 1, maxLength: 4 }), fc.integer(), (tree, rows, seed) => {
      let turn = seed;
      const expression = write(tree, () => (turn++ & 7) === 0);
      const where = new TickWhere(expression, ['symbol', 'index']);
      const usesComputed = COMPUTED.some((name) => expression.includes(name));
      const ofRecords = usesComputed ? undefined : new RecordWhere(expression, known);
      for (const given of rows) {
        const tick = makeTick(0, 'symbol', 'NSE:SBIN-EQ', { values: given });
        const row = workOutRow(tick, 'epoch') as Row;
        const expected = evaluate(tree, row) === true;
        const found = {
          slots: where.matches(tick),
          rawRow: where.matchesRow(batchOf(tick, row), 0, 0),
          record: ofRecords?.matches(row) ?? expected,
        };
        expect([expression, row, found]).toEqual([
          expression,
          row,
          { slots: expected, rawRow: expected, record: expected },
        ]);
        if (expected) matches++;
      }
    }),
    { numRuns: 2_000 },
  );
  expect(matches).toBeGreaterThan(200);
});
