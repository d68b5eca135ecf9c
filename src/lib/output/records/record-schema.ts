import { z } from 'zod';
import type { RecordColumn, RecordType } from './record-type.ts';

/** A record as zod describes it, with what its columns say in the metadata. Times are epoch numbers. */
export function recordSchema({ name, columns }: RecordType): z.ZodObject<Record<string, z.ZodType>> {
  const shape = Object.entries(columns).map(([key, column]) => [key, schemaOf(column)] as const);
  return z.object({ type: z.literal(name).describe('The type of the row.'), ...Object.fromEntries(shape) });
}

function schemaOf(column: RecordColumn): z.ZodType {
  const { description, unit, nullWhen, isOptional } = column;
  const value = valueSchema(column);
  const schema = nullWhen === undefined ? value : value.nullable();
  const meta = { description, ...(unit && { 'x-unit': unit }), ...(nullWhen && { 'x-null': nullWhen }) };
  return (isOptional ? schema.optional() : schema).meta(meta);
}

function valueSchema({ kind, values }: RecordColumn): z.ZodType {
  if (values && values.length > 0) return z.literal(values as [string, ...string[]]);
  return { text: z.string(), number: z.number(), boolean: z.boolean() }[kind];
}
