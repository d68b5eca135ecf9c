import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { identifySelf } from '../../../src/lib/host/process-identity.ts';
import { makeDirectory, START, Ticker } from '../writer/recording-fixture.ts';

/** Nothing ends these. */
export const NEVER = new AbortController().signal;
const FOLDER = 'date=2026-11-23/kind=symbol';
export const STEM = '20261123T091500-3f9a1c-0001';
/** Of this boot, where it can be told, and not running: process ids end at four million. */
export const DEAD = { ...identifySelf(), pid: 99_999_999 };

const ticker = new Ticker(0, 'NSE:SBIN-EQ');
export const ROWS = Array.from({ length: 6 }, (_, at) => {
  ticker.at(START + at * 100, 61_000 + at * 5);
  return ticker.row;
});
export const header = (writer: object): string =>
  `${JSON.stringify({ type: 'Header', schema: 1, kind: 'symbol', feed: 'x', simulated: false, started: START, run: '3f9a1c', number: 1, version: '0', writer, symbols: ['NSE:SBIN-EQ'] })}\n`;

export interface LeftBehind {
  readonly directory: string;
  readonly folder: string;
}

/** A recording whose program has ended before it could finish it. */
export function leave(data: Buffer, isGzip: boolean, meta = header(DEAD)): LeftBehind {
  const directory = makeDirectory();
  const folder = path.join(directory, FOLDER);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${STEM}.ndjson${isGzip ? '.gz' : ''}.part`), data);
  writeFileSync(path.join(folder, `${STEM}.meta.jsonl`), meta);
  return { directory, folder };
}

/** Two rows to a member. */
export const MEMBERS = [0, 2, 4].map((at) => gzipSync(ROWS.slice(at, at + 2).join(''), { level: 1 }));
export const PACKED = Buffer.concat(MEMBERS);
export const memberEnds = MEMBERS.map((_, at) => MEMBERS.slice(0, at + 1).reduce((sum, { length }) => sum + length, 0));
