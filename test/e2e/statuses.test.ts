import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeToken } from '../support/make-token.ts';
import { afterTest, emptyFolder, rowsOf, run, simulate, start } from './program.ts';

const SBIN = 'NSE:SBIN-EQ';
const INFY = 'NSE:INFY-EQ';
const SIM = ['--feed', 'sim'];
const TOMORROW = Math.floor(Date.now() / 1_000) + 86_400;

/** The error as `--log-format json` tells it. */
function errorOf(stderr: string): Record<string, unknown> | undefined {
  return rowsOf(stderr).find((row) => row['type'] === 'error');
}

async function fail(args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = await run([...args, '--verbose', '--log-format', 'json'], { env });
  const { code, exit, message, hint } = errorOf(stderr) ?? {};
  expect(exit).toBe(status);
  expect(hint).toBeTruthy();
  return { status, code, message, hint, stdout };
}

describe('status 0', () => {
  it('is a count that came in full', async () => {
    const { status, stdout } = await run(['stream', 'symbols', SBIN, INFY, ...SIM, '--count', '5']);
    expect(status).toBe(0);
    expect(rowsOf(stdout)).toHaveLength(5);
  });

  it('is any rows, when the count is smaller than the number of symbols', async () => {
    const { status, stdout } = await run(['stream', 'symbols', SBIN, INFY, ...SIM, '--count', '1']);
    expect([status, rowsOf(stdout).length]).toEqual([0, 1]);
  });
});

describe('status 2', () => {
  it.each([
    [['stream', 'symbols', SBIN, '--nonsense'], 'USAGE', /--nonsense/],
    [['stream', 'symbols', SBIN, ...SIM, '--format', 'xml'], 'USAGE', /ndjson/],
    [['stream', 'symbols', SBIN, ...SIM, '--count', '0'], 'USAGE', /--count/],
    [['stream', 'symbols', SBIN, ...SIM, '--duration', 'soon'], 'USAGE', /soon/],
    [['stream', 'symbols', SBIN, ...SIM, '--until', '00:00'], 'USAGE', /past/],
    [['stream', 'symbols', SBIN, ...SIM, '--events', '--format', 'csv'], 'USAGE', /--events/],
    [['stream', 'symbols', SBIN, ...SIM, '-o', 'ticks.txt'], 'USAGE', /suffix/],
    [['stream', 'symbols', SBIN, ...SIM, '--fields', 'ltp,price'], 'UNKNOWN_FIELD', /price.*prev_close/],
    [['stream', 'depth', SBIN, ...SIM, '--changed', 'volume'], 'UNKNOWN_FIELD', /volume.*spread/],
    [['stream', 'symbols', ...SIM], 'NO_SYMBOLS', /no symbol/],
    [['stream', 'symbols', 'SBIN', ...SIM], 'MALFORMED_SYMBOL', /"SBIN"/],
    [['stream', 'symbols', 'NSE:M', ...SIM], 'MALFORMED_SYMBOL', /NSE:M/],
    [['stream', 'depth', SBIN, 'NSE:NIFTY50-INDEX', ...SIM], 'INDEX_HAS_NO_DEPTH', /NSE:NIFTY50-INDEX/],
    [['stream', 'index', SBIN, ...SIM], 'NOT_AN_INDEX', /NSE:SBIN-EQ/],
    [['strem', 'symbols'], 'USAGE', /strem/],
    [['simulate', '--fault', 'explode'], 'USAGE', /explode/],
  ])('%j', async (args, code, message) => {
    const failure = await fail(args);
    expect(failure).toMatchObject({ status: 2, code, stdout: '' });
    expect(failure.message).toMatch(message);
  });

  it.each([
    [['quote', SBIN, ...SIM, '--once'], 'leave it out: tickpipe quote prints each symbol once'],
    [['compact', '.', '--once'], 'see tickpipe compact --help'],
  ])('guesses nothing for a flag of other programs: %j', async (args, hint) => {
    expect(await run(args)).toMatchObject({ status: 2, stderr: `error: unknown flag: --once\nhint: ${hint}\n` });
  });

  it('gives the hint to quote a symbol that was cut at "&"', async () => {
    const { stderr } = await run(['stream', 'symbols', 'NSE:M', ...SIM]);
    expect(stderr).toBe(
      'error: malformed symbol "NSE:M"\n' +
        `hint: quote a symbol that has "&" in it: 'NSE:M&M-EQ'; an equity ends in its series, as in NSE:SBIN-EQ\n`,
    );
  });

  it('never replaces a file', async () => {
    const file = path.join(emptyFolder(), 'ticks.csv');
    writeFileSync(file, 'precious');
    expect(await fail(['quote', SBIN, ...SIM, '-o', file])).toMatchObject({ status: 2, code: 'OUTPUT_EXISTS' });
  });
});

