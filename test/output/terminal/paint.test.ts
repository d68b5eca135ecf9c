import { describe, expect, it } from 'vitest';
import { clipLine, createPaint, stripPaint, visibleWidth } from '../../../src/lib/output/terminal/paint.ts';

describe('createPaint', () => {
  it('colours, and can be stripped', () => {
    const paint = createPaint(true);
    expect(paint.up('610.5')).toBe('\x1b[32m610.5\x1b[39m');
    expect(stripPaint(`${paint.alert('a')}${paint.dim('b')}${paint.bold('c')}${paint.down('d')}`)).toBe('abcd');
  });

  it('leaves text as it is without colours', () => {
    const paint = createPaint(false);
    for (const style of [paint.up, paint.down, paint.dim, paint.bold, paint.alert]) expect(style('x')).toBe('x');
  });
});

describe('clipLine', () => {
  it.each([
    ['', 0, ''],
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['abcd', 1, '…'],
    ['abcd', 0, ''],
  ])('%j in %d columns is %j', (line, width, clipped) => {
    expect(clipLine(line, width)).toBe(clipped);
  });

  it('counts what is seen, and ends every colour it began', () => {
    const line = 'ab\x1b[32mcdef\x1b[39mgh';
    expect(clipLine(line, 8)).toBe(line);
    expect(clipLine(line, 5)).toBe('ab\x1b[32mcd\x1b[39m…');
    expect(clipLine(line, 2)).toBe('a\x1b[32m\x1b[39m…');
  });

  it.each([
    ['東京証券', 8, '東京証券'],
    ['東京証券', 7, '東京証…'],
    ['東京証券', 6, '東京…'],
    ['a👍👍', 5, 'a👍👍'],
    ['a👍👍', 4, 'a👍…'],
    ['a👍👍', 3, 'a…'],
    ['cafe\u0301s', 5, 'cafe\u0301s'],
    ['cafe\u0301 au lait', 5, 'cafe\u0301…'],
    ['\x1b[31m東京\x1b[39m', 3, '\x1b[31m東\x1b[39m…'],
    ['👨‍👩‍👧 NSE', 5, '👨‍👩‍👧 N…'],
  ])('never cuts a character in two: %j in %d columns', (line, width, clipped) => {
    expect(clipLine(line, width)).toBe(clipped);
    expect(visibleWidth(clipped)).toBeLessThanOrEqual(width);
  });

  it('leaves no narrow character behind a wide one that did not fit', () => {
    expect(clipLine('東a', 2)).toBe('…');
    expect(clipLine('a東\x1b[31mb\x1b[39mc', 3)).toBe('a\x1b[31m\x1b[39m…');
  });
});

describe('visibleWidth', () => {
  it.each([
    ['', 0],
    ['NSE:M&M-EQ', 10],
    ['\x1b[32m▲\x1b[39m', 1],
    ['東京', 4],
    ['👍', 2],
    ['e\u0301', 1],
    ['\x1b[1m東\x1b[22m', 2],
  ])('of %j is %d', (text, width) => expect(visibleWidth(text)).toBe(width));
});
