import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TickpipeError } from '../../src/lib/errors/tickpipe-error.ts';
import { readInput } from '../../src/lib/host/read-input.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-input-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const never = new AbortController().signal;
const read = async (file: string, signal = never, maxBytes = 1_000): Promise<string> =>
  (await readInput(file, { maxBytes, signal })).bytes.toString();

function makePipe(): string {
  const file = path.join(folder, 'pipe');
  execFileSync('mkfifo', [file]);
  return file;
}

/** Resolves when the reader of a pipe has it open. */
async function openWriter(file: string): Promise<number> {
  for (;;) {
    try {
      return openSync(file, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch {
      await new Promise(setImmediate);
    }
  }
}

describe('readInput', () => {
  it('reads a regular file, and says what it is', async () => {
    const file = path.join(folder, 'file');
    writeFileSync(file, 'a'.repeat(200_000));
    const { bytes, stats } = await readInput(file, { maxBytes: 200_000, signal: never });
    expect(bytes.toString()).toBe('a'.repeat(200_000));
    expect(stats.isFile()).toBe(true);
  });

  it.each([
    ['a directory', () => folder, 'EISDIR'],
    ['a missing file', () => path.join(folder, 'nothing'), 'ENOENT'],
    ['a device without an end', () => '/dev/zero', 'EFBIG'],
  ])('refuses %s', async (_, file, code) => {
    await expect(read(file())).rejects.toMatchObject({ code });
  });

  it('reads an empty device', async () => {
    expect(await read('/dev/null')).toBe('');
  });

  it('reads a pipe to its end, also when its writer comes late and pauses', async () => {
    const file = makePipe();
    const text = read(file);
    const writer = await openWriter(file);
    writeSync(writer, 'one ');
    await new Promise(setImmediate);
    writeSync(writer, 'two');
    closeSync(writer);
    expect(await text).toBe('one two');
  });

  it('takes a writer that writes nothing for an empty input', async () => {
    const file = makePipe();
    const text = read(file);
    closeSync(await openWriter(file));
    expect(await text).toBe('');
  });

  it('refuses a pipe that gives too much', async () => {
    const file = makePipe();
    const text = read(file, never, 4);
    const failed = expect(text).rejects.toMatchObject({ code: 'EFBIG' });
    const writer = await openWriter(file);
    writeSync(writer, 'too much');
    await failed;
    closeSync(writer);
  });

  it('ends its wait for the writer of a pipe when it is aborted, and closes the pipe', async () => {
    const file = makePipe();
    const stop = new AbortController();
    const text = read(file, stop.signal);
    const failed = expect(text).rejects.toBe('SIGINT');
    const writer = await openWriter(file);
    stop.abort('SIGINT');
    await failed;
    closeSync(writer);
    const left = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
    await expect(read(file, AbortSignal.abort('SIGINT'))).rejects.toBe('SIGINT');
    if (process.platform === 'linux') expect(readdirSync('/proc/self/fd').length).toBe(left);
  });

  it('names the pipe whose writer a deadline did not wait for', async () => {
    const file = makePipe();
    const stop = new AbortController();
    const text = read(file, stop.signal);
    stop.abort(new TickpipeError('TIMEOUT', 'no row came within 5 s'));
    await expect(text).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: `no row came within 5 s: ${JSON.stringify(file)} was not written to its end`,
    });
  });

  it('holds no thread while it waits: the process can end', async () => {
    const file = makePipe();
    // What the thread pool did before: four opens that wait are all the threads it has, and exit joins them.
    const script = `import { readInput } from ${JSON.stringify(new URL('../../src/lib/host/read-input.ts', import.meta.url).href)};
      for (let count = 0; count < 8; count++) readInput(${JSON.stringify(file)}, { maxBytes: 9, signal: new AbortController().signal });
      setTimeout(() => process.exit(42), 50);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: 'ignore',
    });
    expect(await once(child, 'exit')).toEqual([42, null]);
  });
});
