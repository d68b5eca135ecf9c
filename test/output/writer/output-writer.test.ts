import { beforeEach, describe, expect, it } from 'vitest';
import { LARGE_CHUNK_BYTES, QUEUE_CHUNK_BYTES } from '../../../src/lib/output/writer/chunk-queue.ts';
import { OutputWriter, PRESSURE_ON_BYTES, SLOW_BYTES } from '../../../src/lib/output/writer/output-writer.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { endTurn, FakeSink } from '../rows/fake-rows.ts';

const PATIENT = { giveUpWhenStuck: false, whole: true };
const IMPATIENT = { giveUpWhenStuck: true, whole: true };

let clock: ManualClock;
let sink: FakeSink;
let writer: OutputWriter;
let told: string[];

beforeEach(() => {
  clock = new ManualClock();
  sink = new FakeSink();
  writer = new OutputWriter({ sink, target: 'standard output', clock, maxLagMs: 2_000 });
  told = [];
  writer.listen({
    pressure: (on) => void told.push(`pressure ${on}`),
    slow: (on) => void told.push(`slow ${on}`),
    readerGone: () => void told.push('gone'),
    failed: (error) => void told.push(`failed ${error.code}: ${error.message}`),
  });
});

function append(text: string): void {
  writer.buffer.appendText(text);
  writer.commit();
}

/** Appends rows of 1,000 bytes. */
function appendBytes(count: number): void {
  const row = `${'x'.repeat(999)}\n`;
  for (let left = count; left > 0; left -= row.length) append(row);
}

describe('turns', () => {
  it('writes what one turn appended in one write, at its end', async () => {
    append('a\n');
    append('b\n');
    expect(sink.writes).toEqual([]);
    await endTurn();
    expect(sink.writes).toEqual(['a\nb\n']);
  });

  it('packs into one write what several turns appended while a write was under way', async () => {
    append('a\n');
    await endTurn();
    append('b\n');
    await endTurn();
    append('c\n');
    await endTurn();
    expect(sink.writes).toEqual(['a\n']);
    sink.take();
    expect(sink.writes).toEqual(['a\n', 'b\nc\n']);
  });

  it('leaves the rest of a turn that goes on to its end', async () => {
    append('a\n');
    await endTurn();
    append('b\n');
    sink.take();
    append('c\n');
    expect(sink.writes).toEqual(['a\n']);
    await endTurn();
    expect(sink.writes).toEqual(['a\n', 'b\nc\n']);
  });

  it('writes a full chunk at once, of at most 64 KiB, with whole rows', () => {
    appendBytes(70_000);
    expect(sink.writes).toHaveLength(1);
    expect(sink.writes[0]?.length).toBeLessThanOrEqual(QUEUE_CHUNK_BYTES);
    expect(sink.writes[0]?.endsWith('\n')).toBe(true);
  });

  it('writes a row of a million bytes whole, in parts of 256 KiB', async () => {
    const row = `${'y'.repeat(999_999)}\n`;
    append(row);
    append('next\n');
    expect(writer.queuedBytes).toBe(1_000_005);
    await endTurn();
    sink.takeAll();
    expect(sink.writes.join('')).toBe(`${row}next\n`);
    expect(Math.max(...sink.writes.map((write) => write.length))).toBe(LARGE_CHUNK_BYTES);
    expect(writer.queuedBytes).toBe(0);
  });

  it('keeps the order and every byte over many chunks, reusing buffers', async () => {
    const rows: string[] = [];
    for (let row = 0; row < 40_000; row++) {
      rows.push(`row ${row}\n`);
      append(rows[row] as string);
      if (row % 997 === 0) sink.take();
      if (row % 5_000 === 0) await endTurn();
    }
    await endTurn();
    sink.takeAll();
    expect(sink.writes.join('')).toBe(rows.join(''));
    expect(writer.queuedBytes).toBe(0);
  });

  it('takes back what was appended after the last commit', async () => {
    append('whole\n');
    writer.buffer.appendText('{"half');
    writer.rollback();
    append('next\n');
    await endTurn();
    expect(sink.writes).toEqual(['whole\nnext\n']);
  });
});

