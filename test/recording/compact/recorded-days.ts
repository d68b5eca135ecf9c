import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { COLUMNS } from '../../../src/lib/market/columns.ts';
import { type Kind, ROW_TYPES } from '../../../src/lib/market/kinds.ts';
import { formatDataName, META_SUFFIX, parseName } from '../../../src/lib/recording/layout.ts';

export const DATE = '2026-11-23';
/** 09:15 in India. */
export const OPEN_MS = Date.UTC(2026, 10, 23, 3, 45);
export const STEM = '20261123T091500-3f9a1c-0001';

export type Values = Readonly<Record<string, unknown>>;

/** A row of the contract, keys in order: `values` by column name, what they leave out is null. */
export function makeRow(kind: Kind, values: Values): Values {
  const row: Record<string, unknown> = {};
  for (const { name, place } of COLUMNS[kind]) {
    const value = name === 'type' ? ROW_TYPES[kind] : (values[name] ?? null);
    if (place === undefined) row[name] = value;
    else {
      row[place.side] ??= [];
      const levels = row[place.side] as Record<string, unknown>[];
      levels[place.level] ??= {};
      (levels[place.level] as Record<string, unknown>)[place.key] = value;
    }
  }
  if (values['simulated']) row['simulated'] = true;
  return row;
}

export function lineOf(row: Values): string {
  return `${JSON.stringify(row)}\n`;
}

/** Row `number` of a made-up day: each column another value, now and then one that is null. */
export function madeUpRow(kind: Kind, number: number, symbols = 5): Values {
  const values: Record<string, unknown> = {};
  COLUMNS[kind].forEach(({ name, from }, at) => {
    const seed = number * 31 + at * 7;
    if (seed % 11 === 0) return;
    values[name] =
      from === 'seconds' ? OPEN_MS / 1000 + seed : from === 'integer' ? seed * 1000 : (seed % 10_007) / 100;
  });
  values['symbol'] = `NSE:SIM${(number * 7) % symbols}-EQ`;
  values['received_at'] = OPEN_MS + ((number * 13) % 1000);
  return makeRow(kind, values);
}

export interface Recorded {
  readonly kind?: Kind | 'raw';
  readonly date?: string;
  /** Of the data file, or its stem. */
  readonly name?: string;
  /** Each a member of a gzip file. */
  readonly members: readonly string[];
  readonly meta?: readonly Values[];
}

/** Writes a recording as the recorder leaves it. Returns the data file. */
export function writeRecording(
  root: string,
  { kind = 'symbol', date = DATE, name = STEM, members, meta }: Recorded,
): string {
  const folder = path.join(root, `date=${date}`, `kind=${kind}`);
  mkdirSync(folder, { recursive: true });
  const full = parseName(name) ? name : formatDataName(name, kind, true);
  const file = path.join(folder, full);
  const data = members.map((text) => (/\.gz(\.part)?$/.test(full) ? gzipSync(text) : Buffer.from(text)));
  writeFileSync(file, Buffer.concat(data));
  if (meta) {
    const stem = parseName(full)?.stem ?? full;
    writeFileSync(path.join(folder, `${stem}${META_SUFFIX}`), meta.map(lineOf).join(''));
  }
  return file;
}
