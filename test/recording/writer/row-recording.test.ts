import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import type { Tick } from '../../../src/lib/market/tick.ts';
import type { RecordingFilesOptions } from '../../../src/lib/recording/writer/recording-files.ts';
import { RowRecording } from '../../../src/lib/recording/writer/row-recording.ts';
import { optionsOf, RUN, readTree, START, Ticker } from './recording-fixture.ts';

const FOLDER = 'date=2026-11-23/kind=symbol';
const FIRST = `${FOLDER}/20261123T091500-${RUN}-0001`;

const linesOf = (text: string | undefined): Record<string, unknown>[] =>
  (text ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

describe('a recording', () => {
  it.each([
    [true, '.ndjson.gz'],
    [false, '.ndjson'],
  ])('gzip %s: holds the rows of the contract and nothing else', async (isGzip, suffix) => {
    const options = optionsOf({ isGzip });
    const recording = new RowRecording(options);
    const sbin = new Ticker(0, 'NSE:SBIN-EQ');
    recording.change([{ kind: 'symbol', symbol: 'NSE:SBIN-EQ' }], []);
    let expected = '';
    for (let second = 0; second < 5; second++) {
      recording.tick(sbin.at(START + second * 1_000, 61_050 + second));
      expected += sbin.row;
    }
    expect(await recording.end()).toBe('flushed');
    const tree = readTree(options.directory);
    expect(Object.keys(tree)).toEqual([`${FIRST}.meta.jsonl`, `${FIRST}${suffix}`]);
    expect(tree[`${FIRST}${suffix}`]).toBe(expected);
    expect(linesOf(tree[`${FIRST}.meta.jsonl`])).toMatchObject([
      { type: 'Header', schema: 1, kind: 'symbol', started: START, run: RUN, number: 1, symbols: ['NSE:SBIN-EQ'] },
      { type: 'Footer', rows: 5, reason: 'stopped' },
    ]);
  });

  it('keeps each kind in its folder', async () => {
    const options = optionsOf({ isGzip: false });
    const recording = new RowRecording(options);
    const tickers = (['symbol', 'index', 'depth', 'lite'] as const).map((kind, id) => new Ticker(id, 'NSE:A-EQ', kind));
    for (const ticker of tickers) recording.tick(ticker.at(START, 100));
    await recording.end();
    const tree = readTree(options.directory);
    for (const { tick, row } of tickers) {
      expect(tree[`date=2026-11-23/kind=${tick.kind}/20261123T091500-${RUN}-0001.ndjson`]).toBe(row);
    }
  });

  it('is being written under another name, and what it holds after each flush is whole', async () => {
    const options = optionsOf();
    const recording = new RowRecording(options);
    const sbin = new Ticker(0, 'NSE:SBIN-EQ');
    const part = path.join(options.directory, `${FIRST}.ndjson.gz.part`);
    let expected = '';
    for (let second = 0; second < 3; second++) {
      recording.tick(sbin.at(START + second * 1_000, 100 + second));
      expected += sbin.row;
      options.clock.advance(1_000);
      await vi.waitFor(() => expect(gunzipSync(readFileSync(part)).toString()).toBe(expected));
    }
    await recording.end();
    expect(existsSync(part)).toBe(false);
  });

  it('leaves nothing when no row came', async () => {
    const options = optionsOf();
    const recording = new RowRecording(options);
    recording.control({ type: 'Gap', from: 1, to: 2, reason: 'stalled', symbols: ['NSE:SBIN-EQ'] });
    await recording.end();
    expect(readTree(options.directory)).toEqual({});
  });
});

describe('rotation', () => {
  it('begins a file each hour and each day, with the last known row of every other symbol', async () => {
    const clock = optionsOf().clock;
    const options = optionsOf({ clock, isGzip: false });
    const recording = new RowRecording(options);
    const [sbin, infy] = [new Ticker(0, 'NSE:SBIN-EQ'), new Ticker(1, 'NSE:INFY-EQ')];
    recording.tick(infy.at(START, 150_000));
    const infyRow = infy.row;
    recording.tick(sbin.at(START + 1, 61_000));
    const ten = Date.parse('2026-11-23T10:00:00+05:30');
    recording.tick(sbin.at(ten - 1, 61_001));
    recording.tick(sbin.at(ten, 61_002));
    const sbinRow = sbin.row;
    recording.tick(sbin.at(Date.parse('2026-11-24T00:00:00+05:30'), 61_003));
    await recording.end();
    const tree = readTree(options.directory);
    const second = `${FOLDER}/20261123T100000-${RUN}-0002`;
    const third = `date=2026-11-24/kind=symbol/20261124T000000-${RUN}-0003`;
    expect(linesOf(tree[`${FIRST}.ndjson`])).toHaveLength(3);
    expect(tree[`${second}.ndjson`]).toBe(sbinRow);
    expect(tree[`${second}.meta.jsonl`]).toContain(infyRow);
    expect(linesOf(tree[`${third}.ndjson`])).toHaveLength(1);
    expect(linesOf(tree[`${FIRST}.meta.jsonl`]).at(-1)).toMatchObject({ reason: 'rotated', rows: 3 });
  });

  it('finishes a full hour although nothing more comes', async () => {
    const options = optionsOf();
    const recording = new RowRecording(options);
    recording.tick(new Ticker(0, 'NSE:SBIN-EQ').at(START, 100));
    const hour = 45 * 60_000;
    options.clock.advance(hour + 3_000);
    await vi.waitFor(() => expect(recording.status).toMatchObject({ rows: 1, files: 1, open: [] }));
    expect(existsSync(path.join(options.directory, `${FIRST}.ndjson.gz`))).toBe(true);
    await recording.end();
  });

  it('begins a file when one has reached its size, and loses nothing', async () => {
    const options = optionsOf({ isGzip: false, maxBytes: 2_000 });
    const recording = new RowRecording(options);
    const sbin = new Ticker(0, 'NSE:SBIN-EQ');
    let expected = '';
    for (let at = 0; at < 50; at++) {
      recording.tick(sbin.at(START + at, 100 + at));
      expected += sbin.row;
    }
    await recording.end();
    const data = Object.entries(readTree(options.directory)).filter(([name]) => name.endsWith('.ndjson'));
    expect(data.length).toBeGreaterThan(5);
    for (const [, text] of data) expect(text.length).toBeLessThan(2_000 + sbin.row.length);
    expect(data.map(([, text]) => text).join('')).toBe(expected);
  });
});

describe('what is known and not new', () => {
  it('rows of before the start stand in the meta file', async () => {
    const options = optionsOf({ isGzip: false });
    const recording = new RowRecording(options);
    const [sbin, infy] = [new Ticker(0, 'NSE:SBIN-EQ'), new Ticker(1, 'NSE:INFY-EQ')];
    recording.tick(infy.at(START - 60_000, 150_000));
    const known = infy.row;
    recording.tick(sbin.at(START + 5, 61_000));
    recording.tick(infy.at(START + 10, 150_100));
    await recording.end();
    const tree = readTree(options.directory);
    expect(tree[`${FIRST}.ndjson`]).toBe(sbin.row + infy.row);
    expect(tree[`${FIRST}.meta.jsonl`]).toContain(known);
  });

  it('a row that comes again after a break is not recorded twice', async () => {
    const options = optionsOf({ isGzip: false });
    const recording = new RowRecording(options);
    const sbin = new Ticker(0, 'NSE:SBIN-EQ');
    recording.tick(sbin.at(START, 61_000));
    const first = sbin.row;
    recording.control({ type: 'Status', state: 'disconnected', at: START + 1, reason: 'hub_gone' });
    recording.tick(sbin.at(START, 61_000));
    recording.tick(sbin.at(START + 10, 61_000));
    await recording.end();
    expect(readTree(options.directory)[`${FIRST}.ndjson`]).toBe(first + sbin.row);
  });

  it('a row that comes after a break is recorded, also when the clock was set back in it', async () => {
    const options = optionsOf({ isGzip: false });
    const recording = new RowRecording(options);
    const sbin = new Ticker(0, 'NSE:SBIN-EQ');
    const rows = [START, START + 60_000].map((at) => {
      recording.tick(sbin.at(at, 61_000));
      return sbin.row;
    });
    recording.control({ type: 'Status', state: 'disconnected', at: START + 60_001, reason: 'server_closed' });
    recording.tick(sbin.at(START + 2_000, 61_050));
    await recording.end();
    expect(readTree(options.directory)[`${FIRST}.ndjson`]).toBe(rows.join('') + sbin.row);
  });

  it('two rows of the same millisecond are two rows', async () => {
    const options = optionsOf({ isGzip: false });
    const recording = new RowRecording(options);
    const sbin = new Ticker(0, 'NSE:SBIN-EQ');
    recording.tick(sbin.at(START, 61_000));
    recording.tick(sbin.at(START, 61_001));
    await recording.end();
    expect(linesOf(readTree(options.directory)[`${FIRST}.ndjson`])).toHaveLength(2);
  });
});

describe('the meta file', () => {
  const gap = { type: 'Gap', from: 1, to: 2, reason: 'stalled', symbols: ['NSE:SBIN-EQ'] } as const;

  it('notes gaps, losses and changes of subscriptions in the file of their kind', async () => {
    const options = optionsOf({ isGzip: false });
    const recording = new RowRecording(options);
    recording.change([{ kind: 'symbol', symbol: 'NSE:SBIN-EQ' }], []);
    recording.change([{ kind: 'lite', symbol: 'NSE:INFY-EQ' }], []);
    recording.tick(new Ticker(0, 'NSE:SBIN-EQ').at(START, 100));
    recording.tick(new Ticker(1, 'NSE:INFY-EQ', 'lite').at(START, 100));
    recording.control(gap);
    recording.control({ type: 'Skipped', rows: 7, at: 3 });
    recording.change([{ kind: 'symbol', symbol: 'NSE:TCS-EQ' }], []);
    await recording.end();
    const tree = readTree(options.directory);
    expect(linesOf(tree[`${FIRST}.meta.jsonl`]).slice(1)).toMatchObject([
      gap,
      { type: 'Skipped', rows: 7 },
      { type: 'Changed', added: ['NSE:TCS-EQ'], dropped: [] },
      { type: 'Footer' },
    ]);
    const lite = tree[`date=2026-11-23/kind=lite/20261123T091500-${RUN}-0001.meta.jsonl`];
    expect(linesOf(lite).map(({ type }) => type)).toEqual(['Header', 'Skipped', 'Footer']);
    expect(recording.status.gaps).toBe(1);
  });

  it('notes a gap before the first row', async () => {
    const options = optionsOf();
    const recording = new RowRecording(options);
    recording.change([{ kind: 'symbol', symbol: 'NSE:SBIN-EQ' }], []);
    recording.control(gap);
    recording.tick(new Ticker(0, 'NSE:SBIN-EQ').at(START, 100));
    await recording.end();
    expect(linesOf(readTree(options.directory)[`${FIRST}.meta.jsonl`])[1]).toEqual(gap);
  });

  it('notes a gap in the file of its kind, even if another kind has its file already', async () => {
    const options = optionsOf();
    const recording = new RowRecording(options);
    recording.change([{ kind: 'symbol', symbol: 'NSE:TCS-EQ' }], []);
    recording.change([{ kind: 'lite', symbol: 'NSE:SBIN-EQ' }], []);
    recording.tick(new Ticker(0, 'NSE:TCS-EQ').at(START, 100));
    recording.control(gap);
    recording.tick(new Ticker(1, 'NSE:SBIN-EQ', 'lite').at(START, 100));
    await recording.end();
    const tree = readTree(options.directory);
    expect(linesOf(tree[`${FIRST}.meta.jsonl`]).map(({ type }) => type)).toEqual(['Header', 'Footer']);
    const lite = tree[`date=2026-11-23/kind=lite/20261123T091500-${RUN}-0001.meta.jsonl`];
    expect(linesOf(lite)[1]).toEqual(gap);
  });

  it('keeps the latest hundred notes for a kind without rows', async () => {
    const options = optionsOf();
    const recording = new RowRecording(options);
    recording.change([{ kind: 'symbol', symbol: 'NSE:SBIN-EQ' }], []);
    for (let at = 1; at <= 102; at++) recording.control({ ...gap, from: at, to: at });
    recording.tick(new Ticker(0, 'NSE:SBIN-EQ').at(START, 100));
    await recording.end();
    const gaps = linesOf(readTree(options.directory)[`${FIRST}.meta.jsonl`]).filter(({ type }) => type === 'Gap');
    expect([gaps.length, gaps[0]]).toMatchObject([100, { from: 3 }]);
  });
});

describe('what cannot be written', () => {
  function listen(recording: RowRecording): { readonly codes: string[]; readonly pressure: boolean[] } {
    const told = { codes: [] as string[], pressure: [] as boolean[] };
    recording.listen({
      failed: ({ code }) => told.codes.push(code),
      pressure: (on) => told.pressure.push(on),
    });
    return told;
  }

  it.each<[string, (options: RecordingFilesOptions) => void]>([
    ['a file in place of the date', ({ directory }) => writeFileSync(path.join(directory, 'date=2026-11-23'), '')],
    [
      'a directory in place of the meta file',
      ({ directory }) => mkdirSync(path.join(directory, `${FIRST}.meta.jsonl`), { recursive: true }),
    ],
    [
      'the data file, there already',
      ({ directory }) => {
        mkdirSync(path.join(directory, FOLDER), { recursive: true });
        writeFileSync(path.join(directory, `${FIRST}.ndjson.gz.part`), 'of somebody else');
      },
    ],
  ])('is told: %s', async (_, prepare) => {
    const options = optionsOf();
    prepare(options);
    const recording = new RowRecording(options);
    const told = listen(recording);
    recording.tick(new Ticker(0, 'NSE:SBIN-EQ').at(START, 100));
    await vi.waitFor(() => expect(told.codes).toEqual(['OUTPUT_FAILED']));
    await expect(recording.end()).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
  });

  it('does not remove a file that it did not make', async () => {
    const options = optionsOf();
    mkdirSync(path.join(options.directory, FOLDER), { recursive: true });
    const file = path.join(options.directory, `${FIRST}.ndjson.gz.part`);
    writeFileSync(file, 'of somebody else');
    const recording = new RowRecording(options);
    recording.tick(new Ticker(0, 'NSE:SBIN-EQ').at(START, 100));
    await expect(recording.end()).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
    expect(readFileSync(file, 'utf8')).toBe('of somebody else');
  });

  it('makes the source wait when the disk is behind, and lets it go on', async () => {
    const options = optionsOf({ isGzip: false });
    const recording = new RowRecording(options);
    const { pressure } = listen(recording);
    const sbin = new Ticker(0, 'NSE:SBIN-EQ');
    for (let at = 0; at < 20_000; at++) recording.tick(sbin.at(START + at, 100 + at));
    expect(pressure).toEqual([true]);
    await vi.waitFor(() => expect(pressure).toEqual([true, false]));
    await recording.end();
    expect(linesOf(readTree(options.directory)[`${FIRST}.ndjson`])).toHaveLength(20_000);
  });
});

describe('a recording of the rows that match', () => {
  it('names the condition, and knows no row at the start of a file that does not match', async () => {
    const where = { matches: (tick: Tick) => (tick.state.values[0] as number) >= 100 };
    const options = { ...optionsOf({ isGzip: false, condition: 'ltp >= 1' }), where };
    const recording = new RowRecording(options);
    const [a, b, c] = ['NSE:A-EQ', 'NSE:B-EQ', 'NSE:C-EQ'].map((symbol, id) => new Ticker(id, symbol));
    for (const ticker of [a, b] as Ticker[]) recording.tick(ticker.at(START, 100));
    const known = (a as Ticker).row;
    recording.skip((b as Ticker).at(START + 1_000, 99));
    // The next hour begins another file.
    recording.tick((c as Ticker).at(START + 3_600_000, 100));
    await recording.end();
    const metas = Object.entries(readTree(options.directory)).filter(([name]) => name.endsWith('.meta.jsonl'));
    const lines = metas.map(([, text]) => linesOf(text));
    expect(lines.map(([header]) => header?.['where'])).toEqual(['ltp >= 1', 'ltp >= 1']);
    expect(lines[1]?.slice(1, -1)).toEqual([JSON.parse(known)]);
  });
});
