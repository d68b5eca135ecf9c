import { describe, expect, it } from 'vitest';
import type { RowBatch } from '../../../src/lib/market/tick.ts';
import type { ByteBuffer } from '../../../src/lib/output/rows/byte-buffer.ts';
import type { RowEncoder } from '../../../src/lib/output/rows/encoder.ts';
import { PassthroughEncoder } from '../../../src/lib/output/rows/passthrough-encoder.ts';
import { OutputWriter, SLOW_BYTES } from '../../../src/lib/output/writer/output-writer.ts';
import { EncodedOutput, OrderedOutput } from '../../../src/lib/output/writer/row-output.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { endTurn, FakeEncoder, FakeOutput, FakeSink, FakeTick } from '../rows/fake-rows.ts';

function setUp(encoder: RowEncoder): { sink: FakeSink; output: EncodedOutput } {
  const sink = new FakeSink();
  const writer = new OutputWriter({ sink, target: 'standard output', clock: new ManualClock() });
  return { sink, output: new EncodedOutput(encoder, writer, 'epoch') };
}

const tick = new FakeTick(0, 'A').set({ 0: 1 });

describe('EncodedOutput', () => {
  it('writes the header once, above the first row', async () => {
    const { sink, output } = setUp(new FakeEncoder('symbol,ltp\n'));
    await endTurn();
    expect(sink.writes).toEqual([]);
    output.tick(tick);
    output.tick(tick);
    await endTurn();
    expect(sink.writes).toEqual(['symbol,ltp\nA 1\nA 1\n']);
  });

  it('writes the header above no rows', async () => {
    const { sink, output } = setUp(new FakeEncoder('symbol,ltp\n'));
    const ended = output.end({ giveUpWhenStuck: false, whole: true });
    sink.takeAll();
    expect(await ended).toBe('flushed');
    expect(sink.writes).toEqual(['symbol,ltp\n']);
  });

  it('never lets half a row out', async () => {
    class Faulty extends FakeEncoder {
      override encode(_tick: FakeTick, into: ByteBuffer): void {
        into.appendText('{"half');
        throw new Error('a bug');
      }
    }
    const { sink, output } = setUp(new Faulty());
    expect(() => output.tick(tick)).toThrow('a bug');
    output.control({ type: 'Skipped', rows: 1, at: 2 });
    await endTurn();
    expect(sink.writes).toEqual(['{"type":"Skipped","rows":1,"at":2}\n']);
  });

  it('refuses control rows once there is no room for them', () => {
    const { output } = setUp(new FakeEncoder());
    const symbols = Array.from({ length: 5_000 }, (_, number) => `NSE:SYMBOL${number}-EQ`);
    let accepted = 0;
    while (accepted < 10_000 && output.control({ type: 'Gap', from: 1, to: 2, reason: 'stalled', symbols })) accepted++;
    expect(accepted).toBeGreaterThan(SLOW_BYTES / 125_000);
    expect(accepted).toBeLessThan(250);
  });
});

describe('a batch of raw rows', () => {
  const batchOf = (text: string): Pick<RowBatch, 'count' | 'bytes'> => ({ count: 1, bytes: Buffer.from(text) });

  it('is copied as it is, in order with other rows, whatever its size', async () => {
    const { sink, output } = setUp(new PassthroughEncoder(new FakeEncoder()));
    const rows = Array.from({ length: 9_000 }, (_, n) => `row ${n} ${'x'.repeat(n % 50)}\n`).join('');
    output.tick(tick);
    expect(output.batch(batchOf(rows))).toBe(true);
    output.tick(tick);
    expect(output.batch(batchOf('last\n'))).toBe(true);
    const ended = output.end({ giveUpWhenStuck: false, whole: true });
    sink.takeAll();
    expect(await ended).toBe('flushed');
    expect(sink.writes.join('')).toBe(`A 1\n${rows}A 1\nlast\n`);
    expect(Math.max(...sink.writes.map(({ length }) => length))).toBeLessThanOrEqual(256 * 1024);
  });

  it('is not taken where rows are encoded anew', async () => {
    const { sink, output } = setUp(new FakeEncoder());
    expect(output.batch(batchOf('row\n'))).toBe(false);
    await endTurn();
    expect(sink.writes).toEqual([]);
  });
});

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

  it('gives each tick once, with its latest values; those without a place come last', async () => {
    const inner = new FakeOutput();
    const output = new OrderedOutput(inner, ORDER);
    const late = new FakeTick(0, 'B').set({ 0: 3 });
    output.tick(new FakeTick(1, 'Z').set({ 0: 9 }));
    output.tick(late);
    output.tick(late.set({ 0: 4 }));
    await output.end(END);
    expect(inner.rows).toEqual(['B 4', 'Z 9']);
  });

  it('keeps kinds of one symbol apart, and passes skipped ticks on', async () => {
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
