import { describe, expect, it } from 'vitest';
import { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import {
  checkFields,
  columnsNamed,
  describeFields,
  fieldNames,
  selectFlat,
  selectNested,
} from '../../../src/lib/output/rows/field-selection.ts';

describe('fieldNames', () => {
  it('lists each name of these kinds once', () => {
    expect(fieldNames(['lite'])).toEqual(['type', 'symbol', 'ltp', 'received_at']);
    expect(fieldNames(['symbol', 'index'])).toEqual(fieldNames(['symbol']));
    expect(new Set(fieldNames(['symbol', 'depth'])).size).toBe(fieldNames(['symbol', 'depth']).length);
  });

  it('has the flattened names of a book, and its sides', () => {
    expect(fieldNames(['depth'])).toEqual(expect.arrayContaining(['bid_price_1', 'ask_orders_5', 'bid', 'ask']));
    expect(fieldNames(['depth'])).toHaveLength(35 + 2);
  });
});

describe('checkFields', () => {
  it('takes every name it lists, and the mark of simulated rows', () => {
    for (const kind of ['symbol', 'index', 'depth', 'lite'] as const) {
      checkFields([...fieldNames([kind]), 'simulated'], [kind], 'fields');
    }
  });

  it.each([
    [['ltp', 'nope', 'LTP'], '--fields: no column nope, LTP; there are type, symbol, ltp, received_at'],
    [[], '--fields: no column given; there are type, symbol, ltp, received_at'],
    [['__proto__'], '--fields: no column __proto__; there are type, symbol, ltp, received_at'],
  ])('refuses %j, listing what there is', (names, message) => {
    expect(() => checkFields(names, ['lite'], 'fields')).toThrow(new TickpipeError('UNKNOWN_FIELD', message));
  });
});

describe('selectNested', () => {
  it('has a whole side of a book as one field, a level as a column', () => {
    const [side, level] = selectNested('depth', ['ask', 'bid_price_2']);
    expect(side).toMatchObject({
      name: 'ask',
      side: expect.arrayContaining([expect.objectContaining({ name: 'ask_price_1' })]),
    });
    expect(level).toMatchObject({ name: 'bid_price_2', column: { from: 'price', slot: 1 } });
  });

  it('is the contract without a selection', () => {
    expect(selectNested('depth', undefined).map(({ name }) => name)).toEqual([
      'type',
      'symbol',
      'bid',
      'ask',
      'spread',
      'imbalance',
      'received_at',
    ]);
  });

  it('keeps names that a kind does not have, drops doubles and the mark', () => {
    expect(selectNested('index', ['oi', 'ltp', 'simulated', 'oi'])).toMatchObject([
      { name: 'oi', column: undefined },
      { name: 'ltp', column: { from: 'price' } },
    ]);
  });
});

describe('selectFlat', () => {
  it('is one list for all kinds, each name once', () => {
    expect(selectFlat(['symbol', 'index'], undefined)).toEqual(fieldNames(['symbol']));
    expect(selectFlat(['lite'], ['ltp', 'ltp', 'simulated'])).toEqual(['ltp']);
  });

  it('flattens a side of a book where it stands', () => {
    const names = selectFlat(['depth'], ['spread', 'ask', 'ask_price_1']);
    expect(names).toHaveLength(16);
    expect(names.slice(0, 3)).toEqual(['spread', 'ask_price_1', 'ask_quantity_1']);
  });

  it('leaves bid and ask of a quote what they are', () => {
    expect(selectFlat(['symbol', 'index'], ['bid', 'ask'])).toEqual(['bid', 'ask']);
  });
});

describe('columnsNamed', () => {
  it('is one column, a side, or nothing', () => {
    expect(columnsNamed('symbol', 'bid')).toMatchObject([{ name: 'bid', from: 'price' }]);
    expect(columnsNamed('depth', 'bid')).toHaveLength(15);
    expect(columnsNamed('index', 'bid')).toEqual([]);
  });
});

describe('describeFields', () => {
  it('names the fields of each kind of row', () => {
    expect(describeFields(['lite'])).toBe('LiteUpdate: type symbol ltp received_at\n');
    expect(describeFields(['symbol', 'index']).split('\n')).toHaveLength(3);
    expect(describeFields(['depth'])).toContain('bid and ask are the whole side');
  });
});
