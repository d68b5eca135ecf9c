import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { renderRowsPage } from '../../scripts/rows-page.ts';
import { COLUMNS } from '../../src/lib/market/columns.ts';
import { KINDS, ROW_TYPES } from '../../src/lib/market/kinds.ts';
import { allRowsJsonSchema, type JsonSchema, rowJsonSchema } from '../../src/lib/market/row-json-schema.ts';
import { ROW_SCHEMAS, type RowSchemaName } from '../../src/lib/market/rows.ts';
import { SAMPLE_ROWS } from '../../src/lib/market/sample-rows.ts';

const NAMES = Object.keys(ROW_SCHEMAS) as RowSchemaName[];

function propertiesOf(schema: JsonSchema): [string, JsonSchema][] {
  return Object.entries(schema['properties'] as Record<string, JsonSchema>);
}

describe('rowJsonSchema', () => {
  test.each(NAMES)('%s: accepts the row of the page, and says what each column is', (name) => {
    const schema = rowJsonSchema(name);
    const row: Record<string, unknown> = JSON.parse(SAMPLE_ROWS[name]);
    expect(z.fromJSONSchema(schema as never).parse(row)).toEqual(row);
    expect(ROW_SCHEMAS[name].parse(row)).toEqual(row);
    expect(propertiesOf(schema).map(([key]) => key)).toEqual([
      ...new Set([...Object.keys(row), ...(row['simulated'] ? [] : optionalOf(schema))]),
    ]);
    for (const [key, column] of propertiesOf(schema)) expect(column['description'], key).toMatch(/^.+\.$/);
  });

  test.each(NAMES)('%s: refuses a row without one of its keys, and a text for a number', (name) => {
    const reader = z.fromJSONSchema(rowJsonSchema(name) as never);
    const row: Record<string, unknown> = JSON.parse(SAMPLE_ROWS[name]);
    for (const key of Object.keys(row)) {
      const { [key]: _, ...rest } = row;
      expect(reader.safeParse(rest).success, key).toBe(key === 'simulated');
      const isText = typeof row[key] === 'string';
      expect(reader.safeParse({ ...row, [key]: isText ? 5 : { text: true } }).success, key).toBe(false);
    }
  });

  test('accepts columns of a later version', () => {
    const reader = z.fromJSONSchema(rowJsonSchema('LiteUpdate') as never);
    expect(reader.safeParse({ ...JSON.parse(SAMPLE_ROWS.LiteUpdate), new_column: 1 }).success).toBe(true);
  });

  test('says when a column is null exactly where it may be', () => {
    for (const name of NAMES) {
      for (const [key, column] of propertiesOf(rowJsonSchema(name))) {
        const mayBeNull = JSON.stringify([column['type'], column['anyOf']]).includes('"null"');
        expect('x-null' in column, `${name}.${key}`).toBe(mayBeNull);
      }
    }
  });

  test('has the columns of the encoder in their order', () => {
    for (const kind of KINDS) {
      const columns = COLUMNS[kind].map(({ name, place }) => place?.side ?? name);
      const keys = propertiesOf(rowJsonSchema(ROW_TYPES[kind])).map(([key]) => key);
      expect(keys).toEqual([...new Set([...columns, 'simulated'])]);
    }
  });
});

test('allRowsJsonSchema accepts every row', () => {
  const schema = allRowsJsonSchema();
  expect((schema['oneOf'] as unknown[]).length).toBe(NAMES.length);
  const reader = z.fromJSONSchema(schema as never);
  for (const name of NAMES) expect(reader.safeParse(JSON.parse(SAMPLE_ROWS[name])).success, name).toBe(true);
  expect(reader.safeParse({ type: 'Other' }).success).toBe(false);
});

test('docs/rows.md is what npm run docs writes', async () => {
  expect(await readFile(new URL('../../docs/rows.md', import.meta.url), 'utf8')).toBe(renderRowsPage());
});

function optionalOf(schema: JsonSchema): string[] {
  const required = schema['required'] as string[];
  return propertiesOf(schema)
    .map(([key]) => key)
    .filter((key) => !required.includes(key));
}
