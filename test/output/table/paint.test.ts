import { describe, expect, it } from 'vitest';
import { clipLine, createPaint, stripPaint } from '../../../src/lib/output/table/paint.ts';

describe('createPaint', () => {
  it('colours, and can be stripped', () => {
    const paint = createPaint(true);
    expect(paint.up('610.5')).toBe('\x1b[32m610.5\x1b[0m');
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
    const line = 'ab\x1b[32mcdef\x1b[0mgh';
    expect(clipLine(line, 8)).toBe(line);
    expect(clipLine(line, 5)).toBe('ab\x1b[32mcd\x1b[0m…');
    expect(clipLine(line, 2)).toBe('a\x1b[32m\x1b[0m…');
  });
});
