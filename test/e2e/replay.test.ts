import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { makeRow, makeRows, packMembers, TEN } from '../recording/made-rows.ts';
import { writeRecording } from '../recording/playback/recordings.ts';
import { emptyFolder, type Running, rowsOf, run, shell, start } from './program.ts';

const textOf = (rows: readonly Buffer[]): string => Buffer.concat(rows).toString();
const MAX = ['--speed', 'max'];

/** A day of quotes, an index and a book. */
function recordDay(root: string): { readonly symbols: Buffer[]; readonly index: Buffer[]; readonly depth: Buffer[] } {
  const symbols = [0, 1]
    .flatMap(() => makeRows(50))
    .map((_, at) => {
      const symbol = at % 2 === 0 ? 'NSE:SBIN-EQ' : 'NSE:M&M-EQ';
      return makeRow('symbol', symbol, TEN + at * 100, 60_000 + at);
    });
  const index = makeRows(20, { kind: 'index', symbol: 'NSE:NIFTY50-INDEX', stepMs: 480 });
  const depth = makeRows(30, { kind: 'depth', stepMs: 310 });
  writeRecording(root, { lines: [symbols.slice(0, 60), symbols.slice(60)] });
  writeRecording(root, { kind: 'index', lines: [index] });
  writeRecording(root, { kind: 'depth', lines: [depth], isGzip: false });
  return { symbols, index, depth };
}

async function urlOf(serving: Running): Promise<string> {
  await serving.until(() => serving.stderr.includes('serving at'));
  return /serving at (http:\S+)/.exec(serving.stderr)?.[1] ?? '';
}

