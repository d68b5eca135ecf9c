import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { identifySelf } from '../../../../src/lib/host/process-identity.ts';
import { removeStaleWorkspaces, Workspace } from '../../../../src/lib/recording/compact/workspace/workspace.ts';

let out: string;
let day: string;
beforeEach(() => {
  out = mkdtempSync(path.join(tmpdir(), 'tickpipe-'));
  day = path.join(out, 'kind=symbol', 'date=2026-11-23');
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

/** What a program that was killed left behind. */
function leaveBehind(folder = day): string {
  const stale = path.join(folder, '.compact-1-b00000000-1');
  mkdirSync(stale, { recursive: true });
  writeFileSync(path.join(stale, 'run-1'), 'rows');
  return stale;
}

describe('a workspace', () => {
  test('goes with all that is in it, and with the folders that were made for it', async () => {
    const workspace = await Workspace.create(day);
    writeFileSync(workspace.file('run-1'), 'rows');
    expect(readdirSync(day)).toEqual([path.basename(workspace.folder)]);
    await workspace.remove();
    expect(readdirSync(out)).toEqual([]);
    await workspace.remove();
  });

  test('leaves a folder in which something else stands', async () => {
    const workspace = await Workspace.create(day);
    writeFileSync(path.join(day, 'ticks.parquet'), 'whole');
    await workspace.remove();
    expect(readdirSync(day)).toEqual(['ticks.parquet']);
  });
});

test('a workspace is never a folder that is there already, which may be a link to another place', async () => {
  const elsewhere = path.join(out, 'elsewhere');
  mkdirSync(elsewhere);
  mkdirSync(day, { recursive: true });
  const { pid, start, place } = identifySelf();
  symlinkSync(elsewhere, path.join(day, `.compact-${pid}-${start}-${place}`));
  await expect(Workspace.create(day)).rejects.toMatchObject({ code: 'EEXIST' });
});

describe('stale workspaces', () => {
  test('of programs that no longer run are removed', async () => {
    leaveBehind();
    const kept = path.join(out, 'kind=depth', 'date=2026-11-23');
    leaveBehind(kept);
    writeFileSync(path.join(kept, 'ticks.parquet'), 'whole');
    await removeStaleWorkspaces(out);
    expect(readdirSync(out)).toEqual(['kind=depth']);
    expect(readdirSync(kept)).toEqual(['ticks.parquet']);
  });

  test('but not those of a program that runs, nor what has another name', async () => {
    const { folder } = await Workspace.create(day);
    const foreign = ['.compact', '.compact-x-1', 'compact-1-1', '.compact-1-b0.0'].map((name) => path.join(day, name));
    for (const name of foreign) mkdirSync(name);
    await removeStaleWorkspaces(out);
    for (const name of [folder, ...foreign]) expect(existsSync(name)).toBe(true);
  });

  test('where there is no such folder are none', async () => {
    await removeStaleWorkspaces(path.join(out, 'missing'));
    expect(existsSync(path.join(out, 'missing'))).toBe(false);
  });
});
