import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { findRowSchema, listRowNames } from '../../../src/lib/output/records/all-schemas.ts';
import { recordFields } from '../../../src/lib/output/records/record-encoder.ts';
import { recordJsonSchema } from '../../../src/lib/output/records/record-json-schema.ts';
import { RECORDS } from '../../../src/lib/output/records/records.ts';

/** The contract, by hand: a change is deliberate. */
const FIELDS: Readonly<Record<string, string>> = {
  Subscribed: 'type session symbol status',
  Unsubscribed: 'type session symbol status',
  Login: 'type app_id expires_at profile accepted',
  Setting: 'type key value origin place',
  Profile: 'type profile active settings login',
  Check: 'type check status message hint',
  Symbol: 'type symbol name exchange segment kind isin underlying expiry strike right lot_size tick_size session topic',
  MasterFile: 'type file status rows checked_at',
  Bar: 'type symbol interval start end open high low close volume vwap ticks oi final partial gap_ms received_at clock gap_volume extreme_unplaced revision source simulated',
};

test('every record has the fields of the contract', () => {
  expect(Object.fromEntries(RECORDS.map((record) => [record.name, recordFields(record).join(' ')]))).toEqual(FIELDS);
});

describe.each(RECORDS)('the schema of $name', (record) => {
  const reader = z.fromJSONSchema(recordJsonSchema(record) as never);
  const row: Readonly<Record<string, unknown>> = { type: record.name, ...record.sample };

  test('accepts the sample of the page, and columns of a later version', () => {
    expect(reader.parse(row)).toEqual(row);
    expect(reader.safeParse({ ...row, new_column: 1 }).success).toBe(true);
  });

  test('refuses a row without one of its keys, and a value of another type', () => {
    for (const key of Object.keys(row)) {
      const { [key]: _, ...rest } = row;
      expect(reader.safeParse(rest).success, key).toBe(false);
      expect(reader.safeParse({ ...row, [key]: { text: true } }).success, key).toBe(false);
    }
  });

  test('takes null exactly where it says when', () => {
    for (const [key, { nullWhen }] of Object.entries(record.columns)) {
      expect(reader.safeParse({ ...row, [key]: null }).success, key).toBe(nullWhen !== undefined);
    }
  });

  test('has sentences for descriptions', () => {
    for (const [key, { description }] of Object.entries(record.columns)) {
      expect(description, key).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe('findRowSchema', () => {
  test('finds records and rows of ticks, in any case', () => {
    expect(findRowSchema('subscribed')).toMatchObject({ title: 'Subscribed', type: 'object' });
    expect(findRowSchema('LITEUPDATE')).toMatchObject({ title: 'LiteUpdate' });
    expect(findRowSchema('nope')).toBeUndefined();
  });

  test('without a name: one schema that accepts all', () => {
    const schema = findRowSchema(undefined);
    expect(Object.keys(schema?.['$defs'] as object)).toEqual(listRowNames());
    const reader = z.fromJSONSchema(schema as never);
    for (const { name, sample } of RECORDS)
      expect(reader.parse({ type: name, ...sample })).toMatchObject({ type: name });
    expect(reader.safeParse({ type: 'Nope' }).success).toBe(false);
  });
});
