import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DAY_MS } from '../../../src/lib/clock/ist.ts';
import { DIRECT } from '../../../src/lib/network/route.ts';
import { parseIndexNames, readIndexTable } from '../../../src/lib/symbols/master/index-table.ts';
import { locateMasterFolder } from '../../../src/lib/symbols/master/master-folder.ts';
import { readSymbolMaster } from '../../../src/lib/symbols/master/read-cache.ts';
import { refreshSymbolMaster } from '../../../src/lib/symbols/master/refresh-master.ts';
import type { MasterFileName } from '../../../src/lib/symbols/master/symbol-master.ts';
import { MasterInstruments } from '../../../src/lib/symbols/master-instruments.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { csvLine, futureLine, NOW_MS } from './csv-lines.ts';
import { startMasterServer } from './master-server.ts';

const TABLE = 'index_hsm_mapping.json';
const NEW_INDEX = 'NSE:NIFTYNEW-INDEX';
const CASH = [
  csvLine('NSE_CM', { symbol: NEW_INDEX, token: 26999, name: 'NIFTYNEW-INDEX', underlying: 'NIFTYNEW', code: 10 }),
  csvLine('NSE_CM', { symbol: 'NSE:NIFTY50-INDEX', token: 26000, name: 'NIFTY', underlying: 'NIFTY', code: 10 }),
]
  .map((line) => `${line}\n`)
  .join('');
const NAMES = { [NEW_INDEX]: 'Nifty New Thing', 'NSE:NIFTY50-INDEX': 'Nifty 50' };

async function openWorld(table: string | undefined = JSON.stringify(NAMES)) {
  const home = mkdtempSync(path.join(tmpdir(), 'tickpipe-index-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const server = await startMasterServer({
    'NSE_CM.csv': CASH,
    'MCX_COM.csv': `${futureLine('MCX_COM', 'GOLD', '2026-12-31', 7)}\n`,
    ...(table !== undefined && { [TABLE]: table }),
  });
  const env = { HOME: home, TICKPIPE_RUN_DIR: path.join(home, 'run'), TICKPIPE_MASTER_URL: server.url };
  const clock = new ManualClock(NOW_MS);
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const outgoing = DIRECT;
  const refresh = (files: readonly MasterFileName[] = ['NSE_CM'], force = false) =>
    refreshSymbolMaster({ env, clock, signal: stop.signal, outgoing, files, force });
  const requests = (): string[] => server.requests.filter((request) => request.startsWith(TABLE));
  const cachedName = (symbol: string): string | undefined => readSymbolMaster({ env })?.indexName(symbol);
  return { env, clock, server, refresh, requests, cachedName };
}

