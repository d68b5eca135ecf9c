import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  readSymbols as readGiven,
  subscriptionsOf as subscriptionsOfGiven,
} from '../../../src/lib/cli/command/symbol-arguments.ts';
import type { SymbolSources } from '../../../src/lib/cli/command/symbol-entries.ts';
import type { Kind } from '../../../src/lib/market/kinds.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tickpipe-symbols-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let lists = 0;
async function watchlist(text: string | Buffer): Promise<string> {
  const file = path.join(folder, `list-${++lists}.txt`);
  await writeFile(file, text);
  return file;
}

const NO_STDIN = (): Readable => {
  throw new Error('stdin was asked for');
};
const from = (text: string) => () => Readable.from([Buffer.from(text)]);

const never = new AbortController().signal;
const readSymbols = async (sources: Omit<SymbolSources, 'signal'> & { signal?: AbortSignal }) =>
  (await readGiven({ signal: never, env: { HOME: folder }, ...sources })).symbols;
const subscriptionsOf = (kind: Kind, symbols: readonly string[]) =>
  subscriptionsOfGiven(kind, { symbols, placeOf: () => undefined });

describe('readSymbols', () => {
  test('arguments in their normal spelling, each once, without reading stdin', async () => {
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

  test('stdin is read once, also when it is named twice', async () => {
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

  test('skips empty entries between commas, as in a list', async () => {
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
      message: `${file}:2: malformed symbol "NSE:M"`,
      hint: expect.stringContaining('quote'),
    });
    await expect(readSymbols({ argv: ['-'], stdin: from('NSE:SBIN-EQ\n\nSBIN') })).rejects.toMatchObject({
      message: 'stdin:3: malformed symbol "SBIN"',
    });
  });

  test.each([
    ['UTF-8 with a mark', Buffer.from('\uFEFFNSE:SBIN-EQ\r\nNSE:INFY-EQ\r\n')],
    ['UTF-16, little endian', Buffer.from('\uFEFFNSE:SBIN-EQ\r\nNSE:INFY-EQ\r\n', 'utf16le')],
    ['UTF-16, big endian', Buffer.from('\uFEFFNSE:SBIN-EQ\r\nNSE:INFY-EQ\r\n', 'utf16le').swap16()],
  ])('a list in %s, as a file and on stdin', async (_, bytes) => {
    const expected = ['NSE:SBIN-EQ', 'NSE:INFY-EQ'];
    expect(await readSymbols({ argv: [], file: await watchlist(bytes), stdin: NO_STDIN })).toEqual(expected);
    expect(await readSymbols({ argv: ['-'], stdin: () => Readable.from([bytes]) })).toEqual(expected);
  });

  test('refuses a file that is not text, without printing its bytes', async () => {
    const file = await watchlist(Buffer.from('\x7fELF\x02\x01\0\0'));
    await expect(readSymbols({ argv: [], file, stdin: NO_STDIN })).rejects.toMatchObject({
      code: 'INPUT_MISSING',
      message: `${file} cannot be read: it is not text in UTF-8 or UTF-16`,
      hint: 'save the list as plain text',
    });
  });

  test('an error about a symbol of a list names its line, one about an argument does not', async () => {
    const file = await watchlist('NSE:SBIN-EQ\nNSE:INFY-EQ, NSE:NIFTY50-INDEX\n');
    const given = await readGiven({ signal: never, env: {}, argv: ['BSE:SENSEX-INDEX'], file, stdin: NO_STDIN });
    expect(() => subscriptionsOfGiven('depth', given)).toThrow(
      `an index has no market depth: BSE:SENSEX-INDEX, NSE:NIFTY50-INDEX (${file}:2)`,
    );
  });

  test('a file that does not exist, or is a folder', async () => {
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

  test('refuses an endless list', async () => {
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

  test('a signal ends the wait for stdin', async () => {
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

  test('symbols takes both, an index with its own kind of rows', () => {
    expect(subscriptionsOf('symbol', MIXED)).toEqual([
      { kind: 'symbol', symbol: 'NSE:SBIN-EQ' },
      { kind: 'index', symbol: 'NSE:NIFTY50-INDEX' },
    ]);
  });

  test('lite takes both', () => {
    expect(subscriptionsOf('lite', MIXED).map(({ kind }) => kind)).toEqual(['lite', 'lite']);
  });

  test('index takes only indices', () => {
    expect(subscriptionsOf('index', ['NSE:NIFTY50-INDEX'])).toEqual([{ kind: 'index', symbol: 'NSE:NIFTY50-INDEX' }]);
    expect(() => subscriptionsOf('index', MIXED)).toThrow(
      expect.objectContaining({ code: 'NOT_AN_INDEX', message: 'not an index: NSE:SBIN-EQ', exit: 2 }),
    );
  });

  test('depth takes everything but indices', () => {
    expect(subscriptionsOf('depth', ['NSE:SBIN-EQ'])).toEqual([{ kind: 'depth', symbol: 'NSE:SBIN-EQ' }]);
    expect(() => subscriptionsOf('depth', MIXED)).toThrow(
      expect.objectContaining({
        code: 'INDEX_HAS_NO_DEPTH',
        message: 'an index has no market depth: NSE:NIFTY50-INDEX',
      }),
    );
  });

  test('counts the wrong symbols beyond the first three', () => {
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
