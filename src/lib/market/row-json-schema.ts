import { z } from 'zod';
import { ROW_SCHEMAS, type RowSchemaName } from './rows.ts';

export const SCHEMA_DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** A JSON Schema document. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The JSON Schema of one type of row. Other keys are allowed: a later version may add columns, and a reader that checks rows
 * by today's schema should then still accept them.
 */
export function rowJsonSchema(name: RowSchemaName): JsonSchema {
  return { $schema: SCHEMA_DIALECT, title: name, ...definitionOf(name) };
}

/** One JSON Schema for every row: a choice between all types. */
export function allRowsJsonSchema(): JsonSchema {
  const names = Object.keys(ROW_SCHEMAS) as RowSchemaName[];
  return {
    $schema: SCHEMA_DIALECT,
    title: 'Row',
    oneOf: names.map((name) => ({ $ref: `#/$defs/${name}` })),
    $defs: Object.fromEntries(names.map((name) => [name, definitionOf(name)])),
  };
}

function definitionOf(name: RowSchemaName): JsonSchema {
  const { $schema: _, ...definition } = z.toJSONSchema(ROW_SCHEMAS[name], {
    io: 'input',
    override: ({ jsonSchema }) => {
      delete jsonSchema.additionalProperties;
    },
  });
  return definition;
}
