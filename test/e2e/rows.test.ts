import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rowSchema } from '../../src/lib/market/rows.ts';
import { emptyFolder, rowsOf, run, simulate, start } from './program.ts';

const SBIN = 'NSE:SBIN-EQ';
const NIFTY = 'NSE:NIFTY50-INDEX';
const SIM = ['--feed', 'sim'];

/** Runs to its end, which must be a good one. */
async function print(args: readonly string[], options: Parameters<typeof run>[1] = {}): Promise<string> {
  const { status, stdout, stderr } = await run(args, options);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  return stdout;
}

const SYMBOL_KEYS =
  'type symbol ltp open high low close prev_close change change_percent bid ask bid_size ask_size volume last_qty ' +
  'avg_price total_buy_qty total_sell_qty oi year_high year_low lower_circuit upper_circuit last_trade_time exchange_time ' +
  'received_at simulated';
const INDEX_KEYS =
  'type symbol ltp open high low close prev_close change change_percent year_high year_low exchange_time received_at simulated';

describe('rows of each command', () => {
  it.each([
    ['stream symbols', SBIN, 'SymbolUpdate', SYMBOL_KEYS],
    ['stream symbols', NIFTY, 'IndexUpdate', INDEX_KEYS],
    ['stream index', NIFTY, 'IndexUpdate', INDEX_KEYS],
    ['stream depth', SBIN, 'DepthUpdate', 'type symbol bid ask spread imbalance received_at simulated'],
    ['stream lite', SBIN, 'LiteUpdate', 'type symbol ltp received_at simulated'],
    ['stream lite', NIFTY, 'LiteUpdate', 'type symbol ltp received_at simulated'],
  ])('%s %s', async (command, symbol, type, keys) => {
    const rows = rowsOf(await print([...command.split(' '), symbol, ...SIM, '--count', '3']));
    expect(rows).toHaveLength(3);
    for (const row of rows) {
      expect(rowSchema.safeParse(row).error).toBeUndefined();
      expect(row).toMatchObject({ type, symbol, simulated: true });
      expect(Object.keys(row).join(' ')).toBe(keys);
    }
  });

  it('quote: one row each, in the order of the arguments', async () => {
    const symbols = ['NSE:TCS-EQ', NIFTY, SBIN, 'NSE:INFY-EQ'];
    const rows = rowsOf(await print(['quote', ...symbols, ...SIM]));
    expect(rows.map((row) => row['symbol'])).toEqual(symbols);
  });

  it('--raw: values for the variables of a shell', async () => {
    const { status, stdout, stderr } = await run(['quote', SBIN, NIFTY, '--fields', 'symbol,ltp,bid', '--raw', ...SIM]);
    expect(stdout).toMatch(/^NSE:SBIN-EQ\t[\d.]+\t[\d.]+\nNSE:NIFTY50-INDEX\t[\d.]+\t\n$/);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const file = path.join(emptyFolder(), 'price');
    await print(['stream', 'lite', SBIN, '--fields', 'ltp', '--raw', '-n', '2', '-o', file, ...SIM]);
    expect(readFileSync(file, 'utf8')).toMatch(/^[\d.]+\n[\d.]+\n$/);
    for (const flags of [['-f', 'csv'], ['--events']]) {
      expect(await run(['stream', 'lite', SBIN, '--raw', ...flags, ...SIM])).toMatchObject({ status: 2, stdout: '' });
    }
  });

  it('one row for each of two symbols that share a feed name', async () => {
    const symbols = ['NSE:NIFTYNEXT50-INDEX', 'NSE:NIFTYNXT50-INDEX'];
    const rows = rowsOf(await print(['quote', ...symbols, ...SIM]));
    expect(rows.map((row) => row['symbol'])).toEqual(symbols);
    expect(rows[0]?.['ltp']).toBe(rows[1]?.['ltp']);
  });

  it('an index among symbols: both kinds of rows, also in CSV and the table', async () => {
    const args = ['quote', SBIN, NIFTY, ...SIM];
    expect(rowsOf(await print(args)).map((row) => row['type'])).toEqual(['SymbolUpdate', 'IndexUpdate']);
    const [header, ...lines] = (await print([...args, '-f', 'csv'])).trimEnd().split('\n');
    expect(header).toBe(SYMBOL_KEYS.replaceAll(' ', ','));
    const cells = lines.map((line) => line.split(','));
    expect(cells.map(([type]) => type)).toEqual(['SymbolUpdate', 'IndexUpdate']);
    const bid = header?.split(',').indexOf('bid') as number;
    expect(cells[0]?.[bid]).not.toBe('');
    expect(cells[1]?.[bid]).toBe('');
    const table = await print([...args, '-f', 'table']);
    expect(table).toMatch(/^NSE:SBIN-EQ +\d+\.\d\d /m);
    expect(table).toMatch(/^NSE:NIFTY50-INDEX +\d+\.\d\d /m);
  });

  it('nulls of a locked circuit and an empty book', async () => {
    const [locked, empty] = rowsOf(
      await print(['stream', 'depth', 'NSE:SIMLOCKED-EQ', 'NSE:SIMEMPTY-EQ', '--snapshot', ...SIM]),
    );
    expect(locked).toMatchObject({ symbol: 'NSE:SIMLOCKED-EQ', spread: null, imbalance: 1 });
    expect(empty).toMatchObject({ symbol: 'NSE:SIMEMPTY-EQ', spread: null, imbalance: null });
    const [quote] = rowsOf(await print(['quote', 'NSE:SIMEMPTY-EQ', ...SIM]));
    expect(quote).toMatchObject({ change: null, change_percent: null, last_trade_time: null });
  });
});

