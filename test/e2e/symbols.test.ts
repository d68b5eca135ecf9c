import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../src/lib/simulator/simulator.ts';
import { locateMasterFolder } from '../../src/lib/symbols/master/master-folder.ts';
import { MASTER_FILES } from '../../src/lib/symbols/master/symbol-master.ts';
import { csvLine } from '../symbols/master/csv-lines.ts';
import { startMasterServer } from '../symbols/master/master-server.ts';
import { type Ended, emptyFolder, rowsOf, run, shell, simulate, start } from './program.ts';

const KEYS =
  'type symbol name exchange segment kind isin underlying expiry strike right lot_size tick_size session topic'.split(
    ' ',
  );

/** A home whose environment names a simulator with a symbol master. */
class MasterHome {
  readonly simulator: Simulator;
  readonly folder = emptyFolder();
  readonly env: Readonly<Record<string, string>>;

  private constructor(simulator: Simulator) {
    this.simulator = simulator;
    this.env = { ...simulator.environment, HOME: this.folder };
  }

  static async create(): Promise<MasterHome> {
    return new MasterHome(await simulate({ masterRows: 3_000 }));
  }

  run(args: readonly string[]): Promise<Ended> {
    return run(args, { env: this.env, cwd: this.folder });
  }

  /** How often files were asked for, and how often the answer was that nothing is new. */
  get requests(): { asked: number; unchanged: number } {
    const counts = [...this.simulator.counters.master.values()];
    return {
      asked: counts.reduce((sum, { requests }) => sum + requests, 0),
      unchanged: counts.reduce((sum, { notModified }) => sum + notModified, 0),
    };
  }
}

describe('symbols search', () => {
  it('fetches the master once, and prints rows of the contract', async () => {
    const home = await MasterHome.create();
    const first = await home.run(['symbols', 'search', 'state', 'bank']);
    expect([first.status, first.stderr]).toEqual([0, '']);
    const [row] = rowsOf(first.stdout);
    expect(Object.keys(row ?? {})).toEqual(KEYS);
    expect(row).toMatchObject({ type: 'Symbol', symbol: 'NSE:SBIN-EQ', isin: 'INE062A01020', topic: 'sf|nse_cm|3045' });
    const { asked } = home.requests;
    expect(asked).toBeGreaterThanOrEqual(7);
    const again = await home.run(['symbols', 'search', 'INE062A01020', '--exchange', 'nse', '--names']);
    expect([again.status, again.stdout]).toEqual([0, 'NSE:SBIN-EQ\n']);
    expect(home.requests.asked).toBe(asked);
  });

  it('finds contracts by what they are', async () => {
    const home = await MasterHome.create();
    const args = [
      '--underlying',
      'NIFTY',
      '--kind',
      'option',
      '--expiry',
      'nearest',
      '--right',
      'pe',
      '--strike',
      '26000',
    ];
    const { stdout } = await home.run(['symbols', 'search', ...args]);
    expect(rowsOf(stdout)).toMatchObject([{ underlying: 'NIFTY', kind: 'option', right: 'PE', strike: 26_000 }]);
    const future = await home.run([
      'symbols',
      'search',
      'crude',
      '--kind',
      'future',
      '--exchange',
      'MCX',
      '--limit',
      '1',
    ]);
    expect(rowsOf(future.stdout)).toMatchObject([{ exchange: 'MCX', segment: 'mcx_fo', lot_size: 100 }]);
  });

  it('without a match ends with 3 and names the nearest', async () => {
    const home = await MasterHome.create();
    expect(await home.run(['symbols', 'search', 'relaince'])).toMatchObject({
      status: 3,
      stdout: '',
      stderr: expect.stringMatching(
        /^error: no instrument matches "relaince"\nhint: did you mean NSE:RELIANCE-EQ(?:, | or |\?)/,
      ),
    });
  });

  it.each([
    [[], 'nothing to search for'],
    [['sbin', '--kind', 'bond'], '--kind: expected one of equity, index, future, option, not "bond"'],
    [['sbin', '--expiry', '2026-02-30'], '--expiry: expected a date such as 2026-12-29, or one of nearest, weekly'],
    [['sbin', '--strike', '-1'], '--strike: expected a price'],
    [['sbin', '--fields', 'ltp'], '--fields: no column ltp; there are type, symbol, name'],
    [['sbin', '--names', '--fields', 'isin'], '--fields'],
    [['sbin', '-o', 'rows.json'], '--output: the suffix of "rows.json" says no format'],
  ])('%j is a usage error before anything is fetched', async (args, message) => {
    const home = await MasterHome.create();
    const { status, stderr } = await home.run(['symbols', 'search', ...args]);
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(home.requests.asked).toBe(0);
  });

  it('takes --names from the environment, and --fields of the command line before it', async () => {
    const home = await MasterHome.create();
    const options = { env: { ...home.env, TICKPIPE_NAMES: '1' } };
    const show = ['symbols', 'show', 'NSE:SBIN-EQ'];
    expect((await run(show, options)).stdout).toBe('NSE:SBIN-EQ\n');
    expect((await run([...show, '--fields', 'kind'], options)).stdout).toBe('{"kind":"equity"}\n');
  });

  it('writes a file by its suffix, whole or not at all, and lists its fields', async () => {
    const home = await MasterHome.create();
    await home.run([
      'symbols',
      'search',
      'sbin',
      '--limit',
      '2',
      '-o',
      'found.csv',
      '--fields',
      'symbol,strike,lot_size',
    ]);
    const lines = readFileSync(path.join(home.folder, 'found.csv'), 'utf8').split('\n');
    expect(lines.slice(0, 2)).toEqual(['symbol,strike,lot_size', 'NSE:SBIN-EQ,,1']);
    const second = await home.run(['symbols', 'search', 'sbin', '-o', 'found.csv']);
    expect([second.status, second.stderr]).toEqual([2, expect.stringContaining('error: found.csv is there already')]);
    expect((await home.run(['symbols', 'search', '--fields', 'help'])).stdout).toBe(`Symbol: ${KEYS.join(' ')}\n`);
  });

  it('ends quietly when its reader leaves, and with 7 on a full disk', async () => {
    const home = await MasterHome.create();
    const all = '$tickpipe symbols search --kind option --limit 100000';
    const head = await shell(`${all} | head -1 | wc -l; echo "\${PIPESTATUS[0]}"`, { env: home.env }).ended;
    expect([head.stdout.trim().split(/\s+/), head.stderr]).toEqual([['1', '0'], '']);
    const full = await shell(`${all} > /dev/full`, { env: home.env }).ended;
    expect([full.status, full.stderr]).toEqual([
      7,
      expect.stringContaining('error: cannot write standard output: no space left on the device\n'),
    ]);
  });
});

