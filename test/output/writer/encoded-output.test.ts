import { describe, expect, it } from 'vitest';
import type { ByteBuffer } from '../../../src/lib/output/rows/byte-buffer.ts';
import { EncodedOutput } from '../../../src/lib/output/writer/encoded-output.ts';
import { OutputWriter, SLOW_BYTES } from '../../../src/lib/output/writer/output-writer.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { endTurn, FakeEncoder, FakeSink, FakeTick } from '../rows/fake-rows.ts';

function setUp(encoder: FakeEncoder): { sink: FakeSink; output: EncodedOutput } {
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
