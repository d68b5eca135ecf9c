import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isAnothersDirectory, recordingFailed } from '../../src/lib/recording/directory.ts';

const SOMEBODY = 65_534;
const me = process.geteuid?.() ?? 0;
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'tickpipe-ticks-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true, force: true });
});

const notAllowed = (place: string): Error => Object.assign(new Error('no'), { code: 'EACCES', path: place });

describe('recordings of another user', () => {
  it('fail with the command that makes them the user’s own', () => {
    const folder = path.join(directory, 'date=2026-11-23');
    mkdirSync(folder);
    vi.spyOn(process, 'geteuid').mockReturnValue(me + 1);
    const file = path.join(folder, 'kind=symbol', 'x.part');
    const error = recordingFailed(directory, file, notAllowed(path.dirname(file)));
    expect(error.code).toBe('OUTPUT_FAILED');
    expect(error.message).toBe(`cannot write ${file}: permission denied; it belongs to another user`);
    expect(error.hint).toContain(`sudo chown -R "$USER" ${directory} `);
  });

  it('fail as any other file where the user owns the place, or the folder around is another user’s', () => {
    expect(recordingFailed(directory, directory, notAllowed(directory)).hint).not.toContain('chown');
    vi.spyOn(process, 'geteuid').mockReturnValue(me + 1);
    const missing = path.join(directory, 'missing');
    expect(recordingFailed(missing, missing, notAllowed(missing)).hint).not.toContain('chown');
    const full = Object.assign(new Error('full'), { code: 'ENOSPC', path: directory });
    expect(recordingFailed(directory, directory, full).hint).not.toContain('chown');
  });

  it('are known to root before it records there', () => {
    if (me === 0) chownSync(directory, SOMEBODY, SOMEBODY);
    else vi.spyOn(process, 'geteuid').mockReturnValue(0);
    expect(isAnothersDirectory(path.join(directory, 'new', 'one'))).toBe(true);
    expect(isAnothersDirectory('/')).toBe(false);
  });
});