describe('the table of index names', () => {
  it('comes with the files that have indices, and is kept with them', async () => {
    const { refresh, requests, cachedName } = await openWorld();
    const { master, indexProblem } = await refresh();
    expect([master?.indexName(NEW_INDEX), indexProblem]).toEqual(['Nifty New Thing', undefined]);
    expect(cachedName(NEW_INDEX)).toBe('Nifty New Thing');
    expect(cachedName('NSE:SBIN-EQ')).toBeUndefined();
    expect(requests()).toEqual([`${TABLE} 200`]);
  });

  it('does not come with the others', async () => {
    const { refresh, requests } = await openWorld();
    await refresh(['MCX_COM']);
    expect(requests()).toEqual([]);
  });

  it('is asked for once a day, and then only for what is new', async () => {
    const { refresh, requests, clock, server, cachedName } = await openWorld();
    await refresh();
    await refresh();
    expect(requests()).toEqual([`${TABLE} 200`]);
    clock.advance(DAY_MS);
    await refresh();
    expect(requests()).toEqual([`${TABLE} 200`, `${TABLE} 304`]);
    expect(cachedName(NEW_INDEX)).toBe('Nifty New Thing');
    server.contents.set(TABLE, JSON.stringify({ [NEW_INDEX]: 'Nifty Newer' }));
    clock.advance(1);
    await refresh(['NSE_CM'], true);
    expect(cachedName(NEW_INDEX)).toBe('Nifty Newer');
  });

  it.each([
    ['is missing', undefined],
    ['is no JSON', '<html>'],
    ['is a list', '["Nifty 50"]'],
    ['has no usable entry', '{"NSE:SBIN-EQ":"SBIN","NSE:X-INDEX":7}'],
  ])('that %s fails nothing, and the one before stays', async (_, table) => {
    const { refresh, clock, server, cachedName } = await openWorld();
    await refresh();
    if (table === undefined) server.contents.delete(TABLE);
    else server.contents.set(TABLE, table);
    clock.advance(DAY_MS);
    const { files, indexProblem } = await refresh();
    expect(files.map(({ outcome, problem }) => [outcome, problem])).toEqual([['unchanged', undefined]]);
    expect(indexProblem?.code).toMatch(/^SYMBOL_MASTER_(?:REFUSED|UNAVAILABLE)$/);
    expect(cachedName(NEW_INDEX)).toBe('Nifty New Thing');
  });

  it('gives the topics of indices that the program does not know', async () => {
    const { refresh, env, clock } = await openWorld();
    const find = async (symbol: string) => {
      const readMaster = () => readSymbolMaster({ env });
      const instruments = new MasterInstruments({ readMaster, env, isFyersData: false, clock });
      return await instruments.find([symbol], true);
    };
    await refresh();
    const { fresh, indexNames } = await find(NEW_INDEX);
    expect(fresh.get(NEW_INDEX)).toMatchObject({ segment: 'nse_cm', feedName: 'Nifty New Thing' });
    expect(indexNames?.get(NEW_INDEX)).toBe('Nifty New Thing');
  });

  it('is read from the cache only when it is one', async () => {
    const { env } = await openWorld();
    const folder = locateMasterFolder(env);
    mkdirSync(folder.directory, { recursive: true });
    const file = path.join(folder.directory, 'index-names.json');
    for (const text of ['', '{', '[]', '{"names":{}}', '{"checkedAtMs":1,"names":{"NSE:A-INDEX":"a|b"}}']) {
      writeFileSync(file, text);
      expect(readIndexTable(folder)).toBeUndefined();
    }
  });

  it('is not used when one bit of it has changed: Nifty 100 would be Nifty 500', async () => {
    const { refresh, env, cachedName } = await openWorld(JSON.stringify({ 'NSE:NIFTY100-INDEX': 'Nifty 100' }));
    await refresh();
    const file = path.join(locateMasterFolder(env).directory, 'index-names.json');
    const good = readFileSync(file);
    const table = readIndexTable(locateMasterFolder(env));
    expect(table?.names.get('NSE:NIFTY100-INDEX')).toBe('Nifty 100');
    for (let at = 0; at < good.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const bytes = Buffer.from(good);
        bytes[at] = (bytes[at] as number) ^ (1 << bit);
        writeFileSync(file, bytes);
        const read = readIndexTable(locateMasterFolder(env));
        if (read !== undefined) expect(read, `bit ${bit} of byte ${at}`).toEqual(table);
      }
    }
    writeFileSync(file, good.toString().replace('Nifty 100', 'Nifty 500'));
    expect(cachedName('NSE:NIFTY100-INDEX')).toBeUndefined();
  });
});

describe('the entries of a table', () => {
  it('are taken where they are good, and left out where they are not', () => {
    const table = {
      'NSE:NIFTY50-INDEX': 'Nifty 50',
      'NSE:SBIN-EQ': 'a share',
      'nse:nifty100-index': 'small letters',
      'NSE:A-INDEX': 'a|b',
      'NSE:B-INDEX': '',
      'NSE:C-INDEX': ' C ',
      'NSE:D-INDEX': 'D\nE',
      'NSE:E-INDEX': 7,
      'NSE:F-INDEX': null,
      'NSE:G-INDEX': 'x'.repeat(101),
      'NSE:H-INDEX': 'é',
      'NSE:I-INDEX': 'I',
    };
    expect([...parseIndexNames(JSON.stringify(table))]).toEqual([
      ['NSE:NIFTY50-INDEX', 'Nifty 50'],
      ['NSE:I-INDEX', 'I'],
    ]);
  });

  it('named like what every object has are none', () => {
    expect(() => parseIndexNames('{"__proto__":{"NSE:A-INDEX":"A"},"constructor":"x"}')).toThrow(/no name of an index/);
  });
});
