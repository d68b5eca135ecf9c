import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import { KINDS, type Kind } from '../../src/lib/market/kinds.ts';
import { DEPTH_SLOTS, INDEX_SLOTS, SYMBOL_SLOTS } from '../../src/lib/market/slots.ts';
import { ByteBuffer } from '../../src/lib/output/rows/byte-buffer.ts';
import { createRowEncoder } from '../../src/lib/output/rows/row-encoder.ts';
import { makeTick } from '../support/make-tick.ts';

/** 23 November 2026, 10:00:00 IST. */
export const TEN = Date.parse('2026-11-23T10:00:00+05:30');

const VALUES: Record<Kind, (price: number) => Record<number, number>> = {
  symbol: (price) => ({
    [SYMBOL_SLOTS.ltp]: price,
    [SYMBOL_SLOTS.prevClose]: 61_000,
    [SYMBOL_SLOTS.volume]: price * 7,
    [SYMBOL_SLOTS.bid]: price - 5,
    [SYMBOL_SLOTS.exchangeTime]: Math.floor(TEN / 1_000),
  }),
  index: (price) => ({ [INDEX_SLOTS.ltp]: price, [INDEX_SLOTS.prevClose]: price + 100 }),
  depth: (price) => ({ [DEPTH_SLOTS.bidPrice]: price, [DEPTH_SLOTS.bidQuantity]: 12, [DEPTH_SLOTS.bidOrders]: 3 }),
  lite: (price) => ({ [SYMBOL_SLOTS.ltp]: price }),
};

/** A row as the program prints it, with its line end. @param price in hundredths */
export function makeRow(kind: Kind, symbol: string, receivedAt: number, price = 61_045, simulated = false): Buffer {
  const encoder = createRowEncoder({ format: 'ndjson', kinds: KINDS, time: 'epoch', simulated });
  const into = new ByteBuffer(4_096);
  encoder.encode(makeTick(0, kind, symbol, { values: VALUES[kind](price), receivedAt }), into);
  return Buffer.from(into.bytes.subarray(0, into.length));
}

/** Rows of one symbol, a step apart, each with a price of its own. */
export function makeRows(
  count: number,
  options: { kind?: Kind; symbol?: string; from?: number; stepMs?: number } = {},
): Buffer[] {
  const { kind = 'symbol', symbol = 'NSE:SBIN-EQ', from = TEN, stepMs = 100 } = options;
  return Array.from({ length: count }, (_, at) => makeRow(kind, symbol, from + at * stepMs, 60_000 + at));
}

/** A gzip file of one member for each group of rows. */
export function packMembers(groups: readonly (readonly Buffer[])[]): Buffer {
  return Buffer.concat(groups.map((rows) => gzipSync(Buffer.concat(rows), { level: 1 })));
}

/** An empty folder, gone after the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'recording-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
