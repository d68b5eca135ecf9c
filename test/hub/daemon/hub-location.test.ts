import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import { type FeedIdentity, feedKey } from '../../../src/lib/feed/feed-identity.ts';
import { listHubs, locateHub } from '../../../src/lib/hub/daemon/hub-location.ts';

const IDENTITY: FeedIdentity = {
  kind: 'fyers',
  socketUrl: 'wss://one.example/',
  dataUrl: 'https://one.example',
  userId: 'XT00001',
  simulated: false,
};

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'tickpipe-place-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof TickpipeError) return error.code;
    throw error;
  }
  return 'none';
}

const modeOf = (name: string): number => statSync(name).mode & 0o777;

describe('locateHub', () => {
  it('puts the socket under the home directory, wherever the desktop has its own', () => {
    const { key, socketPath, logFile } = locateHub(IDENTITY, { HOME: home, XDG_RUNTIME_DIR: '/run/user/1' });
    expect(key).toBe(feedKey(IDENTITY));
    expect(socketPath).toBe(path.join(home, '.tickpipe/run', `${key}.sock`));
    expect(logFile).toBe(path.join(home, '.local/state/tickpipe', `hub-${key}.log`));
    expect(modeOf(path.dirname(socketPath))).toBe(0o700);
  });

  it.each([
    { kind: 'sim' } as const,
    { socketUrl: 'wss://two.example/' },
    { dataUrl: 'https://two.example' },
    { userId: 'XT00002' },
    { simulated: true },
  ])('keeps hubs apart by %j', (difference) => {
    const [one, two] = [IDENTITY, { ...IDENTITY, ...difference }].map((account) => locateHub(account, { HOME: home }));
    expect(one?.socketPath).not.toBe(two?.socketPath);
    expect(one?.logFile).not.toBe(two?.logFile);
  });

  it('logs where XDG_STATE_HOME says, if that is a place', () => {
    const state = path.join(home, 'state');
    expect(locateHub(IDENTITY, { HOME: home, XDG_STATE_HOME: state }).logFile).toContain(`${state}/tickpipe/hub-`);
    expect(locateHub(IDENTITY, { HOME: home, XDG_STATE_HOME: 'state' }).logFile).toContain(`${home}/.local/state/`);
  });

  it('logs beside the socket for a user without a home', () => {
    const env = { HOME: path.join(home, 'nobody'), TICKPIPE_RUN_DIR: path.join(home, 'run') };
    expect(path.dirname(locateHub(IDENTITY, env).logFile)).toBe(env.TICKPIPE_RUN_DIR);
  });

  it.each(['755', '711', '710'])('refuses a run directory of mode %s, which others can enter', (mode) => {
    const directory = path.join(home, 'run');
    mkdirSync(directory, { mode: Number.parseInt(mode, 8) });
    expect(codeOf(() => locateHub(IDENTITY, { HOME: home, TICKPIPE_RUN_DIR: directory }))).toBe('BAD_CONFIGURATION');
  });

  it('takes a link to a directory for it, where the user has set one', () => {
    mkdirSync(path.join(home, 'run'), { mode: 0o700 });
    symlinkSync(path.join(home, 'run'), path.join(home, 'link'));
    expect(codeOf(() => locateHub(IDENTITY, { HOME: home, TICKPIPE_RUN_DIR: path.join(home, 'link') }))).toBe('none');
  });

  describe('where the path would be too long for a socket', () => {
    /** A run directory whose sockets have paths of so many bytes. */
    const deep = (bytes: number): string =>
      path.join(home, 'd'.repeat(bytes - home.length - '/0123456789abcdef.sock/'.length));

    it('takes one of 100 bytes as it is, and no longer one', () => {
      const [fits, not] = [deep(100), deep(101)].map(
        (directory) => locateHub(IDENTITY, { HOME: home, TICKPIPE_RUN_DIR: directory }).socketPath,
      );
      expect(fits).toHaveLength(100);
      expect(path.dirname(not as string)).toBe(`/tmp/tickpipe-${process.getuid?.()}`);
    });

    it('counts bytes, not characters', () => {
      const directory = path.join(home, 'é'.repeat(40));
      const { socketPath } = locateHub(IDENTITY, { HOME: home, TICKPIPE_RUN_DIR: directory });
      expect(path.dirname(socketPath)).toBe(`/tmp/tickpipe-${process.getuid?.()}`);
    });

    it('has a private directory, the same whatever TMPDIR says, and another name for each run directory', () => {
      const places = [deep(101), deep(140)].map((directory) =>
        locateHub(IDENTITY, { HOME: home, TICKPIPE_RUN_DIR: directory, TMPDIR: home }),
      );
      expect(modeOf(path.dirname(places[0]?.socketPath as string))).toBe(0o700);
      expect(places[0]?.socketPath).not.toBe(places[1]?.socketPath);
      expect(places[0]?.key).toBe(places[1]?.key);
      expect(places[0]?.socketPath.length).toBeLessThan(100);
    });

    it('lists only its own', () => {
      const [mine, other] = [deep(120), deep(121)].map((directory) => ({ HOME: home, TICKPIPE_RUN_DIR: directory }));
      const place = locateHub(IDENTITY, mine as Record<string, string>);
      writeFileSync(place.socketPath, '');
      try {
        expect(listHubs(mine as Record<string, string>)).toEqual([place]);
        expect(listHubs(other as Record<string, string>)).toEqual([]);
      } finally {
        rmSync(place.socketPath);
      }
    });
  });
});

describe('listHubs', () => {
  it('finds every socket of the run directory and nothing else', () => {
    const env = { HOME: home };
    expect(listHubs(env)).toEqual([]);
    const places = [IDENTITY, { ...IDENTITY, simulated: true }].map((account) => locateHub(account, env));
    for (const { socketPath } of places) writeFileSync(socketPath, '');
    for (const name of ['notes.sock', '0123456789abcdef.lock', '0123456789abcdef-0123456789abcdef.sock', '.sock'])
      writeFileSync(path.join(home, '.tickpipe/run', name), '');
    expect(listHubs(env)).toEqual(places.sort((a, b) => (a.key < b.key ? -1 : 1)));
  });
});
