import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  formatDataName,
  formatFolder,
  formatStem,
  META_SUFFIX,
  type RecordedKind,
} from '../../../src/lib/recording/layout.ts';
import type { Footer, Header } from '../../../src/lib/recording/meta.ts';
import { packMembers, TEN } from '../made-rows.ts';

export interface MadeRecording {
  readonly kind?: RecordedKind;
  readonly run?: string;
  readonly number?: number;
  /** Groups of lines: a gzip member each. */
  readonly lines: readonly (readonly Buffer[])[];
  readonly startsAt?: number;
  readonly isGzip?: boolean;
  readonly header?: Partial<Header> | Record<string, unknown> | undefined;
  /** Further lines of the meta file. */
  readonly notes?: readonly (object | Buffer)[];
  /** `none` for a file that was not finished. */
  readonly footer?: Partial<Footer> | 'none';
}

/** Writes a recording as `record` does. Returns its data file. */
export function writeRecording(root: string, made: MadeRecording): string {
  const { kind = 'symbol', run = '0a1b2c', number = 1, lines, startsAt = TEN, isGzip = true } = made;
  const folder = path.join(root, formatFolder(kind, startsAt));
  const stem = formatStem(startsAt, run, number);
  const rows = lines.flat();
  const header = {
    type: 'Header',
    schema: 1,
    kind,
    feed: 'a test',
    simulated: false,
    started: startsAt,
    run,
    number,
    version: '0.0.0',
    writer: { pid: 999_999_999, start: 'gone-1' },
    symbols: kind === 'raw' ? [] : symbolsIn(rows),
    ...made.header,
  };
  const footer = {
    type: 'Footer',
    ended: startsAt,
    rows: rows.length,
    reason: 'stopped',
    ...(made.footer === 'none' ? {} : made.footer),
  };
  const meta = [header, ...(made.notes ?? []), ...(made.footer === 'none' ? [] : [footer])];
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, formatDataName(stem, kind, isGzip));
  writeFileSync(file, isGzip ? packMembers(lines) : Buffer.concat(rows));
  writeFileSync(
    path.join(folder, `${stem}${META_SUFFIX}`),
    meta.map((line) => (Buffer.isBuffer(line) ? line.toString() : `${JSON.stringify(line)}\n`)).join(''),
  );
  return file;
}

function symbolsIn(rows: readonly Buffer[]): string[] {
  const symbols = rows.map((row) => /"symbol":"([^"]*)"/.exec(row.toString('latin1'))?.[1]);
  return [...new Set(symbols.filter((symbol): symbol is string => symbol !== undefined))];
}
