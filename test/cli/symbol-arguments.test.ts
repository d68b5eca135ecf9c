import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSymbols, subscriptionsOf } from '../../src/lib/cli/symbol-arguments.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tickpipe-symbols-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function watchlist(text: string | Buffer): Promise<string> {
  const file = path.join(folder, `list-${Math.random()}.txt`);
  await writeFile(file, text);
  return file;
}

const NO_STDIN = (): Readable => {
  throw new Error('stdin was asked for');
};
const from = (text: string) => () => Readable.from([Buffer.from(text)]);

describe('readSymbols', () => {
  test('arguments in their one spelling, each once, stdin untouched', async () => {
    const argv = ['nse:sbin-eq', ' NSE:INFY-EQ ', 'NSE:SBIN-EQ', 'bse:tcs-a,mcx:gold26decfut'];
    expect(await readSymbols({ argv, stdin: NO_STDIN })).toEqual([
      'NSE:SBIN-EQ',
      'NSE:INFY-EQ',
      'BSE:TCS-A',
      'MCX:GOLD26DECFUT',
    ]);
  });

  test('arguments, stdin in its place, then the file', async () => {
    const file = await watchlist(
      '\uFEFFNSE:INFY-EQ, NSE:SBIN-EQ\r\n# banks\r\nnse:nifty50 eql wgt-index # an index\n\n',
    );
    const argv = ['NSE:TCS-EQ', '-', 'NSE:ITC-EQ'];
    expect(await readSymbols({ argv, file, stdin: from('NSE:LT-EQ\nNSE:TCS-EQ') })).toEqual([
      'NSE:TCS-EQ',
      'NSE:LT-EQ',
      'NSE:ITC-EQ',
      'NSE:INFY-EQ',
      'NSE:SBIN-EQ',
      'NSE:NIFTY50 EQL WGT-INDEX',
    ]);
  });

  test('stdin is read once, however often it is named', async () => {
    expect(await readSymbols({ argv: ['-', '-'], file: '-', stdin: from('NSE:LT-EQ') })).toEqual(['NSE:LT-EQ']);
  });

  test('a symbol cut between two chunks is whole', async () => {
    const stdin = () => Readable.from([Buffer.from('NSE:SB'), Buffer.from('IN-EQ\nNSE:LT'), Buffer.from('-EQ')]);
    expect(await readSymbols({ argv: ['-'], stdin })).toEqual(['NSE:SBIN-EQ', 'NSE:LT-EQ']);
  });

  test.each([
    ['nothing given', [], ''],
    ['an empty stdin', ['-'], ''],
    ['only comments', ['-'], '# nothing\n,,\n'],
  ])('%s: NO_SYMBOLS', async (_, argv, text) => {
    await expect(readSymbols({ argv, stdin: from(text) })).rejects.toMatchObject({ code: 'NO_SYMBOLS', exit: 2 });
  });

  test('empty places between commas are skipped, as in a list', async () => {
    const argv = ['NSE:SBIN-EQ,,NSE:INFY-EQ', ',NSE:LT-EQ, '];
    expect(await readSymbols({ argv, stdin: NO_STDIN })).toEqual(['NSE:SBIN-EQ', 'NSE:INFY-EQ', 'NSE:LT-EQ']);
  });

  test.each(['', ' ', ',', 'SBIN', 'NSE:', 'NSE:SBIN-EQ;rm'])('malformed argument %j', async (argument) => {
    const reading = readSymbols({ argv: ['NSE:LT-EQ', argument], stdin: NO_STDIN });
    await expect(reading).rejects.toMatchObject({ code: 'MALFORMED_SYMBOL', exit: 2 });
  });

  test('a malformed symbol of a list names the list', async () => {
    const file = await watchlist('NSE:SBIN-EQ\nNSE:M\n');
    await expect(readSymbols({ argv: [], file, stdin: NO_STDIN })).rejects.toMatchObject({
      code: 'MALFORMED_SYMBOL',
      message: `malformed symbol "NSE:M" in ${file}`,
      hint: expect.stringContaining('quote'),
    });
    await expect(readSymbols({ argv: ['-'], stdin: from('\0\0') })).rejects.toMatchObject({
      message: expect.stringMatching(/^malformed symbol .* in stdin$/),
    });
  });

  test('a file that is not there, or no file', async () => {
    const file = path.join(folder, 'missing.txt');
    await expect(readSymbols({ argv: [], file, stdin: NO_STDIN })).rejects.toMatchObject({
      code: 'INPUT_MISSING',
      exit: 8,
      message: `${file} cannot be read: there is no such file`,
    });
    await expect(readSymbols({ argv: [], file: folder, stdin: NO_STDIN })).rejects.toMatchObject({
      message: `${folder} cannot be read: it is a directory`,
    });
  });

  test('a list without end is cut off', async () => {
    let chunks = 0;
    const endless = (): Readable =>
      new Readable({
        read() {
          chunks++;
          this.push(Buffer.alloc(65_536, 'a'));
        },
      });
    await expect(readSymbols({ argv: ['-'], stdin: endless })).rejects.toMatchObject({
      code: 'INPUT_MISSING',
      message: expect.stringContaining('larger than'),
    });
    expect(chunks).toBeLessThan(100);
  });

  test('a signal ends the waiting for stdin', async () => {
    const controller = new AbortController();
    const silent = new Readable({ read: () => {} });
    const reading = readSymbols({ argv: ['-'], stdin: () => silent, signal: controller.signal });
    controller.abort();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    expect(silent.destroyed).toBe(true);
  });
});

