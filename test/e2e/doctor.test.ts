import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock/clock.ts';
import { parseFaults } from '../../src/lib/simulator/faults.ts';
import { inspectMasterCache } from '../../src/lib/symbols/master/read-cache.ts';
import { cacheMaster, startTinyMaster } from '../cli/doctor/tiny-master.ts';
import { CA_FILE } from '../support/certificates.ts';
import { makeToken } from '../support/make-token.ts';
import { startProxy } from '../support/proxy-server.ts';
import { ScriptedServer } from '../support/scripted-server.ts';
import { SharedAccount, ticksOf } from './hub/shared-account.ts';
import { endpointsAt, openTlsFront } from './network/tls-front.ts';
import {
  afterTest,
  type Ended,
  emptyFolder,
  PROGRAM,
  Running,
  rowsOf,
  run,
  script,
  simulate,
  start,
} from './program.ts';

const canUnshare =
  spawnSync('unshare', ['--map-root-user', '--mount', 'mount', '--bind', '/etc/hosts', '/etc/hosts']).status === 0;

interface Checked {
  readonly status: 'ok' | 'warning' | 'failed';
  readonly message: string;
  readonly hint: string | null;
}

const ALL = [
  'program',
  'clock',
  'configuration',
  'token',
  'names',
  'tls',
  'socket',
  'snapshot',
  'hub',
  'master',
  'folders',
  'disk',
];

/** The rows by the name of their check. */
function checksOf({ stdout }: Pick<Ended, 'stdout'>): Record<string, Checked> {
  const rows = rowsOf(stdout);
  for (const row of rows) expect(Object.keys(row)).toEqual(['type', 'check', 'status', 'message', 'hint']);
  return Object.fromEntries(rows.map((row) => [row['check'], row as unknown as Checked]));
}

type Env = Readonly<Record<string, string | undefined>>;

/** The environment as after a first day: the cache of its home has a symbol master. */
async function afterFirstDay(env: Env): Promise<Env> {
  const all = { ...env, HOME: env['HOME'] ?? emptyFolder(), TICKPIPE_MASTER_URL: await startTinyMaster() };
  await cacheMaster({ ...all, TICKPIPE_RUN_DIR: emptyFolder() }, systemClock);
  return all;
}

/** Runs doctor, after a first day where the environment is that of a simulator. */
async function diagnose(given: Env, args: readonly string[] = []) {
  const env = given['TICKPIPE_MASTER_URL']?.startsWith('http:') ? await afterFirstDay(given) : given;
  const ended = await run(['doctor', '-f', 'ndjson', ...args], { env, cwd: emptyFolder() });
  expect(ended.stderr).toBe('');
  return { status: ended.status, checks: checksOf(ended) };
}

/** What is not ok. */
function troubles(checks: Readonly<Record<string, Checked>>): string[] {
  return Object.entries(checks).flatMap(([name, { status }]) => (status === 'ok' ? [] : [`${name} ${status}`]));
}

/** Every file below a folder with its mode. */
function listTree(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => `${name} ${statSync(path.join(folder, name)).mode.toString(8)}`)
    .sort();
}

