import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeToken } from '../support/make-token.ts';
import { ScriptedServer } from '../support/scripted-server.ts';
import { startTokenServer } from '../symbols/token-server.ts';
import { kill } from './hub/shared-account.ts';
import { afterTest, emptyFolder, run, simulate, start } from './program.ts';

const SBIN = 'NSE:SBIN-EQ';
const DAY_MS = 86_400_000;
const IST_MS = 5.5 * 3_600_000;
/** `holiday` is the day that each test has around it: one may run at midnight. */
const CLOSED = /NSE closed( since .* IST)?, opens .*\(holiday: the day of the test\)/;

let server: ScriptedServer;
let env: Record<string, string | undefined>;

/** A live feed, as far as anybody can see: its token is none of the simulator's. */
beforeEach(async () => {
  server = await ScriptedServer.start();
  const tokens = await startTokenServer();
  afterTest(() => server.close());
  afterTest(() => tokens.close());
  env = {
    HOME: homeOfAHoliday(),
    FYERS_ACCESS_TOKEN: makeToken({ exp: Math.floor(Date.now() / 1_000) + 86_400 }),
    TICKPIPE_SOCKET_URL: server.url,
    TICKPIPE_DATA_URL: tokens.dataUrl,
  };
});

function homeOfAHoliday(): string {
  const home = emptyFolder();
  const folder = path.join(home, '.config', 'tickpipe', 'calendars');
  mkdirSync(folder, { recursive: true });
  for (const offset of [-1, 0, 1]) {
    const date = new Date(Date.now() + IST_MS + offset * DAY_MS).toISOString().slice(0, 10);
    const days = [{ date, name: 'the day of the test', hours: { all: 'closed' } }];
    writeFileSync(path.join(folder, `${date}.json`), JSON.stringify({ year: Number(date.slice(0, 4)), days }));
  }
  return home;
}

describe('the calendar speaks where people wait:', () => {
  it.each([
    ['in the hint of --timeout', ['stream', 'symbols', SBIN, '--timeout', '3s'], 'TIMEOUT'],
    ['in the hint of --idle-timeout', ['stream', 'symbols', SBIN, '--idle-timeout', '3s'], 'IDLE_TIMEOUT'],
    ['in the hint of a quote without a row', ['quote', SBIN, '--timeout', '3s'], 'TIMEOUT'],
  ])('%s', async (_, args, code) => {
    server.script.subscribe = 'acknowledge';
    const { status, stderr } = await run([...args, '--log-format', 'json'], { env });
    expect(status).toBe(124);
    const error = JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as { code: string; hint: string };
    expect(error).toMatchObject({ code, hint: expect.stringMatching(CLOSED) });
  });

  it('in the title of a table', async () => {
    const { status, stdout } = await run(['quote', SBIN, '-f', 'table'], { env });
    expect(status).toBe(0);
    expect(stdout.split('\n')[0]).toMatch(CLOSED);
  });

  it('in status', async () => {
    const shared = { ...env, TICKPIPE_DIRECT: undefined, TICKPIPE_LINGER: '60s' };
    const running = start(['stream', 'symbols', SBIN], { env: shared });
    await running.until(() => running.rows.length > 0);
    const status = JSON.parse((await run(['status'], { env: shared })).stdout) as {
      hub: { pid: number };
      market: string;
    };
    afterTest(() => kill(status.hub.pid));
    expect(Object.keys(status)).toEqual(['hub', 'sessions', 'subscriptions', 'silent', 'market']);
    expect(status.market).toMatch(CLOSED);
    const table = (await run(['status', '-f', 'table'], { env: shared })).stdout;
    expect(table.split('\n').find((line) => line.startsWith('market'))).toMatch(CLOSED);
    expect((await run(['stop'], { env: shared })).stderr).toContain(`stream symbols (pid ${running.child.pid})`);
    running.child.kill('SIGKILL');
  });

  const NO_HOURS = 'the simulator has no market hours: this symbol has no trades there';

  it('but not of simulated prices, which have no hours', async () => {
    const simulator = await simulate();
    const own = { ...simulator.environment, HOME: env['HOME'] };
    const table = await run(['quote', SBIN, '-f', 'table'], { env: own });
    expect(table.stdout).toMatch(/^SIMULATED PRICES\n/);
    const quiet = await run(['stream', 'symbols', 'NSE:SIMSILENT-INDEX', '--timeout', '3s'], { env: own });
    expect(quiet.stderr).toContain(`hint: ${NO_HOURS}; see --verbose\n`);
    const verbose = await run(['stream', 'symbols', 'NSE:SIMSILENT-INDEX', '--timeout', '3s', '--verbose'], {
      env: own,
    });
    expect(verbose.stderr).toContain(`hint: ${NO_HOURS}\n`);
  });
});
