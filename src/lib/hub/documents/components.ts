import { z } from 'zod';

/** A JSON Schema, or a part of a document. */
export type Json = Readonly<Record<string, unknown>>;

/** Counted in whole numbers; everything else may have decimals. */
const WHOLE = new Set(['units', 'orders', 'rows', 'messages', 'bytes', 'ticks', 'connections', 'gaps']);
const TIMES = new Set(['epoch seconds', 'epoch milliseconds']);

/**
 * The schemas under `#/components/schemas` of a document. Where one is part of another it is referred to by its name. The API gives
 * out all times as epoch numbers, so a time is no choice between a number and a text here.
 */
export function createSchemas(named: Readonly<Record<string, z.ZodType>>): Record<string, Json> {
  const names = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) names.add(schema, { id });
  const { schemas } = z.toJSONSchema(names, {
    io: 'input',
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => improve(jsonSchema),
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _, $id, ...schema }]) => [name, schema as Json]),
  );
}

/** For generated code: the narrowest type, and everything that there is to know in the description. */
function improve(schema: z.core.JSONSchema.BaseSchema): void {
  const { 'x-unit': unit, 'x-null': nullWhen, description } = schema as Record<string, string | undefined>;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.propertyNames) delete schema.propertyNames;
  if (unit !== undefined && (WHOLE.has(unit) || TIMES.has(unit))) {
    delete schema.anyOf;
    schema.type = (nullWhen === undefined ? 'integer' : ['integer', 'null']) as 'integer';
    schema.format = 'int64';
  }
  if (description === undefined) return;
  const inUnit = unit && `Unit: ${unit}.`;
  schema.description = [description, inUnit, nullWhen && `Null when ${nullWhen}.`].filter(Boolean).join(' ');
}
