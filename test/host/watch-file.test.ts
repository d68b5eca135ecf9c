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

/**
 * Makes a change and has the watch look until it has noticed. Looks are made by the file system, not by the clock: one that is under
 * way may see a file that is only half written, and calls once more.
 */
async function expectNotice(change: () => void): Promise<void> {
  const before = changes;
  change();
  await expect
    .poll(() => {
      clock.advance(500);
      return changes;
    })
    .toBeGreaterThan(before);
}

function begin(): void {
  watch = watchFile(file, clock, () => {
    changes++;
  });
}

describe('a file', () => {
  it('that comes, is written, is replaced and goes is noticed each time, also when its folder comes later', async () => {
    begin();
    await expectNotice(() => {
      mkdirSync(path.dirname(file));
      writeFileSync(file, 'one');
    });
    await expectNotice(() => writeFileSync(file, 'three'));
    await expectNotice(() => {
      writeFileSync(`${file}.new`, 'seven');
      renameSync(`${file}.new`, file);
    });
    await expectNotice(() => rmSync(path.dirname(file), { recursive: true }));
  });

  it('behind a link is noticed, too', async () => {
    mkdirSync(path.dirname(file));
    writeFileSync(path.join(folder, 'target'), 'one');
    symlinkSync(path.join(folder, 'target'), file);
    await expectNotice(begin);
    await expectNotice(() => writeFileSync(path.join(folder, 'target'), 'three'));
  });

  it('that is there already is a change: whoever watches it may have read an earlier one', async () => {
    mkdirSync(path.dirname(file));
    writeFileSync(file, 'one');
    await expectNotice(begin);
    clock.advance(5_000);
    expect(changes).toBe(1);
  });

  it('is not looked at after the end', async () => {
    mkdirSync(path.dirname(file));
    writeFileSync(file, 'one');
    await expectNotice(begin);
    watch.close();
    writeFileSync(file, 'three');
    clock.advance(5_000);
    expect([changes, clock.pending]).toEqual([1, 0]);
  });
});
