import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { expandBraces, expandPattern, isPattern } from '../../../src/lib/recording/reader/glob.ts';
import { makeFolder } from '../made-rows.ts';

function makeTree(...files: string[]): string {
  const root = makeFolder();
  for (const file of files) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), '');
  }
  return root;
}

describe('a pattern', () => {
  const files = [
    'a.gz',
    'b.gz',
    'c.txt',
    '.hidden.gz',
    'day/a.gz',
    'day/deep/a.gz',
    '.git/a.gz',
    'a[1].gz',
    'x+(y).gz',
  ];

  test.each<[string, string[]]>([
    ['*.gz', ['a.gz', 'a[1].gz', 'b.gz', 'x+(y).gz']],
    ['?.gz', ['a.gz', 'b.gz']],
    ['[ab].*', ['a.gz', 'b.gz']],
    ['[!a].*', ['b.gz', 'c.txt']],
    ['[a-b].gz', ['a.gz', 'b.gz']],
    ['[b-a].gz', []],
    ['.h*', ['.hidden.gz']],
    ['**/a.gz', ['a.gz', 'day/a.gz', 'day/deep/a.gz']],
    ['**/deep/*', ['day/deep/a.gz']],
    ['d*/*.gz', ['day/a.gz']],
    ['{a,c}.{gz,txt}', ['a.gz', 'c.txt']],
    ['day/{deep/,}a.gz', ['day/a.gz', 'day/deep/a.gz']],
    ['x+(*).gz', ['x+(y).gz']],
    ['nothing*', []],
    ['a.gz/*', []],
    ['nowhere/*', []],
  ])('%s', async (pattern, expected) => {
    const root = makeTree(...files);
    const found = await expandPattern(path.join(root, pattern));
    expect(found.map((file) => path.relative(root, file))).toEqual(expected);
  });

  test('of many stars is decided at once', async () => {
    const root = makeTree(`${'a'.repeat(240)}.gz`);
    expect(await expandPattern(`${root}/${'*a'.repeat(40)}*b`)).toEqual([]);
    expect(await expandPattern(`${root}/${'*a'.repeat(40)}*.gz`)).toHaveLength(1);
    expect(await expandPattern(`${root}/*a*a`)).toEqual([]);
    expect(await expandPattern(`${root}/a*aaa.g*z`)).toHaveLength(1);
  });

  test('of many folders goes each way once', async () => {
    const deep = Array.from({ length: 30 }, () => 'a').join('/');
    const root = makeTree(`${deep}/b.gz`);
    expect(await expandPattern(`${root}/${'**/a/'.repeat(12)}b.gz`)).toEqual([path.join(root, deep, 'b.gz')]);
  });

  test('does not go round in a circle of links', async () => {
    const root = makeTree('day/a.gz');
    symlinkSync(root, path.join(root, 'day/up'));
    expect(await expandPattern(`${root}/**/*.gz`)).toEqual([path.join(root, 'day/a.gz')]);
  });

  test('is not taken for a plain name', () => {
    for (const text of ['*', 'a?', '[a]', '{a,b}']) expect(isPattern(text)).toBe(true);
    for (const text of ['a.gz', 'date=2026-11-23', 'a b+(c)']) expect(isPattern(text)).toBe(false);
  });
});

describe('braces', () => {
  test.each<[string, string[]]>([
    ['a{b,c}d', ['abd', 'acd']],
    ['{a,b}{c,d}', ['ac', 'ad', 'bc', 'bd']],
    ['a{b,{c,d}e}', ['ab', 'ace', 'ade']],
    ['{a}', ['{a}']],
    ['{a,b', ['{a,b']],
    ['a{,b}', ['a', 'ab']],
  ])('%s', (pattern, expected) => expect(expandBraces(pattern)).toEqual(expected));

  test('that would be millions are given up', () => {
    expect(expandBraces('{a,b}'.repeat(40)).length).toBeLessThanOrEqual(1_000);
  });
});
