import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import type { Kind } from '../../../src/lib/market/kinds.ts';
import { compactRecordings } from '../../../src/lib/recording/compact/compact.ts';
import type { CompactedSet } from '../../../src/lib/recording/compact/compact-set.ts';
import { declareRow } from '../../../src/lib/recording/recorded-rows.ts';
import { recoverRecordings } from '../../../src/lib/recording/recovery/recover-recordings.ts';
import { makeFolder, makeRow, TEN } from '../made-rows.ts';
import { playAll, textOf } from './played-feed.ts';
import { writeRecording } from './recordings.ts';

/** What is done to the rows, and to the declaration, of a recording of this version. */
type Change = (row: Record<string, unknown>, isDeclaration: boolean) => void;

const without =
  (...names: string[]): Change =>
  (row) => {
    for (const name of names) delete row[name];
  };

function change(row: Buffer, how: Change): Buffer {
  const object = JSON.parse(row.toString()) as Record<string, unknown>;
  how(object, false);
  return Buffer.from(`${JSON.stringify(object)}\n`);
}

function declare(kind: Kind, how: Change): Record<string, unknown> {
  const row = structuredClone(declareRow(kind)) as Record<string, unknown>;
  how(row, true);
  return row;
}

/** The row as it is read: null where the recording has nothing. */
function withNulls(row: Buffer, ...names: string[]): Buffer {
  return names.reduce(
    (text, name) => Buffer.from(text.toString().replace(new RegExp(`"${name}":[^,}]+`), `"${name}":null`)),
    row,
  );
}

const rowsOf = (kind: Kind, simulated = false): Buffer[] =>
  Array.from({ length: 50 }, (_, at) => makeRow(kind, `NSE:S${at % 3}-EQ`, TEN + at * 10, 60_000 + at, simulated));

/** Plays a recording that another version has made of these rows. */
async function play(rows: readonly Buffer[], how: Change, kind: Kind = 'symbol') {
  const root = makeFolder();
  const lines = rows.map((row) => change(row, how));
  const simulated = rows[0]?.includes('simulated') ?? false;
  writeRecording(root, { kind, lines: [lines], header: { row: declare(kind, how), version: '9.9.9', simulated } });
  return { root, lines, listener: await playAll(root) };
}

