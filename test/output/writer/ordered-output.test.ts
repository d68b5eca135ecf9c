import { describe, expect, it } from 'vitest';
import { OrderedOutput } from '../../../src/lib/output/writer/ordered-output.ts';
import { FakeOutput, FakeTick } from '../rows/fake-rows.ts';

const END = { giveUpWhenStuck: false, whole: true };
const ORDER = [
  { kind: 'symbol', symbol: 'A' },
  { kind: 'index', symbol: 'I' },
  { kind: 'symbol', symbol: 'B' },
] as const;

describe('OrderedOutput', () => {
  it('gives rows at the end only, in the order asked for', async () => {
    const inner = new FakeOutput();
    const output = new OrderedOutput(inner, ORDER);
    output.tick(new FakeTick(0, 'B').set({ 0: 3 }));
    output.tick(new FakeTick(1, 'I', 'index').set({ 0: 2 }));
    output.tick(new FakeTick(2, 'A').set({ 0: 1 }));
    expect(inner.rows).toEqual([]);
    expect(await output.end(END)).toBe('flushed');
    expect(inner.rows).toEqual(['A 1', 'I 2', 'B 3']);
    expect(inner.ends).toEqual([END]);
  });

  it('gives each once, as it is by then, and those nobody asked for last', async () => {
    const inner = new FakeOutput();
    const output = new OrderedOutput(inner, ORDER);
    const late = new FakeTick(0, 'B').set({ 0: 3 });
    output.tick(new FakeTick(1, 'Z').set({ 0: 9 }));
    output.tick(late);
    output.tick(late.set({ 0: 4 }));
    await output.end(END);
    expect(inner.rows).toEqual(['B 4', 'Z 9']);
  });

  it('keeps kinds of one symbol apart, and tells of skipped ticks', async () => {
    const inner = new FakeOutput();
    const output = new OrderedOutput(inner, [
      { kind: 'lite', symbol: 'A' },
      { kind: 'symbol', symbol: 'A' },
    ]);
    output.skip(new FakeTick(3, 'A').set({ 0: 7 }));
    output.tick(new FakeTick(0, 'A', 'symbol').set({ 0: 1 }));
    output.tick(new FakeTick(1, 'A', 'lite').set({ 0: 2 }));
    await output.end(END);
    expect(inner.rows).toEqual(['A 2', 'A 1']);
    expect(inner.skips).toEqual(['A 7']);
  });

  it('gives rows once when it is ended twice', async () => {
    const inner = new FakeOutput();
    const output = new OrderedOutput(inner, ORDER);
    output.tick(new FakeTick(0, 'A').set({ 0: 1 }));
    await output.end(END);
    await output.end({ ...END, giveUpWhenStuck: true });
    expect(inner.rows).toEqual(['A 1']);
    expect(inner.ends).toHaveLength(2);
  });
});