describe('pressure', () => {
  it('is on at 4 MiB and off below 1 MiB', () => {
    appendBytes(PRESSURE_ON_BYTES - 100_000);
    expect(told).toEqual([]);
    appendBytes(200_000);
    expect(told).toEqual(['pressure true']);
    while (writer.queuedBytes > 1024 * 1024 + QUEUE_CHUNK_BYTES) sink.take();
    expect(told).toEqual(['pressure true']);
    sink.take();
    sink.take();
    expect(told).toEqual(['pressure true', 'pressure false']);
    appendBytes(PRESSURE_ON_BYTES);
    expect(told).toEqual(['pressure true', 'pressure false', 'pressure true']);
  });

  it('is no news any more once the end has begun: the source is not read on', async () => {
    appendBytes(PRESSURE_ON_BYTES + 100_000);
    const ended = writer.end(PATIENT);
    sink.takeAll();
    expect(await ended).toBe('flushed');
    expect(told).toEqual(['pressure true']);
  });
});

describe('a slow reader', () => {
  it('is one that takes nothing for the allowed lag while something is queued', async () => {
    append('a\n');
    await endTurn();
    clock.advance(1_900);
    expect(told).toEqual([]);
    clock.advance(400);
    expect(told).toEqual(['slow true']);
    sink.take();
    expect(told).toEqual(['slow true', 'slow false']);
  });

  it('is not one that has nothing to read', async () => {
    append('a\n');
    await endTurn();
    sink.take();
    clock.advance(60_000);
    expect(told).toEqual([]);
  });

  it('is not one that reads a little at a time', async () => {
    appendBytes(200_000);
    const size = sink.writes[0]?.length ?? 0;
    for (let second = 0; second < 20; second++) {
      clock.advance(1_500);
      sink.untakenBytes = size - 1_000 * (second + 1);
    }
    expect(told).toEqual([]);
    clock.advance(2_500);
    expect(told).toEqual(['slow true']);
  });

  it('is one that is 16 MiB behind while more comes, whatever progress it makes; the source reads on', async () => {
    appendBytes(SLOW_BYTES + 100_000);
    await endTurn();
    expect(told).toEqual(['pressure true']);
    appendBytes(QUEUE_CHUNK_BYTES);
    expect(told).toEqual(['pressure true', 'pressure false', 'slow true']);
    while (writer.queuedBytes >= 1024 * 1024) {
      expect(told).toHaveLength(3);
      sink.take();
    }
    expect(told.slice(3)).toEqual(['slow false']);
  });

  it('is not one that gets more than 16 MiB in one turn, and again once it has read that', async () => {
    for (let burst = 0; burst < 2; burst++) {
      appendBytes(2 * SLOW_BYTES);
      await endTurn();
      sink.takeAll();
    }
    expect(told).toEqual(['pressure true', 'pressure false', 'pressure true', 'pressure false']);
  });

  it('is not one of a process that was stopped, or busy in one turn, for long', async () => {
    let time = 0;
    let look: () => void = () => {};
    const late = new OutputWriter({
      sink,
      target: 'standard output',
      maxLagMs: 2_000,
      clock: {
        now: () => time,
        monotonic: () => time,
        after: () => ({ cancel() {} }),
        every: (_periodMs, callback) => {
          look = callback;
          return { cancel() {} };
        },
      },
    });
    const slow: boolean[] = [];
    late.listen({ pressure: () => {}, slow: (on) => void slow.push(on), readerGone: () => {}, failed: () => {} });
    late.buffer.appendText('a\n');
    late.commit();
    await endTurn();
    look();
    time += 3_600_000;
    look();
    expect(slow).toEqual([]);
    for (let looks = 0; looks < 8; looks++) {
      time += 250;
      look();
    }
    expect(slow).toEqual([true]);
  });
});