describe('counts beyond 2^31 and the decimals of a currency future', () => {
  it('are the same through the hub, in every format', async () => {
    const simulator = await simulate({ rate: 0 });
    const env = simulator.environment;
    const args = ['quote', 'NSE:SIMPENNY-EQ', 'NSE:USDINR26NOVFUT', '--fields', 'symbol,avg_price,prev_close,volume'];
    const [penny, future] = rowsOf(await print(args, { env }));
    expect(penny?.['volume']).toBeGreaterThan(2_200_000_000);
    expect(penny?.['volume']).toBeLessThan(4_294_967_296);
    expect(future?.['prev_close']).toBe(89.2525);
    const csv = await print([...args, '-f', 'csv', '--no-header'], { env });
    expect(csv).toBe(
      [penny, future].map((row) => `${Object.values({ ...row, simulated: true }).join(',')}\n`).join(''),
    );
    const table = await print([...args, '-f', 'table'], { env });
    expect(table).toMatch(new RegExp(`^NSE:SIMPENNY-EQ .* ${penny?.['volume']}$`, 'm'));
    expect(table).toMatch(/^NSE:USDINR26NOVFUT .* 89\.2525 /m);
    const book = await print(['stream', 'depth', 'NSE:SIMPENNY-EQ', '--snapshot', '-f', 'csv', '--no-header'], { env });
    expect(book.split(',').filter((cell) => /^22000\d{5}$/.test(cell))).toHaveLength(10);
  });
});

describe('simulated rows are marked', () => {
  it('under --fields, in every format', async () => {
    const args = ['quote', SBIN, '--fields', 'ltp', ...SIM];
    expect(await print(args)).toMatch(/^\{"ltp":[\d.]+,"simulated":true\}\n$/);
    expect(await print([...args, '-f', 'csv'])).toMatch(/^ltp,simulated\n[\d.]+,true\n$/);
    expect(await print([...args, '-f', 'csv', '--no-header'])).toMatch(/^[\d.]+,true\n$/);
    expect(await print([...args, '-f', 'table'])).toContain('SIMULATED');
  });

  it('when the endpoints point at a simulator elsewhere', async () => {
    const simulator = await simulate();
    const args = ['quote', SBIN];
    const { stdout, stderr } = await run([...args, '--verbose'], { env: simulator.environment });
    expect(rowsOf(stdout)[0]).toMatchObject({ symbol: SBIN, simulated: true });
    expect(stderr).toContain('simulated prices');
    expect(stdout.trimEnd().endsWith('"simulated":true}')).toBe(true);
    const env = simulator.environment;
    const fields = [...args, '--fields', 'ltp'];
    expect(await print(fields, { env })).toMatch(/^\{"ltp":[\d.]+,"simulated":true\}\n$/);
    expect(await print([...fields, '-f', 'csv'], { env })).toMatch(/^ltp,simulated\n[\d.]+,true\n$/);
    expect(await print([...fields, '-f', 'table'], { env })).toContain('SIMULATED');
  });
});

