import { beforeEach, describe, expect, it } from 'vitest';
import { SharedTicks } from '../../../src/lib/hub/core/shared-ticks.ts';
import type { Subscription } from '../../../src/lib/market/kinds.ts';
import { makeTick } from '../../support/make-tick.ts';

const A: Subscription = { kind: 'symbol', symbol: 'NSE:A-EQ' };
const A_DEPTH: Subscription = { kind: 'depth', symbol: 'NSE:A-EQ' };
const B: Subscription = { kind: 'symbol', symbol: 'NSE:B-EQ' };

let entries: SharedTicks;
beforeEach(() => {
  entries = new SharedTicks();
});

describe('entries', () => {
  it('are one for each kind and symbol', () => {
    const a = entries.findOrAdd(A);
    expect(entries.findOrAdd({ ...A })).toBe(a);
    expect(entries.findOrAdd(A_DEPTH)).not.toBe(a);
    expect(entries.find(A)).toBe(a);
    expect(entries.find(B)).toBeUndefined();
    expect([entries.size, [...entries].map(({ id }) => id)]).toEqual([2, [0, 1]]);
  });

  it('give their number to the next when they leave, so that numbers stay small', () => {
    const a = entries.findOrAdd(A);
    entries.findOrAdd(B);
    entries.remove(a);
    entries.remove(a);
    expect(entries.find(A)).toBeUndefined();
    const ids = [entries.findOrAdd(A_DEPTH).id, entries.findOrAdd(A).id];
    expect(ids).toEqual([0, 2]);
  });

  it('that left do not take those with them that came in their place', () => {
    const old = entries.findOrAdd(A);
    entries.remove(old);
    const present = entries.findOrAdd(A);
    entries.remove(old);
    expect(entries.find(A)).toBe(present);
    expect(entries.findOrAdd(B).id).not.toBe(present.id);
  });
});

describe('a tick', () => {
  it('is known by its subscription, then by its number', () => {
    const a = entries.findOrAdd(A);
    const tick = makeTick(7, 'symbol', A.symbol);
    expect(entries.ofTick(tick)).toBe(a);
    expect(a.source).toBe(tick);
    expect(entries.ofTick(tick)).toBe(a);
  });

  it('that no client wants has no entry, until one does', () => {
    const tick = makeTick(0, 'symbol', A.symbol);
    expect(entries.ofTick(tick)).toBeUndefined();
    const a = entries.findOrAdd(A);
    expect(entries.ofTick(tick)).toBe(a);
    entries.remove(a);
    expect(entries.ofTick(tick)).toBeUndefined();
  });

  it('with the number of another is not taken for it', () => {
    const [a, b] = [entries.findOrAdd(A), entries.findOrAdd(B)];
    expect(entries.ofTick(makeTick(3, 'symbol', A.symbol))).toBe(a);
    expect(entries.ofTick(makeTick(3, 'symbol', B.symbol))).toBe(b);
  });

  it('of an entry that left and came back feeds the present one', () => {
    const tick = makeTick(0, 'symbol', A.symbol);
    const old = entries.findOrAdd(A);
    entries.ofTick(tick);
    entries.remove(old);
    const present = entries.findOrAdd(A);
    expect(entries.ofTick(tick)).toBe(present);
  });

  it('of another feed is not taken for one of the feed before', () => {
    const [a, b] = [entries.findOrAdd(A), entries.findOrAdd(B)];
    entries.ofTick(makeTick(0, 'symbol', A.symbol));
    entries.ofTick(makeTick(1, 'symbol', B.symbol));
    entries.forgetTicks();
    expect([a.source, b.source]).toEqual([undefined, undefined]);
    expect(entries.ofTick(makeTick(0, 'symbol', B.symbol))).toBe(b);
    expect(entries.ofTick(makeTick(1, 'symbol', A.symbol))).toBe(a);
  });
});