describe('symbols show', () => {
  it('prints symbols in the order given, and names the unknown with what was meant', async () => {
    const home = await MasterHome.create();
    const symbols = ['nse:nifty50-index', 'NSE:RELAINCE-EQ', 'MCX:CRUDEOIL26DECFUT'];
    const { status, stdout, stderr } = await home.run(['symbols', 'show', ...symbols]);
    expect([status, stderr]).toEqual([3, 'warning: unknown symbol NSE:RELAINCE-EQ; did you mean NSE:RELIANCE-EQ?\n']);
    expect(rowsOf(stdout)).toMatchObject([
      { symbol: 'NSE:NIFTY50-INDEX', kind: 'index', topic: 'if|nse_cm|Nifty 50', expiry: null },
      { symbol: 'MCX:CRUDEOIL26DECFUT', kind: 'future', expiry: expect.stringMatching(/^2026-12-\d\d$/) },
    ]);
  });

  it('of symbols that are all unknown is an error', async () => {
    const home = await MasterHome.create();
    expect(await home.run(['symbols', 'show', 'NSE:BANKNIFTY-INDEX'])).toMatchObject({
      status: 3,
      stdout: '',
      stderr: 'error: unknown symbol NSE:BANKNIFTY-INDEX\nhint: did you mean NSE:NIFTYBANK-INDEX?\n',
    });
  });
});

describe('symbols chain', () => {
  it('lists calls and puts by strike, around a price', async () => {
    const home = await MasterHome.create();
    const args = ['symbols', 'chain', 'NSE:NIFTY50-INDEX', '--around', '26010', '--strikes', '1'];
    const { status, stdout, stderr } = await home.run(args);
    expect([status, stderr]).toEqual([0, '']);
    const rows = rowsOf(stdout);
    expect(rows.map(({ strike, right }) => `${strike}${right}`)).toEqual([
      '25950CE',
      '25950PE',
      '26000CE',
      '26000PE',
      '26050CE',
      '26050PE',
    ]);
    expect(new Set(rows.map(({ expiry }) => expiry)).size).toBe(1);
    const names = await home.run([...args, '--names']);
    expect(names.stdout).toBe(rows.map(({ symbol }) => `${symbol}\n`).join(''));
  });

  it('needs a price for --strikes, lists all without it', async () => {
    const home = await MasterHome.create();
    expect((await home.run(['symbols', 'chain', 'NIFTY', '--strikes', '3'])).status).toBe(2);
    const all = await home.run(['symbols', 'chain', 'NIFTY', '--raw', '--fields', 'right']);
    expect(all.stdout.split('\n').length).toBeGreaterThan(25);
    const unknown = await home.run(['symbols', 'chain', 'NIFTYY']);
    expect([unknown.status, unknown.stderr]).toEqual([
      3,
      expect.stringContaining('hint: did you mean NSE:NIFTY50-INDEX'),
    ]);
  });
});

