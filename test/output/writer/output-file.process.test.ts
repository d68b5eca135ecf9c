import { execFile, execFileSync } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/clock/clock.ts';
import { FileSink } from '../../../src/lib/output/writer/byte-sink.ts';
import { openOutputFile } from '../../../src/lib/output/writer/output-file.ts';
import { OutputWriter, type WriterEnd } from '../../../src/lib/output/writer/output-writer.ts';

const run = promisify(execFile);

let folder: string;
let pipe: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tickpipe-pipe-'));
  pipe = path.join(folder, 'pipe.csv');
  execFileSync('mkfifo', [pipe]);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function writeRows(atomic: boolean, text: string): Promise<WriterEnd> {
  const sink = await openOutputFile({ file: pipe, force: false, atomic });
  const writer = new OutputWriter({ sink, target: pipe, clock: systemClock });
  writer.buffer.appendText(text);
  writer.commit();
  return writer.end({ giveUpWhenStuck: false, whole: true });
}

describe('a named pipe as the output', () => {
  it.each([false, true])('takes rows, and its reader may leave (atomic: %s)', async (atomic) => {
    const reader = run('cat', [pipe]);
    expect(await writeRows(atomic, 'through a pipe\n')).toBe('flushed');
    expect((await reader).stdout).toBe('through a pipe\n');
    const leaver = run('head', ['-c', '1', pipe]);
    expect(await writeRows(atomic, 'x'.repeat(1_000_000))).toBe('reader_gone');
    await leaver;
  });
});

describe('FileSink', () => {
  it('writes on after a short write, and when there was no room for a while', async () => {
    const both = await open(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    const sink = new FileSink(both.fd, () => both.close());
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, position) => position % 251));
    let isDone = false;
    const written = new Promise<void>((resolve, reject) => {
      sink.write(bytes, (error) => {
        isDone = true;
        if (error) reject(error);
        else resolve();
      });
    });
    const parts: Buffer[] = [];
    const part = Buffer.alloc(20_000);
    while (Buffer.concat(parts).length < bytes.length) {
      const count = await both.read(part, 0, part.length, null).then(
        ({ bytesRead }) => bytesRead,
        () => 0,
      );
      parts.push(Buffer.from(part.subarray(0, count)));
      if (count === 0) await new Promise((resolve) => setImmediate(resolve));
      if (parts.length === 1) expect(isDone).toBe(false);
    }
    await written;
    expect(Buffer.concat(parts).equals(bytes)).toBe(true);
    await sink.close(true);
  });
});

describe('the wait for the reader of a named pipe', () => {
  it('ends with the signal, which is not an error of the output', async () => {
    const signal = AbortSignal.abort();
    await expect(openOutputFile({ file: pipe, force: false, atomic: false, signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
