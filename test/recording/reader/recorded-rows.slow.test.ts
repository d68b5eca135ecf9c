import { createWriteStream, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../../src/lib/market/kinds.ts';
import type { Damage } from '../../../src/lib/recording/reader/damage.ts';
import { readRecordedRows } from '../../../src/lib/recording/reader/recorded-lines.ts';
import { seededRandom } from '../../support/random.ts';
import { makeFolder, makeRow, makeRows, packMembers, TEN } from '../made-rows.ts';

interface Read {
  readonly text: string;
  readonly damage: Omit<Damage, 'file'>[];
}

async function readFile(file: string): Promise<Read> {
  const parts: Buffer[] = [];
  const damage: Omit<Damage, 'file'>[] = [];
  for await (const rows of readRecordedRows(file, ({ file: _, ...rest }) => damage.push(rest)))
    parts.push(Buffer.from(rows));
  return { text: Buffer.concat(parts).toString(), damage };
}

async function read(bytes: Buffer, name = 'rows.ndjson'): Promise<Read> {
  const file = path.join(makeFolder(), name);
  writeFileSync(file, bytes);
  return readFile(file);
}

const textOf = (rows: readonly Buffer[]): string => Buffer.concat(rows).toString();

describe('a plain file', () => {
  test('gives its bytes back, whatever the kinds', async () => {
    const rows = KINDS.flatMap((kind) => [
      makeRow(kind, kind === 'index' ? 'NSE:NIFTY50 EQL WGT-INDEX' : 'NSE:M&M-EQ', TEN),
      makeRow(kind, 'NSE:SBIN-EQ', TEN + 1, 0, true),
    ]);
    expect(await read(Buffer.concat(rows))).toEqual({ text: textOf(rows), damage: [] });
  });

  test('of many blocks gives its bytes back', async () => {
    const rows = makeRows(2_000);
    expect(await read(Buffer.concat(rows))).toEqual({ text: textOf(rows), damage: [] });
  });

  test('that is empty gives nothing', async () =>
    expect(await read(Buffer.alloc(0))).toEqual({ text: '', damage: [] }));

  test('cut in its last row gives the rows before', async () => {
    const [first, second] = makeRows(2) as [Buffer, Buffer];
    const { text, damage } = await read(Buffer.concat([first, second.subarray(0, 100)]));
    expect(text).toBe(first.toString());
    expect(damage).toEqual([{ offset: first.length, bytes: 100, within: 'file', reason: 'a row that was cut off' }]);
  });

  test.each<[string, (row: string) => string]>([
    ['NULs', () => `${'\0'.repeat(5_000)}\n`],
    ['a cut row glued to the next', (row) => row.slice(0, 200) + row],
    ['another type', () => '{"type":"Gap","from":1,"to":2,"reason":"token","symbols":[]}\n'],
    ['a key too few', (row) => row.replace('"open":null,', '')],
    ['keys in another order', (row) => row.replace(/("open":[^,]*),("high":[^,]*)/, '$2,$1')],
    ['a text for a number', (row) => row.replace(/"ltp":[^,]*/, '"ltp":"610"')],
    ['a number that is none', (row) => row.replace(/"ltp":[^,]*/, '"ltp":6.1.0')],
    ['a number without its end', (row) => row.replace(/"ltp":[^,]*/, '"ltp":610.')],
    ['zeros in front', (row) => row.replace(/"ltp":[^,]*/, '"ltp":0610')],
    ['a count with decimals', (row) => row.replace(/"volume":[^,]*/, '"volume":1.5')],
    ['a number that no number can be', (row) => row.replace(/"volume":[^,]*/, `"volume":${'9'.repeat(30)}`)],
    ['no time', (row) => row.replace(/"received_at":\d*/, '"received_at":null')],
    ['a time before time', (row) => row.replace(/"received_at":/, '"received_at":-')],
    ['a symbol that is none', (row) => row.replace('NSE:SBIN-EQ', 'NSE:SB\\"IN')],
    ['a symbol that does not end', (row) => row.replace('NSE:SBIN-EQ', 'A'.repeat(200))],
    ['another line end', (row) => row.replace('\n', '\r\n')],
    ['words behind it', (row) => row.replace('\n', ' \n')],
    ['an empty line', () => '\n'],
    ['a mark that says false', (row) => row.replace('}\n', ',"simulated":false}\n')],
  ])('with %s between rows passes it over', async (_, make) => {
    const [before, row, after] = makeRows(3) as [Buffer, Buffer, Buffer];
    const bad = Buffer.from(make(row.toString()));
    const { text, damage } = await read(Buffer.concat([before, bad, after]));
    expect(text).toBe(textOf([before, after]));
    expect(damage).toEqual([{ offset: before.length, bytes: bad.length, within: 'file', reason: 'not a whole row' }]);
  });

  test('with megabytes that have no line end goes on behind them', async () => {
    const [before, after] = makeRows(2) as [Buffer, Buffer];
    const { text, damage } = await read(Buffer.concat([before, Buffer.alloc(3_000_000), Buffer.from('\n'), after]));
    expect(text).toBe(textOf([before, after]));
    expect(damage).toEqual([{ offset: before.length, bytes: 3_000_001, within: 'file', reason: 'not a whole row' }]);
  });

  test('reports bad lines that follow each other as one place', async () => {
    const rows = makeRows(4);
    const { damage } = await read(
      Buffer.concat([...rows.slice(0, 2), Buffer.from('a\nb\nc\n'), ...rows.slice(2), Buffer.from('d\n')]),
    );
    expect(damage.map(({ bytes }) => bytes)).toEqual([6, 2]);
  });

  test('with random bytes changed never gives a row that is not of its form', async () => {
    const random = seededRandom(7);
    const whole = Buffer.concat(makeRows(20));
    for (let turn = 0; turn < 150; turn++) {
      const bytes = Buffer.from(whole);
      for (let change = 0; change < 5; change++)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      const { text, damage } = await read(bytes);
      for (const line of text.split('\n').slice(0, -1)) {
        expect(Object.keys(JSON.parse(line) as object)).toHaveLength(27);
      }
      const lost = damage.reduce((sum, { bytes: count }) => sum + count, 0);
      expect(text.length + lost).toBe(bytes.length);
    }
  });
});

describe('a gzip file', () => {
  const groups = [makeRows(3), makeRows(2, { from: TEN + 1_000 }), makeRows(4, { from: TEN + 2_000 })];
  const packed = packMembers(groups);
  const all = textOf(groups.flat());

  test('of many members gives its rows back, whatever its name', async () => {
    expect(await read(packed, 'a.ndjson.gz')).toEqual({ text: all, damage: [] });
    expect(await read(packed, 'a.ndjson.gz.part')).toEqual({ text: all, damage: [] });
    expect(await read(packed, 'somebodys')).toEqual({ text: all, damage: [] });
  });

  test('with every optional part in its header is read', async () => {
    const body = gzipSync(textOf(groups[0] as Buffer[])).subarray(10);
    const header = Buffer.from([0x1f, 0x8b, 8, 0x1f, 0, 0, 0, 0, 0, 3, 4, 0, 1, 2, 3, 4]);
    const texts = Buffer.from('name\0a comment\0\x01\x02', 'latin1');
    const file = Buffer.concat([header, texts, body, packed]);
    expect(await read(file, 'a.gz')).toEqual({ text: textOf(groups[0] as Buffer[]) + all, damage: [] });
  });

  test('of empty members gives nothing', async () => {
    expect(await read(Buffer.concat([gzipSync(''), gzipSync('')]), 'a.gz')).toEqual({ text: '', damage: [] });
  });

  test('cut at every byte gives the whole members, and of the last what there is', async () => {
    const ends = groups.map((_, at) => packMembers(groups.slice(0, at + 1)).length);
    const file = path.join(makeFolder(), 'a.ndjson.gz');
    for (let length = 0; length <= packed.length; length++) {
      writeFileSync(file, packed.subarray(0, length));
      const { text, damage } = await readFile(file);
      const wholeMembers = ends.filter((end) => end <= length).length;
      const least = textOf(groups.slice(0, wholeMembers).flat());
      expect(all.startsWith(text) && text.startsWith(least), `cut at ${length}`).toBe(true);
      expect(text === '' || text.endsWith('\n')).toBe(true);
      const isCut = length !== 0 && !ends.includes(length);
      expect(damage.length, `cut at ${length}`).toBe(isCut ? 1 : 0);
      if (isCut) expect(damage[0]?.reason).toBe('gzip data that was cut off');
    }
  });

  test('with random bytes changed loses no more than the members they are in, and makes nothing up', async () => {
    const random = seededRandom(11);
    const ends = groups.map((_, at) => packMembers(groups.slice(0, at + 1)).length);
    const rows = new Set(all.split('\n'));
    for (let turn = 0; turn < 400; turn++) {
      const bytes = Buffer.from(packed);
      const at = Math.floor(random() * bytes.length);
      bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random() * 8));
      const { text } = await read(bytes, 'a.ndjson.gz');
      const hurt = ends.findIndex((end) => at < end);
      for (const line of text.split('\n')) expect(rows.has(line), `changed at ${at}`).toBe(true);
      for (const [member, group] of groups.entries()) {
        if (member !== hurt) expect(text.includes(textOf(group)), `changed at ${at}`).toBe(true);
      }
    }
  });

  test('with a broken member names where it was and how long', async () => {
    const [first, second] = groups.map((group) => packMembers([group]).length) as [number, number];
    const bytes = Buffer.from(packed);
    bytes.fill(0xff, first + 15, first + 40);
    const { text, damage } = await read(bytes, 'a.ndjson.gz');
    expect(text).toBe(textOf([...(groups[0] as Buffer[]), ...(groups[2] as Buffer[])]));
    expect(damage).toEqual([{ offset: first, bytes: second, within: 'file', reason: 'gzip data that is broken' }]);
  });

  test('with a member that runs on over the next is broken there, not cut', async () => {
    const stored = groups.map((group) => gzipSync(Buffer.concat(group), { level: 0 }));
    const [first, second, third] = stored as [Buffer, Buffer, Buffer];
    // The length of its one block, and a digit in its first row.
    first.writeUInt16LE(first.length + second.length + third.length, 11);
    first.writeUInt16LE(0xffff - (first.length + second.length + third.length), 13);
    const digit = first.indexOf('"ltp":6') + 6;
    first[digit] = '7'.charCodeAt(0);
    const { text, damage } = await read(Buffer.concat([first, second, third]), 'a.ndjson.gz');
    expect(text).toBe(textOf([...(groups[1] as Buffer[]), ...(groups[2] as Buffer[])]));
    expect(damage).toMatchObject([{ offset: 0, bytes: first.length }]);
  });

  test('with NULs behind it, as after a power cut, reports them', async () => {
    const { text, damage } = await read(Buffer.concat([packed, Buffer.alloc(5_000)]), 'a.ndjson.gz');
    expect(text).toBe(all);
    expect(damage).toEqual([{ offset: packed.length, bytes: 5_000, within: 'file', reason: 'not gzip data' }]);
  });

  test('that is none gives nothing', async () => {
    const { text, damage } = await read(Buffer.from('nothing of the kind\n'), 'a.ndjson.gz');
    expect(text).toBe('');
    expect(damage).toEqual([{ offset: 0, bytes: 20, within: 'file', reason: 'not gzip data' }]);
  });

  test('with a damaged row in it says where in the contents', async () => {
    const [before, after] = makeRows(2) as [Buffer, Buffer];
    const { text, damage } = await read(gzipSync(Buffer.concat([before, Buffer.from('???\n'), after])), 'a.gz');
    expect(text).toBe(textOf([before, after]));
    expect(damage).toEqual([{ offset: before.length, bytes: 4, within: 'contents', reason: 'not a whole row' }]);
  });

  test('whose rows go on from one member into the next is read', async () => {
    const text = textOf(makeRows(3));
    const bytes = Buffer.concat([gzipSync(text.slice(0, 700)), gzipSync(text.slice(700))]);
    expect(await read(bytes, 'a.gz')).toEqual({ text, damage: [] });
  });
});

