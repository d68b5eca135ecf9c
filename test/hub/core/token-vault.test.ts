import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TokenVault } from '../../../src/lib/hub/core/token-vault.ts';
import { describeTokenEnd, TokenWatch } from '../../../src/lib/hub/core/token-watch.ts';
import { makeToken } from '../../support/make-token.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const HOUR_S = 3_600;
let clock: ManualClock;
let now: number;
let folder: string;
let file: string;

beforeEach(() => {
  clock = new ManualClock();
  now = clock.now() / 1_000;
  folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-'));
  file = path.join(folder, 'token');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Each token is another one. */
let tokens = 0;
const lasting = (hours: number, claims: Record<string, unknown> = {}): string =>
  makeToken({ exp: Math.floor(now + hours * HOUR_S), jti: ++tokens, ...claims });

describe('the token of a hub', () => {
  it('is the one that lasts longer, whoever brings it', async () => {
    const vault = new TokenVault({ text: lasting(2), clock });
    expect(vault.offer(lasting(1))).toBe('not_newer');
    expect(vault.offer(lasting(3))).toBe('adopted');
    expect(vault.expiresAtMs).toBe(Math.floor(now + 3 * HOUR_S) * 1_000);
    writeFileSync(file, lasting(5), { mode: 0o600 });
    const filed = new TokenVault({ text: lasting(4), tokenFile: file, clock });
    expect((await filed.read()).expiresAtMs).toBe(Math.floor(now + 5 * HOUR_S) * 1_000);
    rmSync(file);
    expect((await filed.read()).expiresAtMs).toBe(Math.floor(now + 5 * HOUR_S) * 1_000);
  });

  it('is never another user’s, of another kind, or expired', async () => {
    const vault = new TokenVault({ text: lasting(2), clock });
    expect(() => vault.offer(lasting(9, { fy_id: 'XT00002' }))).toThrow('another user');
    expect(() => vault.offer(lasting(9, { iss: 'tickpipe-simulator' }))).toThrow('another kind');
    expect(() => vault.offer(lasting(-1))).toThrow('token expired');
    expect(() => vault.offer('nonsense')).toThrow('not a JWT');
    expect(vault.expiresAtMs).toBe(Math.floor(now + 2 * HOUR_S) * 1_000);
    writeFileSync(file, lasting(9, { fy_id: 'XT00002' }), { mode: 0o600 });
    const filed = new TokenVault({ text: lasting(2), tokenFile: file, clock });
    expect((await filed.read()).userId).toBe('XT00001');
  });

  it('that was refused gives way to any other that can be used', async () => {
    const vault = new TokenVault({ text: lasting(2), clock });
    vault.refuse();
    expect(await vault.hasUsable()).toBe(false);
    expect(vault.offer(lasting(1))).toBe('adopted');
    expect(await vault.hasUsable()).toBe(true);
  });

  it('that several bring at once is adopted from each, unless the feed refused it', async () => {
    const vault = new TokenVault({ text: lasting(2), clock });
    vault.refuse();
    const renewed = lasting(3);
    expect(vault.offer(renewed)).toBe('adopted');
    expect(vault.offer(renewed)).toBe('adopted');
    await vault.read();
    expect(vault.offer(renewed)).toBe('adopted');
    vault.refuse();
    expect(vault.offer(renewed)).toBe('not_newer');
  });

  it('that is refused is the one that the feed had, not one that came since', async () => {
    const vault = new TokenVault({ text: lasting(1), clock });
    await vault.read();
    expect(vault.holdsAnother).toBe(false);
    vault.offer(lasting(2));
    expect(vault.holdsAnother).toBe(true);
    vault.refuse();
    expect([await vault.hasUsable(), vault.holdsAnother]).toEqual([true, true]);
    await vault.read();
    expect(vault.holdsAnother).toBe(false);
    vault.refuse();
    expect(await vault.hasUsable()).toBe(false);
  });

  it('that was refused gives way to what the file says, were it to end sooner', async () => {
    writeFileSync(file, lasting(1), { mode: 0o600 });
    const vault = new TokenVault({ text: lasting(2), tokenFile: file, clock });
    expect((await vault.read()).expiresAtMs).toBe(Math.floor(now + 2 * HOUR_S) * 1_000);
    vault.refuse();
    expect((await vault.read()).expiresAtMs).toBe(Math.floor(now + HOUR_S) * 1_000);
    vault.refuse();
    expect(await vault.hasUsable()).toBe(false);
  });

  it('that expires is of no use', async () => {
    const vault = new TokenVault({ text: lasting(1), clock });
    expect(await vault.hasUsable()).toBe(true);
    clock.advance(HOUR_S * 1_000);
    expect(await vault.hasUsable()).toBe(false);
  });

  it('may be missing', async () => {
    const vault = new TokenVault({ clock });
    await expect(vault.read()).rejects.toMatchObject({ code: 'NO_TOKEN' });
    expect([vault.expiresAtMs, await vault.hasUsable()]).toEqual([null, false]);
  });
});

describe('the warning', () => {
  it('comes once for each token, a quarter of an hour before its end', () => {
    const vault = new TokenVault({ text: lasting(1), clock });
    const warnings: string[] = [];
    const watch = new TokenWatch(vault, clock, (message) => warnings.push(message));
    clock.advance(44 * 60_000);
    expect(warnings).toEqual([]);
    clock.advance(2 * 60_000);
    expect(warnings).toEqual(['the token expires at 11:00 IST']);
    clock.advance(60_000);
    expect(vault.offer(lasting(2))).toBe('adopted');
    clock.advance(59 * 60_000);
    expect(warnings).toEqual(['the token expires at 11:00 IST', 'the token expires at 12:00 IST']);
    watch.close();
    expect(clock.pending).toBe(0);
  });

  it('comes again when the token ends, at that moment', () => {
    const vault = new TokenVault({ text: lasting(1), clock });
    const warnings: [string, number][] = [];
    const watch = new TokenWatch(vault, clock, (message) => warnings.push([message, clock.now()]));
    clock.advance(2 * HOUR_S * 1_000);
    const end = Math.floor(now + HOUR_S) * 1_000;
    expect(warnings).toEqual([
      ['the token expires at 11:00 IST', end - 15 * 60_000],
      ['the token expired at 11:00 IST; the next connection needs another', end],
    ]);
    watch.close();
    expect(clock.pending).toBe(0);
  });

  it('leaves to others what they know from the start', () => {
    const soon = new TokenVault({ text: lasting(0.1), clock });
    const over = new TokenVault({ text: lasting(-1), clock });
    const warnings: string[] = [];
    const watches = [soon, over].map((vault) => new TokenWatch(vault, clock, (message) => warnings.push(message)));
    expect(describeTokenEnd(soon.expiresAtMs, clock.now())).toBe('the token expires at 10:06 IST');
    expect(describeTokenEnd(over.expiresAtMs, clock.now())).toBeUndefined();
    expect(describeTokenEnd(now * 1_000 + 15 * 60_000 + 1, clock.now())).toBeUndefined();
    expect(describeTokenEnd(null, clock.now())).toBeUndefined();
    clock.advance(5 * 60_000);
    expect(warnings).toEqual([]);
    clock.advance(2 * 60_000);
    expect(warnings).toEqual(['the token expired at 10:06 IST; the next connection needs another']);
    for (const watch of watches) watch.close();
  });

  it('is not of a token in whose place its file has another', async () => {
    writeFileSync(file, lasting(1), { mode: 0o600 });
    const vault = new TokenVault({ tokenFile: file, clock });
    await vault.read();
    const warnings: string[] = [];
    const watch = new TokenWatch(vault, clock, (message) => warnings.push(message));
    writeFileSync(file, lasting(5));
    clock.advance(46 * 60_000);
    await vi.waitFor(() => expect(vault.expiresAtMs).toBe(Math.floor(now + 5 * HOUR_S) * 1_000));
    clock.advance(HOUR_S * 1_000);
    expect(warnings).toEqual([]);
    watch.close();
  });
});