describe('status 3', () => {
  it('is some symbols unknown: they are named, the others stream', async () => {
    const { status, stdout, stderr } = await run(['stream', 'symbols', SBIN, 'NSE:NOPE-EQ', ...SIM, '--count', '3']);
    expect(status).toBe(3);
    expect(rowsOf(stdout).map((row) => row['symbol'])).toEqual([SBIN, SBIN, SBIN]);
    expect(stderr).toContain('unknown symbol NSE:NOPE-EQ\n');
  });

  it('is all symbols unknown, at once', async () => {
    const failure = await fail(['stream', 'symbols', 'NSE:NOPE-EQ', ...SIM]);
    expect(failure).toMatchObject({ status: 3, code: 'UNKNOWN_SYMBOL', stdout: '' });
  });

  it('is one unknown with --strict, and nothing was subscribed', async () => {
    const simulator = await simulate();
    const failure = await fail(['stream', 'symbols', SBIN, 'NSE:NOPE-EQ', '--strict'], simulator.environment);
    expect(failure).toMatchObject({ status: 3, code: 'UNKNOWN_SYMBOL', stdout: '' });
    expect([...simulator.counters.subscribes.keys()]).toEqual([]);
  });

  it('is a symbol that never ticked', async () => {
    const args = ['stream', 'symbols', SBIN, 'NSE:SIMSILENT-INDEX', '--snapshot', '--timeout', '3s', ...SIM];
    const failure = await fail(args);
    expect(failure).toMatchObject({ status: 3, code: 'NEVER_TICKED' });
    expect(failure.message).toContain('NSE:SIMSILENT-INDEX');
    expect(rowsOf(failure.stdout)).toHaveLength(1);
  });
});

describe('status 4', () => {
  it('is no token, and the hint names the simulator', async () => {
    const failure = await fail(['stream', 'symbols', SBIN]);
    expect(failure).toMatchObject({ status: 4, code: 'NO_TOKEN', stdout: '' });
    expect(failure.hint).toContain('--feed sim');
  });

  it.each([
    ['expired', makeToken({ exp: 1_700_000_000 }), 'TOKEN_EXPIRED'],
    ['cut short', makeToken({ exp: TOMORROW }).slice(0, 80), 'TOKEN_MALFORMED'],
    ['an auth code', makeToken({ exp: TOMORROW, sub: 'auth_code' }), 'TOKEN_WRONG_KIND'],
    ['without a key', makeToken({ exp: TOMORROW, hsm_key: undefined }), 'TOKEN_WITHOUT_KEY'],
    ['no token at all', 'hello', 'TOKEN_MALFORMED'],
  ])('is a token that is %s, before anything is connected', async (_name, token, code) => {
    const simulator = await simulate();
    const env = { ...simulator.environment, FYERS_ACCESS_TOKEN: token };
    const failure = await fail(['stream', 'symbols', SBIN], env);
    expect(failure).toMatchObject({ status: 4, code, stdout: '' });
    expect(simulator.counters.connections).toBe(0);
  });

  it('is a token the data socket refuses', async () => {
    const simulator = await simulate();
    simulator.inject({ name: 'refuse-auth', count: Number.POSITIVE_INFINITY });
    const failure = await fail(['stream', 'symbols', SBIN], simulator.environment);
    expect(failure).toMatchObject({ status: 4, code: 'TOKEN_REFUSED' });
  });

  it('is a token that ends while streaming; what came before is there', async () => {
    const simulator = await simulate();
    const running = start(['stream', 'symbols', SBIN, '--log-format', 'json'], { env: simulator.environment });
    await running.until(() => running.rows.length >= 2);
    simulator.inject({ name: 'expire-token' });
    const { status, stdout } = await running.ended;
    expect(status).toBe(4);
    expect(rowsOf(stdout).length).toBeGreaterThanOrEqual(2);
  });
});

describe('status 5', () => {
  it('is a feed that cannot be reached, after --max-retries', async () => {
    const simulator = await simulate();
    const { environment, port } = simulator;
    await simulator.close();
    const failure = await fail(['stream', 'symbols', SBIN, '--max-retries', '1'], environment);
    expect(failure.status).toBe(5);
    expect(failure.message).toContain(`127.0.0.1:${port} refused the connection`);
  });
});

describe('status 6', () => {
  it('is more than 5,000 symbols, before anything is connected', async () => {
    const simulator = await simulate();
    const folder = emptyFolder();
    const file = path.join(folder, 'list.txt');
    writeFileSync(file, Array.from({ length: 5_001 }, (_, n) => `NSE:X${n}-EQ`).join('\n'));
    const failure = await fail(['stream', 'symbols', '--file', file], simulator.environment);
    expect(failure).toMatchObject({ status: 6, code: 'TOO_MANY_SYMBOLS' });
    expect(simulator.counters.connections).toBe(0);
  });

  it('is a second live socket of the account on this machine', async () => {
    const simulator = await simulate();
    const env = { ...simulator.environment, HOME: emptyFolder() };
    const first = start(['stream', 'symbols', SBIN], { env });
    await first.until(() => first.rows.length > 0);
    const failure = await fail(['stream', 'symbols', INFY], env);
    expect(failure).toMatchObject({ status: 6, code: 'SECOND_CONNECTION' });
    expect(failure.message).toContain(`pid ${first.child.pid}`);
    first.child.kill('SIGTERM');
    expect((await first.ended).status).toBe(143);
    const { status } = await run(['stream', 'symbols', INFY, '--count', '1'], { env });
    expect(status).toBe(0);
  });
});

