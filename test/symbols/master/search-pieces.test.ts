import { describe, expect, it } from 'vitest';
import { openMaster } from '../../../src/lib/symbols/master/opened-master.ts';
import { MASTER_FILES } from '../../../src/lib/symbols/master/symbol-master.ts';
import { fileOf, NOW_MS } from './csv-lines.ts';
import { generateMaster } from './generated-master.ts';

/** So many that each file of shares is searched in several pieces. */
const ROWS = 12_000;

describe('a search that stops early', () => {
  const texts = generateMaster(ROWS);
  const master = openMaster(MASTER_FILES.map((name) => fileOf(name, texts[name].trimEnd().split('\n'))));

  it.each([
    '',
    'e',
    'i',
    'c',
    '2',
    'in',
    'ty',
    'ce',
    'ltd',
    'bank',
    'fut',
    'nifty',
    'nse e',
    'e ce',
    'a b c',
    'in in in',
    'i ce',
    'ltd ind',
    'ind ltd',
    'in ltd',
    '1 ce',
    'in nse',
    'nse in',
    'i n d',
    'in e',
    'nifty 24000 ce',
  ])('%j gives the first rows of the whole result', (text) => {
    const search = (limit: number): string[] =>
      master.search({ text, limit, nowMs: NOW_MS }).map(({ symbol }) => symbol);
    const all = search(ROWS);
    expect(all.length).toBeGreaterThan(3);
    for (const limit of [1, 20, 150]) expect(search(limit)).toEqual(all.slice(0, limit));
  });
});
