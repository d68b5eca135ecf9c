import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SharedToken } from '../../../src/lib/hub/core/shared-token.ts';
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
  it('is the one that lasts longer, from whichever source', async () => {
    const token = new SharedToken({ text: lasting(2), clock });
    expect(token.offer(lasting(1))).toBe('not_newer');
    expect(token.offer(lasting(3))).toBe('adopted');
    expect(token.expiresAtMs).toBe(Math.floor(now + 3 * HOUR_S) * 1_000);
    writeFileSync(file, lasting(5), { mode: 0o600 });
    const filed = new SharedToken({ text: lasting(4), tokenFile: file, clock });
    expect((await filed.read()).expiresAtMs).toBe(Math.floor(now + 5 * HOUR_S) * 1_000);
    rmSync(file);
    expect((await filed.read()).expiresAtMs).toBe(Math.floor(now + 5 * HOUR_S) * 1_000);
  });

  it('is never another user’s, of another kind, or expired', async () => {
    const token = new SharedToken({ text: lasting(2), clock });
    expect(() => token.offer(lasting(9, { fy_id: 'XT00002' }))).toThrow('another user');
    expect(() => token.offer(lasting(9, { iss: 'tickpipe-simulator' }))).toThrow('another kind');
    expect(() => token.offer(lasting(-1))).toThrow('token expired');
    expect(() => token.offer('nonsense')).toThrow('not a JWT');
    expect(token.expiresAtMs).toBe(Math.floor(now + 2 * HOUR_S) * 1_000);
    writeFileSync(file, lasting(9, { fy_id: 'XT00002' }), { mode: 0o600 });
    const filed = new SharedToken({ text: lasting(2), tokenFile: file, clock });
    expect((await filed.read()).userId).toBe('XT00001');
  });

  it('is the one that was issued later, where both end at the same time', () => {
    const exp = Math.floor(now + 2 * HOUR_S);
    const issued = (iat: number): string => makeToken({ exp, iat: Math.floor(now) + iat });
    const token = new SharedToken({ text: issued(10), clock });
    expect([token.offer(issued(5)), token.offer(issued(20)), token.offer(issued(20))]).toEqual([
      'not_newer',
      'adopted',
      'adopted',
    ]);
  });

  it('that the user ended is of no use, whichever one the feed has read; any later login is', async () => {
    const [first, second] = [lasting(2), lasting(3)];
    const token = new SharedToken({ text: first, clock });
    await token.read();
    expect(token.offer(second)).toBe('adopted');
    expect([token.end(first), await token.hasUsable()]).toEqual([false, true]);
    expect([token.end(second), await token.hasUsable(), token.holdsAnother]).toEqual([true, false, false]);
    token.refuse();
    expect(await token.hasUsable()).toBe(false);
    expect([token.offer(lasting(3)), await token.hasUsable()]).toEqual(['adopted', true]);
    expect(() => token.end('nonsense')).toThrow('not a JWT');
  });

  it('that was refused gives way to any other that can be used', async () => {
    const token = new SharedToken({ text: lasting(2), clock });
    token.refuse();
    expect(await token.hasUsable()).toBe(false);
    expect(token.offer(lasting(1))).toBe('adopted');
    expect(await token.hasUsable()).toBe(true);
  });

  it('that several bring at once is adopted from each, unless the feed refused it', async () => {
    const token = new SharedToken({ text: lasting(2), clock });
    token.refuse();
    const renewed = lasting(3);
    expect(token.offer(renewed)).toBe('adopted');
    expect(token.offer(renewed)).toBe('adopted');
    await token.read();
    expect(token.offer(renewed)).toBe('adopted');
    token.refuse();
    expect(token.offer(renewed)).toBe('not_newer');
  });

  it('that is refused is the one that the feed had, not one that came since', async () => {
    const token = new SharedToken({ text: lasting(1), clock });
    await token.read();
    expect(token.holdsAnother).toBe(false);
    token.offer(lasting(2));
    expect(token.holdsAnother).toBe(true);
    token.refuse();
    expect([await token.hasUsable(), token.holdsAnother]).toEqual([true, true]);
    await token.read();
    expect(token.holdsAnother).toBe(false);
    token.refuse();
    expect(await token.hasUsable()).toBe(false);
  });

  it('that was refused gives way to what the file says, were it to end sooner', async () => {
    writeFileSync(file, lasting(1), { mode: 0o600 });
    const token = new SharedToken({ text: lasting(2), tokenFile: file, clock });
    expect((await token.read()).expiresAtMs).toBe(Math.floor(now + 2 * HOUR_S) * 1_000);
    token.refuse();
    expect((await token.read()).expiresAtMs).toBe(Math.floor(now + HOUR_S) * 1_000);
    token.refuse();
    expect(await token.hasUsable()).toBe(false);
  });

  it('that expires is of no use', async () => {
    const token = new SharedToken({ text: lasting(1), clock });
    expect(await token.hasUsable()).toBe(true);
    clock.advance(HOUR_S * 1_000);
    expect(await token.hasUsable()).toBe(false);
  });

  it('may be missing', async () => {
    const token = new SharedToken({ clock });
    await expect(token.read()).rejects.toMatchObject({ code: 'NO_TOKEN' });
    expect([token.expiresAtMs, await token.hasUsable()]).toEqual([null, false]);
  });
});

describe('the warning', () => {
  it('comes once for each token, a quarter of an hour before its end', () => {
    const token = new SharedToken({ text: lasting(1), clock });
    const warnings: string[] = [];
    const watch = new TokenWatch(token, clock, (message) => warnings.push(message));
    clock.advance(44 * 60_000);
    expect(warnings).toEqual([]);
    clock.advance(2 * 60_000);
    expect(warnings).toEqual(['the token expires at 11:00 IST']);
    clock.advance(60_000);
    expect(token.offer(lasting(2))).toBe('adopted');
    clock.advance(59 * 60_000);
    expect(warnings).toEqual(['the token expires at 11:00 IST', 'the token expires at 12:00 IST']);
    watch.close();
    expect(clock.pending).toBe(0);
  });

  it('comes again when the token ends, at that moment', () => {
    const token = new SharedToken({ text: lasting(1), clock });
    const warnings: [string, number][] = [];
    const watch = new TokenWatch(token, clock, (message) => warnings.push([message, clock.now()]));
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
    const soon = new SharedToken({ text: lasting(0.1), clock });
    const over = new SharedToken({ text: lasting(-1), clock });
    const warnings: string[] = [];
    const watches = [soon, over].map((token) => new TokenWatch(token, clock, (message) => warnings.push(message)));
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
    const token = new SharedToken({ tokenFile: file, clock });
    await token.read();
    const warnings: string[] = [];
    const watch = new TokenWatch(token, clock, (message) => warnings.push(message));
    writeFileSync(file, lasting(5));
    clock.advance(46 * 60_000);
    await vi.waitFor(() => expect(token.expiresAtMs).toBe(Math.floor(now + 5 * HOUR_S) * 1_000), { timeout: 20_000 });
    clock.advance(HOUR_S * 1_000);
    expect(warnings).toEqual([]);
    watch.close();
  });
});
