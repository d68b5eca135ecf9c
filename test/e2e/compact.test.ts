import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { askDuck, dataSet } from '../recording/compact/duck.ts';
import { DATE, lineOf, madeUpRow, writeRecording } from '../recording/compact/recorded-days.ts';
import { emptyFolder, run, shell, start } from './program.ts';

const SECOND = '20261123T101500-3f9a1c-0002';
/** Enough that compacting takes a moment. */
const MANY_ROWS = 30_000;

function lines(from: number, count: number): string {
  return Array.from({ length: count }, (_, at) => lineOf(madeUpRow('symbol', from + at))).join('');
}

function outputOf(out: string): string {
  return path.join(out, 'kind=symbol', `date=${DATE}`, 'ticks.parquet');
}

/** Everything below a folder that is no folder. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** Has a meta file say that data is missing. */
function noteMissing(metaFile: string): void {
  const [header = '', ...rest] = readFileSync(metaFile, 'utf8').split(/(?<=\n)/);
  const { started } = JSON.parse(header) as { started: number };
  const gap = { type: 'Gap', from: started + 100, to: started + 400, reason: 'stalled', symbols: ['NSE:SBIN-EQ'] };
  const skipped = { type: 'Skipped', rows: 5, at: started + 500 };
  writeFileSync(metaFile, [header, lineOf(gap), lineOf(skipped), ...rest].join(''));
}

/** Waits until a compaction has begun to work below a folder. */
async function workBelow(out: string): Promise<void> {
  const folder = path.dirname(outputOf(out));
  await vi.waitFor(() => expect(readdirSync(folder).join()).toContain('.compact-'), { timeout: 20_000, interval: 5 });
}

