import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock/clock.ts';
import {
  type FeedIdentity,
  feedKey,
  findFeedHolder,
  lockFeed,
  SecondConnection,
} from '../../src/lib/feed/feed-identity.ts';
import { identifySelf } from '../../src/lib/host/process-identity.ts';
import type { HolderPlace, LockHolder, LockRole, ProcessLock } from '../../src/lib/host/process-lock.ts';

const FYERS = {
  kind: 'fyers',
  socketUrl: 'ws://127.0.0.1:1/',
  dataUrl: 'http://127.0.0.1:1',
  userId: 'XT00001',
  simulated: false,
} as const;

describe('feedKey', () => {
  it('stays the same in all versions', () => {
    expect(feedKey(FYERS)).toBe('a41203c2350bd866');
    expect(feedKey({ kind: 'sim' })).toBe('333148ea7a5d4afc');
    expect(feedKey({ kind: 'file', path: '/a/b' })).toBe('c0bcd0b254d91833');
  });

  it('is another one for a feed that differs in anything', () => {
    const identities: readonly FeedIdentity[] = [
      FYERS,
      { ...FYERS, socketUrl: 'ws://127.0.0.1:2/' },
      { ...FYERS, dataUrl: 'http://127.0.0.1:2' },
      { ...FYERS, userId: 'XT00002' },
      { ...FYERS, simulated: true },
      { kind: 'sim' },
      { kind: 'file', path: '/a' },
      { kind: 'file', path: '/b' },
    ];
    expect(new Set(identities.map(feedKey)).size).toBe(identities.length);
  });
});

describe('lockFeed', () => {
  let env: Record<string, string>;
  const locks: ProcessLock[] = [];
  beforeEach(() => {
    env = { TICKPIPE_RUN_DIR: mkdtempSync(path.join(tmpdir(), 'tickpipe-lock-')) };
  });
  afterEach(() => {
    for (const lock of locks.splice(0)) lock.release();
    rmSync(env['TICKPIPE_RUN_DIR'] as string, { recursive: true, force: true });
  });

  async function lock(identity: FeedIdentity, role: LockRole = 'command'): Promise<void> {
    locks.push(await lockFeed(identity, role, { env, clock: systemClock, signal: new AbortController().signal }));
  }

  it('refuses a second connection of the same feed, and names the pid', async () => {
    await lock(FYERS);
    await lock({ ...FYERS, simulated: true });
    await expect(lock(FYERS)).rejects.toMatchObject({
      code: 'SECOND_CONNECTION',
      exit: 6,
      message: expect.stringContaining(`pid ${process.pid}`),
    });
    expect(await findFeedHolder(FYERS, env)).toMatchObject({ pid: process.pid, role: 'command' });
    expect(await findFeedHolder({ kind: 'sim' }, env)).toBeUndefined();
  });

  it('writes no user id', async () => {
    await lock(FYERS);
    expect(readdirSync(env['TICKPIPE_RUN_DIR'] as string).join()).not.toContain('XT00001');
  });
});

describe('SecondConnection', () => {
  const holder = (role: LockRole, place: HolderPlace): LockHolder => ({
    key: feedKey(FYERS),
    pid: 7,
    role,
    place,
    host: place === 'here' ? undefined : 'there',
    identity: identifySelf(),
    file: '/run/a.lock',
  });

  it.each([
    ['hub', 'here', 'the shared session (pid 7) holds', 'leave out --direct or --raw', true],
    ['hub', 'elsewhere', 'the shared session (pid 7 on host there) holds', 'leave out --direct or --raw', true],
    ['hub', 'unknown', 'the shared session (pid 7 on host there) holds', 'remove /run/a.lock', false],
    ['command', 'here', 'another tickpipe (pid 7) holds', 'end it first', false],
    ['starter', 'here', 'another tickpipe (pid 7) holds', 'end it first', true],
    ['starter', 'unknown', 'another tickpipe (pid 7 on host there) holds', 'remove /run/a.lock', false],
  ] as const)('says what holds the connection and what to do: a %s, %s', (role, place, message, hint, isPassing) => {
    const error = new SecondConnection(holder(role, place));
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
    expect(error.isPassing).toBe(isPassing);
  });
});
