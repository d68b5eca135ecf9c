import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openLocalSources } from '../../../src/lib/cli/completion/local-sources.ts';
import { writeCachedMaster } from '../../support/cached-master.ts';
import { csvLine, NOW_MS } from '../../symbols/master/csv-lines.ts';

function setUp(files: Readonly<Record<string, string>> = {}) {
  const home = mkdtempSync(path.join(tmpdir(), 'tickpipe-home-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const config = path.join(home, '.config/tickpipe');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(config, name)), { recursive: true });
    writeFileSync(path.join(config, name), text);
  }
  return { home, config, sources: openLocalSources({ HOME: home }, NOW_MS, true) };
}

const SBIN = csvLine('NSE_CM', { symbol: 'NSE:SBIN-EQ', token: 3045, name: 'STATE BANK', underlying: 'SBIN' });

describe('what completion finds on this machine', () => {
  it('is nothing in an empty home', () => {
    const { sources } = setUp();
    const found = [sources.watchlists(), sources.listedIn('x'), sources.profiles(), sources.symbols('NSE:')];
    expect([...found, sources.underlyings('N')].flat()).toEqual([]);
  });

  it('are watchlists with plain names', () => {
    const { sources } = setUp({
      'watchlists/metals.txt': '',
      'watchlists/banks.txt': '# mine\r\nNSE:SBIN-EQ, NSE:M&M-EQ # two\n@metals\n\nNSE:SBIN-EQ\n',
      'watchlists/.hidden.txt': '',
      'watchlists/a b.txt': '',
      'watchlists/notes.md': '',
    });
    expect(sources.watchlists()).toEqual(['banks', 'metals']);
    expect(sources.listedIn('banks')).toEqual(['NSE:SBIN-EQ', 'NSE:M&M-EQ', '@metals']);
    expect(sources.listedIn('../config')).toEqual([]);
  });

  it('are profiles of the file, and of logins', () => {
    const { sources } = setUp({
      'config.json': '{"profile":"work","profiles":{"work":{},"night":{}}}',
      'tokens/work.json': '{}',
      'tokens/second.json': '{}',
    });
    expect(sources.profiles()).toEqual(['work', 'night', 'second']);
  });

  it.each(['', '[]', '{"profiles":[]}', '{"profiles":7}', 'nonsense', '{"profiles":{}}', ' '.repeat(2_000_000)])(
    'is no profile where the file has none (%#)',
    (text) => {
      expect(setUp({ 'config.json': text }).sources.profiles()).toEqual([]);
    },
  );

  it('are symbols of the cached master', () => {
    const { home, sources } = setUp();
    writeCachedMaster(home, { NSE_CM: [SBIN] }, NOW_MS);
    expect(sources.symbols('nse:s')).toEqual([{ text: 'NSE:SBIN-EQ', summary: 'STATE BANK' }]);
    writeFileSync(path.join(home, '.cache/tickpipe/symbols/NSE_CM.master'), 'damaged');
    expect(sources.symbols('nse:s')).toEqual([]);
  });

  it('is nothing for a master whose address cannot be used', () => {
    const { home } = setUp();
    writeCachedMaster(home, { NSE_CM: [SBIN] }, NOW_MS);
    const sources = openLocalSources({ HOME: home, TICKPIPE_MASTER_URL: 'ftp://nowhere' }, NOW_MS, true);
    expect(sources.symbols('NSE:S')).toEqual([]);
  });

  it('are files, hidden ones only when the dot is typed', () => {
    const { config, sources } = setUp({ 'a.txt': '', '.b': '', 'folder/x': '' });
    expect(sources.paths(`${config}/`)).toEqual([`${config}/a.txt`, `${config}/folder/`]);
    expect(sources.paths(`${config}/.`)).toEqual([`${config}/.b`]);
    expect(sources.paths(`${config}/nothing/`)).toEqual([]);
  });
});