describe('a huge member of another program', () => {
  test('is read in bounded memory', async () => {
    const row = makeRow('symbol', 'NSE:SBIN-EQ', TEN);
    const file = path.join(makeFolder(), 'a.ndjson.gz');
    const thousand = Buffer.alloc(row.length * 1_000, row);
    const source = Readable.from(Array.from({ length: 300 }, () => thousand));
    await pipeline(source, createGzip({ level: 1 }), createWriteStream(file));
    let bytes = 0;
    let peak = 0;
    const before = process.memoryUsage().arrayBuffers;
    for await (const rows of readRecordedRows(file, () => expect.unreachable())) {
      bytes += rows.length;
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    }
    expect(bytes).toBe(row.length * 300_000);
    expect(peak).toBeLessThan(60_000_000);
  });

  test('that was cut gives the rows up to there', async () => {
    const rows = makeRows(3);
    const chunk = Buffer.alloc((rows[0] as Buffer).length * 40_000, rows[0]);
    const packed = gzipSync(chunk, { level: 1 });
    const { text, damage } = await read(packed.subarray(0, packed.length - 50), 'a.gz');
    expect(text.length).toBeGreaterThan(chunk.length * 0.9);
    expect(damage).toHaveLength(1);
  });

  test('whose checksum is wrong is reported', async () => {
    const chunk = Buffer.alloc((makeRows(1)[0]?.length as number) * 40_000, makeRows(1)[0]);
    const packed = gzipSync(chunk, { level: 1 });
    packed.writeUInt32LE(1, packed.length - 8);
    const { damage } = await read(packed, 'a.gz');
    expect(damage.map(({ reason }) => reason)).toEqual(['gzip data that is broken']);
  });
});

describe('what cannot be read', () => {
  test('is named in the error', async () => {
    await expect(readFile('/nonexistent/a.ndjson')).rejects.toMatchObject({ code: 'INPUT_MISSING' });
    await expect(readFile(makeFolder())).rejects.toMatchObject({ code: 'INPUT_MISSING' });
  });

  test('is closed when the reader stops early', async () => {
    const file = path.join(makeFolder(), 'a.ndjson.gz');
    writeFileSync(file, packMembers([makeRows(1_000), makeRows(1_000)]));
    for await (const rows of readRecordedRows(file, () => {})) {
      expect(rows.length).toBeGreaterThan(0);
      break;
    }
  });
});