describe('symbols refresh', () => {
  it('always asks, and says what came of each file', async () => {
    const home = await MasterHome.create();
    const first = rowsOf((await home.run(['symbols', 'refresh'])).stdout);
    expect(first.map(({ file, status }) => `${file} ${status}`)).toEqual(
      ['NSE_CM', 'NSE_FO', 'NSE_CD', 'NSE_COM', 'BSE_CM', 'BSE_FO', 'MCX_COM'].map((name) => `${name} updated`),
    );
    expect(Object.keys(first[0] ?? {})).toEqual(['type', 'file', 'status', 'rows', 'checked_at']);
    const { unchanged } = home.requests;
    const second = await home.run(['symbols', 'refresh', '--exchange', 'mcx', '-f', 'csv', '--fields', 'file,status']);
    expect([second.status, second.stdout]).toEqual([0, 'file,status\nMCX_COM,unchanged\n']);
    expect(home.requests.unchanged).toBeGreaterThan(unchanged);
  });

  it('that reaches nobody keeps the files and ends with 5; a search still works, and says how old they are', async () => {
    const home = await MasterHome.create();
    await home.run(['symbols', 'refresh']);
    await home.simulator.close();
    const { status, stdout, stderr } = await home.run(['symbols', 'refresh']);
    expect(status).toBe(5);
    expect(new Set(rowsOf(stdout).map((row) => row['status']))).toEqual(new Set(['kept']));
    expect(stderr).toMatch(/^error: .*\nhint: .*\n$/);
    const found = await home.run(['symbols', 'search', 'sbin', '--names', '--limit', '1']);
    expect([found.status, found.stdout]).toEqual([0, 'NSE:SBIN-EQ\n']);
  });

  it('that fails for some files ends with 3 and says for which', async () => {
    const home = await MasterHome.create();
    const line = csvLine('NSE_CM', { symbol: 'NSE:SBIN-EQ', token: 3045, name: 'STATE BANK OF INDIA' });
    const server = await startMasterServer({ 'NSE_CM.csv': `${line}\n` });
    const env = { ...home.env, TICKPIPE_MASTER_URL: server.url };
    const { status, stdout, stderr } = await run(['symbols', 'refresh', '--quiet'], { env });
    expect(status).toBe(3);
    expect(rowsOf(stdout).map(({ status }) => status)).toEqual(['updated', ...Array(6).fill('missing')]);
    expect(stderr).toMatch(/^warning: NSE_FO, .*MCX_COM of the symbol master cannot be fetched: .*\n$/);
    const found = await run(['symbols', 'show', 'MCX:GOLD26DECFUT'], { env });
    expect([found.status, found.stdout]).toEqual([5, '']);
  });

  it('is ended by Ctrl-C while a server is mute, and leaves nothing half-written', async () => {
    const home = await MasterHome.create();
    const server = await startMasterServer();
    for (const name of MASTER_FILES) server.scripts.set(`${name}.csv`, () => {});
    const env = { ...home.env, TICKPIPE_MASTER_URL: server.url };
    const running = start(['symbols', 'refresh'], { env });
    await expect.poll(() => server.requests.length).toBeGreaterThan(0);
    running.child.kill('SIGINT');
    expect(await running.ended).toMatchObject({ status: 130, stdout: '', stderr: '' });
    const left = existsSync(locateMasterFolder(env).directory) ? readdirSync(locateMasterFolder(env).directory) : [];
    expect(left).toEqual([]);
  });

  it('without a cache and a network: 5', async () => {
    const home = await MasterHome.create();
    await home.simulator.close();
    const { status, stdout, stderr } = await home.run(['symbols', 'search', 'sbin']);
    expect([status, stdout]).toEqual([5, '']);
    expect(stderr).toMatch(/^error: there is no symbol master: .*\nhint: .*\n$/);
  });
});
