import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { readSymbols } from '../../../src/lib/cli/command/symbol-arguments.ts';

let home: string;
let folder: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'tickpipe-watchlists-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  folder = path.join(home, '.config/tickpipe/watchlists');
  mkdirSync(folder, { recursive: true });
});

function write(lists: Readonly<Record<string, string | Buffer>>): void {
  for (const [name, text] of Object.entries(lists)) writeFileSync(path.join(folder, `${name}.txt`), text);
}

function read(argv: readonly string[], stdin = '', file?: string) {
  const { signal } = new AbortController();
  return readSymbols({ argv, file, stdin: () => Readable.from([Buffer.from(stdin)]), signal, env: { HOME: home } });
}
const symbolsOf = async (...given: Parameters<typeof read>) => (await read(...given)).symbols;

describe('@name', () => {
  test('stands for the symbols of a list: among arguments, between commas, in a file, on stdin, in a list', async () => {
    write({ a: 'NSE:A-EQ\n@b\n', b: 'NSE:B-EQ # @c\nNSE:A-EQ', c: 'NSE:C-EQ' });
    const file = path.join(home, 'list.txt');
    writeFileSync(file, 'NSE:F-EQ @c\n');
    expect(await symbolsOf(['NSE:X-EQ,@a', 'NSE:B-EQ'])).toEqual(['NSE:X-EQ', 'NSE:A-EQ', 'NSE:B-EQ']);
    expect(await symbolsOf(['-'], '@b, NSE:Y-EQ\n', file)).toEqual([
      'NSE:B-EQ',
      'NSE:A-EQ',
      'NSE:Y-EQ',
      'NSE:F-EQ',
      'NSE:C-EQ',
    ]);
  });

  test('gives each symbol the place where it stands first', async () => {
    write({ a: '# mine\nNSE:A-EQ\n\n@b\n', b: 'NSE:A-EQ\nnse:b-eq' });
    const { placeOf } = await read(['@a']);
    expect(placeOf('NSE:A-EQ')).toBe('watchlists/a.txt:2');
    expect(placeOf('NSE:B-EQ')).toBe('watchlists/b.txt:2');
  });

  test('may be named twice, and by several lists', async () => {
    write({ a: '@c\n@b', b: '@c\nNSE:B-EQ', c: 'NSE:C-EQ' });
    expect(await symbolsOf(['@a', '@c', '@a', '@b'])).toEqual(['NSE:C-EQ', 'NSE:B-EQ']);
  });

  test('is read in whatever form: UTF-16, CRLF, a CSV of a broker, a link, an executable', async () => {
    write({
      utf16: Buffer.from('\ufeffNSE:A-EQ\r\n@csv\r\n', 'utf16le'),
      csv: '\ufeff"Symbol";"LTP"\r\n"NSE:B-EQ";"1,5"\r\n',
    });
    symlinkSync(path.join(folder, 'utf16.txt'), path.join(folder, 'linked.txt'));
    expect(await symbolsOf(['@linked'])).toEqual(['NSE:A-EQ', 'NSE:B-EQ']);
  });

  test('a chain of a thousand lists, and lists that name each other a million times, take no time', async () => {
    const chain = Array.from({ length: 1_000 }, (_, at) => [`c${at}`, `NSE:S${at}-EQ\n@c${at + 1}\n`] as const);
    write({ ...Object.fromEntries(chain), c1000: 'NSE:LAST-EQ' });
    expect((await symbolsOf(['@c0'])).length).toBe(1_001);
    const bomb = Array.from({ length: 20 }, (_, at) => [`b${at}`, `@b${at + 1}\n`.repeat(10)] as const);
    write({ ...Object.fromEntries(bomb), b20: 'NSE:BOOM-EQ' });
    expect(await symbolsOf(['@b0'])).toEqual(['NSE:BOOM-EQ']);
  });
});

describe('what is wrong is named with its place', () => {
  test.each<[string, Readonly<Record<string, string | Buffer>>, string[], object]>([
    [
      'a malformed symbol in a list of a list',
      { a: 'NSE:A-EQ\n@b', b: '# b\n\nSBIN\n' },
      ['@a'],
      { code: 'MALFORMED_SYMBOL', message: 'watchlists/b.txt:3: malformed symbol "SBIN"', exit: 2 },
    ],
    [
      'a list that is not there, of the command line',
      { banks: '' },
      ['@bnaks'],
      { code: 'UNKNOWN_WATCHLIST', message: 'there is no watchlist @bnaks', hint: 'did you mean @banks?', exit: 3 },
    ],
    [
      'a list that is not there, of a list',
      { a: 'NSE:A-EQ\n@zzz' },
      ['@a'],
      { code: 'UNKNOWN_WATCHLIST', message: 'watchlists/a.txt:2: there is no watchlist @zzz' },
    ],
    [
      'a malformed name',
      { a: 'NSE:A-EQ, @../a' },
      ['@a'],
      {
        code: 'USAGE',
        message: expect.stringMatching(/^watchlists\/a.txt:1: malformed name of a watchlist: .*"..\/a"$/),
      },
    ],
    [
      'a circle',
      { a: '@b', b: 'NSE:B-EQ\n@c', c: '\n\n@b' },
      ['@a'],
      {
        code: 'WATCHLIST_CIRCLE',
        message: 'watchlists/c.txt:3: watchlists name each other in a circle: @b -> @c -> @b',
        exit: 2,
      },
    ],
    [
      'a list that names itself',
      { a: '@a' },
      ['@a'],
      { message: 'watchlists/a.txt:1: watchlists name each other in a circle: @a -> @a' },
    ],
    [
      'a list that is not text',
      { a: Buffer.from([1, 0, 2, 0]) },
      ['@a'],
      { code: 'INPUT_MISSING', message: 'watchlists/a.txt cannot be read: it is not text in UTF-8 or UTF-16', exit: 8 },
    ],
    [
      'a list without end',
      { a: Buffer.alloc(4 * 1024 * 1024 + 1, 32) },
      ['@a'],
      { code: 'INPUT_MISSING', message: 'watchlists/a.txt cannot be read: it is larger than 4194304 bytes' },
    ],
    [
      'a quote that is never closed',
      { a: 'symbol\nNSE:A-EQ\n"NSE:B-EQ\n' },
      ['@a'],
      { code: 'MALFORMED_SYMBOL', message: expect.stringMatching(/^watchlists\/a.txt:3: the CSV cannot be parsed/) },
    ],
    ['nothing in the list', { a: '# later\n' }, ['@a'], { code: 'NO_SYMBOLS', message: '@a names no symbol', exit: 2 }],
  ])('%s', async (_, lists, argv, error) => {
    write(lists);
    await expect(read(argv)).rejects.toMatchObject(error);
  });

  test('a link to nothing is there, but cannot be read', async () => {
    symlinkSync('nowhere', path.join(folder, 'a.txt'));
    await expect(read(['@a'])).rejects.toMatchObject({
      code: 'INPUT_MISSING',
      message: 'watchlists/a.txt cannot be read: there is no such file',
    });
  });

  test.each(['@', '@/etc/passwd', '@..', '@.a', '@a b', '@-x', `@${'x'.repeat(65)}`])(
    'no name leads out of the folder: %j',
    async (name) => {
      writeFileSync(path.join(home, '.config/tickpipe/passwd.txt'), 'NSE:A-EQ');
      await expect(read([name])).rejects.toMatchObject({ code: 'USAGE', hint: 'write it like @banks' });
    },
  );
});