describe('replay', () => {
  test('prints what was recorded byte for byte, into a pipe and into a file', async () => {
    const root = emptyFolder();
    const { symbols } = recordDay(root);
    const piped = await run(['replay', root, ...MAX, '--type', 'symbols']);
    expect(piped.status).toBe(0);
    expect(piped.stdout).toBe(textOf(symbols));
    expect(piped.stderr).toBe('');
    const file = path.join(emptyFolder(), 'out.ndjson');
    expect((await run(['replay', `${root}/**/kind=symbol/*.gz`, ...MAX, '-o', file])).status).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(textOf(symbols));
  });

  test('of a file gives the same numbers in every format, or no row', async () => {
    const file = path.join(emptyFolder(), 'rows.ndjson');
    const row = makeRow('symbol', 'NSE:SBIN-EQ', TEN).toString();
    const big = row
      .replace(/"ltp":[^,]+/, '"ltp":30000000.05')
      .replace(/"bid":[^,]+/, '"bid":0.123456789')
      .replace(/"volume":[^,]+/, '"volume":5000000000');
    const forms = ['1e5', '-0', '01', '1.50', '+1', 'NaN'].map((form) => row.replace(/"ltp":[^,]+/, `"ltp":${form}`));
    const formula = row.replace('NSE:SBIN-EQ', '+1+CMD(X)');
    writeFileSync(file, [big, ...forms, formula].join(''));
    const fields = ['replay', file, ...MAX, '--fields', 'symbol,ltp,bid,ask,volume'];
    const [ndjson, csv, table] = await Promise.all(
      ['ndjson', 'csv', 'table'].map((format) => run([...fields, '-f', format])),
    );
    expect(ndjson?.stdout).toBe(
      '{"symbol":"NSE:SBIN-EQ","ltp":30000000.05,"bid":0.123456789,"ask":null,"volume":5000000000}\n',
    );
    expect(csv?.stdout).toBe('symbol,ltp,bid,ask,volume\nNSE:SBIN-EQ,30000000.05,0.123456789,,5000000000\n');
    expect(table?.stdout).toMatch(/^NSE:SBIN-EQ +30000000\.050000000 +0\.123456789 +- +5000000000$/m);
    const whole = await run(['replay', file, ...MAX]);
    expect(whole.stdout).toBe(big);
    const lost = Buffer.byteLength(forms.join('') + formula);
    for (const { status, stderr } of [ndjson, csv, table, whole].filter((ended) => ended !== undefined)) {
      expect(status).toBe(8);
      expect(stderr).toContain(`${lost} bytes at offset ${big.length} lost: not a whole row`);
    }
  });

  test('merges what a folder holds in the order of time', async () => {
    const root = emptyFolder();
    recordDay(root);
    const { stdout, status } = await run(['replay', root, ...MAX]);
    const times = rowsOf(stdout).map((row) => row['received_at'] as number);
    expect(times).toHaveLength(150);
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(status).toBe(0);
  });

  test('chooses symbols; one that is not there is named: 3', async () => {
    const root = emptyFolder();
    recordDay(root);
    const args = ['replay', root, ...MAX, '--symbols', 'nse:m&m-eq,NSE:NIFTY50-INDEX'];
    const chosen = await run(args);
    expect(new Set(rowsOf(chosen.stdout).map((row) => row['symbol']))).toEqual(
      new Set(['NSE:M&M-EQ', 'NSE:NIFTY50-INDEX']),
    );
    expect(chosen.status).toBe(0);
    const partly = await run([...args.slice(0, -1), 'NSE:M&M-EQ,NSE:NOPE-EQ']);
    expect(partly).toMatchObject({ status: 3, stderr: expect.stringContaining('unknown symbol NSE:NOPE-EQ') });
    expect(rowsOf(partly.stdout)).toHaveLength(50);
    const none = await run([...args.slice(0, -1), 'NSE:NOPE-EQ']);
    expect(none).toMatchObject({ status: 3, stdout: '' });
    const strict = await run([...args.slice(0, -1), 'NSE:M&M-EQ,NSE:NOPE-EQ', '--strict']);
    expect(strict).toMatchObject({ status: 3, stdout: '' });
  });

  test('of symbols that never ticked in the range is partial: 3, or 124 when none did', async () => {
    const root = emptyFolder();
    writeRecording(root, { lines: [makeRows(10)], header: { symbols: ['NSE:SBIN-EQ', 'NSE:INFY-EQ'] } });
    expect((await run(['replay', root, ...MAX])).status).toBe(0);
    const partly = await run(['replay', root, ...MAX, '--symbols', 'NSE:SBIN-EQ,NSE:INFY-EQ']);
    expect(partly).toMatchObject({ status: 3, stderr: expect.stringContaining('no row of NSE:INFY-EQ') });
    expect((await run(['replay', root, ...MAX, '--symbols', 'NSE:INFY-EQ'])).status).toBe(124);
  });

  test('of one part of each day', async () => {
    const root = emptyFolder();
    const { symbols } = recordDay(root);
    const { stdout } = await run([
      'replay',
      root,
      ...MAX,
      '--type',
      'symbols',
      '--from',
      '10:00:02',
      '--to',
      '10:00:05',
    ]);
    expect(stdout).toBe(textOf(symbols.slice(20, 50)));
  });

  test('as CSV wants rows that go into one table', async () => {
    const root = emptyFolder();
    recordDay(root);
    const mixed = await run(['replay', root, ...MAX, '-f', 'csv']);
    expect(mixed).toMatchObject({ status: 2, stdout: '' });
    expect(mixed.stderr).toContain('--type');
    const quotes = await run([
      'replay',
      root,
      ...MAX,
      '-f',
      'csv',
      '--type',
      'symbols,index',
      '--fields',
      'type,symbol,ltp',
    ]);
    expect(quotes.stdout.split('\n')).toHaveLength(122);
    expect(quotes.stdout.startsWith('type,symbol,ltp\n')).toBe(true);
    const books = await run(['replay', root, ...MAX, '-f', 'csv', '--type', 'depth', '--count', '1']);
    expect(books.stdout.split('\n')[0]).toContain('bid_price_1');
  });

  test('as a snapshot in a loop ends, too', async () => {
    const root = emptyFolder();
    recordDay(root);
    const { stdout, status } = await run(['replay', root, '--snapshot', '--loop']);
    expect([rowsOf(stdout).length > 0, status]).toEqual([true, 0]);
  });

  test.each([
    [['--symbols', 'SBIN'], 2, 'error: --symbols: malformed symbol "SBIN"\n'],
    [['--symbols', 'NSE:NOPE-EQ'], 3, 'error: not in the recording: NSE:NOPE-EQ\nhint: recorded: '],
    [['--type', 'lite'], 8, 'hint: there are '],
  ])('tells what does not fit: %j', async (flags, expected, message) => {
    const root = emptyFolder();
    recordDay(root);
    const { stdout, stderr, status } = await run(['replay', root, ...MAX, ...flags]);
    expect({ stdout, status }).toEqual({ stdout: '', status: expected });
    expect(stderr).toContain(message);
  });

  test.each([[''], ['-']])('reads files only, not %j', async (name) => {
    expect(await run(['replay', name])).toMatchObject({ status: 2, stdout: '' });
  });

  test('as a snapshot is the first row of each symbol', async () => {
    const root = emptyFolder();
    recordDay(root);
    const { stdout, status } = await run(['replay', root, '--snapshot', '--type', 'symbols']);
    expect(rowsOf(stdout).map((row) => row['symbol'])).toEqual(['NSE:SBIN-EQ', 'NSE:M&M-EQ']);
    expect(status).toBe(0);
  });

  test('shows gaps among the rows when asked for', async () => {
    const root = emptyFolder();
    const gap = { type: 'Gap', from: TEN + 100, to: TEN + 200, reason: 'stalled', symbols: ['NSE:SBIN-EQ'] };
    writeRecording(root, { lines: [makeRows(3)], notes: [gap] });
    const { stdout, stderr } = await run(['replay', root, ...MAX, '--events']);
    const types = rowsOf(stdout).map((row) => row['type']);
    expect(types).toEqual(['Status', 'SymbolUpdate', 'SymbolUpdate', 'Gap', 'SymbolUpdate']);
    expect(rowsOf(stdout)[3]).toEqual(gap);
    expect(stderr).toContain('no ticks from');
  });

  test('keeps the spacing of the recording', async () => {
    const root = emptyFolder();
    writeRecording(root, { lines: [makeRows(11, { stepMs: 1_000 })] });
    const began = performance.now();
    const replay = start(['replay', root, '--speed', '10']);
    await replay.until(() => replay.rows.length > 0);
    const first = performance.now();
    expect((await replay.ended).status).toBe(0);
    const took = performance.now() - first;
    expect(took).toBeGreaterThan(900);
    expect(took).toBeLessThan(1_000 + (first - began) + 1_000);
  });

  test('ends with its reader, and with Ctrl-C', async () => {
    const root = emptyFolder();
    writeRecording(root, { lines: [makeRows(5_000, { stepMs: 1 })] });
    const piped = await shell(`$tickpipe replay ${root} --speed max --loop | head -2; echo "\${PIPESTATUS[0]}"`).ended;
    expect(piped.stdout.trim().split('\n').at(-1)).toBe('0');
    const waiting = start(['replay', root, '--speed', '0.01']);
    await waiting.until(() => waiting.rows.length > 0);
    waiting.child.kill('SIGINT');
    expect(await waiting.ended).toMatchObject({ status: 130 });
  });

  test('waits for a reader who is slow, and loses nothing', async () => {
    const root = emptyFolder();
    const rows = makeRows(1).flatMap((row) => Array.from({ length: 30_000 }, () => row));
    writeFileSync(path.join(root, 'mine.ndjson'), Buffer.concat(rows));
    const line = `$tickpipe replay ${root} --speed max --max-lag 100ms | (sleep 2; wc -l)`;
    const waited = await shell(line).ended;
    expect(waited.stdout.trim()).toBe('30000');
    expect(waited.stderr).toBe('');
    const dropping = start(['replay', root, '--speed', 'max', '--on-slow', 'drop', '--max-lag', '100ms']);
    dropping.child.stdout?.pause();
    await dropping.until(() => dropping.stderr.includes('does not keep up'));
    dropping.child.stdout?.resume();
    const { stderr } = await dropping.ended;
    expect(dropping.rows.length).toBeLessThan(30_000);
    expect(stderr).toContain('rows skipped');
  });

  test('loops until it is told to stop', async () => {
    const root = emptyFolder();
    const rows = makeRows(4);
    writeRecording(root, { lines: [rows] });
    const { stdout, status } = await run(['replay', root, ...MAX, '--loop', '--count', '10']);
    expect(stdout).toBe(textOf([...rows, ...rows, ...rows.slice(0, 2)]));
    expect(status).toBe(0);
  });

  test('of damage plays what is whole and ends with 8', async () => {
    const root = emptyFolder();
    const rows = makeRows(30);
    const file = writeRecording(root, { lines: [rows.slice(0, 10), rows.slice(10)] });
    writeFileSync(file, Buffer.concat([packMembers([rows.slice(0, 10)]), Buffer.alloc(500)]));
    const { stdout, stderr, status } = await run(['replay', root, ...MAX]);
    expect(stdout).toBe(textOf(rows.slice(0, 10)));
    expect(stderr).toContain(`${file}: 500 bytes at offset`);
    expect(stderr).toContain('20 of 30 rows are missing');
    expect(stderr).toMatch(/error: .* damaged: 1 place, 20 rows missing/);
    expect(status).toBe(8);
    const json = await run(['replay', root, ...MAX, '--log-format', 'json']);
    expect(rowsOf(json.stderr).at(-1)).toMatchObject({ type: 'error', code: 'RECORDING_CORRUPT', exit: 8 });
  });

  test.each<[string, (root: string) => string[], number, string]>([
    ['a path that is not there', (root) => [`${root}/nope`], 8, 'there is no such file'],
    ['a folder without recordings', (root) => [root], 8, 'no recording in'],
    ['no path', () => [], 2, 'no recording was given'],
    ['no speed', (root) => [root, '--speed', '0'], 2, '--speed'],
    ['no time', (root) => [root, '--from', 'noon'], 2, '--from'],
    ['a range that ends first', (root) => [root, '--from', '11:00', '--to', '10:00'], 2, 'not before'],
    ['no type', (root) => [root, '--type', 'ticks'], 2, '--type'],
  ])('of %s is an error of its own', async (_, args, status, words) => {
    const ended = await run(['replay', ...args(emptyFolder())]);
    expect(ended).toMatchObject({ status, stdout: '', stderr: expect.stringContaining(words) });
  });

  test('of an empty recording, or of another version, is an error of its own', async () => {
    const root = emptyFolder();
    writeRecording(root, { lines: [[]] });
    expect(await run(['replay', root, ...MAX])).toMatchObject({
      status: 8,
      stderr: expect.stringContaining('no rows to play'),
    });
    writeRecording(root, { lines: [makeRows(1)], header: { schema: 7 } });
    const other = await run(['replay', root, ...MAX]);
    expect(other).toMatchObject({ status: 8, stdout: '', stderr: expect.stringContaining('of schema 7') });
  });
});

