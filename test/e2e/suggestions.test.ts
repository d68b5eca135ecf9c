import { cpSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../src/lib/clock/ist.ts';
import { DIRECT } from '../../src/lib/network/route.ts';
import { locateMasterFolder } from '../../src/lib/symbols/master/master-folder.ts';
import { refreshSymbolMaster } from '../../src/lib/symbols/master/refresh-master.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { emptyFolder, rowsOf, run, simulate } from './program.ts';

const SIM = ['--feed', 'sim'];

describe('a text that is no symbol', () => {
  it.each([
    ['SBIN', SIM, 'did you mean NSE:SBIN-EQ?'],
    ['NSE:SBIN', SIM, 'did you mean NSE:SBIN-EQ?'],
    ['NFO:NIFTY26DECFUT', SIM, 'did you mean NSE:NIFTY26DECFUT?'],
    ['nifty50', [], 'did you mean NSE:NIFTY50-INDEX?'],
    ['BANKNIFTY', [], 'did you mean NSE:NIFTYBANK-INDEX?'],
    // Nothing is known of shares here.
    ['tcs', [], 'write it with its exchange and series, as in NSE:TCS-EQ'],
  ])('%s %j: %s', async (text, flags, hint) => {
    const { status, stdout, stderr } = await run(['quote', text, ...flags]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toBe(`error: malformed symbol ${JSON.stringify(text)}\nhint: ${hint}\n`);
  });

  it('in a list: the error has the line, the hint what was meant', async () => {
    const file = path.join(emptyFolder(), 'list.txt');
    writeFileSync(file, 'NSE:SBIN-EQ\nnifty 50\n');
    const { status, stderr } = await run(['stream', 'symbols', '--file', file]);
    expect([status, stderr]).toEqual([
      2,
      `error: ${file}:2: malformed symbol "nifty 50"\nhint: did you mean NSE:NIFTY50-INDEX?\n`,
    ]);
  });

  it('that was cut at its & keeps the hint to quote it', async () => {
    expect((await run(['quote', 'NSE:M', ...SIM])).stderr).toContain(`hint: quote a symbol that has "&" in it`);
  });
});

describe('an unknown symbol', () => {
  it('alone: the hint says what was meant, and nothing else is streamed', async () => {
    expect(await run(['quote', 'NSE:RELAINCE-EQ', ...SIM])).toMatchObject({
      status: 3,
      stdout: '',
      stderr: 'error: unknown symbol NSE:RELAINCE-EQ\nhint: did you mean NSE:RELIANCE-EQ?\n',
    });
  });

  it('among others: they stream on, and only they', async () => {
    const symbols = ['NSE:BANKNIFTY-INDEX', 'NSE:SBIN-EQ', 'NSE:INFYY-EQ'];
    const { status, stdout, stderr } = await run(['stream', 'symbols', ...symbols, ...SIM, '--count', '3', '--quiet']);
    expect(status).toBe(3);
    expect(stderr).toBe(
      'warning: unknown symbols NSE:BANKNIFTY-INDEX, NSE:INFYY-EQ; did you mean NSE:NIFTYBANK-INDEX for NSE:BANKNIFTY-INDEX, NSE:INFY-EQ for NSE:INFYY-EQ?\n',
    );
    expect(new Set(rowsOf(stdout).map(({ symbol }) => symbol))).toEqual(new Set(['NSE:SBIN-EQ']));
  });

  it('with --strict: nothing is subscribed, the hint says what was meant', async () => {
    const { status, stdout, stderr } = await run(['quote', 'NSE:SBIN-EQ', 'NSE:INFYY-EQ', '--strict', ...SIM]);
    expect([status, stdout]).toEqual([3, '']);
    expect(stderr).toBe('error: unknown symbol NSE:INFYY-EQ; nothing subscribed\nhint: did you mean NSE:INFY-EQ?\n');
  });

  it('that is like nothing has no suggestion', async () => {
    expect((await run(['quote', 'NSE:NOPE-EQ', ...SIM])).stderr).toBe(
      'error: unknown symbol NSE:NOPE-EQ\nhint: check the spelling at the exchange\n',
    );
  });
});

describe('with a symbol master in the cache, however old', () => {
  /** A home in which a master was cached months ago, as if it were FYERS' own. There is no network. */
  async function createHome(): Promise<{ HOME: string }> {
    const simulator = await simulate({ masterRows: 2_000 });
    const home = { HOME: emptyFolder() };
    const env = { ...home, TICKPIPE_MASTER_URL: simulator.masterUrl };
    const clock = new ManualClock(Date.now() - 90 * DAY_MS);
    const { signal } = new AbortController();
    await refreshSymbolMaster({ env, clock, signal, outgoing: { ...DIRECT, userAgent: 'test' } });
    const { directory } = locateMasterFolder(env);
    cpSync(directory, locateMasterFolder(home).directory, { recursive: true });
    rmSync(directory, { recursive: true });
    return home;
  }

  it.each([
    ['SBIN', 'NSE:SBIN-EQ'],
    ['NSE:SBIN', 'NSE:SBIN-EQ'],
    ['state bank', 'NSE:SBIN-EQ or BSE:SBIN-A'],
    ['NIFTY', 'NSE:NIFTY50-INDEX'],
    ['NFO:NIFTY26DECFUT', 'NSE:NIFTY26DECFUT'],
    ['MCX_FO:CRUDEOIL26DECFUT', 'MCX:CRUDEOIL26DECFUT'],
  ])('%s: %s', async (text, meant) => {
    const { status, stderr } = await run(['quote', text], { env: await createHome() });
    expect([status, stderr]).toEqual([
      2,
      `error: malformed symbol ${JSON.stringify(text)}\nhint: did you mean ${meant}?\n`,
    ]);
  });

  it('a cache that cannot be read costs only the suggestion', async () => {
    const home = await createHome();
    const { directory } = locateMasterFolder(home);
    rmSync(directory, { recursive: true });
    writeFileSync(directory, 'not a folder');
    const { status, stderr } = await run(['quote', 'SBIN'], { env: home });
    expect([status, stderr.split('\n')[1]]).toEqual([
      2,
      'hint: write it with its exchange and series, as in NSE:SBIN-EQ',
    ]);
  });
});

it('a recording names what was meant by an unknown symbol', async () => {
  const args = ['record', 'NSE:SBIN-EQ', 'NSE:INFYY-EQ', ...SIM, '--dir', 'ticks', '--count', '1'];
  const { status, stderr } = await run(args, { cwd: emptyFolder() });
  expect(status).toBe(3);
  expect(stderr).toContain('unknown symbol NSE:INFYY-EQ; did you mean NSE:INFY-EQ?');
});
