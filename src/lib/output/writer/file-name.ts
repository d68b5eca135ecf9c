import path from 'node:path';
import { DAY_MS, IST_OFFSET_MS, WEEKDAY_NAMES } from '../../clock/ist.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { Format } from '../rows/encoder.ts';

const FORMAT_BY_SUFFIX: Readonly<Record<string, Format>> = {
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.csv': 'csv',
};
const COMPRESSED: Readonly<Record<string, string>> = {
  '.gz': 'gzip',
  '.zst': 'zstd',
  '.bz2': 'bzip2',
  '.xz': 'xz',
  '.lz4': 'lz4',
};

/** The format that a file's suffix means. Throws `USAGE` for a suffix that means none. */
export function formatOfFile(file: string): Format {
  const suffix = path.extname(file).toLowerCase();
  const format = FORMAT_BY_SUFFIX[suffix];
  if (format !== undefined) return format;
  throw new TickpipeError('USAGE', `--output: the suffix of ${JSON.stringify(file)} says no format`, {
    hint:
      suffix === '.json'
        ? 'rows are one JSON object a line: end the name in .ndjson or .jsonl, or give --format ndjson'
        : 'end the name in .ndjson, .jsonl or .csv, or give --format',
  });
}

/** Throws `USAGE` for a suffix that promises what no format is, whatever `--format` says. */
export function checkSuffix(file: string): void {
  const suffix = path.extname(file).toLowerCase();
  const program = COMPRESSED[suffix];
  const quoted = JSON.stringify(file);
  if (program !== undefined) {
    throw new TickpipeError('USAGE', `--output: ${quoted} would not be compressed`, {
      hint: `leave --output out and add | ${program} > ${path.basename(file)}; tickpipe record compresses by itself`,
    });
  }
  if (suffix === '.parquet') {
    throw new TickpipeError('USAGE', `--output: ${quoted} would be no Parquet file`, {
      hint: 'tickpipe record keeps the ticks, then tickpipe compact makes Parquet of them',
    });
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** What each field of strftime becomes. The date's UTC parts are the time in India. */
const FIELDS: Readonly<Record<string, (ist: Date, epochMs: number) => string>> = {
  '%': () => '%',
  F: (ist) => ist.toISOString().slice(0, 10),
  T: (ist) => ist.toISOString().slice(11, 19),
  R: (ist) => ist.toISOString().slice(11, 16),
  Y: (ist) => ist.toISOString().slice(0, 4),
  y: (ist) => ist.toISOString().slice(2, 4),
  m: (ist) => ist.toISOString().slice(5, 7),
  d: (ist) => ist.toISOString().slice(8, 10),
  H: (ist) => ist.toISOString().slice(11, 13),
  M: (ist) => ist.toISOString().slice(14, 16),
  S: (ist) => ist.toISOString().slice(17, 19),
  j: (ist) => String(Math.floor((ist.getTime() - Date.UTC(ist.getUTCFullYear())) / DAY_MS) + 1).padStart(3, '0'),
  a: (ist) => WEEKDAY_NAMES[ist.getUTCDay()] as string,
  b: (ist) => MONTHS[ist.getUTCMonth()] as string,
  s: (_, epochMs) => String(Math.floor(epochMs / 1_000)),
};

/**
 * Fills in the strftime fields of a file's name by the time in India. Throws `USAGE` for a field that there is not.
 * @param epochMs epoch milliseconds
 */
export function fillFileName(name: string, epochMs: number): string {
  const ist = new Date(epochMs + IST_OFFSET_MS);
  return name.replace(/%(.)?/gsu, (field, letter: string | undefined) => {
    const fill = letter === undefined ? undefined : FIELDS[letter];
    if (fill) return fill(ist, epochMs);
    const known = Object.keys(FIELDS).map((key) => `%${key}`);
    throw new TickpipeError('USAGE', `--output: ${field} in ${JSON.stringify(name)} is no field of a date or time`, {
      hint: `write %% for a percent sign; there are ${known.join(' ')}`,
    });
  });
}