describe('a healthy set-up', () => {
  it('has every check ok, ends with 0, says nothing on stderr, and leaves nothing behind', async () => {
    const { environment } = await simulate();
    const HOME = emptyFolder();
    // Compiled code is kept by every command, not by the checks.
    const env = await afterFirstDay({ ...environment, HOME, NODE_DISABLE_COMPILE_CACHE: '1' });
    const before = listTree(HOME);
    const { status, stdout, stderr } = await run(['doctor', '-f', 'ndjson'], { env });
    const checks = checksOf({ stdout });
    expect(Object.keys(checks)).toEqual(ALL);
    expect([status, stderr, troubles(checks)]).toEqual([0, '', []]);
    expect(checks['snapshot']?.message).toMatch(/^NSE:SBIN-EQ \d+(\.\d+)? of .* IST, simulated$/);
    expect(listTree(HOME)).toEqual(before);
  });

  it('is lines for people without -f: one line a check, also in a pipe', async () => {
    const { environment } = await simulate();
    const env = await afterFirstDay(environment);
    const { status, stdout } = await run(['doctor'], { env });
    const lines = stdout.split('\n').slice(0, -1);
    expect([status, lines.map((line) => line.split(/ +/).slice(0, 2).join(' '))]).toEqual([
      0,
      ALL.map((name) => `ok ${name}`),
    ]);
    const colored = await run(['doctor'], { env: { ...env, FORCE_COLOR: '1' } });
    expect(colored.stdout.startsWith('\u001b[32mok     \u001b[39m  program  ')).toBe(true);
  });

  it('is CSV, selected columns, values alone or a file', async () => {
    const csv = await run(['doctor', '--feed', 'sim', '-f', 'csv']);
    expect(csv.stdout).toMatch(/^type,check,status,message,hint\nCheck,program,ok,/);
    const raw = await run(['doctor', '--feed', 'sim', '--fields', 'check,status', '--raw']);
    expect(raw.stdout.split('\n')[0]).toBe('program\tok');
    const cwd = emptyFolder();
    expect(await run(['doctor', '--feed', 'sim', '-o', 'report.csv'], { cwd })).toMatchObject({
      status: 0,
      stdout: '',
    });
    expect(readdirSync(cwd)).toEqual(['report.csv']);
  });
});

describe('beside a running session', () => {
  it('opens no second connection, and takes its row through the hub', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    const stream = account.start(['stream', 'symbols', 'NSE:INFY-EQ']);
    await stream.until(() => ticksOf(stream).length > 0);
    const { connections } = account.simulator.counters;
    const pid = await account.hubPid();
    const { status, checks } = await diagnose(account.env);
    expect([status, troubles(checks)]).toEqual([0, []]);
    expect(checks['socket']?.message).toBe(`the shared session (pid ${pid}) is connected`);
    expect(checks['hub']?.message).toMatch(new RegExp(`^pid ${pid}, version \\d.*, 1 client, .*: live$`));
    expect(account.simulator.counters.connections).toBe(connections);
    expect((await account.status()).sessions.map(({ command }) => command)).toEqual(['stream symbols']);
    expect(stream.child.exitCode).toBeNull();
  });

  it('of a command with a connection of its own: says why the handshake is not tried', async () => {
    const { environment, counters } = await simulate();
    const env = { ...environment, HOME: emptyFolder(), TICKPIPE_DIRECT: undefined };
    const stream = start(['stream', 'symbols', 'NSE:INFY-EQ', '--direct'], { env });
    await stream.until(() => ticksOf(stream).length > 0);
    const { status, checks } = await diagnose(env);
    expect([status, troubles(checks)]).toEqual([0, ['socket warning', 'snapshot warning']]);
    expect(checks['socket']?.message).toBe(
      `not checked: another tickpipe (pid ${stream.child.pid}) has the account's one connection`,
    );
    expect(counters.connections).toBe(1);
  });

  it('that is stopped: names it and how to end it, and tries nothing', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    expect(await account.run(['quote', 'NSE:SBIN-EQ'])).toMatchObject({ status: 0 });
    const pid = await account.hubPid();
    process.kill(pid, 'SIGSTOP');
    const { status, checks } = await diagnose(account.env);
    expect([status, troubles(checks)]).toEqual([5, ['socket warning', 'snapshot warning', 'hub failed']]);
    expect(checks['hub']).toMatchObject({
      message: `the shared session (pid ${pid}) does not answer`,
      hint: 'tickpipe stop ends it',
    });
  });

  it('that a user disconnected: leaves it so', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    expect(await account.run(['quote', 'NSE:SBIN-EQ'])).toMatchObject({ status: 0 });
    execFileSync('curl', [
      '-sS',
      '-X',
      'POST',
      '--unix-socket',
      account.hubSocket(),
      'http://hub/api/websocket/disconnect',
    ]);
    const { status, checks } = await diagnose(account.env);
    expect([status, troubles(checks)]).toEqual([0, ['socket warning', 'snapshot warning', 'hub warning']]);
    expect(checks['hub']).toMatchObject({
      message: expect.stringContaining('not connected since'),
      hint: 'the next subscription connects it',
    });
    expect(await account.status()).toMatchObject({ hub: { state: 'disconnected' } });
  });
});

