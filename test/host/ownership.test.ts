import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TickpipeError } from '../../src/lib/errors/tickpipe-error.ts';
import * as ownership from '../../src/lib/host/ownership.ts';
import { openRunDirectory } from '../../src/lib/host/run-directory.ts';
import { findLogDirectory } from '../../src/lib/hub/daemon/hub-location.ts';

const ROOT = 0;
const SOMEBODY = 65_534;
const me = process.geteuid?.() ?? 0;

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'tickpipe-home-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(home, { recursive: true, force: true });
});

/** What opening the run directory fails with; undefined when it does not. */
function failureOf(env: Record<string, string>): TickpipeError | undefined {
  try {
    openRunDirectory(env);
    return undefined;
  } catch (error) {
    if (error instanceof TickpipeError) return error;
    throw error;
  }
}

/** Runs as root where a directory belongs to a user: the test is either of the two, and plays the other. */
function beRootBeside(directory: string): void {
  if (me === ROOT) chownSync(directory, SOMEBODY, SOMEBODY);
  else vi.spyOn(process, 'geteuid').mockReturnValue(ROOT);
}

/** Runs as a user who finds what root, or somebody else, made. */
function beUserBesideOthers(): void {
  vi.spyOn(process, 'geteuid').mockReturnValue(me + 4_242);
}

describe('root in the home directory of a user', () => {
  it('makes nothing there, and says so', () => {
    beRootBeside(home);
    const error = failureOf({ HOME: home });
    expect(error).toMatchObject({ code: 'BAD_CONFIGURATION', exit: 78 });
    expect(error?.message).toBe(
      `the home directory ${JSON.stringify(home)} belongs to another user: nothing is made there`,
    );
    expect(error?.hint).toContain('sudo -H');
    expect(readdirSync(home)).toEqual([]);
  });

  it('takes no run directory that it would have to make in the place of a user', () => {
    beRootBeside(home);
    const error = failureOf({ HOME: '/', TICKPIPE_RUN_DIR: path.join(home, 'run') });
    expect(error?.message).toContain('belongs to another user: nothing is made there');
    expect(existsSync(path.join(home, 'run'))).toBe(false);
  });

  it('leaves what the user has there alone', () => {
    mkdirSync(path.join(home, '.tickpipe', 'run'), { recursive: true, mode: 0o700 });
    for (const part of ['.', '.tickpipe', '.tickpipe/run']) beRootBeside(path.join(home, part));
    const error = failureOf({ HOME: home });
    expect(error?.message).toContain('belongs to another user');
    expect(error?.hint).not.toContain('chown');
  });

  it('keeps its logs in the run directory', () => {
    beRootBeside(home);
    expect(findLogDirectory({ HOME: home }, '/run/own')).toBe('/run/own');
    expect(findLogDirectory({ HOME: '/', XDG_STATE_HOME: path.join(home, 'state') }, '/run/own')).toBe('/run/own');
  });
});

describe('a user in whose home root was', () => {
  it.each([
    ['the run directory', ['.tickpipe', 'run']],
    ['the folder around it', ['.tickpipe']],
  ])('is told the command that makes it theirs again: %s', (_, parts) => {
    mkdirSync(path.join(home, ...parts), { recursive: true, mode: 0o700 });
    beUserBesideOthers();
    const error = failureOf({ HOME: home });
    expect(error?.message).toContain('belongs to another user');
    expect(error?.hint).toBe('sudo chown -R "$USER" ~/.tickpipe');
  });

  it('gets the same hint for a chosen run directory, quoted for a shell', () => {
    const run = path.join(home, "it's mine");
    mkdirSync(run, { mode: 0o700 });
    beUserBesideOthers();
    const quoted = `'${home}/it'\\''s mine'`;
    expect(failureOf({ TICKPIPE_RUN_DIR: run })?.hint).toBe(`sudo chown -R "$USER" ${quoted}`);
  });
});

describe('a user in the home directory of another', () => {
  it('makes nothing there, unless the account has no home of its own', () => {
    beUserBesideOthers();
    // Root's places are everybody's: this home has to be another user's.
    if (me === ROOT) chownSync(home, SOMEBODY, SOMEBODY);
    expect(failureOf({ HOME: home })?.message).toContain('belongs to another user: nothing is made there');
    expect(readdirSync(home)).toEqual([]);
  });
});

it('names a directory as a shell takes it', () => {
  expect(ownership.chownCommand('/data/ticks')).toBe('sudo chown -R "$USER" /data/ticks');
  expect(ownership.chownCommand('/my ticks')).toBe(`sudo chown -R "$USER" '/my ticks'`);
});