describe('flags of the output', () => {
  it('--fields: these columns in this order, depth flattened or nested', async () => {
    const args = ['stream', 'depth', SBIN, '--snapshot', ...SIM, '--fields'];
    const [row] = rowsOf(await print([...args, 'ask_price_1,symbol,bid']));
    expect(Object.keys(row ?? {})).toEqual(['ask_price_1', 'symbol', 'bid', 'simulated']);
    expect(row?.['bid']).toHaveLength(5);
    expect(await print([...args, 'help'])).toMatch(/^DepthUpdate: type symbol bid_price_1 /);
  });

  it('--time iso', async () => {
    const [row] = rowsOf(await print(['quote', SBIN, '--time', 'iso', ...SIM]));
    const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+05:30$/;
    for (const key of ['received_at', 'exchange_time', 'last_trade_time']) expect(row?.[key]).toMatch(iso);
  });

  it.each(['Asia/Kolkata', 'America/New_York', 'Pacific/Kiritimati'])(
    'times are the same whatever the time zone: %s',
    async (TZ) => {
      const stdout = await print(['quote', SBIN, '--time', 'iso', ...SIM], { env: { TZ } });
      const [row] = rowsOf(stdout);
      for (const key of ['received_at', 'exchange_time']) {
        expect(row?.[key]).toMatch(/\+05:30$/);
        expect(Math.abs(Date.parse(String(row?.[key])) - Date.now())).toBeLessThan(60_000);
      }
    },
  );

  it('--changed: only rows in which one of these changed', async () => {
    const args = ['stream', 'symbols', SBIN, '--changed', 'ltp', '--count', '10', '--fields', 'ltp', ...SIM];
    const prices = rowsOf(await print(args)).map((row) => row['ltp']);
    expect(prices).toHaveLength(10);
    for (const [position, price] of prices.entries()) if (position > 0) expect(price).not.toBe(prices[position - 1]);
  });

  it('--conflate: at most one row per symbol in that time', async () => {
    const simulator = await simulate({ rate: 2_000 });
    const args = ['stream', 'symbols', SBIN, '--conflate', '100ms', '--count', '4'];
    const rows = rowsOf(await print(args, { env: simulator.environment }));
    const times = rows.map((row) => row['received_at'] as number);
    // Measured at the writer; the times are when each price came, a moment before.
    for (const [position, time] of times.entries()) {
      if (position > 1) expect(time - (times[position - 1] as number)).toBeGreaterThan(50);
    }
  });

  it('--duration is a planned end', async () => {
    expect(rowsOf(await print(['stream', 'symbols', SBIN, '--duration', '3s', ...SIM])).length).toBeGreaterThan(0);
  });

  it('-o: the format from the suffix, replaced only with --force, a snapshot whole or not at all', async () => {
    const folder = emptyFolder();
    const file = path.join(folder, 'quotes.csv');
    await print(['quote', SBIN, ...SIM, '-o', file]);
    expect(readFileSync(file, 'utf8')).toMatch(/^type,symbol,/);
    expect((await run(['quote', SBIN, ...SIM, '-o', file])).status).toBe(2);
    await print(['quote', SBIN, ...SIM, '-o', file, '--force', '--format', 'ndjson']);
    expect(rowsOf(readFileSync(file, 'utf8'))).toHaveLength(1);
    const partial = path.join(folder, 'partial.csv');
    const args = ['quote', SBIN, 'NSE:SIMSILENT-INDEX', '--timeout', '3s', ...SIM, '-o', partial];
    expect((await run(args)).status).toBe(3);
    expect(existsSync(partial)).toBe(false);
  });

  it('--quiet says nothing but errors, --verbose says more', async () => {
    expect((await run(['quote', SBIN, ...SIM, '--quiet'])).stderr).toBe('');
    const { stderr } = await run(['quote', SBIN, ...SIM, '--verbose']);
    expect(stderr).toContain('connecting');
  });

  it('--log-format json makes every line of stderr an object', async () => {
    const { stderr } = await run(['quote', SBIN, 'NSE:NOPE-EQ', ...SIM, '--verbose', '--log-format', 'json']);
    expect(rowsOf(stderr).map((row) => row['event'])).toEqual(expect.arrayContaining(['source', 'unknown']));
  });
});

