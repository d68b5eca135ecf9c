import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SymbolTable } from '../../../src/lib/recording/compact/cells/symbol-table.ts';
import { compactRecordings } from '../../../src/lib/recording/compact/compact.ts';
import type { CompactedSet, CompactOptions } from '../../../src/lib/recording/compact/compact-set.ts';
import { checkParquet } from '../../../src/lib/recording/compact/parquet/parquet-check.ts';
import { sealFile } from '../../../src/lib/recording/compact/parquet/seal.ts';
import type { OpenFile } from '../../../src/lib/recording/compact/workspace/workspace.ts';
import { askDuck, dataSet } from './duck.ts';
import { DATE, lineOf, madeUpRow, writeRecording } from './recorded-days.ts';

const SECOND = '20261123T101500-3f9a1c-0002';
const TINY = { chunkBytes: 4_000, maxOpenRuns: 2, blockRows: 4 };

let root: string;
let out: string;
let warnings: string[];
let unchanged: string[];
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'tickpipe-'));
  out = path.join(root, 'parquet');
  warnings = [];
  unchanged = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function compact(options: Partial<CompactOptions> = {}): Promise<CompactedSet[]> {
  const made: CompactedSet[] = [];
  const all = {
    out,
    force: false,
    deleteSources: false,
    signal: new AbortController().signal,
    warn: (message: string) => warnings.push(message.replaceAll(root, 'DIR')),
    unchanged: (file: string) => unchanged.push(path.relative(root, file)),
    ...options,
  };
  for await (const set of compactRecordings(root, all)) made.push(set);
  return made;
}

function lines(from: number, count: number): string {
  return Array.from({ length: count }, (_, at) => lineOf(madeUpRow('symbol', from + at))).join('');
}

/** The same in members of ten rows: rows are set aside between members. */
function members(count: number): string[] {
  return Array.from({ length: count / 10 }, (_, at) => lines(at * 10, 10));
}

/** The recording that was compacted. */
async function writeAndCompact(text: string): Promise<string> {
  const source = writeRecording(root, { members: [text] });
  await compact();
  return source;
}

const FILE = () => path.join(out, 'kind=symbol', `date=${DATE}`, 'ticks.parquet');
const GAPS = () => path.join(out, 'gaps', `kind=symbol`, `date=${DATE}`, 'gaps.parquet');
const META = [{ type: 'Footer', ended: 1, rows: 100, reason: 'stopped' }];

