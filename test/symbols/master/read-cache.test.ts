import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readSymbolMaster } from '../../../src/lib/symbols/master/read-cache.ts';
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
