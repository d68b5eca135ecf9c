import { allRowsJsonSchema, type JsonSchema, rowJsonSchema } from '../../market/row-json-schema.ts';
import { ROW_SCHEMAS, type RowSchemaName } from '../../market/rows.ts';
import { addRecords, recordJsonSchema } from './record-json-schema.ts';
import { RECORDS } from './records.ts';

const ROW_NAMES = Object.keys(ROW_SCHEMAS) as RowSchemaName[];

/** Every `type` of row that a command prints: rows of ticks, control rows, records. */
export function listRowNames(): string[] {
  return [...ROW_NAMES, ...RECORDS.map(({ name }) => name)];
}

/** The JSON Schema of one type of row, its name in any case; without a name that of all. Undefined for a name that does not exist. */
export function findRowSchema(name: string | undefined): JsonSchema | undefined {
  if (name === undefined) return addRecords(allRowsJsonSchema(), RECORDS);
  const isMeant = (one: string): boolean => one.toLowerCase() === name.toLowerCase();
  const row = ROW_NAMES.find(isMeant);
  const record = RECORDS.find((one) => isMeant(one.name));
  return row ? rowJsonSchema(row) : record && recordJsonSchema(record);
}
