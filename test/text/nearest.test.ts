import { expect, test } from 'vitest';
import { findNearest } from '../../src/lib/text/nearest.ts';

const WORDS = ['count', 'conflate', 'changed', 'quiet'];

test.each([
  ['conut', 'count'],
  ['coun', 'count'],
  ['conflat', 'conflate'],
  ['confl', 'conflate'],
  ['quit', 'quiet'],
])('%s is likely %s', (word, expected) => expect(findNearest(word, WORDS)).toBe(expected));

test.each(['xyz', '', 'c', 'co', 'something-else', 'count'.repeat(100)])('%j is nothing like them', (word) => {
  expect(findNearest(word, WORDS)).toBeUndefined();
});

test('two neighbours that changed places are one mistake', () => {
  expect(findNearest('conut', ['cont', 'count'], 1)).toBe('cont');
  expect(findNearest('relaince', ['reliance'], 1)).toBe('reliance');
  expect(findNearest('rlaience', ['reliance'], 1)).toBeUndefined();
});

test('chooses the nearest, and the first of equals', () => {
  expect(findNearest('cat', ['cart', 'cat', 'car'])).toBe('cat');
  expect(findNearest('lest', ['lost', 'last'])).toBe('lost');
  expect(findNearest('abcd', [])).toBeUndefined();
});
