import { describe, expect, test } from 'vitest';
import { findKeptHead, quoteForBash, readBashLine, unquote } from '../../../src/lib/cli/completion/shell-words.ts';

const BREAKS = ' \t\n"\'@><=;|&(:';

describe('readBashLine', () => {
  test.each([
    ['tickpipe ', ['tickpipe'], ''],
    ['tickpipe quo', ['tickpipe'], 'quo'],
    ['tickpipe quote NSE:SBIN-EQ NSE:I', ['tickpipe', 'quote', 'NSE:SBIN-EQ'], 'NSE:I'],
    ['tickpipe quote "NSE:M&M-EQ" x', ['tickpipe', 'quote', 'NSE:M&M-EQ'], 'x'],
    ["tickpipe quote 'NSE:NIFTY50 EQL WGT-INDEX' ", ['tickpipe', 'quote', 'NSE:NIFTY50 EQL WGT-INDEX'], ''],
    ['tickpipe quote NSE:M\\&', ['tickpipe', 'quote'], 'NSE:M&'],
    ["tickpipe quote 'NSE:M&", ['tickpipe', 'quote'], 'NSE:M&'],
    ['tickpipe quote "a\\"b', ['tickpipe', 'quote'], 'a"b'],
    ['tickpipe quote a\\', ['tickpipe', 'quote'], 'a'],
    ['tickpipe quote ""', ['tickpipe', 'quote'], ''],
    ['A=1 B=2 tickpipe quo', ['tickpipe'], 'quo'],
    ['echo x | tickpipe quo', ['tickpipe'], 'quo'],
    ['cd /tmp && tickpipe quo', ['tickpipe'], 'quo'],
    ['$(tickpipe quo', ['tickpipe'], 'quo'],
    ['tickpipe quote 2> log x', ['tickpipe', 'quote'], 'x'],
    ['tickpipe quote > log 2>&1 x', ['tickpipe', 'quote'], 'x'],
    ['tickpipe\n  quote\tx', ['tickpipe', 'quote'], 'x'],
    ['tickpipe 😀 é', ['tickpipe', '😀'], 'é'],
    ['', [], ''],
  ])('%j', (line, before, current) => {
    const typed = readBashLine(line);
    expect({ before: typed.before, current: typed.current.text }).toEqual({ before, current });
    expect(typed.isRedirection).toBe(false);
  });

  test.each([
    'tickpipe quote > f',
    'tickpipe quote >f',
    'tickpipe quote 2>> f',
    'tickpipe quote &> f',
    'tickpipe - < f',
  ])('the word under the cursor is a file: %s', (line) => {
    expect(readBashLine(line)).toMatchObject({ current: { text: 'f' }, isRedirection: true });
  });
});

describe('findKeptHead', () => {
  test.each([
    ['SBIN', '', undefined],
    ['NSE:SB', 'NSE:', undefined],
    ['--format=nd', '--format=', undefined],
    ['NSE:A,BSE:B', 'NSE:A,BSE:', undefined],
    ['NSE:M\\&M', 'NSE:', undefined],
    ['NSE\\:SB', '', undefined],
    ["'NSE:M&", "'", "'"],
    ['NSE:"M&', 'NSE:"', '"'],
    ['@mo', '', undefined],
    ['NSE:A,@mo', 'NSE:A,', undefined],
  ])('of %j is %j', (raw, head, quote) => {
    expect(findKeptHead(raw, BREAKS)).toEqual({ length: head.length, quote });
  });

  test('is empty where the user took the colon out of COMP_WORDBREAKS', () => {
    expect(findKeptHead('NSE:SB', ' \t\n=')).toEqual({ length: 0, quote: undefined });
  });
});

test.each(['NSE:M&M-EQ', 'NSE:NIFTY50 EQL WGT-INDEX', '$(rm -rf)`x`', `a'b"c\\d`, '~/x', '#x', '*?[a]', 'a!b'])(
  'bash reads %j back from what is quoted for it',
  (text) => {
    expect(unquote(quoteForBash(text, undefined))).toBe(text);
    expect(unquote(`'${quoteForBash(text, "'")}'`)).toBe(text);
    expect(unquote(`"${quoteForBash(text, '"')}"`)).toBe(text);
    const line = readBashLine(`tickpipe ${quoteForBash(text, undefined)} `);
    expect(line.before).toEqual(['tickpipe', text]);
  },
);