describe('without an account', () => {
  it('--feed sim checks the simulator', async () => {
    const { status, checks } = await diagnose({}, ['--feed', 'sim']);
    expect([status, troubles(checks)]).toEqual([0, []]);
    expect(Object.keys(checks)).toEqual(['program', 'configuration', 'snapshot', 'hub', 'folders', 'disk']);
  });

  it('--feed ws:// checks that hub, and says when none is there', async () => {
    const HOME = emptyFolder();
    const serving = start(['serve', '--feed', 'sim', '--port', '0', '--verbose'], { env: { HOME } });
    await serving.until(() => /serving at \S+/.test(serving.stderr));
    const url = /serving at (http:\S+)/.exec(serving.stderr)?.[1] as string;
    const { status, checks } = await diagnose({}, ['--feed', url]);
    expect([status, troubles(checks)]).toEqual([0, []]);
    expect(Object.keys(checks)).toEqual(ALL.filter((name) => !['token', 'socket', 'master'].includes(name)));
    expect(checks['hub']?.message).toContain(`pid ${serving.child.pid}, version `);
    serving.child.kill('SIGTERM');
    await serving.ended;
    const gone = await diagnose({}, ['--feed', url]);
    expect([gone.status, troubles(gone.checks)]).toEqual([
      5,
      ['clock warning', 'tls failed', 'snapshot warning', 'hub failed'],
    ]);
  });
});