describe('tickpipe compact', () => {
  test('prints one object for each file, and says how it went on stderr', async () => {
    const dir = emptyFolder();
    writeRecording(dir, { members: [lines(0, 60), lines(60, 40)] });
    writeRecording(dir, { kind: 'lite', members: [lineOf(madeUpRow('lite', 1))] });
    const { status, stdout, stderr } = await run(['compact', dir, '--verbose']);
    const out = path.join(dir, 'parquet');
    const lite = path.join(out, 'kind=lite', `date=${DATE}`, 'ticks.parquet');
    const expected = [
      { type: 'Compacted', date: DATE, kind: 'lite', rows: 1, file: lite, bytes: readFileSync(lite).length },
      {
        type: 'Compacted',
        date: DATE,
        kind: 'symbol',
        rows: 100,
        file: outputOf(out),
        bytes: readFileSync(outputOf(out)).length,
      },
    ];
    expect(stdout).toBe(expected.map(lineOf).join(''));
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(/kind=lite.*ticks\.parquet: 1 row, [\d.]+ kB, \d+ % of the recordings$/),
      expect.stringMatching(/kind=symbol.*ticks\.parquet: 100 rows, \d\d\.\d kB, \d+ % of the recordings$/),
      '',
    ]);
    expect(status).toBe(0);
    expect(await askDuck(`SELECT count(*) AS rows FROM ${dataSet(out, 'symbol')}`)).toEqual([{ rows: '100' }]);
  });

  test('what it made is replayed as the recordings were, in every format', async () => {
    const dir = emptyFolder();
    const symbols = ['NSE:SBIN-EQ', 'NSE:INFY-EQ', 'NSE:NIFTY50-INDEX'];
    const sources = ['--feed', 'sim', '--type', 'symbols,depth,lite', '--dir', dir, '--rotate', '2s'];
    expect((await run(['record', ...symbols, ...sources, '--duration', '4s'])).status).toBe(0);
    for (const file of filesBelow(dir).filter((name) => name.endsWith('.meta.jsonl')))
      noteMissing(path.join(dir, file));
    const play = async (flags: string) => {
      const { status, stdout, stderr } = await run(['replay', dir, '--speed', 'max', ...flags.split(' ')]);
      // When this replay came and went is not of the recording.
      const rows = stdout.split('\n').filter((row) => !row.startsWith('{"type":"Status"'));
      return { flags, status, stderr, rows };
    };
    const ways = [
      '-f ndjson --events',
      '-f ndjson --symbols NSE:SBIN-EQ --time iso',
      '-f csv --type symbols,index',
      '-f csv --type depth',
      '-f csv --type lite --from 00:00',
      '-f table --type symbols,index',
    ];
    const recorded = await Promise.all(ways.map(play));
    expect(recorded.map(({ status }) => status)).toEqual(ways.map(() => 0));
    for (const type of ['Gap', 'Skipped']) expect(recorded[0]?.rows.join()).toContain(`{"type":"${type}"`);
    expect((await run(['compact', dir, '--delete'])).status).toBe(0);
    expect(filesBelow(dir).filter((file) => !file.endsWith('.parquet'))).toEqual([]);
    expect(await Promise.all(ways.map(play))).toEqual(recorded);
    const quoted = await run(['quote', symbols[0] as string, '--feed', `file:${dir}`, '--speed', 'max']);
    expect(quoted.status).toBe(0);
    expect(JSON.parse(quoted.stdout)).toMatchObject({ type: 'SymbolUpdate', symbol: symbols[0] });
  });

  test('a Parquet file that was cut is an error of status 8 that names it', async () => {
    const dir = emptyFolder();
    writeRecording(dir, { members: [lines(0, 100)] });
    expect((await run(['compact', dir, '--delete'])).status).toBe(0);
    const file = outputOf(path.join(dir, 'parquet'));
    truncateSync(file, 500);
    const { status, stdout, stderr } = await run(['replay', dir, '--speed', 'max']);
    expect({ status, stdout }).toEqual({ status: 8, stdout: '' });
    expect(stderr).toContain(`warning: ${file}: it is not a whole Parquet file`);
    expect(stderr).toMatch(/error: nothing of .* can be played\n/);
  });

  test('writes elsewhere with --to, refuses what is there, replaces it with --force, deletes with --delete', async () => {
    const dir = emptyFolder();
    const out = path.join(emptyFolder(), 'deep', 'parquet');
    writeRecording(dir, { members: [lines(0, 10)] });
    expect((await run(['compact', dir, '--to', out])).status).toBe(0);
    const again = await run(['compact', dir, '--to', out, '--verbose']);
    expect(again).toMatchObject({
      status: 0,
      stdout: '',
      stderr: `${outputOf(out)} contains all these rows already\n`,
    });
    // As another program may have written it.
    writeFileSync(outputOf(out), 'PAR1');
    const refused = await run(['compact', dir, '--to', out, '--delete', '--log-format', 'json']);
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    expect(JSON.parse(refused.stderr)).toMatchObject({ type: 'error', code: 'OUTPUT_EXISTS', exit: 2 });
    expect(filesBelow(dir)).toHaveLength(1);
    const replaced = await run(['compact', dir, '--to', out, '--delete', '--force', '--verbose']);
    expect(replaced.status).toBe(0);
    expect(replaced.stderr).toMatch(/; 1 recording deleted\n$/);
    expect(readdirSync(dir)).toEqual([]);
    expect(existsSync(outputOf(out))).toBe(true);
    const nothing = await run(['compact', dir, '--to', out, '--delete', '--verbose']);
    expect(nothing).toMatchObject({ status: 0, stdout: '', stderr: `nothing to compact in ${dir}\n` });
  });

  test('of one day, or one kind of it, writes beside the days', async () => {
    const dir = emptyFolder();
    writeRecording(dir, { members: [lines(0, 10)] });
    expect((await run(['compact', path.join(dir, `date=${DATE}`)])).status).toBe(0);
    expect(existsSync(outputOf(path.join(dir, 'parquet')))).toBe(true);
    const again = await run(['compact', '.', '--verbose'], { cwd: path.join(dir, `date=${DATE}`, 'kind=symbol') });
    expect(again.stderr).toContain('contains all these rows already');
  });

  test('uses what is whole of a damaged recording, tells the rest, and ends with 8', async () => {
    const dir = emptyFolder();
    const file = writeRecording(dir, { name: `${SECOND}.ndjson`, members: [lines(0, 10), '{"type":"Symb'] });
    const { status, stdout, stderr } = await run(['compact', dir, '--delete']);
    expect(status).toBe(8);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'Compacted', rows: 10 });
    expect(stderr).toContain(`warning: ${file}: 13 bytes at offset`);
    expect(stderr).toMatch(/error: recordings of symbol on 2026-11-23 are damaged\nhint: .*nothing.*deleted\n$/);
    expect(existsSync(file)).toBe(true);
  });

  test.each([
    ['a folder that is not there', ['/nonexistent/ticks'], 8, 'cannot be read: there is no such file'],
    ['a file', ['/dev/null'], 8, 'is no directory'],
    ['nothing', [], 2, 'missing DIR'],
    ['two folders', ['a', 'b'], 2, 'b'],
  ])('given %s, ends with its error', async (_, args, expected, words) => {
    const { status, stdout, stderr } = await run(['compact', ...args]);
    expect({ status, stdout }).toEqual({ status: expected, stdout: '' });
    expect(stderr).toContain(words);
    expect(stderr).toContain('hint: ');
  });

  test('in an empty folder there is nothing to do', async () => {
    const { status, stderr } = await run(['compact', emptyFolder()]);
    expect(status).toBe(8);
    expect(stderr).toContain('error: no recording in ');
  });

  test('stopped by Ctrl-C it leaves nothing behind', async () => {
    const dir = emptyFolder();
    writeRecording(dir, { members: [lines(0, MANY_ROWS)] });
    const recorded = filesBelow(dir);
    const out = path.join(emptyFolder(), 'parquet');
    const running = start(['compact', dir, '--to', out, '--delete']);
    await workBelow(out);
    running.child.kill('SIGINT');
    expect(await running.ended).toMatchObject({ status: 130, stdout: '', stderr: '' });
    expect(filesBelow(dir)).toEqual(recorded);
    expect(filesBelow(out)).toEqual([]);
  });

  test('killed, the next start removes what it left', async () => {
    const dir = emptyFolder();
    writeRecording(dir, { members: [lines(0, MANY_ROWS)] });
    const out = path.join(emptyFolder(), 'parquet');
    const killed = start(['compact', dir, '--to', out]);
    await workBelow(out);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const day = path.dirname(outputOf(out));
    expect(readdirSync(day)).toEqual([expect.stringMatching(/^\.compact-/)]);
    expect((await run(['compact', dir, '--to', out])).status).toBe(0);
    expect(readdirSync(day)).toEqual(['ticks.parquet']);
  });

  test('that may write no more ends with 7, and nothing half-written stays', async () => {
    const dir = emptyFolder();
    writeRecording(dir, { members: [lines(0, 10_000)] });
    const out = path.join(emptyFolder(), 'parquet');
    // No file may be larger than 64 KiB: for a program the same as a disk that is full.
    const { status, stdout, stderr } = await shell(`ulimit -f 64; $tickpipe compact ${dir} --to ${out}`).ended;
    expect({ status, stdout }).toEqual({ status: 7, stdout: '' });
    expect(stderr).toMatch(/error: cannot write .*ticks\.parquet: the file is too large\n/);
    expect(filesBelow(out)).toEqual([]);
    expect(filesBelow(dir)).toHaveLength(1);
  });

  test('goes on when nobody reads what it prints', async () => {
    const dir = emptyFolder();
    writeRecording(dir, { members: [lines(0, 10)] });
    writeRecording(dir, { kind: 'lite', members: [lineOf(madeUpRow('lite', 1))] });
    const { stderr } = await shell(`$tickpipe compact ${dir} | true; echo "\${PIPESTATUS[0]}" >&2`).ended;
    expect(stderr).toBe('0\n');
    expect(existsSync(outputOf(path.join(dir, 'parquet')))).toBe(true);
  });
});
