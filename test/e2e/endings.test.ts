import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedSymbol } from '../../src/lib/simulator/universe.ts';
import { makeToken } from '../support/make-token.ts';
import { ScriptedServer } from '../support/scripted-server.ts';
import { afterTest, emptyFolder, rowsOf, run, shell, simulate, start } from './program.ts';

const SBIN = 'NSE:SBIN-EQ';
const SILENT = 'NSE:SIMSILENT-INDEX';
const SIM = ['--feed', 'sim'];
const AT_ONCE_MS = 1_000;

describe('errors in text', () => {
  it.each([
    [
      ['stream', 'symbols', 'NSE:NOPE-EQ', 'NSE:NOPF-EQ', ...SIM],
      3,
      `error: unknown symbols NSE:NOPE-EQ, NSE:NOPF-EQ\nhint: check the spelling at the exchange\n`,
    ],
    [
      ['stream', 'lite', SBIN, 'NSE:NOPE-EQ', '--strict', ...SIM],
      3,
      `error: unknown symbol NSE:NOPE-EQ; nothing subscribed\nhint: check the spelling at the exchange\n`,
    ],
    [
      ['stream', 'lite', SILENT, '--timeout', '4s', ...SIM],
      124,
      `error: no row came within 4 s\nhint: the simulator has no market hours: this symbol has no trades there; see --verbose\n`,
    ],
    [
      ['stream', 'lite', SILENT, '--idle-timeout', '4s', ...SIM],
      124,
      `error: no row came for 4 s\nhint: the simulator has no market hours: this symbol has no trades there; see --verbose\n`,
    ],
    [
      ['quote', '--file', '/nonexistent/list.txt', ...SIM],
      8,
      'error: /nonexistent/list.txt cannot be read: there is no such file\nhint: check its name and permissions\n',
    ],
    [
      ['quote', '--file', '/', ...SIM],
      8,
      'error: / cannot be read: it is a directory\nhint: check its name and permissions\n',
    ],
    [['quote', SBIN, '--feed', 'fyers', '--token-file', '/nonexistent/token'], 4, /^error: token file .*\nhint: .*\n$/],
    [['quote', SBIN, '--snapshot', ...SIM], 2, 'error: unknown flag: --snapshot\nhint: see tickpipe quote --help\n'],
  ])('%j', async (args, status, stderr) => {
    const ended = await run(args);
    expect(ended.status).toBe(status);
    expect(ended.stdout).toBe('');
    if (typeof stderr === 'string') expect(ended.stderr).toBe(stderr);
    else expect(ended.stderr).toMatch(stderr);
  });

  it('name every symbol of a list that is unknown', async () => {
    const unknown = Array.from({ length: 30 }, (_, n) => `NSE:NOPE${n}-EQ`);
    const { status, stderr } = await run(['quote', '-', ...SIM], { input: unknown.join('\n') });
    expect(status).toBe(3);
    const named = unknown.map((symbol, at) => `${symbol} (stdin:${at + 1})`);
    expect(stderr).toContain(`error: unknown symbols ${named.join(', ')}\n`);
  });

  it('name a mistyped flag before a missing token, and touch nothing', async () => {
    const { status, stderr } = await run(['stream', 'symbols', SBIN, '--fields', 'prize']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error: --fields: no column prize; there are type, symbol, /);
  });

  it('tell a feed that was not reached from a market that is silent', async () => {
    const simulator = await simulate();
    simulator.inject({ name: 'mute', count: Number.POSITIVE_INFINITY });
    const { status, stderr } = await run(['quote', SBIN, '--timeout', '500ms'], { env: simulator.environment });
    expect(status).toBe(5);
    expect(stderr).toMatch(/^error: no connection to the feed within 0.5 s\nhint: check the network/m);
  });

  it('are none when one attempt stays mute: there is time for another', async () => {
    const simulator = await simulate();
    simulator.inject({ name: 'mute', count: 1 });
    const { status, stdout } = await run(['quote', SBIN], { env: simulator.environment });
    expect([status, rowsOf(stdout).length, simulator.counters.muted]).toEqual([0, 1, 1]);
  });

  it('say of a row that it was too old', async () => {
    const simulator = await simulate({ rate: 0 });
    const env = simulator.environment;
    const [row] = rowsOf((await run(['quote', SBIN], { env })).stdout);
    const ageMs = Date.now() - Number(row?.['exchange_time']) * 1_000;
    const args = ['quote', SBIN, '--max-age', `${ageMs}ms`, '--timeout', '2s'];
    const { status, stdout, stderr } = await run(args, { env });
    expect([status, stdout]).toEqual([124, '']);
    expect(stderr).toContain(`error: no row younger than ${ageMs / 1_000} s came within 2 s\n`);
    expect((await run(['quote', SBIN, '--max-age', '5m'], { env })).status).toBe(0);
  });
});

