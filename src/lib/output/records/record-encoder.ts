import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { RowFormat } from '../rows/encoder.ts';
import type { CellValue, RecordRow, RecordType } from './record-type.ts';

/** The first column of every record. */
const TYPE = 'type';

/** Control and direction characters: texts come from files of others, and could move the cursor or break a line. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;

/** All names that `--fields` takes. */
export function recordFields(type: RecordType): string[] {
  return [TYPE, ...Object.keys(type.columns)];
}

/** Throws `UNKNOWN_FIELD`, which lists the valid names, for an unknown one. */
export function checkRecordFields(names: readonly string[], type: RecordType): void {
  const valid = recordFields(type);
  const unknown = names.filter((name) => !valid.includes(name));
  if (unknown.length === 0) return;
  throw new TickpipeError('UNKNOWN_FIELD', `--fields: no column ${unknown.join(', ')}; there are ${valid.join(', ')}`);
}

/** The value of a column of a row. */
export function readCell<T extends RecordType>(type: T, row: RecordRow<T>, name: string): CellValue {
  return name === TYPE ? type.name : ((row as Readonly<Record<string, CellValue>>)[name] ?? null);
}

/** How rows look as lines. */
interface LineStyle {
  readonly header: (names: readonly string[]) => string;
  readonly line: (names: readonly string[], values: readonly CellValue[]) => string;
}

const LINE_STYLES: Readonly<Record<Exclude<RowFormat, 'table'>, LineStyle>> = {
  ndjson: {
    header: () => '',
    line: (names, values) =>
      `{${names.map((name, place) => `${JSON.stringify(name)}:${JSON.stringify(values[place])}`).join(',')}}\n`,
  },
  csv: {
    header: (names) => `${names.join(',')}\n`,
    line: (_, values) => `${values.map(quoteCsv).join(',')}\n`,
  },
  raw: {
    header: () => '',
    line: (_, values) => `${values.map(plainText).join('\t')}\n`,
  },
};

/** Rows as lines, each with its line end. */
export interface RecordEncoder<T extends RecordType> {
  /** The line above the rows, or an empty string. */
  readonly header: string;
  encode(row: RecordRow<T>): string;
}

/** @param fields the names of the columns in their order, checked before; without it all of them */
export function createRecordEncoder<T extends RecordType>(
  type: T,
  format: Exclude<RowFormat, 'table'>,
  fields: readonly string[] = recordFields(type),
): RecordEncoder<T> {
  const style = LINE_STYLES[format];
  return {
    header: style.header(fields),
    encode: (row) =>
      style.line(
        fields,
        fields.map((name) => readCell(type, row, name)),
      ),
  };
}

/** RFC 4180: quotes around what holds a comma, a quote or a line end. */
function quoteCsv(value: CellValue): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One line without tabs that no terminal takes for a command. */
export function plainText(value: CellValue): string {
  return value === null ? '' : String(value).replace(UNPRINTABLE, ' ');
}
