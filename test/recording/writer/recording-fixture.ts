import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import type { Kind } from '../../../src/lib/market/kinds.ts';
import { toRow } from '../../../src/lib/market/row.ts';
import { LTP_SLOT } from '../../../src/lib/market/slots.ts';
import type { RowRecordingOptions } from '../../../src/lib/recording/writer/row-recording.ts';
import { FakeTick } from '../../output/rows/fake-rows.ts';
import { ManualClock } from '../../support/manual-clock.ts';

export const RUN = '3f9a1c';
export const START = Date.parse('2026-11-23T09:15:00+05:30');

export function makeDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'tickpipe-recording-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export function optionsOf(
  options: Partial<RowRecordingOptions> = {},
): RowRecordingOptions & { readonly clock: ManualClock } {
  return {
    directory: makeDirectory(),
    isGzip: true,
    rotateMs: 3_600_000,
    maxBytes: 256_000_000,
    run: RUN,
    startedAtMs: START,
    feed: { name: 'a feed of the test', simulated: false },
    version: '0.0.0',
    ...options,
    clock: (options.clock as ManualClock | undefined) ?? new ManualClock(START),
  };
}

/** Files below the directory with what they hold; gzip files as their lines. */
export function readTree(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => /\.(gz|ndjson|jsonl|part)$/.test(name)).sort();
  return Object.fromEntries(
    files.map((name) => {
      const bytes = readFileSync(path.join(directory, name));
      return [name, (name.includes('.gz') ? gunzipSync(bytes) : bytes).toString()];
    }),
  );
}

/** One symbol's ticks: each `at` is a row, whose bytes it returns. */
export class Ticker {
  readonly tick: FakeTick;

  constructor(id: number, symbol: string, kind: Kind = 'symbol') {
    this.tick = new FakeTick(id, symbol, kind);
  }

  at(receivedAt: number, ltp: number): FakeTick {
    this.tick.state.receivedAt = receivedAt;
    return this.tick.set({ [LTP_SLOT]: ltp });
  }

  get row(): string {
    return `${JSON.stringify(toRow(this.tick, { simulated: false, time: 'epoch' }))}\n`;
  }
}