describe('a recording of a version with other columns', () => {
  test.each([true, false])(
    'is played with null in the columns that it does not have (simulated: %s)',
    async (simulated) => {
      const rows = rowsOf('symbol', simulated);
      const { listener } = await play(rows, without('oi', 'volume', 'bid'));
      expect(await listener.end).toBe('ended');
      expect(listener.text).toBe(textOf(rows.map((row) => withNulls(row, 'oi', 'volume', 'bid'))));
      expect(listener.warnings).toEqual([]);
    },
  );

  test('is played without the columns that this version does not know, and says so', async () => {
    const rows = rowsOf('index');
    const { listener } = await play(
      rows,
      (row, isDeclaration) => {
        row['vwap'] = isDeclaration ? 'price' : 610.25;
        row['trades'] = isDeclaration ? { count: 'integer' } : { count: null };
        delete row['year_low'];
      },
      'index',
    );
    expect(await listener.end).toBe('ended');
    expect(listener.text).toBe(textOf(rows.map((row) => withNulls(row, 'year_low'))));
    expect(listener.warnings).toEqual(['columns of a later version are left out: vwap, trades']);
  });

  test('may have its columns in another order, and a book of fewer levels', async () => {
    const rows = rowsOf('depth');
    const { listener } = await play(
      rows,
      (row) => {
        const { bid, ask, ...rest } = row as { bid: unknown[]; ask: unknown[] };
        for (const name of Object.keys(row)) if (name !== 'type') delete row[name];
        Object.assign(row, rest, { ask: ask.slice(0, 2), bid: bid.slice(0, 2) });
      },
      'depth',
    );
    expect(await listener.end).toBe('ended');
    // The levels behind the second of these rows are null anyhow.
    expect(listener.text).toBe(textOf(rows));
  });

  test('is still checked byte by byte: what is not as it was declared is damage', async () => {
    const root = makeFolder();
    const how = without('oi');
    const [first, second, third, fourth] = rowsOf('symbol') as [Buffer, Buffer, Buffer, Buffer];
    const lines = [change(first, how), second, change(third, without('oi', 'volume')), change(fourth, how)];
    writeRecording(root, { lines: [lines], header: { row: declare('symbol', how) } });
    const listener = await playAll(root);
    expect(listener.text).toBe(textOf([first, fourth].map((row) => withNulls(row, 'oi'))));
    expect(listener.warnings).toEqual([
      expect.stringMatching(/bytes at unpacked offset \d+ lost: not a whole row/),
      expect.stringContaining('2 of 4 rows are missing'),
    ]);
  });

  test('gives the last known rows of its meta file with null, too', async () => {
    const root = makeFolder();
    const how = without('oi');
    const known = makeRow('symbol', 'NSE:KNOWN-EQ', TEN - 5_000);
    const rows = rowsOf('symbol');
    const header = { row: declare('symbol', how), symbols: ['NSE:KNOWN-EQ'] };
    writeRecording(root, { lines: [rows.map((row) => change(row, how))], header, notes: [change(known, how)] });
    const { readMeta } = await import('../../../src/lib/recording/reader/recording-meta.ts');
    const folder = path.join(root, 'date=2026-11-23/kind=symbol');
    const metaFile = readdirSync(folder).find((name) => name.endsWith('.meta.jsonl')) as string;
    expect((await readMeta(path.join(folder, metaFile)))?.lastRows).toEqual([withNulls(known, 'oi')]);
  });

  test('is merged with one of this version', async () => {
    const root = makeFolder();
    const rows = rowsOf('symbol');
    const how = without('avg_price');
    const old = rows.filter((_, at) => at % 2 === 0);
    const lines = old.map((row) => change(row, how));
    writeRecording(root, { lines: [lines], run: '000001', header: { row: declare('symbol', how) } });
    writeRecording(root, { lines: [rows.filter((_, at) => at % 2 === 1)], run: '000002' });
    expect((await playAll(root)).text).toBe(
      textOf(rows.map((row, at) => (at % 2 === 0 ? withNulls(row, 'avg_price') : row))),
    );
  });

  test.each([
    [
      'a column whose form it does not know',
      { note: 'text' },
      'the column note has values of a form that this version does not know',
    ],
    ['a known column of another form', { volume: 'price' }, 'the column volume has values of another form'],
  ])('is refused by name with %s', async (_, columns, why) => {
    const root = makeFolder();
    const row = { ...declareRow('symbol'), ...columns };
    writeRecording(root, { lines: [rowsOf('symbol')], header: { row, version: '9.9.9' } });
    const refused = (await playAll(root).catch((error) => error)) as TickpipeError;
    expect(refused.code).toBe('RECORDING_UNSUPPORTED');
    expect(refused.message).toContain(`cannot be read: tickpipe 9.9.9 has made it, and ${why}`);
  });

  test('is finished after a kill with all its whole rows', async () => {
    const root = makeFolder();
    const how = without('oi');
    const lines = rowsOf('symbol').map((row) => change(row, how));
    const header = { row: declare('symbol', how) };
    const file = writeRecording(root, { lines: [lines], isGzip: false, footer: 'none', header });
    const part = `${file}.part`;
    const { renameSync, utimesSync } = await import('node:fs');
    renameSync(file, part);
    writeFileSync(part, `${readFileSync(part, 'latin1')}{"type":"Symb`);
    utimesSync(part, 1, 1);
    await recoverRecordings(root, Date.now(), new AbortController().signal);
    expect(existsSync(part)).toBe(false);
    expect(readFileSync(file, 'latin1')).toBe(textOf(lines));
  });

  describe('made into Parquet', () => {
    async function compact(root: string, warnings: string[]) {
      const options = {
        out: path.join(root, 'parquet'),
        force: false,
        deleteSources: true,
        signal: new AbortController().signal,
        warn: (message: string) => warnings.push(message.replaceAll(root, 'DIR')),
        unchanged: () => {},
      };
      const made: CompactedSet[] = [];
      for await (const set of compactRecordings(root, options)) made.push(set);
      return made;
    }

    test('has null in the columns that it does not have, and plays as before', async () => {
      const rows = rowsOf('symbol');
      const { root, listener } = await play(rows, without('oi', 'volume'));
      const warnings: string[] = [];
      expect(await compact(root, warnings)).toMatchObject([{ rows: rows.length, isDamaged: false, deleted: 1 }]);
      expect(warnings).toEqual([]);
      expect((await playAll(path.join(root, 'parquet'))).text).toBe(listener.text);
    });

    test('loses columns that this version does not know: the recording stays', async () => {
      const rows = rowsOf('lite');
      const { root, listener } = await play(
        rows,
        (row, isDeclaration) => (row['vwap'] = isDeclaration ? 'price' : 5),
        'lite',
      );
      const warnings: string[] = [];
      const recording = readdirSync(path.join(root, 'date=2026-11-23/kind=lite'));
      await expect(compact(root, warnings)).rejects.toMatchObject({ code: 'RECORDING_CORRUPT' });
      expect(readdirSync(path.join(root, 'date=2026-11-23/kind=lite'))).toEqual(recording);
      expect(warnings).toEqual([expect.stringContaining('columns of a later version are left out: vwap')]);
      expect((await playAll(path.join(root, 'parquet'))).text).toBe(listener.text);
    });
  });
});
