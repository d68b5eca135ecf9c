import { describe, expect, it } from 'vitest';
import { type FaultName, parseFaults } from '../../../src/lib/simulator/faults.ts';
import { SharedAccount } from '../hub/shared-account.ts';
import { rowsOf, run, simulate, start } from '../program.ts';

const SBIN = 'NSE:SBIN-EQ';

/** What FYERS may answer on a first day: the simulator's fault, and the status, the code and the words that follow. */
const ANSWERS: readonly [fault: string, status: number, code: string, message: RegExp][] = [
  ['lookup=-373', 4, 'APP_WITHOUT_PERMISSION', /HTTP 403, code -373/],
  ['lookup=-352', 4, 'APP_ID_REFUSED', /HTTP 400, code -352/],
  ['lookup=-8', 4, 'TOKEN_EXPIRED', /HTTP 401, code -8/],
  ['lookup=-15', 4, 'TOKEN_REFUSED', /HTTP 401, code -15/],
  ['lookup=-16', 4, 'TOKEN_REFUSED', /HTTP 401, code -16/],
  ['lookup=-17', 4, 'TOKEN_REFUSED', /HTTP 401, code -17/],
  ['lookup=-300', 3, 'UNKNOWN_SYMBOL', /NSE:SBIN-EQ/],
  ['lookup=-50', 5, 'REQUEST_REFUSED', /HTTP 400, code -50/],
  ['lookup=-99', 5, 'REQUEST_REFUSED', /HTTP 500, code -99/],
  ['lookup=edge', 5, 'EDGE_REFUSED', /HTTP 403/],
  ['rate-limit', 6, 'RATE_LIMITED', /HTTP 429/],
  ['upgrade=401', 4, 'TOKEN_REFUSED', /HTTP 401/],
  ['upgrade=403', 4, 'TOKEN_REFUSED', /HTTP 403/],
  ['upgrade=404', 5, 'SOCKET_REFUSED', /127\.0\.0\.1:\d+ refused the data socket \(HTTP 404\)/],
  ['upgrade=503', 5, 'SOCKET_REFUSED', /127\.0\.0\.1:\d+ refused the data socket \(HTTP 503\)/],
  ['upgrade=429', 6, 'RATE_LIMITED', /HTTP 429/],
];
/** One of each way from the hub to its client: refused tokens, answers about symbols, limits, states. */
const SHARED: ReadonlySet<string> = new Set([
  'lookup=-373',
  'lookup=-300',
  'lookup=-50',
  'lookup=edge',
  'rate-limit',
  'upgrade=403',
  'upgrade=503',
  'upgrade=429',
]);
const CHECK_NETWORK = /check the network|raise --max-retries/;

function errorOf(stderr: string): Record<string, unknown> | undefined {
  return rowsOf(stderr).find((row) => row['type'] === 'error');
}

describe('a first-day answer ends with its own status, code and hint', () => {
  it.each(ANSWERS)(
    '%s: stream of its own connection, %i %s',
    async (fault, status, code, message) => {
      const simulator = await simulate({ faults: parseFaults(fault) });
      const ended = await run(['stream', 'symbols', SBIN, '--log-format', 'json'], { env: simulator.environment });
      const error = errorOf(ended.stderr);
      expect(error).toMatchObject({ code, exit: status, message: expect.stringMatching(message) });
      expect(error?.['hint']).not.toMatch(CHECK_NETWORK);
      expect(ended).toMatchObject({ status, stdout: '' });
    },
    60_000,
  );

  it.each(ANSWERS.filter(([fault]) => SHARED.has(fault)))(
    '%s: quote through the shared session, %i %s',
    async (fault, status, code, message) => {
      const account = await SharedAccount.create({ faults: parseFaults(fault) });
      const ended = await account.run(['quote', SBIN, '--log-format', 'json']);
      const error = errorOf(ended.stderr);
      expect(error).toMatchObject({ code, exit: status, message: expect.stringMatching(message) });
      expect(error?.['hint']).not.toMatch(CHECK_NETWORK);
      expect(ended).toMatchObject({ status, stdout: '' });
    },
    60_000,
  );
});

describe('a refusal for the rate', () => {
  it.each(['rate-limit=1', 'upgrade=429:1'])(
    '%s is named at once, waited out, and then the rows come',
    async (fault) => {
      const simulator = await simulate({ faults: parseFaults(fault) });
      const ended = await run(['quote', SBIN, '--log-format', 'json'], { env: simulator.environment });
      expect(ended.status).toBe(0);
      const warning = rowsOf(ended.stderr).find((row) => row['code'] === 'RATE_LIMITED');
      expect(warning).toMatchObject({ event: 'disconnected', code: 'RATE_LIMITED' });
      expect(Number(warning?.['retry_at']) - Number(warning?.['at'])).toBeGreaterThanOrEqual(1_000);
    },
  );

  it('that lasts longer than the deadline of quote is what quote ends with', async () => {
    const account = await SharedAccount.create();
    // The hub runs already: its start takes no part of the deadline.
    await account.run(['quote', SBIN]);
    account.simulator.inject({ name: 'rate-limit', count: Number.POSITIVE_INFINITY });
    const { status, stderr } = await account.run(['quote', 'NSE:INFY-EQ', '--timeout', '2s', '--log-format', 'json']);
    expect(errorOf(stderr)).toMatchObject({ code: 'RATE_LIMITED', exit: 6 });
    expect(status).toBe(6);
  });

  it('of a symbol that is asked for while others tick is what its quote ends with', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    const running = account.start(['stream', 'symbols', SBIN]);
    await running.until(() => running.rows.length > 0);
    account.simulator.inject({ name: 'rate-limit', count: Number.POSITIVE_INFINITY });
    const { status, stderr } = await account.run(['quote', 'NSE:TCS-EQ', '--timeout', '2s', '--log-format', 'json']);
    expect(errorOf(stderr)).toMatchObject({ code: 'RATE_LIMITED', exit: 6 });
    expect(status).toBe(6);
    const before = running.rows.length;
    await running.until(() => running.rows.length > before);
  });
});

describe('a recording that FYERS refuses for its token', () => {
  it.each<[FaultName, string]>([
    ['lookup', 'lookup=-373'],
    ['upgrade', 'upgrade=403'],
  ])(
    '%s: waits for another, says so, and goes on with it',
    async (_, fault) => {
      const account = await SharedAccount.create({ rate: 200, faults: parseFaults(fault) });
      const recording = account.start(['record', SBIN, '--dir', account.home, '--count', '3']);
      await recording.until(() => recording.stderr.includes('waiting for another token'));
      account.simulator.clearFaults();
      const { token } = account.simulator.issueToken();
      // A command that brings a newer one.
      const quote = await account.run(['quote', SBIN], { env: { FYERS_ACCESS_TOKEN: token } });
      expect(quote.status).toBe(0);
      expect((await recording.ended).status).toBe(0);
    },
    60_000,
  );
});

describe('a server that is not there', () => {
  it('is named by its host', async () => {
    const simulator = await simulate();
    const { environment, port } = simulator;
    await simulator.close();
    const running = start(['stream', 'symbols', SBIN, '--max-retries', '0'], { env: environment });
    const { status, stderr } = await running.ended;
    expect(status).toBe(5);
    expect(stderr).toContain(`127.0.0.1:${port} refused the connection`);
    expect(stderr).not.toContain('ECONNREFUSED');
  });
});