describe('a slow reader of a source that waits', () => {
  it('is waited for, however long it takes', async () => {
    writer = new OutputWriter({ sink, target: 'standard output', clock, maxLagMs: 2_000, sourceWaits: true });
    writer.listen({
      pressure: (on) => void told.push(`pressure ${on}`),
      slow: (on) => void told.push(`slow ${on}`),
      readerGone: () => {},
      failed: () => {},
    });
    appendBytes(PRESSURE_ON_BYTES + 100_000);
    await endTurn();
    clock.advance(3_600_000);
    expect(told).toEqual(['pressure true']);
    while (writer.queuedBytes > 0) sink.take();
    expect(told).toEqual(['pressure true', 'pressure false']);
  });

  it('does not delay the end of the program', async () => {
    writer = new OutputWriter({ sink, target: 'standard output', clock, maxLagMs: 2_000, sourceWaits: true });
    append('a\n');
    await endTurn();
    const end = writer.end(IMPATIENT);
    clock.advance(3_000);
    expect(await end).toBe('abandoned');
  });
});

describe('the end', () => {
  it('waits until everything is taken, and closes the sink', async () => {
    append('a\n');
    await endTurn();
    append('b\n');
    const ended = writer.end(PATIENT);
    sink.take();
    expect(sink.writes).toEqual(['a\n', 'b\n']);
    expect(sink.closedWhole).toBeUndefined();
    sink.take();
    expect(await ended).toBe('flushed');
    expect(sink.closedWhole).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('is at once when nothing was written, and the same when asked twice', async () => {
    const ended = writer.end({ giveUpWhenStuck: false, whole: false });
    expect(writer.end(PATIENT)).toBe(ended);
    expect(await ended).toBe('flushed');
    expect(sink.closedWhole).toBe(false);
  });

  it('leaves half a row behind', async () => {
    append('a\n');
    writer.buffer.appendText('{"half');
    const ended = writer.end(PATIENT);
    sink.takeAll();
    await ended;
    expect(sink.writes).toEqual(['a\n']);
  });

  it('waits for a stuck reader until it may give up', async () => {
    append('a\n');
    const ended = writer.end(PATIENT);
    clock.advance(600_000);
    writer.end(IMPATIENT);
    expect(await ended).toBe('abandoned');
    expect(sink.closedWhole).toBe(false);
  });

  it('gives a reader that was not stuck so far the allowed lag', async () => {
    append('a\n');
    const ended = writer.end(IMPATIENT);
    clock.advance(1_900);
    sink.take();
    expect(await ended).toBe('flushed');
  });

  it('is quiet when the reader goes meanwhile', async () => {
    append('a\n');
    const ended = writer.end(PATIENT);
    sink.fail('EPIPE');
    expect(await ended).toBe('reader_gone');
  });

  it('throws what went wrong while flushing, or while closing', async () => {
    append('a\n');
    const ended = writer.end(PATIENT);
    sink.fail('ENOSPC');
    await expect(ended).rejects.toMatchObject({ code: 'OUTPUT_FAILED', exit: 7 });

    const other = new OutputWriter({ sink, target: 'rows.csv', clock });
    sink.closeError = Object.assign(new Error('EDQUOT'), { code: 'EDQUOT' });
    await expect(other.end(PATIENT)).rejects.toThrow('cannot write rows.csv: the disk quota is used up');
  });
});

describe('errors', () => {
  it.each(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED'])('takes %s as a reader that has gone', async (code) => {
    append('a\n');
    await endTurn();
    append('b\n');
    sink.fail(code);
    expect(told).toEqual(['gone']);
    appendBytes(200_000);
    await endTurn();
    expect(sink.writes).toEqual(['a\n']);
    expect(writer.queuedBytes).toBeLessThan(QUEUE_CHUNK_BYTES);
    expect(await writer.end(PATIENT)).toBe('reader_gone');
  });

  it('says in words what else it is, once', async () => {
    append('a\n');
    await endTurn();
    sink.fail('ENOSPC');
    expect(told).toEqual(['failed OUTPUT_FAILED: cannot write standard output: no space left on the device']);
    clock.advance(10_000);
    expect(told).toHaveLength(1);
    await expect(writer.end(PATIENT)).rejects.toThrow('no space left');
    expect(sink.closedWhole).toBe(false);
  });

  it('replays the state to a listener that is set late', async () => {
    const late = new OutputWriter({ sink, target: 'standard output', clock });
    late.buffer.appendText('a\n');
    late.commit();
    await endTurn();
    sink.fail('EPIPE');
    const heard: string[] = [];
    late.listen({ pressure() {}, slow() {}, failed() {}, readerGone: () => void heard.push('gone') });
    expect(heard).toEqual(['gone']);
  });
});