describe('one thing broken', () => {
  it('no token', async () => {
    const { environment } = await simulate();
    const { status, checks } = await diagnose({ ...environment, FYERS_ACCESS_TOKEN: undefined });
    expect([status, troubles(checks)]).toEqual([4, ['token failed', 'socket warning', 'snapshot warning']]);
    expect(checks['socket']?.message).toBe('not checked: the token check failed');
  });

  it('an expired token', async () => {
    const { environment } = await simulate();
    const { status, checks } = await diagnose({ ...environment, FYERS_ACCESS_TOKEN: makeToken({ exp: 1 }) });
    expect([status, troubles(checks)]).toEqual([4, ['token failed', 'socket warning', 'snapshot warning']]);
    expect(checks['token']?.message).toContain('token expired at 05:30 IST');
  });

  it('an auth code in place of the token', async () => {
    const { environment } = await simulate();
    const { status, checks } = await diagnose({ ...environment, FYERS_ACCESS_TOKEN: makeToken({ sub: 'auth_code' }) });
    expect([status, checks['token']?.message]).toEqual([4, 'this is an auth code, not an access token']);
  });

  it('a token file that others can read', async () => {
    const { environment, token } = await simulate();
    const file = path.join(emptyFolder(), 'token');
    writeFileSync(file, token, { mode: 0o644 });
    const { checks } = await diagnose({ ...environment, FYERS_ACCESS_TOKEN: undefined, TICKPIPE_TOKEN_FILE: file });
    expect(checks['token']).toMatchObject({ message: expect.stringContaining('can be read by others') });
    expect(checks['token']?.status).not.toBe('ok');
  });

  it('a data socket that refuses the handshake', async () => {
    const { environment } = await simulate({ faults: parseFaults('upgrade=403') });
    const { status, checks } = await diagnose(environment);
    expect([status, troubles(checks)]).toEqual([4, ['socket failed', 'snapshot warning']]);
    expect(checks['socket']?.message).toBe('the data socket refused the token (HTTP 403)');
  });

  it('a data socket that stays silent', async () => {
    const { environment } = await simulate();
    const server = await ScriptedServer.start();
    afterTest(() => server.close());
    server.script.auth = 'ignore';
    const { status, checks } = await diagnose({ ...environment, TICKPIPE_SOCKET_URL: server.url });
    expect([status, troubles(checks)]).toEqual([5, ['socket failed', 'snapshot warning']]);
    expect(checks['socket']?.message).toContain('no answer to auth');
  });

  it('an app without the permission for market data', async () => {
    const { environment } = await simulate({ faults: parseFaults('lookup=-373') });
    const { status, checks } = await diagnose(environment);
    expect([status, troubles(checks)]).toEqual([4, ['snapshot failed']]);
    expect(checks['snapshot']?.hint).toContain('permission Market Data');
  });

  it.each([
    ['good', {}, 'is not trusted'],
    ['other', { NODE_EXTRA_CA_CERTS: CA_FILE }, 'is for another name'],
    ['expired', { NODE_EXTRA_CA_CERTS: CA_FILE }, 'has expired'],
    ['future', { NODE_EXTRA_CA_CERTS: CA_FILE }, 'is not valid yet'],
  ] as const)('the certificate %s with %j', async (certificate, trust, words) => {
    const simulator = await simulate();
    const host = `localhost:${await openTlsFront(simulator, certificate)}`;
    const elsewhere = { TICKPIPE_AUTH_URL: `https://${host}/api/v3`, TICKPIPE_MASTER_URL: `https://${host}/master` };
    const endpoints = { ...endpointsAt(host), ...elsewhere };
    const { status, checks } = await diagnose({ ...simulator.environment, ...endpoints, ...trust });
    expect(status).toBe(5);
    expect(checks['tls']).toMatchObject({ status: 'failed', message: expect.stringContaining(`${host} ${words}`) });
    expect(checks['token']).toMatchObject({ status: 'warning', message: expect.stringContaining('was not asked') });
    expect(checks['socket']).toMatchObject({ status: 'warning', message: expect.stringContaining('not checked: ') });
    // The time of a server shows whether its certificate or this machine's clock is wrong.
    const isAboutTime = certificate === 'expired' || certificate === 'future';
    expect(checks['clock']?.status).toBe(isAboutTime ? 'ok' : 'warning');
  });

  it('nothing broken behind a proxy that inspects TLS', async () => {
    const simulator = await simulate();
    const proxy = await startProxy(await openTlsFront(simulator, 'feed'));
    afterTest(() => proxy.close());
    const env = { ...simulator.environment, ...endpointsAt('feed.example'), NODE_EXTRA_CA_CERTS: CA_FILE };
    const HTTPS_PROXY = `http://user:geheim@127.0.0.1:${proxy.port}`;
    const { status, checks } = await diagnose({ ...env, HTTPS_PROXY });
    expect([status, troubles(checks)]).toEqual([0, []]);
    expect(checks['tls']?.message).toContain(`through the proxy 127.0.0.1:${proxy.port} (HTTPS_PROXY)`);
    expect(JSON.stringify(checks)).not.toContain('geheim');
    proxy.status = 403;
    const refused = await diagnose({ ...env, HTTPS_PROXY });
    expect(refused.status).toBe(5);
    expect(refused.checks['tls']).toMatchObject({ status: 'failed', message: expect.stringContaining('HTTP 403') });
  });

  it.each([
    ['missing', (file: string) => rmSync(path.dirname(file), { recursive: true }), 'nothing is cached'],
    ['damaged', (file: string) => writeFileSync(file, 'nonsense'), 'NSE_CM in '],
  ] as const)('a symbol master that is %s', async (_, spoil, words) => {
    const { environment } = await simulate();
    const env = await afterFirstDay(environment);
    spoil(path.join(inspectMasterCache({ env }).directory, 'NSE_CM.master'));
    const { status, stdout } = await run(['doctor', '-f', 'ndjson'], { env });
    const checks = checksOf({ stdout });
    expect([status, troubles(checks)]).toEqual([0, ['master warning']]);
    expect(checks['master']).toMatchObject({
      message: expect.stringContaining(words),
      hint: 'run tickpipe symbols refresh',
    });
  });

  it('a misspelt variable', async () => {
    const { environment } = await simulate();
    const { status, checks } = await diagnose({ ...environment, TICKPIPE_FROMAT: 'csv' });
    expect([status, troubles(checks)]).toEqual([0, ['configuration warning']]);
    expect(checks['configuration']?.hint).toBe('did you mean TICKPIPE_FORMAT for TICKPIPE_FROMAT?');
  });

  it.each([
    ['{ "profiles": ', {}, 'not valid JSON'],
    ['{ "profiles": { "default": { "fromat": "csv" } } }', {}, 'profiles.default.fromat: unknown key'],
    ['{ "profiles": { "default": { "feed": "nonsense" } } }', {}, 'profiles.default.feed: '],
    ['{}', { TICKPIPE_PROFILE: 'desk' }, 'there is no profile "desk"'],
    ['{}', { TICKPIPE_FEED: 'nonsense' }, 'TICKPIPE_FEED: '],
    ['{}', { TICKPIPE_MAX_LAG: 'soon' }, 'TICKPIPE_MAX_LAG: "soon" is not a duration'],
    ['{ "profiles": { "default": { "rotate": "soon" } } }', {}, 'profiles.default.rotate: "soon" is not a duration'],
    ['{}', { TICKPIPE_LOG_FORMAT: 'xml', TICKPIPE_PROFILE: '../x' }, 'TICKPIPE_LOG_FORMAT: '],
  ])('a configuration that cannot be used: %s %j', async (text, extra, words) => {
    const { environment } = await simulate();
    const HOME = emptyFolder();
    mkdirSync(path.join(HOME, '.config/tickpipe'), { recursive: true });
    writeFileSync(path.join(HOME, '.config/tickpipe/config.json'), text);
    const { status, checks } = await diagnose({ ...environment, HOME, ...extra });
    expect([status, troubles(checks)]).toEqual([78, ['configuration failed']]);
    expect(checks['configuration']?.message).toContain(words);
  });

  it('a run directory that others can write', async () => {
    const { environment } = await simulate();
    const HOME = emptyFolder();
    mkdirSync(path.join(HOME, '.tickpipe/run'), { recursive: true });
    chmodSync(path.join(HOME, '.tickpipe/run'), 0o777);
    const { status, checks } = await diagnose({ ...environment, HOME });
    expect(status).toBe(78);
    expect(checks['folders']).toMatchObject({ status: 'failed', hint: `chmod 700 ${HOME}/.tickpipe/run` });
  });

  // Root may do it as it is; others become root of a namespace of their own.
  it.runIf(canUnshare)('a home on a read-only file system', async () => {
    const { environment } = await simulate();
    const HOME = emptyFolder();
    const ready = await afterFirstDay({ ...environment, HOME });
    const line = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"';
    const command = ['sh', '-c', line, HOME, process.execPath, PROGRAM, 'doctor', '-f', 'ndjson'];
    const env = { ...ready, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
    const child = spawn('unshare', ['--map-root-user', '--mount', ...command], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = await new Running(child).ended;
    const checks = checksOf(ended);
    expect([ended.status, troubles(checks)]).toEqual([78, ['socket failed', 'snapshot warning', 'folders failed']]);
    expect(checks['folders']).toMatchObject({
      message: expect.stringContaining('login cannot store a token'),
      hint: expect.stringContaining('TICKPIPE_RUN_DIR'),
    });
  });
});

it.each([[[]], [['-f', 'ndjson']]])('Ctrl-C ends it at once, with what it has found so far: %j', async (format) => {
  const { environment } = await simulate();
  const server = await ScriptedServer.start();
  afterTest(() => server.close());
  server.script.auth = 'ignore';
  const doctor = start(['doctor', ...format], { env: { ...environment, TICKPIPE_SOCKET_URL: server.url } });
  await doctor.until(() => doctor.stdout.includes('tls'));
  doctor.child.kill('SIGINT');
  const { status, stdout, stderr } = await doctor.ended;
  expect([status, stderr]).toEqual([130, '']);
  expect(stdout).not.toContain('snapshot');
});

it('a reader that leaves ends it quietly', async () => {
  const { stdout, stderr } = await script('bash', '"$PROGRAM" doctor --feed sim | head -1').ended;
  expect([stdout.split('\n').length, stderr]).toEqual([2, '']);
});
