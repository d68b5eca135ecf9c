import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeText } from '../../src/lib/host/decode-text.ts';

describe('decodeText', () => {
  test('a byte-order mark decides the encoding and is not part of the text', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((one) => !/[\0\uFEFF]/.test(one));
    fc.assert(
      fc.property(text, (one) => {
        expect(decodeText(Buffer.from(one))).toBe(one);
        expect(decodeText(Buffer.from(`\uFEFF${one}`))).toBe(one);
        expect(decodeText(Buffer.from(`\uFEFF${one}`, 'utf16le'))).toBe(one);
        expect(decodeText(Buffer.from(`\uFEFF${one}`, 'utf16le').swap16())).toBe(one);
      }),
    );
  });

  test.each([
    ['a NUL', Buffer.from('NSE:SBIN-EQ\0')],
    ['UTF-16 without its mark', Buffer.from('NSE:SBIN-EQ', 'utf16le')],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x4e, 0, 0, 0])],
  ])('%s is not text', (_, bytes) => {
    expect(decodeText(bytes)).toBeUndefined();
  });

  test('half a character at the end of UTF-16 is dropped, nothing is an empty text', () => {
    expect(decodeText(Buffer.from([0xfe, 0xff, 0, 0x41, 0]))).toBe('A');
    expect(decodeText(Buffer.from([0xff, 0xfe, 0x41, 0, 0x42]))).toBe('A');
    expect(decodeText(Buffer.alloc(0))).toBe('');
  });
});
