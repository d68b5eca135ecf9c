import { describe, expect, test } from 'vitest';
import { BAR } from '../../../src/lib/output/records/bar-record.ts';
import { defineRecord, numberColumn, textColumn } from '../../../src/lib/output/records/record-type.ts';
import { renderRecordTable } from '../../../src/lib/output/table/record-table.ts';
import { RecordView } from '../../../src/lib/output/table/record-view.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const THING = defineRecord({
  name: 'Thing',
  printedBy: 'a test',
  columns: {
    name: textColumn('Its name.'),
    price: numberColumn('Its price.', { decimals: 2, nullWhen: 'nobody knows it' }),
    at: numberColumn('When.', { time: 'seconds' }),
  },
  sample: { name: 'a', price: 1, at: 1 },
});
/** 2026-11-23 10:00 in India. */
const TEN = 1_795_408_200;

interface Row {
  readonly name: string;
  readonly price: number | null;
  readonly at: number;
}

function view(keyOf?: (row: Row) => string): RecordView<Row> {
  return new RecordView({
    type: THING,
    fields: undefined,
    time: 'epoch',
    header: true,
    clock: new ManualClock(TEN * 1_000),
    keyOf,
  });
}

const row = (name: string, price: number | null, at = TEN): Row => ({ name, price, at });

describe('rows of a filter as a table', () => {
  test('one line for each key, the newest row in it', () => {
    const table = view(({ name }) => name);
    expect(table.isEmpty).toBe(true);
    for (const one of [row('a', 1), row('b', 2.5), row('a', 12.125, TEN + 5)]) table.add(one);
    expect(table.render(80, 10)).toBe('name   price        at\na     12.125  10:00:05\nb       2.50  10:00:00\n');
  });

  test('more keys than lines: how many more', () => {
    const table = view(({ name }) => name);
    for (let count = 0; count < 9; count++) table.add(row(`n${count}`, null));
    expect(table.render(80, 5).split('\n').slice(1)).toEqual([
      expect.stringMatching(/^n0/),
      expect.stringMatching(/^n1/),
      expect.stringMatching(/^n2/),
      'and 6 more',
      '',
    ]);
  });

  test('without keys: the last rows, of another day with its date', () => {
    const table = view();
    for (let count = 0; count < 9; count++) table.add(row('a', count, TEN - 86_400));
    expect(table.render(80, 3)).toBe(
      'name  price                   at\na      7.00  2026-11-22 10:00:00\na      8.00  2026-11-22 10:00:00\n',
    );
    expect(table.render(80, Number.POSITIVE_INFINITY).split('\n')).toHaveLength(11);
  });

  test('printed at the end it says how many rows had no room', () => {
    const table = view();
    for (let count = 0; count < 1_003; count++) table.add(row('a', count));
    const lines = table.render(80, Number.POSITIVE_INFINITY).split('\n');
    expect(lines[0]).toBe('3 earlier rows are left out');
    expect(lines[2]).toMatch(/^a +3\.00/);
    expect(lines).toHaveLength(1_003);
  });

  test('while the feed is away it says so', () => {
    const table = view();
    table.add(row('a', 1));
    table.setBroken(TEN * 1_000);
    expect(table.render(80, 10)).toMatch(/^DISCONNECTED since 10:00:00 IST\nname/);
    table.setBroken(undefined);
    expect(table.render(80, 10)).toMatch(/^name/);
  });
});

test('bars in a narrow terminal: the close and the volume stay', () => {
  const heads = (width: number): string =>
    (renderRecordTable(BAR, [BAR.sample], { fields: undefined, width, header: true }).split('\n')[0] as string).trim();
  expect(heads(200).split(/ +/)).toEqual(
    'symbol interval start end open high low close volume vwap ticks final partial gap_ms received_at'.split(' '),
  );
  expect(heads(120).split(/ +/)).toEqual(
    'symbol interval start open high low close volume vwap ticks final partial'.split(' '),
  );
  expect(heads(70).split(/ +/)).toEqual('symbol interval start close volume'.split(' '));
});
