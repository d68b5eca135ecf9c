import { formatIstTime } from '../../clock/ist.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { RowFormat, TimeFormat } from '../rows/encoder.ts';
import { type CellValue, type RecordRow, type RecordType, SIMULATED_MARK } from './record-type.ts';

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
  return name === TYPE ? type.name : ((row as Readonly<Record<string, CellValue | undefined>>)[name] ?? null);
}

/** How rows look as lines. `isLeftOut` says of each column whether rows without a value have no such key. */
interface LineStyle {
  readonly header: (names: readonly string[]) => string;
  readonly line: (names: readonly string[], values: readonly CellValue[], isLeftOut: readonly boolean[]) => string;
}

const LINE_STYLES: Readonly<Record<Exclude<RowFormat, 'table'>, LineStyle>> = {
  ndjson: {
    header: () => '',
    line: (names, values, isLeftOut) => {
      let line = '';
      for (let place = 0; place < names.length; place++) {
        const value = values[place] as CellValue;
        if (value === null && isLeftOut[place]) continue;
        line += `${line === '' ? '{' : ','}"${names[place]}":${typeof value === 'string' ? JSON.stringify(value) : value}`;
      }
      return `${line === '' ? '{' : line}}\n`;
    },
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

export interface RecordStyle {
  readonly time?: TimeFormat | undefined;
  /** Optional columns that CSV and raw rows have, too. */
  readonly wanted?: readonly string[] | undefined;
  /** Every row is marked as simulated, whatever is selected. */
  readonly simulated?: boolean | undefined;
}

/** @param fields the names of the columns in their order, checked before; without it all of them, but no optional ones in CSV and raw rows */
export function createRecordEncoder<T extends RecordType>(
  type: T,
  format: Exclude<RowFormat, 'table'>,
  fields?: readonly string[] | undefined,
  style: RecordStyle = {},
): RecordEncoder<T> {
  const lines = LINE_STYLES[format];
  const names = chooseNames(type, format, fields, style);
  const isLeftOut = names.map((name) => fields === undefined && type.columns[name]?.isOptional === true);
  const readers = names.map((name) => createReader(type, name, style));
  return {
    header: lines.header(names),
    encode: (row) =>
      lines.line(
        names,
        readers.map((read) => read(row)),
        isLeftOut,
      ),
  };
}

function chooseNames(
  type: RecordType,
  format: RowFormat,
  fields: readonly string[] | undefined,
  { wanted = [], simulated = false }: RecordStyle,
): string[] {
  const isUsual = (name: string): boolean =>
    format === 'ndjson' || type.columns[name]?.isOptional !== true || wanted.includes(name);
  const names = (fields ?? recordFields(type).filter(isUsual)).filter((name) => name !== SIMULATED_MARK);
  return simulated && format !== 'raw' ? [...names, SIMULATED_MARK] : names;
}

/** Creates a function that reads the value of a column as it is printed. */
export function createReader<T extends RecordType>(
  type: T,
  name: string,
  { time, simulated }: RecordStyle,
): (row: RecordRow<T>) => CellValue {
  if (name === SIMULATED_MARK && simulated) return () => true;
  const unit = type.columns[name]?.time;
  if (unit === undefined || time !== 'iso') return (row) => readCell(type, row, name);
  const unitMs = unit === 'seconds' ? 1_000 : 1;
  return (row) => {
    const value = readCell(type, row, name);
    return typeof value === 'number' ? formatIstTime(value * unitMs) : value;
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
