import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock/clock.ts';
import { FileSink } from '../../src/lib/output/file-sink.ts';
import { formatOfFile, type OutputFileOptions, openOutputFile } from '../../src/lib/output/output-file.ts';
import { OutputWriter, type WriterEnd } from '../../src/lib/output/output-writer.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tickpipe-file-'));
  file = path.join(folder, 'rows.ndjson');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function writeRows(options: Partial<OutputFileOptions>, text: string, whole = true): Promise<WriterEnd> {
  const sink = await openOutputFile({ file, force: false, atomic: false, ...options });
  const writer = new OutputWriter({ sink, target: options.file ?? file, clock: systemClock });
  writer.buffer.appendText(text);
  writer.commit();
  return writer.end({ giveUpWhenStuck: false, whole });
}

describe('formatOfFile', () => {
  it.each([
    ['a.ndjson', 'ndjson'],
    ['a.JSONL', 'ndjson'],
    ['a.json', 'ndjson'],
    ['dir.csv/a.b.csv', 'csv'],
  ])('%s is %s', (name, format) => {
    expect(formatOfFile(name)).toBe(format);
  });

  it.each(['a', 'a.txt', 'a.csv.gz', '.csv', 'dir.csv/a'])('%s is a usage error that names it', (name) => {
    expect(() => formatOfFile(name)).toThrow(`--output: the suffix of "${name}" says no format`);
  });
});

describe.each([{ atomic: false }, { atomic: true }])('a file, %o', ({ atomic }) => {
  it('holds what was written, and nothing else is left', async () => {
    const text = 'row\n'.repeat(100_000);
    expect(await writeRows({ atomic }, text)).toBe('flushed');
    expect(await readFile(file, 'utf8')).toBe(text);
    expect(await readdir(folder)).toEqual(['rows.ndjson']);
  });

  it('is never overwritten without force', async () => {
    await writeFile(file, 'precious\n');
    await expect(openOutputFile({ file, force: false, atomic })).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    await expect(writeRows({ atomic }, 'new\n')).rejects.toMatchObject({ code: 'OUTPUT_EXISTS', exit: 2 });
    expect(await readFile(file, 'utf8')).toBe('precious\n');
    await writeRows({ atomic, force: true }, 'new\n');
    expect(await readFile(file, 'utf8')).toBe('new\n');
    expect(await readdir(folder)).toEqual(['rows.ndjson']);
  });

  it('cannot be in a directory that is missing, nor be one: an error in words', async () => {
    const missing = path.join(folder, 'no', 'rows.csv');
    await expect(writeRows({ atomic, file: missing }, 'a\n')).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      message: `cannot write ${missing}: there is no such directory`,
      hint: 'make the directory first, or correct the name',
    });
    await mkdir(file);
    await expect(writeRows({ atomic, force: true }, 'a\n')).rejects.toThrow(`cannot write ${file}: it is a directory`);
  });

  it('may be a device, without force; a full one is an error', async () => {
    expect(await writeRows({ atomic, file: '/dev/null' }, 'a\n')).toBe('flushed');
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
    await expect(writeRows({ atomic, file: '/dev/full' }, 'a\n')).rejects.toMatchObject({
      message: expect.stringContaining('no space left on the device'),
      hint: 'check the disk and the permissions',
    });
  });

  it('may be a named pipe; its reader may leave', async () => {
    const fifo = path.join(folder, 'fifo.csv');
    await promisify(execFile)('mkfifo', [fifo]);
    const reader = promisify(execFile)('cat', [fifo]);
    expect(await writeRows({ atomic, file: fifo }, 'through a pipe\n')).toBe('flushed');
    expect((await reader).stdout).toBe('through a pipe\n');
    const leaver = promisify(execFile)('head', ['-c', '1', fifo]);
    expect(await writeRows({ atomic, file: fifo }, 'x'.repeat(1_000_000))).toBe('reader_gone');
    await leaver;
  });
});

describe('FileSink', () => {
  it('writes on after a short write, and when there was no room for a while', async () => {
    const fifo = path.join(folder, 'fifo');
    await promisify(execFile)('mkfifo', [fifo]);
    const both = await open(fifo, constants.O_RDWR | constants.O_NONBLOCK);
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

describe('a disk that fills up', () => {
  it('leaves whole rows', async () => {
    const sink = await openOutputFile({ file, force: false, atomic: false });
    const write = (text: string) => new Promise<void>((resolve) => sink.write(Buffer.from(text), () => resolve()));
    await write('first row\nsecond ');
    await write('row\nthird r');
    await write('o');
    await sink.close(false);
    expect(await readFile(file, 'utf8')).toBe('first row\nsecond row\n');
  });

  it('leaves nothing of a row that is its first', async () => {
    const sink = await openOutputFile({ file, force: false, atomic: false });
    await new Promise<void>((resolve) => sink.write(Buffer.from('half'), () => resolve()));
    await sink.close(false);
    expect(await readFile(file, 'utf8')).toBe('');
  });
});

describe('the wait for the reader of a named pipe', () => {
  it('ends with the signal, which is not an error of the output', async () => {
    const pipe = path.join(folder, 'pipe');
    await promisify(execFile)('mkfifo', [pipe]);
    const signal = AbortSignal.abort();
    await expect(openOutputFile({ file: pipe, force: false, atomic: false, signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('a snapshot file', () => {
  it('is not there before it is whole, and not at all when it does not become whole', async () => {
    const sink = await openOutputFile({ file, force: false, atomic: true });
    const written = new Promise<void>((resolve) => sink.write(Buffer.from('half'), () => resolve()));
    await written;
    expect(await readdir(folder)).not.toContain('rows.ndjson');
    await sink.close(false);
    expect(await readdir(folder)).toEqual([]);
  });

  it('leaves an older file alone when it does not become whole', async () => {
    await writeFile(file, 'precious\n');
    await writeRows({ atomic: true, force: true }, 'half', false);
    expect(await readFile(file, 'utf8')).toBe('precious\n');
    expect(await readdir(folder)).toEqual(['rows.ndjson']);
  });

  it('does not replace a file that came meanwhile', async () => {
    const sink = await openOutputFile({ file, force: false, atomic: true });
    await writeFile(file, 'faster\n');
    await expect(sink.close(true)).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    expect(await readFile(file, 'utf8')).toBe('faster\n');
    expect(await readdir(folder)).toEqual(['rows.ndjson']);
  });

  it('keeps the mode of the file it replaces, and a link stays a link', async () => {
    const link = path.join(folder, 'latest.ndjson');
    await writeFile(file, 'old\n');
    await chmod(file, 0o640);
    await symlink(file, link);
    await writeRows({ atomic: true, force: true, file: link }, 'new\n');
    expect(await readFile(file, 'utf8')).toBe('new\n');
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect((await readdir(folder)).sort()).toEqual(['latest.ndjson', 'rows.ndjson']);
  });
});
