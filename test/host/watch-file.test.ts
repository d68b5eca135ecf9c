import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileWatch, watchFile } from '../../src/lib/host/watch-file.ts';
import { ManualClock } from '../support/manual-clock.ts';

let folder: string;
let file: string;
let clock: ManualClock;
let changes: number;
let watch: FileWatch;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-watch-'));
  file = path.join(folder, 'deep', 'token');
  clock = new ManualClock();
  changes = 0;
});
afterEach(() => {
  watch.close();
  expect(clock.pending).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

/** Looks at the file are made by the file system, not by the clock: the watch looks until it has seen this many changes. */
async function expectChanges(count: number): Promise<void> {
  await expect
    .poll(() => {
      clock.advance(500);
      return changes;
    })
    .toBe(count);
}

async function begin(): Promise<void> {
  watch = watchFile(file, clock, () => {
    changes++;
  });
  await watch.began;
}

describe('a file', () => {
  it('that comes, is written, is replaced and goes is noticed each time, also when its folder comes later', async () => {
    await begin();
    mkdirSync(path.dirname(file));
    writeFileSync(file, 'one');
    await expectChanges(1);
    writeFileSync(file, 'three');
    await expectChanges(2);
    writeFileSync(`${file}.new`, 'seven');
    renameSync(`${file}.new`, file);
    await expectChanges(3);
    rmSync(path.dirname(file), { recursive: true });
    await expectChanges(4);
  });

  it('behind a link is noticed, too', async () => {
    mkdirSync(path.dirname(file));
    writeFileSync(path.join(folder, 'target'), 'one');
    symlinkSync(path.join(folder, 'target'), file);
    await begin();
    writeFileSync(path.join(folder, 'target'), 'three');
    await expectChanges(1);
  });

  it('is not looked at after the end', async () => {
    await begin();
    watch.close();
    mkdirSync(path.dirname(file));
    writeFileSync(file, 'one');
    clock.advance(5_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(changes).toBe(0);
  });
});
