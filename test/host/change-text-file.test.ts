import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Clock, systemClock } from '../../src/lib/clock/clock.ts';
import { type ChangeOptions, changeTextFile, followLinks } from '../../src/lib/host/change-text-file.ts';

let folder: string;
let options: ChangeOptions;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-change-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  options = {
    env: { TICKPIPE_RUN_DIR: path.join(folder, 'run') },
    clock: systemClock,
    signal: new AbortController().signal,
    maxBytes: 1_000,
    makesDirectory: true,
  };
});
const at = (...names: string[]): string => path.join(folder, ...names);

describe('a file that is changed', () => {
  test('keeps its mode, its mark and its encoding', async () => {
    const text = '\ufeffä\r\n';
    const encodings: Readonly<Record<string, (text: string) => Buffer>> = {
      'utf8.txt': (text) => Buffer.from(text),
      'utf16le.txt': (text) => Buffer.from(text, 'utf16le'),
      'utf16be.txt': (text) => Buffer.from(text, 'utf16le').swap16(),
      'plain.txt': (text) => Buffer.from(text.replace('\ufeff', '')),
    };
    for (const [name, encode] of Object.entries(encodings)) {
      writeFileSync(at(name), encode(text));
      chmodSync(at(name), 0o664);
      const seen: unknown[] = [];
      const isChanged = await changeTextFile(at(name), options, (old) => {
        seen.push(old);
        return `${old}b\r\n`;
      });
      expect({ isChanged, seen }, name).toEqual({ isChanged: true, seen: ['ä\r\n'] });
      expect(statSync(at(name)).mode & 0o777, name).toBe(0o664);
      expect(readFileSync(at(name)), name).toEqual(encode(`${text}b\r\n`));
    }
  });

  test('has no longer beside it what a change that was killed left there', async () => {
    // Above the largest process id of Linux.
    const pid = 2 ** 31 - 1;
    const [killed, running, other] = [
      `.tickpipe-${pid}-${'0'.repeat(16)}.tmp`,
      `.tickpipe-${process.pid}-${'0'.repeat(16)}.tmp`,
      '.notes.tmp',
    ];
    for (const name of [killed, running, other]) writeFileSync(at(name), 'half');
    await changeTextFile(at('list.txt'), options, () => 'text');
    expect(
      readdirSync(folder)
        .filter((name) => name !== 'run')
        .sort(),
    ).toEqual([other, running, 'list.txt'].sort());
  });

  test('is made with its folders, for the user alone', async () => {
    expect(await changeTextFile(at('a/b/c.txt'), options, (text) => `${text}`)).toBe(true);
    expect(readFileSync(at('a/b/c.txt'), 'utf8')).toBe('undefined');
    expect(statSync(at('a/b/c.txt')).mode & 0o777).toBe(0o600);
    expect(statSync(at('a')).mode & 0o777).toBe(0o700);
  });

  test('is not made, nor its folder, when nothing is to be written', async () => {
    expect(await changeTextFile(at('a/c.txt'), options, () => undefined)).toBe(false);
    expect(readdirSync(folder)).toEqual(['run']);
    writeFileSync(at('c.txt'), 'x');
    const before = statSync(at('c.txt')).ino;
    expect(await changeTextFile(at('c.txt'), options, (text) => text)).toBe(false);
    expect(statSync(at('c.txt')).ino).toBe(before);
  });

  test('stays as it was when the change fails', async () => {
    writeFileSync(at('c.txt'), 'x');
    const failing = changeTextFile(at('c.txt'), options, () => {
      throw new RangeError('no');
    });
    await expect(failing).rejects.toThrow(RangeError);
    expect(readFileSync(at('c.txt'), 'utf8')).toBe('x');
    expect(readdirSync(at('run'))).toEqual([]);
    expect(await changeTextFile(at('c.txt'), options, () => 'y')).toBe(true);
  });

  test.each([
    ['a folder', () => mkdirSync(at('c.txt')), 'it is a directory'],
    ['bytes that are no characters', () => writeFileSync(at('c.txt'), Buffer.from([0x61, 0xff])), 'it is not text'],
    ['half a character', () => writeFileSync(at('c.txt'), Buffer.from([0xff, 0xfe, 0x61])), 'it is not text'],
    ['more than the limit', () => writeFileSync(at('c.txt'), 'x'.repeat(1_001)), 'it is larger than 1000 bytes'],
    ['a device', () => symlinkSync('/dev/null', at('c.txt')), 'it is not a regular file'],
  ])('is a text file, not %s', async (_, make, message) => {
    make();
    await expect(changeTextFile(at('c.txt'), options, () => 'y')).rejects.toMatchObject({
      code: 'INPUT_MISSING',
      message: expect.stringContaining(message),
    });
  });

  test('is changed by one at a time', async () => {
    writeFileSync(at('n.txt'), '');
    const rounds = Array.from({ length: 12 }, async (_, round) =>
      changeTextFile(at('n.txt'), options, async (text) => {
        await new Promise((resolve) => setImmediate(resolve));
        return `${text}${round}\n`;
      }),
    );
    await Promise.all(rounds);
    const lines = readFileSync(at('n.txt'), 'utf8').trim().split('\n').map(Number);
    expect(lines.sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, round) => round));
  });

  test('is not waited for without end: the error names the process that changes it', async () => {
    let now = 0;
    const clock: Clock = { ...systemClock, monotonic: () => (now += 5_000) };
    await changeTextFile(at('n.txt'), options, async () => {
      await expect(changeTextFile(at('n.txt'), { ...options, clock }, () => 'second')).rejects.toMatchObject({
        code: 'OUTPUT_FAILED',
        message: `cannot write ${at('n.txt')}: pid ${process.pid} is changing it`,
        hint: expect.stringMatching(/^end that process; if it has ended already, remove .*\.lock$/),
      });
      return 'first';
    });
    expect(readFileSync(at('n.txt'), 'utf8')).toBe('first');
  });

  test('is waited for only while the signal allows it', async () => {
    const controller = new AbortController();
    const first = changeTextFile(at('n.txt'), options, async () => {
      const second = changeTextFile(at('n.txt'), { ...options, signal: controller.signal }, () => 'second');
      controller.abort('SIGINT');
      await expect(second).rejects.toBe('SIGINT');
      return 'first';
    });
    await first;
    expect(readFileSync(at('n.txt'), 'utf8')).toBe('first');
  });
});

describe('a link', () => {
  test('is followed, also to what is not there yet', async () => {
    mkdirSync(at('real'));
    symlinkSync('real', at('linked'));
    symlinkSync('linked/b.txt', at('a.txt'));
    const real = await followLinks(folder);
    expect(await followLinks(at('a.txt'))).toBe(path.join(real, 'real/b.txt'));
    await changeTextFile(at('a.txt'), options, () => 'x');
    expect(readFileSync(at('real/b.txt'), 'utf8')).toBe('x');
    expect(await followLinks(at('a.txt'))).toBe(path.join(real, 'real/b.txt'));
    expect(await followLinks(at('linked/none/c.txt'))).toBe(path.join(real, 'real/none/c.txt'));
  });

  test('to itself is an error of the system', async () => {
    symlinkSync('b', at('a'));
    symlinkSync('a', at('b'));
    await expect(followLinks(at('a'))).rejects.toMatchObject({ code: 'ELOOP' });
  });
});