describe('subscriptionsOf', () => {
  const MIXED = ['NSE:SBIN-EQ', 'NSE:NIFTY50-INDEX'];

  test('symbols take both, an index as rows of its own kind', () => {
    expect(subscriptionsOf('symbol', MIXED)).toEqual([
      { kind: 'symbol', symbol: 'NSE:SBIN-EQ' },
      { kind: 'index', symbol: 'NSE:NIFTY50-INDEX' },
    ]);
  });

  test('lite takes both', () => {
    expect(subscriptionsOf('lite', MIXED).map(({ kind }) => kind)).toEqual(['lite', 'lite']);
  });

  test('index takes indices only', () => {
    expect(subscriptionsOf('index', ['NSE:NIFTY50-INDEX'])).toEqual([{ kind: 'index', symbol: 'NSE:NIFTY50-INDEX' }]);
    expect(() => subscriptionsOf('index', MIXED)).toThrow(
      expect.objectContaining({ code: 'NOT_AN_INDEX', message: 'not an index: NSE:SBIN-EQ', exit: 2 }),
    );
  });

  test('depth takes everything else', () => {
    expect(subscriptionsOf('depth', ['NSE:SBIN-EQ'])).toEqual([{ kind: 'depth', symbol: 'NSE:SBIN-EQ' }]);
    expect(() => subscriptionsOf('depth', MIXED)).toThrow(
      expect.objectContaining({
        code: 'INDEX_HAS_NO_DEPTH',
        message: 'an index has no market depth: NSE:NIFTY50-INDEX',
      }),
    );
  });

  test('many wrong ones are counted', () => {
    expect(() => subscriptionsOf('index', ['NSE:A-EQ', 'NSE:B-EQ', 'NSE:C-EQ', 'NSE:D-EQ', 'NSE:E-EQ'])).toThrow(
      'not an index: NSE:A-EQ, NSE:B-EQ, NSE:C-EQ and 2 more',
    );
  });

  test('5,000 fit, 5,001 do not', () => {
    const symbols = Array.from({ length: 5_001 }, (_, n) => `NSE:S${n}-EQ`);
    expect(subscriptionsOf('symbol', symbols.slice(1))).toHaveLength(5_000);
    expect(() => subscriptionsOf('symbol', symbols)).toThrow(
      expect.objectContaining({ code: 'TOO_MANY_SYMBOLS', exit: 6 }),
    );
  });
});
