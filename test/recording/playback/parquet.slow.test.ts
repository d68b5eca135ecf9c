import { cpSync, existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { KINDS, type Kind } from '../../../src/lib/market/kinds.ts';
import { compactRecordings } from '../../../src/lib/recording/compact/compact.ts';
import { indexRecordings } from '../../../src/lib/recording/playback/recording-index.ts';
import { seededRandom } from '../../support/random.ts';
import { makeFolder, makeRow, makeRows, TEN } from '../made-rows.ts';
import { openFeed, playAll, textOf } from './played-feed.ts';
import { writeRecording } from './recordings.ts';

const HOUR = 3_600_000;
const WORDS = 'it is not a whole Parquet file that compact of this version made';
const DATE = '2026-11-23';

async function compact(root: string, options: { out?: string; deleteSources?: boolean } = {}): Promise<string> {
  const { out = path.join(root, 'parquet'), deleteSources = true } = options;
  const work = compactRecordings(root, {
    out,
    force: false,
    deleteSources,
    signal: new AbortController().signal,
    warn: (message) => expect.fail(message),
    unchanged: (file) => expect.fail(file),
  });
  for await (const _ of work);
  return out;
}

const ticksOf = (out: string, kind = 'symbol'): string =>
  path.join(out, `kind=${kind}`, `date=${DATE}`, 'ticks.parquet');
const gapsOf = (out: string, kind = 'symbol'): string =>
  path.join(out, 'gaps', `kind=${kind}`, `date=${DATE}`, 'gaps.parquet');

/** Two runs of several files each, in all kinds, with symbols and times at random, and notes of every type. */
function recordTwoRuns(root: string): void {
  const random = seededRandom(7);
  for (const kind of KINDS) {
    for (const run of ['0a1b2c', '3f9a1c']) {
      let at = TEN + Math.floor(random() * 5_000);
      for (const number of [1, 2, 3]) {
        const startsAt = at;
        const rows = Array.from({ length: 60 }, () => {
          // Now and then the clock was set back.
          at += random() < 0.02 ? -40 : Math.floor(random() * 30);
          const symbol = kind === 'index' ? 'NSE:NIFTY50-INDEX' : `NSE:S${Math.floor(random() * 12)}-EQ`;
          return makeRow(kind, symbol, at, 50_000 + Math.floor(random() * 9_999));
        });
        const gap = {
          type: 'Gap',
          from: startsAt + 50,
          to: startsAt + 250,
          reason: 'disconnected',
          symbols: ['NSE:S1-EQ', `NSE:${run.toUpperCase()}-EQ`],
        };
        writeRecording(root, {
          kind,
          run,
          number,
          startsAt,
          lines: [rows.slice(0, 20), rows.slice(20)],
          notes: [
            makeRow(kind, 'NSE:BEFORE-EQ', startsAt - 1_000),
            gap,
            { type: 'Skipped', rows: 12, at: startsAt + 300 },
            { type: 'Changed', at: startsAt + 400, added: ['NSE:LATE-EQ'], dropped: [] },
          ],
        });
        at += HOUR / 60;
      }
    }
  }
}

describe('what compact made of recordings', () => {
  test('is played as the recordings were: rows, their order, gaps, losses, last known rows, symbols', async () => {
    const root = makeFolder();
    recordTwoRuns(root);
    const copy = path.join(makeFolder(), 'ticks');
    cpSync(root, copy, { recursive: true });
    await compact(copy);
    expect(existsSync(path.join(copy, `date=${DATE}`))).toBe(false);
    for (const emitsKnown of [false, true]) {
      const [recorded, compacted] = [await playAll(root, { emitsKnown }), await playAll(copy, { emitsKnown })];
      expect(recorded.rows.length).toBeGreaterThanOrEqual(1_440);
      expect(compacted.text === recorded.text).toBe(true);
      expect(compacted.gaps).toEqual(recorded.gaps);
      expect(compacted.gaps.length).toBeGreaterThan(0);
      expect(compacted.skippedRows).toBe(recorded.skippedRows);
      expect(compacted.warnings).toEqual([]);
      expect(await compacted.end).toBe('ended');
    }
    const [before, after] = [await indexRecordings([root]), await indexRecordings([copy])];
    expect(after.listed).toEqual(before.listed);
    expect(after.kinds).toEqual(before.kinds);
    expect(after.isOpen).toBe(false);
  });

  test('is played alone, each kind of it', async () => {
    const root = makeFolder();
    recordTwoRuns(root);
    const recorded = new Map<Kind, string>();
    for (const kind of KINDS) {
      recorded.set(kind, (await playAll(path.join(root, `date=${DATE}`, `kind=${kind}`))).text);
    }
    const out = await compact(root);
    for (const [kind, expected] of recorded) {
      expect((await playAll(ticksOf(out, kind))).text, kind).toBe(expected);
      expect((await playAll(path.join(out, '**', '*.parquet'), { types: [kind] })).text, kind).toBe(expected);
    }
  });

  test('is played again and again', async () => {
    const root = makeFolder();
    const rows = makeRows(3);
    writeRecording(root, { lines: [rows] });
    await compact(root);
    const { feed, listener } = await openFeed(root, { loop: true });
    const three = new Promise<void>((resolve) => {
      listener.onRow = () => listener.rows.length === 9 && resolve();
    });
    await feed.subscribe([]);
    await three;
    await feed.close();
    expect(listener.text.startsWith(textOf([...rows, ...rows, ...rows]))).toBe(true);
  });

  test('is marked as simulated where the recordings were', async () => {
    const root = makeFolder();
    const rows = [makeRow('lite', 'NSE:A-EQ', TEN, 100, true)];
    writeRecording(root, { kind: 'lite', lines: [rows], header: { simulated: true } });
    await compact(root);
    expect((await indexRecordings([root])).simulated).toBe(true);
    expect((await playAll(root)).text).toBe(textOf(rows));
  });

  test('of recordings without a meta file has their rows, of anything', async () => {
    const root = makeFolder();
    const rows = makeRows(20);
    const file = writeRecording(root, { lines: [rows] });
    rmSync(file.replace('.ndjson.gz', '.meta.jsonl'));
    await compact(root);
    expect((await playAll(root)).text).toBe(textOf(rows));
    expect((await indexRecordings([root])).isOpen).toBe(true);
  });
});

describe('a tree of both', () => {
  test('has each row once, whether its recording was deleted or not', async () => {
    const root = makeFolder();
    recordTwoRuns(root);
    const expected = (await playAll(root)).text;
    await compact(root, { deleteSources: false });
    expect((await playAll(root)).text === expected).toBe(true);
    for (const run of ['0a1b2c', '3f9a1c']) {
      const folder = path.join(root, `date=${DATE}`, 'kind=symbol');
      rmSync(path.join(folder, `20261123T100000-${run}-0001.ndjson.gz`), { force: true });
    }
    expect((await playAll(root)).text === expected).toBe(true);
  });

  test('of days that were compacted and others goes on from one to the next', async () => {
    const root = makeFolder();
    const first = makeRows(30);
    const next = makeRows(30, { from: TEN + 24 * HOUR });
    writeRecording(root, { lines: [first] });
    await compact(root);
    writeRecording(root, { lines: [next], startsAt: TEN + 24 * HOUR, number: 2 });
    expect((await playAll(root)).text).toBe(textOf([...first, ...next]));
  });

  test('of two copies of an output has each row once', async () => {
    const root = makeFolder();
    const rows = makeRows(30);
    writeRecording(root, { lines: [rows] });
    const out = await compact(root);
    cpSync(out, path.join(root, 'copy'), { recursive: true });
    expect((await playAll(root)).text).toBe(textOf(rows));
  });
});

describe('a compacted file that is damaged', () => {
  async function damage(change: (ticks: string, gaps: string) => void) {
    const root = makeFolder();
    const other = makeRows(10, { kind: 'lite' });
    writeRecording(root, { lines: [makeRows(300)] });
    writeRecording(root, { kind: 'lite', lines: [other] });
    const out = await compact(root);
    change(ticksOf(out), gapsOf(out));
    const all = await playAll(root);
    const alone = await playAll(ticksOf(out));
    return { all, alone, other: textOf(other), file: ticksOf(out) };
  }

  test.each([
    ['cut in the middle', (file: string) => truncateSync(file, 400), WORDS],
    ['empty', (file: string) => writeFileSync(file, ''), WORDS],
    ['no Parquet at all', (file: string) => writeFileSync(file, 'a,b\n1,2\n'), WORDS],
    ['the table of gaps', (file: string, gaps: string) => cpSync(gaps, file), 'it cannot be read'],
  ])('by being %s is named, the rest is played, and the status is 8', async (_, change, words) => {
    const { all, alone, other, file } = await damage(change);
    expect(all.text).toBe(other);
    expect(all.warnings).toEqual([`${file}: ${words}`]);
    expect(await all.end).toMatchObject({ code: 'RECORDING_CORRUPT', exit: 8 });
    expect(await alone.end).toMatchObject({ code: 'RECORDING_CORRUPT', exit: 8 });
  });

  test('in any byte gives no wrong row', async () => {
    const root = makeFolder();
    const rows = makeRows(300);
    writeRecording(root, { lines: [rows] });
    const file = ticksOf(await compact(root));
    const whole = readFileSync(file);
    const random = seededRandom(3);
    for (let round = 0; round < 60; round++) {
      const bytes = Buffer.from(whole);
      const at = Math.floor(random() * whole.length);
      bytes.writeUInt8((whole[at] as number) ^ (1 << Math.floor(random() * 8)), at);
      writeFileSync(file, bytes);
      const played = await playAll(file);
      expect(played.text).toBe('');
      expect(played.warnings).toEqual([`${file}: ${WORDS}`]);
      expect(await played.end).toMatchObject({ code: 'RECORDING_CORRUPT', exit: 8 });
    }
  });

  test('whose gaps are not there is played, and that they are missing is said', async () => {
    const { all, file } = await damage((_, gaps) => renameSync(gaps, `${gaps}.away`));
    expect(all.rows).toHaveLength(310);
    expect(all.warnings).toEqual([expect.stringContaining(`${file}: what was noted while it was recorded`)]);
    expect(await all.end).toMatchObject({ code: 'RECORDING_CORRUPT' });
  });

  test('beside the recordings that it was made of is not needed', async () => {
    const root = makeFolder();
    const rows = makeRows(30);
    writeRecording(root, { lines: [rows] });
    const out = await compact(root, { deleteSources: false });
    truncateSync(ticksOf(out), 100);
    const played = await playAll(root);
    expect(played.text).toBe(textOf(rows));
    expect(await played.end).toMatchObject({ code: 'RECORDING_CORRUPT' });
  });
});
