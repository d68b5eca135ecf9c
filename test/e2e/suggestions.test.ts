import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyFolder, rowsOf, run } from './program.ts';

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