describe('--feed file:PATH', () => {
  test('streams what was asked for, first what was known at the start', async () => {
    const root = emptyFolder();
    const known = makeRow('symbol', 'NSE:SBIN-EQ', TEN - 1_000);
    const rows = makeRows(5);
    writeRecording(root, { lines: [rows, makeRows(3, { symbol: 'NSE:INFY-EQ' })], notes: [known] });
    const { stdout, status, stderr } = await run([
      'stream',
      'symbols',
      'NSE:SBIN-EQ',
      '--feed',
      `file:${root}`,
      '--verbose',
      ...MAX,
    ]);
    expect(stdout).toBe(textOf([known, ...rows]));
    expect(status).toBe(0);
    expect(stderr).toContain(`ticks from the recording ${root}`);
  });

  test('answers quotes at once', async () => {
    const root = emptyFolder();
    writeRecording(root, {
      lines: [makeRows(5, { from: TEN, stepMs: 3_600_000 })],
      header: { symbols: ['NSE:SBIN-EQ', 'NSE:INFY-EQ'] },
    });
    const quote = await run(['quote', 'NSE:SBIN-EQ', '--feed', `file:${root}`]);
    expect(rowsOf(quote.stdout)).toHaveLength(1);
    expect(quote.status).toBe(0);
    expect((await run(['quote', 'NSE:SBIN-EQ', 'NSE:INFY-EQ', '--feed', `file:${root}`])).status).toBe(3);
  });

  test('tells by its own words what it has not', async () => {
    const root = emptyFolder();
    recordDay(root);
    const stream = await run(['stream', 'lite', 'NSE:SBIN-EQ', '--feed', `file:${root}`, ...MAX]);
    expect(stream.status).toBe(3);
    expect(stream.stderr).toContain('hint: the recording has no such rows');
  });

  test.each(['', 'date=2026-11-23', 'new', '..'])('is not recorded into itself: %j', async (below) => {
    const root = path.join(emptyFolder(), 'ticks');
    recordDay(root);
    const dir = path.join(root, below);
    const { status, stderr } = await run(['record', 'NSE:SBIN-EQ', '--feed', `file:${root}`, ...MAX, '--dir', dir]);
    expect(status).toBe(2);
    expect(stderr).toContain('hint: choose another --dir');
  });

  test('is where --speed and --loop belong', async () => {
    for (const flag of [['--speed', '2'], ['--loop']]) {
      const refused = await run(['stream', 'symbols', 'NSE:SBIN-EQ', '--feed', 'sim', ...flag]);
      expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('--feed file:PATH only') });
    }
    const ignored = await run(['quote', 'NSE:SBIN-EQ', '--feed', 'sim'], { env: { TICKPIPE_SPEED: '5' } });
    expect(ignored.status).toBe(0);
  });

  test('is served, each path by a hub of its own', async () => {
    const [one, other] = [emptyFolder(), emptyFolder()];
    const rows = makeRows(20, { stepMs: 1_000 });
    writeRecording(one, { lines: [rows] });
    writeRecording(other, { lines: [makeRows(5, { symbol: 'NSE:INFY-EQ' })] });
    const env = { TICKPIPE_DIRECT: undefined, HOME: emptyFolder() };
    const serving = start(['serve', '--feed', `file:${one}`, '--speed', '20', '--port', '0', '--verbose'], { env });
    const beside = start(['serve', '--feed', `file:${other}`, ...MAX, '--port', '0'], { env });
    const [url, urlBeside] = [await urlOf(serving), await urlOf(beside)];
    const feed = ['--feed', url.replace('http', 'ws')];
    const stream = await run(['stream', 'symbols', 'NSE:SBIN-EQ', '--verbose', ...feed], { env });
    // It ends with the recording.
    expect([stream.stdout, stream.status]).toEqual([textOf(rows), 0]);
    expect(stream.stderr).toContain(one);
    await serving.until(() => serving.stderr.includes('the recording has ended'));
    const late = await run(['stream', 'symbols', 'NSE:SBIN-EQ', ...feed], { env });
    expect(late).toMatchObject({ status: 124, stdout: '' });
    expect(late.stderr).toContain('no row came before the end of the recording');
    const unknown = await fetch(`${urlBeside}/api/websocket/subscribe?symbols=NSE:SBIN-EQ&data_type=SymbolUpdate`, {
      method: 'POST',
    });
    expect(unknown.status).toBe(404);
    await fetch(`${urlBeside}/api/websocket/subscribe?symbols=NSE:INFY-EQ&data_type=SymbolUpdate`, { method: 'POST' });
    const value = `${urlBeside}/api/websocket/symbol/NSE:INFY-EQ?data_type=SymbolUpdate`;
    // The recording is over at once: its last value is no present one.
    await vi.waitFor(async () =>
      expect(await (await fetch(value)).json()).toMatchObject({ data: { stale: true, ltp: 600.04 } }),
    );
    const status = await run(['status', '--feed', `file:${one}`], { env });
    expect(rowsOf(status.stdout)[0]).toMatchObject({ hub: { pid: serving.child.pid } });
    for (const running of [serving, beside]) running.child.kill('SIGTERM');
    expect((await serving.ended).status).toBe(143);
    expect((await beside.ended).status).toBe(143);
  });
});