/** Everything below the folder that is no folder. */
function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** Opens files whose writes fail once so many bytes were written to all of them. */
function fullAfter(bytes: number): OpenFile {
  let left = bytes;
  return async (...args) => {
    const handle = await open(...args);
    const write = handle.write.bind(handle) as (...all: unknown[]) => Promise<{ bytesWritten: number }>;
    const limited = async (buffer: Uint8Array, at: number, length: number, place: null) => {
      if (left === 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      const count = Math.min(length, left);
      left -= count;
      return write(buffer, at, count, place);
    };
    handle.write = limited as unknown as FileHandle['write'];
    return handle;
  };
}

describe('recordings become a Parquet file', () => {
  test('reported with its counts; no temporary file is left', async () => {
    const source = writeRecording(root, { members: [lines(0, 60), lines(60, 40)], meta: META });
    const [set, ...more] = await compact({ limits: TINY, groupRows: 30 });
    expect(more).toEqual([]);
    expect(set).toEqual({
      date: DATE,
      kind: 'symbol',
      file: FILE(),
      gapsFile: GAPS(),
      rows: 100,
      bytes: readFileSync(FILE()).length,
      sourceBytes: readFileSync(source).length,
      isDamaged: false,
      deleted: 0,
    });
    expect(filesBelow(out)).toEqual([
      `gaps/kind=symbol/date=${DATE}/gaps.parquet`,
      `kind=symbol/date=${DATE}/ticks.parquet`,
    ]);
    expect(readdirSync(path.dirname(FILE()))).toEqual(['ticks.parquet']);
    expect(existsSync(source)).toBe(true);
    expect(warnings).toEqual([]);
  });

  test('the same whatever the memory: in one piece, or spilled and merged in passes', async () => {
    writeRecording(root, { members: members(2_000) });
    await compact({ groupRows: 300 });
    const whole = readFileSync(FILE());
    await compact({ groupRows: 300, limits: TINY, force: true });
    expect(readFileSync(FILE()).equals(whole)).toBe(true);
  });

  test('one of each kind and day, in order', async () => {
    writeRecording(root, { date: '2026-11-24', members: [lines(0, 1)] });
    writeRecording(root, { kind: 'lite', members: [lineOf(madeUpRow('lite', 1))] });
    writeRecording(root, { members: [lines(0, 1)] });
    const made = await compact();
    expect(made.map(({ date, kind }) => `${date} ${kind}`)).toEqual([
      '2026-11-23 lite',
      '2026-11-23 symbol',
      '2026-11-24 symbol',
    ]);
  });
});

describe('an output of the same recordings', () => {
  let source: string;
  beforeEach(async () => {
    source = writeRecording(root, { members: [lines(0, 10)] });
    await compact();
  });

  test('is left as it is', async () => {
    const { ino } = statSync(FILE());
    expect(await compact()).toEqual([]);
    expect(unchanged).toEqual([path.relative(root, FILE())]);
    expect(statSync(FILE()).ino).toBe(ino);
  });

  test('is made and checked again before they are deleted', async () => {
    const { ino } = statSync(FILE());
    expect(await compact({ deleteSources: true })).toMatchObject([{ rows: 10, deleted: 1 }]);
    expect(existsSync(source)).toBe(false);
    expect(statSync(FILE()).ino).not.toBe(ino);
    expect(await compact({ deleteSources: true })).toEqual([]);
  });

  test('is replaced when there are more, as it has nothing else', async () => {
    writeRecording(root, { name: SECOND, members: [lines(10, 10)] });
    expect(await compact()).toMatchObject([{ rows: 20 }]);
    expect(await askDuck(`SELECT count(*) AS rows FROM ${dataSet(out, 'symbol')}`)).toEqual([{ rows: '20' }]);
  });

  test('is made again with force', async () => {
    expect(await compact({ force: true })).toMatchObject([{ rows: 10 }]);
  });

  test('that were damaged is not taken for all of them', async () => {
    appendFileSync(source, 'damage');
    await expect(compact({ force: true })).rejects.toMatchObject({ code: 'RECORDING_CORRUPT' });
    await expect(compact()).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
  });
});

describe('an output of other recordings', () => {
  beforeEach(async () => {
    rmSync(await writeAndCompact(lines(0, 10)));
    writeRecording(root, { name: SECOND, members: [lines(10, 10)] });
  });

  test.each(['', 'no Parquet file at all'])('may be anything: %j', async (text) => {
    writeFileSync(FILE(), text);
    await expect(compact()).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    expect(readFileSync(FILE(), 'utf8')).toBe(text);
  });

  test('is refused when one of them was changed since', async () => {
    const source = writeRecording(root, { members: [lines(0, 10)] });
    appendFileSync(source, gzipSync(lines(20, 1)));
    await expect(compact()).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
  });

  test('is refused, with what --force would mean, and nothing is deleted', async () => {
    const before = readFileSync(FILE());
    const recorded = filesBelow(path.join(root, `date=${DATE}`));
    await expect(compact({ deleteSources: true })).rejects.toMatchObject({
      code: 'OUTPUT_EXISTS',
      hint: expect.stringContaining('--force'),
    });
    expect(readFileSync(FILE()).equals(before)).toBe(true);
    expect(filesBelow(path.join(root, `date=${DATE}`))).toEqual(recorded);
  });

  test('does not keep other days back', async () => {
    writeRecording(root, { date: '2026-11-24', members: [lines(0, 1)] });
    const made: string[] = [];
    const { signal } = new AbortController();
    const options = { out, force: false, deleteSources: false, signal, warn: () => {}, unchanged: () => {} };
    const reading = (async () => {
      for await (const { date } of compactRecordings(root, options)) made.push(date);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    expect(made).toEqual(['2026-11-24']);
  });

  test('is replaced with force', async () => {
    expect(await compact({ force: true })).toMatchObject([{ rows: 10 }]);
    expect(await askDuck(`SELECT count(*) AS rows FROM ${dataSet(out, 'symbol')}`)).toEqual([{ rows: '10' }]);
  });

  test('that comes meanwhile is not replaced either', async () => {
    rmSync(FILE());
    const check: typeof checkParquet = async () => writeFileSync(FILE(), 'of somebody else');
    await expect(compact({ check })).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    expect(readFileSync(FILE(), 'utf8')).toBe('of somebody else');
    expect(readdirSync(path.dirname(FILE()))).toEqual(['ticks.parquet']);
  });
});

describe('with delete', () => {
  test('recordings and their meta files go, and the folders that are empty then', async () => {
    writeRecording(root, { members: [lines(0, 100)], meta: META });
    writeRecording(root, { name: SECOND, members: [lines(100, 100)], meta: META });
    expect(await compact({ deleteSources: true })).toMatchObject([{ rows: 200, deleted: 2 }]);
    expect(readdirSync(root)).toEqual(['parquet']);
    expect(await askDuck(`SELECT count(*) AS rows FROM ${dataSet(out, 'symbol')}`)).toEqual([{ rows: '200' }]);
  });

  test('what is not finished stays', async () => {
    writeRecording(root, { members: [lines(0, 100)], meta: META });
    const part = writeRecording(root, { name: `${SECOND}.ndjson.gz.part`, members: [lines(0, 5)] });
    expect(await compact({ deleteSources: true })).toMatchObject([{ rows: 100, deleted: 1 }]);
    expect(filesBelow(path.join(root, `date=${DATE}`))).toEqual([`kind=symbol/${path.basename(part)}`]);
    expect(warnings).toEqual([`DIR/date=${DATE}/kind=symbol/${path.basename(part)} left alone: not finished`]);
  });

  /** What a disk, or a mistake, might do to the file before it is read back. */
  const harms: [string, (file: string) => void | Promise<void>, RegExp][] = [
    ['a type that changed', (file) => flip(file, 'SymbolUpdate'), /a row that was not recorded/],
    ['a symbol that changed', (file) => flip(file, 'NSE:SIM'), /a row that was not recorded/],
    ['a column that changed', (file) => flip(file, 'volume'), /cannot be read/],
    ['a bit that changed', (file) => flip(file, 'SIM', { seals: false }), /its checksum is wrong/],
    ['an end that is missing', (file) => truncateSync(file, readFileSync(file).length - 10), /its checksum is wrong/],
    ['nothing in it', (file) => truncateSync(file, 0), /its checksum is wrong/],
  ];
  test.each(harms)('nothing goes, and nothing is written, after %s', async (_, harm, words) => {
    writeRecording(root, { members: [lines(0, 100)], meta: META });
    const recorded = filesBelow(root);
    const check: typeof checkParquet = async (file, ...rest) => {
      await harm(file);
      return checkParquet(file, ...rest);
    };
    const failing = compact({ deleteSources: true, check });
    await expect(failing).rejects.toMatchObject({ code: 'OUTPUT_FAILED', exit: 7 });
    await expect(failing).rejects.toThrow(words);
    expect(filesBelow(root)).toEqual(recorded);
    expect(existsSync(path.join(out, 'kind=symbol'))).toBe(false);
  });

  test.each(['one of its bytes', 'its end'])('nothing goes when the table of gaps lost %s', async (what) => {
    writeRecording(root, { members: [lines(0, 100)], meta: META });
    const recorded = filesBelow(root);
    const openFile: OpenFile = async (file, flags, mode) => {
      if (flags === 'r' && path.basename(String(file)) === 'gaps') {
        if (what === 'its end') truncateSync(String(file), 60);
        else await flip(String(file), 'Footer');
      }
      return open(file, flags, mode);
    };
    await expect(compact({ deleteSources: true, openFile })).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      message: expect.stringContaining('does not have all that was noted beside the rows'),
    });
    expect(filesBelow(root)).toEqual(recorded);
  });

  test('a recording whose meta file was written to meanwhile stays', async () => {
    const source = writeRecording(root, { members: [lines(0, 100)], meta: META });
    const metaFile = source.replace('.ndjson.gz', '.meta.jsonl');
    const check: typeof checkParquet = async (...all) => {
      appendFileSync(metaFile, lineOf({ type: 'Gap', from: 1, to: 2, reason: 'stalled', symbols: [] }));
      return checkParquet(...all);
    };
    expect(await compact({ deleteSources: true, check })).toMatchObject([{ rows: 100, deleted: 0 }]);
    expect(existsSync(source)).toBe(true);
    expect(warnings).toEqual([expect.stringContaining('was changed meanwhile: left alone')]);
  });

  test('an output without its table of gaps is made again first', async () => {
    writeRecording(root, { members: [lines(0, 100)], meta: META });
    await compact();
    rmSync(GAPS());
    expect(await compact()).toMatchObject([{ rows: 100 }]);
    expect(existsSync(GAPS())).toBe(true);
    expect(await compact()).toEqual([]);
  });

  test.each([
    ['rows are missing', lines(0, 99), 'it has 99 rows of 100'],
    [
      'a value is another',
      lines(0, 99) + lines(99, 1).replace('"high":', '"high":1'),
      'the rows of NSE:SIM3-EQ differ',
    ],
    [
      'rows are of another symbol',
      lines(0, 99) + lines(99, 1).replace('SIM3', 'SIM2'),
      'the rows of NSE:SIM2-EQ differ',
    ],
  ])('the check tells that %s', async (_, text, words) => {
    writeRecording(root, { members: [lines(0, 100)] });
    const other = path.join(root, 'other');
    writeRecording(other, { members: [text] });
    const ignore = { warn: () => {}, unchanged: () => {} };
    const options = { out: path.join(root, 'less'), force: false, deleteSources: true, ...ignore };
    for await (const _ of compactRecordings(other, { ...options, signal: new AbortController().signal }));
    const less = path.join(root, 'less', 'kind=symbol', `date=${DATE}`, 'ticks.parquet');
    const check: typeof checkParquet = (_, ...rest) => checkParquet(less, ...rest);
    await expect(compact({ check })).rejects.toThrow(`is not what was recorded: ${words}`);
  });

  test('the check finds rows that are not in order', async () => {
    writeRecording(root, { members: [lines(0, 100)] });
    const check: typeof checkParquet = (file, name, options) =>
      checkParquet(file, name, { ...options, symbols: makeBackwards(options.symbols) });
    await expect(compact({ check })).rejects.toThrow('is not what was recorded: its rows are not in order');
  });

  test('a recording that was written to meanwhile stays', async () => {
    const source = writeRecording(root, { members: [lines(0, 100)], meta: META });
    const check: typeof checkParquet = async () => appendFileSync(source, gzipSync(lines(100, 1)));
    expect(await compact({ deleteSources: true, check })).toMatchObject([{ rows: 100, deleted: 0 }]);
    expect(existsSync(source)).toBe(true);
    expect(warnings).toEqual([expect.stringMatching(/ndjson\.gz was changed meanwhile: left alone$/)]);
  });

  test('a recording that cannot be deleted is an error that names it; the Parquet file is there', async () => {
    const source = writeRecording(root, { members: [lines(0, 100)], meta: META });
    const check: typeof checkParquet = async () => rmSync(source);
    const failing = compact({ deleteSources: true, check });
    await expect(failing).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
    await expect(failing).rejects.toThrow(`${source} cannot be deleted: ENOENT`);
    expect(existsSync(FILE())).toBe(true);
  });
});

describe('a damaged recording', () => {
  /** The hundred rows' file after something has happened to it, and how many are whole. */
  const damages: [string, (file: string) => void, number, string][] = [
    [
      'cut within a member',
      (file) => truncateSync(file, readFileSync(file).length - 7),
      60,
      'lost: gzip data that was cut off',
    ],
    [
      'rows of another kind',
      (file) => appendFileSync(file, gzipSync(lineOf(madeUpRow('lite', 1)))),
      100,
      '1 row left out: of another kind',
    ],
    ['lines that are none', (file) => appendFileSync(file, gzipSync('{"type":\n')), 100, 'lost: not a whole row'],
  ];

  test.each(damages)('(%s) gives its whole rows, is reported, and is kept', async (_, harm, rows, words) => {
    const source = writeRecording(root, { members: [lines(0, 60), lines(60, 40)] });
    harm(source);
    await expect(compact({ deleteSources: true })).rejects.toMatchObject({ code: 'RECORDING_CORRUPT', exit: 8 });
    expect(warnings.join()).toContain(words);
    const [answer] = await askDuck(`SELECT count(*) AS rows FROM ${dataSet(out, 'symbol')}`);
    expect(Number(answer?.['rows'])).toBeGreaterThanOrEqual(rows);
    expect(Number(answer?.['rows'])).toBeLessThanOrEqual(100);
    expect(existsSync(source)).toBe(true);
  });

  test('with fewer rows than its meta file says is one, though nothing in it is broken', async () => {
    const source = writeRecording(root, { members: [lines(0, 60)], meta: META });
    await expect(compact({ deleteSources: true })).rejects.toMatchObject({ code: 'RECORDING_CORRUPT' });
    expect(warnings).toEqual([`DIR/${path.relative(root, source)}: 60 rows of the 100 recorded`]);
    expect(existsSync(source)).toBe(true);
  });

  test('keeps back the deletion of its own day and kind only', async () => {
    const broken = writeRecording(root, { members: [lines(0, 60)], meta: META });
    const beside = writeRecording(root, { name: SECOND, members: [lines(0, 100)], meta: META });
    const other = writeRecording(root, { date: '2026-11-24', members: [lines(0, 100)], meta: META });
    await expect(compact({ deleteSources: true })).rejects.toMatchObject({ code: 'RECORDING_CORRUPT' });
    expect([broken, beside, other].map((file) => existsSync(file))).toEqual([true, true, false]);
  });
});

describe('a disk that is full', () => {
  test.each([0, 500, 3_000, 8_000])('after %i bytes: nothing half-written stays', async (bytes) => {
    const source = writeRecording(root, { members: [lines(0, 200)] });
    const failing = compact({ openFile: fullAfter(bytes), limits: TINY, groupRows: 50, deleteSources: true });
    await expect(failing).rejects.toMatchObject({ code: 'OUTPUT_FAILED', exit: 7 });
    await expect(failing).rejects.toThrow(/ticks\.parquet: no space left on the device/);
    expect(filesBelow(root)).toEqual([path.relative(root, source)]);
    expect(existsSync(path.join(out, 'kind=symbol'))).toBe(false);
  });

  test('does not harm an output that was to be replaced', async () => {
    writeRecording(root, { members: [lines(0, 200)] });
    await compact();
    const before = readFileSync(FILE());
    await expect(compact({ force: true, openFile: fullAfter(5_000) })).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
    expect(readFileSync(FILE()).equals(before)).toBe(true);
    expect(readdirSync(path.dirname(FILE()))).toEqual(['ticks.parquet']);
  });
});

test('an output folder that cannot be made is an output that cannot be written', async () => {
  writeRecording(root, { members: [lines(0, 1)] });
  writeFileSync(path.join(root, 'plain'), '');
  const failing = compact({ out: path.join(root, 'plain', 'parquet') });
  await expect(failing).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
});

describe('stopped by its signal', () => {
  test.each([1, 5, 20, 45])('at file %i, it throws the reason and leaves nothing', async (number) => {
    const source = writeRecording(root, { members: members(500) });
    const control = new AbortController();
    let opened = 0;
    const openFile: OpenFile = (...args) => {
      if (++opened === number) control.abort('SIGINT');
      return open(...args);
    };
    const options = { openFile, signal: control.signal, limits: TINY, deleteSources: true, groupRows: 50 };
    await expect(compact(options)).rejects.toBe('SIGINT');
    expect(filesBelow(root)).toEqual([path.relative(root, source)]);
  });

  test('after the check, it does not publish', async () => {
    writeRecording(root, { members: [lines(0, 5)] });
    const control = new AbortController();
    const check: typeof checkParquet = async () => control.abort('SIGTERM');
    await expect(compact({ check, signal: control.signal })).rejects.toBe('SIGTERM');
    expect(filesBelow(out)).toEqual([]);
  });
});

describe('where there is nothing to do', () => {
  test('an empty folder, and one with nothing that is finished', async () => {
    await expect(compact()).rejects.toMatchObject({ code: 'RECORDING_EMPTY', exit: 8 });
    writeRecording(root, { name: `${SECOND}.ndjson.gz.part`, members: [lines(0, 5)] });
    await expect(compact()).rejects.toMatchObject({ code: 'RECORDING_EMPTY' });
    expect(warnings).toHaveLength(1);
  });

  test('a recording without a row makes no file and is not deleted', async () => {
    const source = writeRecording(root, { members: [''] });
    await expect(compact({ deleteSources: true })).rejects.toMatchObject({ code: 'RECORDING_EMPTY' });
    expect(filesBelow(root)).toEqual([path.relative(root, source)]);
  });
});

/** Changes the first byte of something in a file. */
/** @param options `seals`: the checksum is made right again, as if a mistake had come before it */
async function flip(file: string, where: string | Buffer, { seals = true } = {}): Promise<void> {
  const bytes = readFileSync(file);
  const at = bytes.indexOf(where);
  expect(at).toBeGreaterThan(0);
  bytes[at] = (bytes[at] as number) ^ 0x02;
  writeFileSync(file, bytes);
  if (!seals) return;
  const checksum = /(?<=tickpipe\.checksum..)[0-9a-f]{8}/s.exec(bytes.toString('latin1'))?.index as number;
  writeFileSync(
    file,
    Buffer.concat([bytes.subarray(0, checksum), Buffer.from('00000000'), bytes.subarray(checksum + 8)]),
  );
  const handle = await open(file, 'r+');
  await sealFile(handle);
  await handle.close();
}

/** The same symbols with the same numbers, ranked the other way round. */
function makeBackwards(symbols: SymbolTable): SymbolTable {
  const ranks = symbols.ranks().map((rank) => symbols.size - 1 - rank);
  return new Proxy(symbols, {
    get: (table, key) => {
      if (key === 'ranks') return () => ranks;
      const value: unknown = Reflect.get(table, key);
      return typeof value === 'function' ? value.bind(table) : value;
    },
  });
}