describe('failures that are told only after several tries', () => {
  it('are contested connections, HTML pages and refusals for the rate', async () => {
    const [contested, pages, refusals] = [await simulate(), await simulate(), await simulate()];
    contested.inject({ name: 'contest', durationMs: 20 });
    pages.inject({ name: 'html', count: Number.POSITIVE_INFINITY });
    refusals.inject({ name: 'rate-limit', count: Number.POSITIVE_INFINITY });
    const args = ['stream', 'symbols', SBIN];
    const failures = await Promise.all([
      fail(args, contested.environment),
      fail([...args, '--max-retries', '0'], pages.environment),
      fail(args, refusals.environment),
    ]);
    expect(failures).toMatchObject([
      { status: 5, code: 'CONNECTION_CONTESTED' },
      { status: 5, code: 'SYMBOL_LOOKUP_FAILED', message: expect.stringMatching(/HTTP \d+/) },
      { status: 6, code: 'RATE_LIMITED' },
    ]);
    // Six, and then no more: not a storm.
    expect(contested.counters.connections).toBe(6);
  });
});

describe('status 7', () => {
  it('is a full disk', async () => {
    const failure = await fail(['stream', 'symbols', SBIN, ...SIM, '-o', '/dev/full', '--format', 'ndjson']);
    expect(failure).toMatchObject({ status: 7, code: 'OUTPUT_FAILED' });
    expect(failure.message).toContain('/dev/full');
  });

  it('is a folder that is not there', async () => {
    const file = path.join(emptyFolder(), 'none', 'ticks.csv');
    expect(await fail(['quote', SBIN, ...SIM, '-o', file])).toMatchObject({ status: 7, code: 'OUTPUT_FAILED' });
  });
});

describe('status 8', () => {
  it('is a watchlist that is not there', async () => {
    const failure = await fail(['stream', 'symbols', '--file', '/nonexistent/list.txt', ...SIM]);
    expect(failure).toMatchObject({ status: 8, code: 'INPUT_MISSING' });
  });
});

describe('status 78', () => {
  it.each([
    ['a variable with a bad value', { TICKPIPE_COUNT: 'many' }, 'BAD_CONFIGURATION', /TICKPIPE_COUNT/],
    [
      'an endpoint without TLS on another machine',
      { TICKPIPE_SOCKET_URL: 'ws://example.com/', FYERS_ACCESS_TOKEN: makeToken({ exp: TOMORROW }) },
      'INSECURE_ENDPOINT',
      /TICKPIPE_SOCKET_URL/,
    ],
    ['a profile that is not there', { TICKPIPE_PROFILE: 'desk' }, 'BAD_CONFIGURATION', /desk/],
  ])('is %s', async (_name, env, code, message) => {
    const failure = await fail(['stream', 'symbols', SBIN], env);
    expect(failure).toMatchObject({ status: 78, code });
    expect(failure.message).toMatch(message);
  });

  it('is a configuration file that cannot be used', async () => {
    const home = emptyFolder();
    mkdirSync(path.join(home, '.config/tickpipe'), { recursive: true });
    writeFileSync(
      path.join(home, '.config/tickpipe/config.json'),
      '{ "profiles": { "default": { "colour": "red" } } }',
    );
    const failure = await fail(['stream', 'symbols', SBIN, ...SIM], { HOME: home });
    expect(failure).toMatchObject({ status: 78, code: 'BAD_CONFIGURATION' });
    expect(failure.message).toMatch(/config\.json.*colour/);
  });
});

describe('status 124', () => {
  it.each([
    [['stream', 'symbols', 'NSE:SIMSILENT-INDEX', '--timeout', '3s'], 'TIMEOUT'],
    [['stream', 'symbols', 'NSE:SIMQUIET-EQ', '--idle-timeout', '3s'], 'IDLE_TIMEOUT'],
    [['quote', 'NSE:SIMSILENT-INDEX', '--timeout', '3s'], 'TIMEOUT'],
    [['stream', 'index', 'NSE:SIMSILENT-INDEX', '--duration', '3s'], 'TIMEOUT'],
  ])('%j', async (args, code) => {
    expect(await fail([...args, ...SIM])).toMatchObject({ status: 124, code });
  });
});

describe('signals', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s flushes whole rows and ends with %d', async (signal, status) => {
    const running = start(['stream', 'symbols', SBIN, INFY, ...SIM]);
    await running.until(() => running.rows.length >= 3);
    running.child.kill(signal);
    const ended = await running.ended;
    expect(ended.status).toBe(status);
    expect(ended.stdout.endsWith('\n')).toBe(true);
    expect(rowsOf(ended.stdout).length).toBeGreaterThanOrEqual(3);
    expect(ended.stderr).not.toContain('error');
  });

  it('wins over symbols that are unknown', async () => {
    const running = start(['stream', 'symbols', SBIN, 'NSE:NOPE-EQ', ...SIM]);
    afterTest(() => running.child.kill());
    await running.until(() => running.rows.length > 0);
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(130);
  });
});