describe('a symbol that never ticks', () => {
  it.each([
    ['--count', '4'],
    ['--duration', '2s'],
  ])('makes %s %s end with 3, and is named', async (...limit) => {
    const { status, stdout, stderr } = await run(['stream', 'lite', SBIN, SILENT, ...limit, ...SIM]);
    expect(status).toBe(3);
    expect(rowsOf(stdout).length).toBeGreaterThan(1);
    expect(stderr).toContain(`error: no row of ${SILENT}\n`);
  });

  it('does not hide another that is unknown, which is named at once', async () => {
    const running = start(['stream', 'lite', SBIN, 'NSE:NOPE-EQ', ...SIM]);
    await running.until(() => running.stderr.includes('warning: unknown symbol NSE:NOPE-EQ\n'));
    const before = running.rows.length;
    await running.until(() => running.rows.length > before + 2);
    running.child.kill('SIGTERM');
    expect((await running.ended).status).toBe(143);
  });
});

describe('limits', () => {
  it('--until ends at a time of day in India', async () => {
    const endMs = Math.floor(Date.now() / 1_000) * 1_000 + 3_000;
    const end = new Date(endMs + 5.5 * 3_600_000).toISOString().slice(11, 19);
    const { status, stdout } = await run(['stream', 'lite', SBIN, '--until', end, ...SIM]);
    expect(status).toBe(0);
    const last = Number(rowsOf(stdout).at(-1)?.['received_at']);
    expect(last).toBeGreaterThan(endMs - 2_000);
    expect(Date.now()).toBeGreaterThanOrEqual(endMs);
  });

  it('a subscription that the server refuses is status 6', async () => {
    const [simulator, server] = [await simulate(), await ScriptedServer.start()];
    afterTest(() => server.close());
    server.script.subscribe = 'refuse';
    const env = { ...simulator.environment, TICKPIPE_SOCKET_URL: server.url };
    const { status, stderr } = await run(['stream', 'symbols', SBIN], { env });
    expect(status).toBe(6);
    expect(stderr).toContain(`error: the feed refused ${SBIN}\nhint: ask for fewer symbols`);
  });
});

describe('output that cannot be written', () => {
  it('is status 7 on stdout, too', async () => {
    const { ended } = shell(`$tickpipe stream lite ${SBIN} --feed sim >/dev/full`);
    const { status, stderr } = await ended;
    expect(status).toBe(7);
    expect(stderr).toBe(
      `error: cannot write standard output: no space left on the device\nhint: check the disk and the permissions\n`,
    );
  });

  it('leaves a file of whole rows when there is no more room', async () => {
    const file = path.join(emptyFolder(), 'ticks.csv');
    const simulator = await simulate({ rate: 5_000 });
    // A limit of 16 KiB to a file stands for a disk with as much room.
    const { ended } = shell(`ulimit -f 16; $tickpipe stream symbols ${SBIN} -o "${file}"`, {
      env: simulator.environment,
    });
    expect((await ended).status).toBe(7);
    const text = readFileSync(file, 'utf8');
    expect(text.length).toBeGreaterThan(15_000);
    expect(text.endsWith(',true\n')).toBe(true);
    expect(
      new Set(
        text
          .trimEnd()
          .split('\n')
          .map((line) => line.split(',').length),
      ).size,
    ).toBe(1);
  });
});

