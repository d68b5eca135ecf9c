import { type JsonSchema, SCHEMA_DIALECT } from '../../market/row-json-schema.ts';
import type { RecordColumn, RecordType } from './record-type.ts';

/** The JSON Schema of a record. Other keys are allowed: a later version may add columns. */
export function recordJsonSchema(record: RecordType): JsonSchema {
  return { $schema: SCHEMA_DIALECT, title: record.name, ...definitionOf(record) };
}

/** Adds records to the choice that `allRowsJsonSchema` returns. */
export function addRecords(schema: JsonSchema, records: readonly RecordType[]): JsonSchema {
  const { oneOf, $defs } = schema as { readonly oneOf: readonly object[]; readonly $defs: object };
  return {
    ...schema,
    oneOf: [...oneOf, ...records.map(({ name }) => ({ $ref: `#/$defs/${name}` }))],
    $defs: { ...$defs, ...Object.fromEntries(records.map((record) => [record.name, definitionOf(record)])) },
  };
}

function definitionOf({ name, columns }: RecordType): JsonSchema {
  return {
    type: 'object',
    properties: {
      type: { type: 'string', const: name, description: 'The type of the row.' },
      ...Object.fromEntries(Object.entries(columns).map(([key, column]) => [key, describeColumn(column)])),
    },
    required: ['type', ...Object.keys(columns).filter((key) => columns[key]?.isOptional !== true)],
  };
}

function describeColumn({
  kind,
  description,
  unit,
  nullWhen,
  values,
  time,
}: RecordColumn): Readonly<Record<string, unknown>> {
  const types = [
    kind === 'text' ? 'string' : kind,
    ...(time ? ['string'] : []),
    ...(nullWhen === undefined ? [] : ['null']),
  ];
  return {
    type: types.length === 1 ? types[0] : types,
    ...(values && { enum: nullWhen === undefined ? values : [...values, null] }),
    description,
    ...(unit && { 'x-unit': unit }),
    ...(nullWhen && { 'x-null': nullWhen }),
  };
}
