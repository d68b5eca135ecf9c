import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/clock/clock.ts';
import { checkSuffix, formatOfFile } from '../../../src/lib/output/writer/file-name.ts';
import { type OutputFileOptions, openAppended, openOutputFile } from '../../../src/lib/output/writer/output-file.ts';
import { OutputWriter, type WriterEnd } from '../../../src/lib/output/writer/output-writer.ts';
import { createTemporary } from '../../../src/lib/output/writer/temporary-file.ts';

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
    ['dir.csv/a.b.csv', 'csv'],
  ])('%s is %s', (name, format) => {
    expect(formatOfFile(name)).toBe(format);
  });

  it.each(['a', 'a.txt', 'a.json', '.csv', 'dir.csv/a'])('%s is a usage error that names it', (name) => {
    expect(() => formatOfFile(name)).toThrow(`--output: the suffix of "${name}" says no format`);
  });
});

describe('a suffix that promises something else', () => {
  it('.json is one value; rows are one a line', () => {
    expect(() => formatOfFile('a.json')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('end the name in .ndjson or .jsonl') }),
    );
  });

  it.each([
    ['out/a.csv.gz', 'would not be compressed', '| gzip > a.csv.gz'],
    ['a.ndjson.ZST', 'would not be compressed', '| zstd > '],
    ['a.parquet', 'would be no Parquet file', 'tickpipe compact'],
  ])('%s is a usage error whatever the format', (name, message, hint) => {
    const error = expect.objectContaining({
      code: 'USAGE',
      message: `--output: "${name}" ${message}`,
      hint: expect.stringContaining(hint),
    });
    expect(() => checkSuffix(name)).toThrow(error);
  });

  it.each(['a.csv', 'a.txt', 'parquet', 'a.gz.csv', '/dev/stdout'])('%s promises nothing else', (name) => {
    expect(() => checkSuffix(name)).not.toThrow();
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

  it('may have a name of 255 bytes, of more bytes than characters', async () => {
    for (const name of ['n'.repeat(255), `${'ஸ்'.repeat(42)}.`]) {
      file = path.join(folder, name.padEnd(name.length + 255 - Buffer.byteLength(name), 'x'));
      await writeRows({ atomic }, 'row\n');
      expect(await readFile(file, 'utf8')).toBe('row\n');
      await writeRows({ atomic, force: true }, 'new\n');
      expect(await readFile(file, 'utf8')).toBe('new\n');
    }
    expect(await readdir(folder)).toHaveLength(2);
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

describe('a file that is written as rows come', () => {
  it.each([false, true])('has no hole when it is copied and cut while it grows; force: %s', async (force) => {
    const sink = await openOutputFile({ file, force, atomic: false });
    const write = (text: string) => new Promise<void>((resolve) => sink.write(Buffer.from(text), () => resolve()));
    await write('before\n'.repeat(100));
    await truncate(file);
    await write('after\nhalf a r');
    await sink.close(false);
    expect(await readFile(file, 'utf8')).toBe('after\n');
  });
});

describe('the file that a snapshot is written to before it has its name', () => {
  it('is never one that was there, nor behind a link', async () => {
    const victim = path.join(folder, 'victim');
    await writeFile(victim, 'precious');
    // The name that it had once, which anybody could foresee.
    await symlink(victim, path.join(folder, `.rows.ndjson.${process.pid}.part`));
    await writeRows({ atomic: true }, 'row\n');
    expect([await readFile(victim, 'utf8'), await readFile(file, 'utf8')]).toEqual(['precious', 'row\n']);
  });

  it('has a random name', async () => {
    const made = await Promise.all([createTemporary(file), createTemporary(file)]);
    for (const { file: name, handle } of made) {
      expect(path.basename(name)).toMatch(/^\.tickpipe-\d+-[0-9a-f]{16}\.tmp$/);
      await handle.close();
    }
    expect(new Set(made.map(({ file: name }) => name)).size).toBe(2);
  });
});

describe('a file that rows are added to', () => {
  async function append(text: string, { atomic = false, whole = true } = {}) {
    const { sink, ...found } = await openAppended(file, atomic);
    const writer = new OutputWriter({ sink, target: file, clock: systemClock });
    writer.buffer.appendText(text);
    writer.commit();
    await writer.end({ giveUpWhenStuck: false, whole });
    return found;
  }

  it.each([false, true])('is made, then added to; atomic: %s', async (atomic) => {
    expect(await append('one\n', { atomic })).toEqual({ firstLine: undefined, isEmpty: true });
    expect(await append('two\n', { atomic })).toEqual({ firstLine: 'one\n', isEmpty: false });
    expect(await readFile(file, 'utf8')).toBe('one\ntwo\n');
    expect(await readdir(folder)).toEqual(['rows.ndjson']);
  });

  it.each([false, true])('gets a line end behind half a row that a killed program left; atomic: %s', async (atomic) => {
    await writeFile(file, 'whole\nhal');
    await append('new\n', { atomic });
    expect(await readFile(file, 'utf8')).toBe('whole\nhal\nnew\n');
  });

  it('gets a snapshot whole, or nothing', async () => {
    await writeFile(file, 'before\n');
    await append('row\n'.repeat(100_000), { atomic: true, whole: false });
    expect(await readFile(file, 'utf8')).toBe('before\n');
    await append('row\n'.repeat(100_000), { atomic: true });
    expect(await readFile(file, 'utf8')).toBe(`before\n${'row\n'.repeat(100_000)}`);
  });

  it('that is a directory, or in one that is missing, is an error in words', async () => {
    await expect(openAppended(folder, false)).rejects.toThrow(`cannot write ${folder}: it is a directory`);
    await expect(openAppended(path.join(folder, 'no/file'), false)).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
  });
});
