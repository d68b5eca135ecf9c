import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readSymbolMaster, useSymbolMaster } from '../../../src/lib/symbols/master/read-cache.ts';
import type { SymbolMaster } from '../../../src/lib/symbols/master/symbol-master.ts';
import { writeCachedMaster } from '../../support/cached-master.ts';
import { generateMaster } from './generated-master.ts';

it('the cache of one exchange is read without the files of the others', () => {
  const home = mkdtempSync(path.join(tmpdir(), 'tickpipe-cache-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const files = Object.entries(generateMaster(1)).map(([name, text]) => [name, text.trimEnd().split('\n')]);
  writeCachedMaster(home, Object.fromEntries(files), Date.now());
  const namesOf = (exchange?: 'NSE' | 'BSE' | 'MCX') =>
    readSymbolMaster({ env: { HOME: home }, exchange })?.files.map(({ name }) => name);
  expect(namesOf()).toEqual(['NSE_CM', 'NSE_FO', 'NSE_CD', 'NSE_COM', 'BSE_CM', 'BSE_FO', 'MCX_COM']);
  expect(namesOf('NSE')).toEqual(['NSE_CM', 'NSE_FO', 'NSE_CD', 'NSE_COM']);
  expect(namesOf('BSE')).toEqual(['BSE_CM', 'BSE_FO']);
  expect(namesOf('MCX')).toEqual(['MCX_COM']);
});

describe('a cache of which a part is read', () => {
  const NOW_MS = Date.now();

  function makeHome(): { readonly home: string; readonly folder: string } {
    const home = mkdtempSync(path.join(tmpdir(), 'tickpipe-cache-'));
    onTestFinished(() => rmSync(home, { recursive: true }));
    const files = Object.entries(generateMaster(2_000)).map(([name, text]) => [name, text.trimEnd().split('\n')]);
    writeCachedMaster(home, Object.fromEntries(files), NOW_MS);
    return { home, folder: path.join(home, '.cache/tickpipe/symbols') };
  }

  const openFiles = (): number => readdirSync('/proc/self/fd').length;
  /** What completion asks. */
  const ask = (typed: string) => (master: SymbolMaster) => {
    const symbols = master.startingWith(typed, 99, NOW_MS);
    return { symbols, names: symbols.map((symbol) => master.find(symbol)?.name), size: master.size };
  };

  it.each([
    'NSE:',
    'NSE:S',
    'S',
    'NSE:NIFTY',
    'NSE:NIFTY26DEC2',
    'NSE:SBIN-EQ',
    'NSE:SBIN-EQX',
    'BSE:A',
    'MCX:GOLD',
    'X:',
  ])('answers as one that is read whole: %s', (typed) => {
    const { home } = makeHome();
    const master = readSymbolMaster({ env: { HOME: home } });
    const expected = master && ask(typed)(master);
    const found = useSymbolMaster({ env: { HOME: home } }, ask(typed));
    expect(found).toEqual(expected);
    expect(found?.size).toBeGreaterThan(1_000);
  });

  it('finds every symbol that begins with one of its letters', () => {
    const { home } = makeHome();
    const all =
      useSymbolMaster({ env: { HOME: home } }, (master) => master.startingWith('NSE:', 100_000, NOW_MS)) ?? [];
    expect(all.length).toBeGreaterThan(500);
    for (const length of [5, 6, 7, 9, 20]) {
      const typed = (all[Math.floor(all.length / 2)] as string).slice(0, length);
      const found = useSymbolMaster({ env: { HOME: home } }, (master) => master.startingWith(typed, 100_000, NOW_MS));
      expect(found).toEqual(all.filter((symbol) => symbol.startsWith(typed)));
    }
  });

  it('leaves out files that are damaged at their beginning, and throws for a part that is', () => {
    const { home, folder } = makeHome();
    const file = path.join(folder, 'NSE_CM.master');
    const bytes = readFileSync(file);
    const change = (at: number): void => {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ 1;
      writeFileSync(file, changed);
    };
    const namesOf = () => useSymbolMaster({ env: { HOME: home } }, ({ files }) => files.map(({ name }) => name));
    for (const at of [0, 5, 9, 13, 17, 40, 2_000]) {
      change(at);
      expect(namesOf(), `byte ${at}`).not.toContain('NSE_CM');
    }
    change(bytes.indexOf('\0\nA'));
    expect(() => useSymbolMaster({ env: { HOME: home } }, ask('NSE:S'))).toThrow('the section searchText is damaged');
    writeFileSync(file, bytes.subarray(0, bytes.length - 1));
    expect(namesOf()).not.toContain('NSE_CM');
  });

  it.runIf(process.platform === 'linux')('has no file open afterwards, whatever became of it', () => {
    const { home } = makeHome();
    const before = openFiles();
    useSymbolMaster({ env: { HOME: home } }, ask('NSE:S'));
    const fail = () => {
      throw new Error('on purpose');
    };
    expect(() => useSymbolMaster({ env: { HOME: home } }, fail)).toThrow('on purpose');
    expect(openFiles()).toBe(before);
  });

  it('is nothing where none is', () => {
    const home = mkdtempSync(path.join(tmpdir(), 'tickpipe-cache-'));
    onTestFinished(() => rmSync(home, { recursive: true }));
    expect(useSymbolMaster({ env: { HOME: home } }, () => 'used')).toBeUndefined();
  });
});