describe('symbols and settings', () => {
  it('come from arguments, a watchlist and stdin, in any case, each once', async () => {
    const file = path.join(emptyFolder(), 'list.txt');
    writeFileSync(file, '\uFEFFNSE:TCS-EQ, nse:sbin-eq # banks\r\n\r\n# none\nNSE:NIFTY50 EQL WGT-INDEX\r\n');
    const args = ['quote', 'nse:sbin-eq', '-', '--file', file, ...SIM];
    const rows = rowsOf(await print(args, { input: 'NSE:INFY-EQ\r\n' }));
    expect(rows.map((row) => row['symbol'])).toEqual([SBIN, 'NSE:INFY-EQ', 'NSE:TCS-EQ', 'NSE:NIFTY50 EQL WGT-INDEX']);
  });

  it('flags come from the environment, under the command line and over the profile', async () => {
    const home = emptyFolder();
    mkdirSync(path.join(home, '.config/tickpipe'), { recursive: true });
    const config = { profile: 'desk', profiles: { desk: { format: 'csv', fields: 'symbol', 'no-header': true } } };
    writeFileSync(path.join(home, '.config/tickpipe/config.json'), JSON.stringify(config));
    const args = ['quote', SBIN, ...SIM];
    expect(await print(args, { env: { HOME: home } })).toBe(`${SBIN},true\n`);
    const env = { HOME: home, TICKPIPE_FIELDS: 'type,symbol' };
    expect(await print(args, { env })).toBe(`SymbolUpdate,${SBIN},true\n`);
    expect(await print([...args, '--fields', 'type'], { env })).toBe('SymbolUpdate,true\n');
  });

  it('a live table is not drawn into a pipe: it is printed once, at the end', async () => {
    const stdout = await print(['stream', 'symbols', SBIN, '-f', 'table', '--count', '5', ...SIM]);
    expect(stdout.match(/^symbol/gm)).toHaveLength(1);
    expect(stdout).not.toContain('\x1b');
  });
});

describe('secrets', () => {
  it('stand nowhere in what is printed, whatever happens', async () => {
    const simulator = await simulate();
    const [appId, jwt = ''] = simulator.token.split(':');
    const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<string, string>;
    const secrets = [appId, jwt, claims['hsm_key'], claims['fy_id']].map(String);
    expect(secrets.every((secret) => secret.length > 3)).toBe(true);
    const running = start(['stream', 'symbols', SBIN, 'NSE:NOPE-EQ', '--events', '--verbose'], {
      env: simulator.environment,
    });
    await running.until(() => running.rows.some((row) => row['symbol'] === SBIN));
    simulator.inject({ name: 'drop' });
    await running.until(() => running.rows.some((row) => row['type'] === 'Gap'));
    simulator.inject({ name: 'refuse-auth', count: 1 });
    simulator.inject({ name: 'drop' });
    const { stdout, stderr, status } = await running.ended;
    expect(status).toBe(4);
    for (const secret of secrets) expect(`${stdout}${stderr}`).not.toContain(secret);
    expect(`${stdout}${stderr}`).not.toContain(jwt.slice(0, 20));
  });
});