describe('Ctrl-C', () => {
  it('in a stream of many ticks loses no row that was counted, and cuts none', async () => {
    const simulator = await simulate({ rate: 20_000, generated: 200 });
    const symbols = Array.from({ length: 200 }, (_, n) => generatedSymbol(n + 1));
    const running = start(['stream', 'symbols', ...symbols, '--verbose'], { env: simulator.environment });
    await running.until(() => running.stdout.length > 4_000_000);
    running.child.kill('SIGINT');
    const { status, stdout, stderr } = await running.ended;
    expect(status).toBe(130);
    expect(stdout.endsWith('}\n')).toBe(true);
    expect(stderr).toContain(`\n${rowsOf(stdout).length} rows\n`);
  });

  it('ends the wait for a server that is not there', async () => {
    const simulator = await simulate();
    const { environment: env } = simulator;
    await simulator.close();
    const running = start(['stream', 'symbols', SBIN], { env });
    await running.until(() => running.stderr.includes('next try in'));
    running.child.kill('SIGINT');
    const { status, stderr } = await running.ended;
    expect(status).toBe(130);
    expect(stderr).not.toContain('error');
  });

  it('ends the wait for a server that says nothing', async () => {
    const simulator = await simulate();
    simulator.inject({ name: 'mute', count: Number.POSITIVE_INFINITY });
    const running = start(['stream', 'symbols', SBIN], { env: simulator.environment });
    await expect.poll(() => simulator.counters.muted).toBe(1);
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(130);
  });

  it('ends the wait for the reader of a named pipe', async () => {
    const home = emptyFolder();
    const pipe = path.join(home, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const simulator = await simulate();
    const env = { ...simulator.environment, HOME: home };
    const running = start(['stream', 'symbols', SBIN, '-o', pipe, '-f', 'ndjson'], { env });
    // The account's lock is taken just before.
    const locks = path.join(home, '.tickpipe/run');
    await expect
      .poll(() => existsSync(locks) && readdirSync(locks).filter((name) => name.endsWith('.lock')).length, {
        timeout: 10_000,
      })
      .toBe(1);
    running.child.kill('SIGINT');
    const { status, stderr } = await running.ended;
    expect([status, stderr]).toEqual([130, '']);
  });
});

it('--timeout ends the wait for the reader of a named pipe', async () => {
  const pipe = path.join(emptyFolder(), 'pipe');
  execFileSync('mkfifo', [pipe]);
  const { status, stderr } = await run(['stream', 'symbols', SBIN, ...SIM, '-o', pipe, '-f', 'ndjson', '-t', '1s']);
  const error =
    'error: no row came within 1 s: no program reads the named pipe\nhint: start the program that reads it\n';
  expect([status, stderr]).toEqual([124, error]);
});

describe('the end comes at once', () => {
  it('after the last row: no socket and no timer lingers', async () => {
    const running = start(['stream', 'symbols', SBIN, '--count', '1', ...SIM]);
    await running.until(() => running.rows.length === 1);
    const from = performance.now();
    expect((await running.ended).status).toBe(0);
    expect(performance.now() - from).toBeLessThan(AT_ONCE_MS);
  });

  it('after the reader has gone', async () => {
    const running = start(['stream', 'symbols', SBIN, ...SIM]);
    await running.until(() => running.rows.length >= 2);
    running.child.stdout?.destroy();
    const from = performance.now();
    const { status, stderr } = await running.ended;
    expect([status, stderr]).toEqual([0, '']);
    expect(performance.now() - from).toBeLessThan(AT_ONCE_MS);
  });
});

describe('the token file', () => {
  it('that others can read is told, and used', async () => {
    const simulator = await simulate();
    const file = path.join(emptyFolder(), 'token');
    writeFileSync(file, `${simulator.token}\n`, { mode: 0o644 });
    const env = { ...simulator.environment, FYERS_ACCESS_TOKEN: makeToken({ exp: 1 }) };
    const args = ['quote', SBIN, '--token-file', file];
    const { status, stdout, stderr } = await run(args, { env });
    expect(status).toBe(0);
    expect(rowsOf(stdout)).toHaveLength(1);
    expect(stderr).toBe(`warning: token file ${JSON.stringify(file)} can be read by others: chmod 600 it\n`);
  });
});
