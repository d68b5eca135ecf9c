import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { findRecordings } from '../../../src/lib/recording/reader/find-recordings.ts';
import { makeFolder } from '../made-rows.ts';

const DAY = 'date=2026-11-23/kind=symbol';
const STEM = '20261123T091500-0a1b2c-0001';

function makeTree(...files: string[]): string {
  const root = makeFolder();
  for (const file of files) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), '');
  }
  return root;
}

async function namesIn(root: string, ...paths: string[]): Promise<string[]> {
  const found = await findRecordings(paths.map((one) => path.join(root, one)));
  return found.map(({ file }) => path.relative(root, file));
}

describe('what is found', () => {
  test('below a folder is data files only, sorted', async () => {
    const data = [
      `${DAY}/${STEM}.ndjson.gz`,
      `${DAY}/20261123T101500-0a1b2c-0002.ndjson`,
      `${DAY}/20261123T111500-0a1b2c-0003.ndjson.gz.part`,
      'date=2026-11-23/kind=raw/20261123T091500-0a1b2c-0001.raw.jsonl.gz',
      'mine.ndjson',
    ];
    const others = [`${DAY}/${STEM}.meta.jsonl`, 'notes.txt', '.hidden.ndjson', '.git/a.ndjson', 'data.parquet'];
    const root = makeTree(...data, ...others);
    expect(await namesIn(root, '.')).toEqual([...data].sort());
    expect(await namesIn(root, 'date=2026-11-23/*')).toEqual(data.slice(0, 4).sort());
    expect(await namesIn(root, '*')).toEqual([...data].sort());
  });

  test('is described by its name', async () => {
    const root = makeTree(`${DAY}/${STEM}.ndjson.gz`, 'a.raw.jsonl', 'b.ndjson');
    const [mine, raw, own] = await findRecordings([root].map((one) => path.join(one, '**', '*')));
    expect(mine).toMatchObject({ isRaw: true, name: undefined, metaFile: undefined });
    expect(raw).toMatchObject({ isRaw: false, name: undefined });
    expect(own).toMatchObject({ isRaw: false, name: { run: '0a1b2c', number: 1 } });
    expect(own?.metaFile).toBe(path.join(root, DAY, `${STEM}.meta.jsonl`));
  });

  test('twice is taken once', async () => {
    const root = makeTree('a.ndjson');
    symlinkSync(path.join(root, 'a.ndjson'), path.join(root, 'b.ndjson'));
    expect(await namesIn(root, 'a.ndjson', '.', '*.ndjson')).toEqual(['a.ndjson']);
  });

  test('by its own name is taken whatever that is, also where it looks like a pattern', async () => {
    const root = makeTree('ticks', 'a[1].ndjson');
    expect(await namesIn(root, 'ticks', 'a[1].ndjson')).toEqual(['a[1].ndjson', 'ticks']);
  });
});

describe('what is not found', () => {
  test.each(['nothing', 'nothing/at/all', '*.gz', 'a.ndjson/b'])('%s', async (name) => {
    const root = makeTree('a.ndjson');
    await expect(namesIn(root, name)).rejects.toMatchObject({ code: 'INPUT_MISSING' });
  });

  test('a folder without data, and a meta file alone', async () => {
    const root = makeTree(`${DAY}/${STEM}.meta.jsonl`, 'notes.txt');
    await expect(namesIn(root, '.')).rejects.toMatchObject({ code: 'RECORDING_EMPTY' });
    await expect(namesIn(root, `${DAY}/${STEM}.meta.jsonl`)).rejects.toMatchObject({ code: 'RECORDING_EMPTY' });
  });

  test('a pipe, which would be waited for', async () => {
    const root = makeTree('a.ndjson');
    execFileSync('mkfifo', [path.join(root, 'pipe.ndjson')]);
    await expect(namesIn(root, 'pipe.ndjson')).rejects.toMatchObject({ code: 'INPUT_MISSING' });
    expect(await namesIn(root, '.')).toEqual(['a.ndjson']);
  });
});
