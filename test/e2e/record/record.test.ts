import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rowSchema } from '../../../src/lib/market/rows.ts';
import { isRunning, SharedAccount, ticksOf } from '../hub/shared-account.ts';
import { emptyFolder, rowsOf, run, shell, simulate, start } from '../program.ts';
import { listFiles, parseLines, readRecordings, sizeOf } from './recordings.ts';

const SBIN = 'NSE:SBIN-EQ';
const NIFTY = 'NSE:NIFTY50-INDEX';
const SIM = ['--feed', 'sim'];

describe('record', () => {
  it('writes each kind into its folder, rows and nothing else, marked as simulated', async () => {
    const directory = path.join(emptyFolder(), 'made', 'here');
    const args = [
      'record',
      SBIN,
      NIFTY,
      '--type',
      'symbols,depth,lite',
      '--dir',
      directory,
      '--duration',
      '2s',
      '--verbose',
      ...SIM,
    ];
    const { status, stdout, stderr } = await run(args);
    expect(status).toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain(`not recorded: depth of ${NIFTY}\n`);
    expect(stderr).toMatch(/\nrecorded \d+ rows, [\d.]+ k?B(ytes)? in 4 files in /);
    const recordings = readRecordings(directory);
    const kinds = recordings.map(
      ({ name }) => /^date=\d{4}-\d\d-\d\d\/kind=(\w+)\/\d{8}T\d{6}-[0-9a-f]{6}-0001\.ndjson\.gz$/.exec(name)?.[1],
    );
    expect(kinds).toEqual(['depth', 'index', 'lite', 'symbol']);
    for (const { text, meta } of recordings) {
      const rows = parseLines(text);
      for (const row of rows) expect(rowSchema.parse(row)).toMatchObject({ simulated: true });
      expect(meta[0]).toMatchObject({ type: 'Header', schema: 1, simulated: true });
      expect(meta.at(-1)).toMatchObject({ type: 'Footer', rows: rows.length, reason: 'stopped' });
    }
  });

  it('stops with 7 when its files are removed while it runs: nobody would ever read what it goes on to write', async () => {
    const directory = path.join(emptyFolder(), 'removed');
    const running = start(['record', SBIN, '--dir', directory, '--no-gzip', ...SIM]);
    await expect
      .poll(() => existsSync(directory) && listFiles(directory).some((name) => isFilled(path.join(directory, name))), {
        timeout: 30_000,
      })
      .toBe(true);
    rmSync(directory, { recursive: true });
    const { status, stderr } = await running.ended;
    expect(status).toBe(7);
    expect(stderr).toMatch(
      /error: cannot write .*removed\/date=.*\.ndjson: the file is no longer there\nhint: it was removed/,
    );
    expect(stderr).not.toMatch(/recorded [1-9]/);
  });

  it('stops at Ctrl-C with whole files', async () => {
    const directory = emptyFolder();
    const running = start(['record', SBIN, '--dir', directory, '--no-gzip', '--verbose', ...SIM]);
    await expect.poll(() => listFiles(directory).some((name) => isFilled(path.join(directory, name)))).toBe(true);
    running.child.kill('SIGINT');
    const { status, stderr } = await running.ended;
    expect(status).toBe(130);
    expect(stderr).toMatch(/recorded \d+ rows?, /);
    const [recording] = readRecordings(directory);
    expect(parseLines(recording?.text ?? '').length).toBeGreaterThan(0);
    expect(listFiles(directory)).toHaveLength(2);
  });

  it('begins files by size and by time', async () => {
    const directory = emptyFolder();
    const simulator = await simulate({ rate: 2_000, generated: 50 });
    const symbols = Array.from({ length: 50 }, (_, at) => `NSE:SIM${String(at + 1).padStart(4, '0')}-EQ`);
    const args = ['record', ...symbols, '--dir', directory, '--no-gzip', '--max-size', '100kB', '--rotate', '1s'];
    const { status } = await run([...args, '--duration', '3s'], { env: simulator.environment });
    expect(status).toBe(0);
    const recordings = readRecordings(directory);
    expect(recordings.length).toBeGreaterThan(5);
    expect(new Set(recordings.map(({ meta }) => meta.at(-1)?.['reason']))).toEqual(new Set(['rotated', 'stopped']));
    for (const { text } of recordings) expect(text.length).toBeLessThan(101_000);
    // The last known row of every symbol but the one that the file begins with.
    const last = recordings.at(-1);
    const known = last?.meta.filter(({ type }) => type === 'SymbolUpdate').map(({ symbol }) => symbol);
    expect(new Set([...(known ?? []), rowsOf(last?.text ?? '')[0]?.['symbol']]).size).toBe(50);
  });

  it('tells a symbol that is unknown, and ends with 3', async () => {
    const directory = emptyFolder();
    const { status, stderr } = await run([
      'record',
      SBIN,
      'NSE:NOPE-EQ',
      '--dir',
      directory,
      '--duration',
      '1s',
      ...SIM,
    ]);
    expect(status).toBe(3);
    expect(stderr).toContain('unknown symbol NSE:NOPE-EQ');
    expect(readRecordings(directory)[0]?.meta[0]).toMatchObject({ symbols: expect.arrayContaining([SBIN]) });
  });
});

describe('what cannot be', () => {
  it.each([
    [['--max-size', '12'], /expected 64.0 kB or more/],
    [['--max-size', 'big'], /expected a size as in 256MB/],
    [['--rotate', 'hourly'], /is not a duration/],
    [['--type', 'ticks'], /expected some of symbols, depth, lite/],
    [['--until', '25:00'], /is not a time of day/],
    [['--raw', '--feed', 'ws://127.0.0.1:1'], /--raw needs a connection of its own/],
    [['--raw', '--feed', 'file:/tmp'], /--raw needs a connection of its own/],
  ])('%s', async (flags, message) => {
    const { status, stderr } = await run([
      'record',
      SBIN,
      '--dir',
      emptyFolder(),
      '--duration',
      '100ms',
      ...SIM,
      ...flags,
    ]);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('depth of indices alone', async () => {
    const { status, stderr } = await run(['record', NIFTY, '--type', 'depth', ...SIM]);
    expect(status).toBe(2);
    expect(stderr).toContain(`error: an index has no market depth: ${NIFTY}\n`);
  });

  it('a file in place of the directory', async () => {
    const file = path.join(emptyFolder(), 'ticks');
    writeFileSync(file, 'mine');
    const { status, stderr } = await run(['record', SBIN, '--dir', file, ...SIM]);
    expect(status).toBe(7);
    expect(stderr).toContain(`error: cannot write ${file}: `);
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  it('a directory below what is none', async () => {
    const { status } = await run(['record', SBIN, '--dir', '/dev/null/ticks', ...SIM]);
    expect(status).toBe(7);
  });

  it('a folder of the recordings that is a file', async () => {
    const directory = emptyFolder();
    const date = new Date(Date.now() + 5.5 * 3_600_000).toISOString().slice(0, 10);
    writeFileSync(path.join(directory, `date=${date}`), '');
    const { status, stderr } = await run(['record', SBIN, '--dir', directory, ...SIM]);
    expect(status).toBe(7);
    expect(stderr).toContain('error: cannot write ');
  });
});

describe('a disk that fills up', () => {
  it.each(['--gzip', '--no-gzip'])(
    'ends it with 7, all before it readable (%s)',
    async (flag) => {
      const directory = emptyFolder();
      const simulator = await simulate({ rate: 20_000, generated: 400 });
      const symbols = Array.from({ length: 400 }, (_, at) => `NSE:SIM${String(at + 1).padStart(4, '0')}-EQ`).join(',');
      // No file of this process may grow beyond 1,024 blocks of 1,024 bytes.
      const line = `ulimit -f 1024; exec $tickpipe record ${symbols} --dir ${directory} ${flag}`;
      const { status, stderr } = await shell(line, { env: simulator.environment }).ended;
      expect(status).toBe(7);
      expect(stderr).toMatch(/error: cannot write .*: the file is too large\n/);
      const recordings = readRecordings(directory);
      expect(recordings).toHaveLength(1);
      const rows = parseLines(recordings[0]?.text ?? '');
      expect(rows.length).toBeGreaterThan(1_000);
      for (const row of rows) rowSchema.parse(row);
      expect(stderr).toContain(`recorded ${rows.length.toLocaleString('en')} rows, `);
      expect(recordings[0]?.meta.at(-1)).toMatchObject({ type: 'Footer', rows: rows.length, reason: 'failed' });
      expect(listFiles(directory).filter((name) => name.endsWith('.part'))).toEqual([]);
    },
    30_000,
  );
});

describe('through the shared session', () => {
  it('records beside others on one connection, and shows in status', async () => {
    const account = await SharedAccount.create({ rate: 400 });
    const directory = emptyFolder();
    const stream = account.start(['stream', 'symbols', SBIN]);
    await stream.until(() => ticksOf(stream).length > 2);
    const recording = account.start(['record', SBIN, '--type', 'symbols,lite', '--dir', directory]);
    await expect.poll(() => listFiles(directory).length).toBe(4);
    const { sessions } = await account.status();
    expect(sessions.map(({ command }) => command).sort()).toEqual(['record', 'stream symbols']);
    expect(account.simulator.counters.authenticated).toBe(1);
    recording.child.kill('SIGTERM');
    expect((await recording.ended).status).toBe(143);
    const [, symbol] = readRecordings(directory);
    const started = Number(symbol?.meta[0]?.['started']);
    // The row that was known before is not of this recording.
    for (const { received_at } of rowsOf(symbol?.text ?? ''))
      expect(Number(received_at)).toBeGreaterThanOrEqual(started);
  });

  it('counts rows that are recorded, not the one that was known before', async () => {
    const account = await SharedAccount.create({ rate: 400 });
    const directory = emptyFolder();
    const stream = account.start(['stream', 'symbols', SBIN]);
    await stream.until(() => ticksOf(stream).length > 2);
    const { status, stderr } = await account.run(['record', SBIN, '--dir', directory, '--count', '5', '--verbose']);
    expect(status).toBe(0);
    expect(stderr).toContain('recorded 5 rows');
    expect(readRecordings(directory).map(({ text }) => rowsOf(text).length)).toEqual([5]);
  });

  it('has each drop of the feed as a gap beside it, and goes on in the same file', async () => {
    const account = await SharedAccount.create({ rate: 400 });
    const directory = emptyFolder();
    const recording = account.start(['record', SBIN, '--dir', directory, '--log-format', 'json']);
    const gaps = () => recording.stderr.split('"event":"gap"').length - 1;
    await expect.poll(() => listFiles(directory).length).toBe(2);
    for (let drops = 1; drops <= 3; drops++) {
      account.simulator.inject({ name: 'drop' });
      await recording.until(() => gaps() === drops);
    }
    recording.child.kill('SIGINT');
    expect((await recording.ended).status).toBe(130);
    const [recorded, ...others] = readRecordings(directory);
    expect(others).toEqual([]);
    const told = recorded?.meta.filter(({ type }) => type === 'Gap') ?? [];
    expect(told).toHaveLength(3);
    const times = parseLines(recorded?.text ?? '').map(({ received_at }) => Number(received_at));
    for (const { from, to, symbols } of told) {
      expect(symbols).toEqual([SBIN]);
      expect(times.filter((time) => time > Number(from) && time < Number(to))).toEqual([]);
    }
  });

  it('goes on when the hub is killed: one gap, and no row twice', async () => {
    const account = await SharedAccount.create({ rate: 400 });
    const directory = emptyFolder();
    const recording = account.start(['record', SBIN, '--dir', directory, '--no-gzip', '--log-format', 'json']);
    await expect.poll(() => listFiles(directory).some((name) => isFilled(path.join(directory, name)))).toBe(true);
    const pid = await account.hubPid();
    process.kill(pid, 'SIGKILL');
    await recording.until(() => recording.stderr.includes('"event":"gap"'));
    expect(isRunning(pid)).toBe(false);
    const before = sizeOf(directory);
    await expect.poll(() => sizeOf(directory)).toBeGreaterThan(before + 2_000);
    recording.child.kill('SIGINT');
    expect((await recording.ended).status).toBe(130);
    const [recorded] = readRecordings(directory);
    const lines = (recorded?.text ?? '').trimEnd().split('\n');
    expect(new Set(lines).size).toBe(lines.length);
    expect(recorded?.meta.filter(({ type }) => type === 'Gap')).toMatchObject([
      { reason: 'hub_gone', symbols: [SBIN] },
    ]);
  });
});

describe('another recording as the feed', () => {
  it('is cut anew, its rows as they are', async () => {
    const [first, second] = [emptyFolder(), emptyFolder()];
    expect(await run(['record', SBIN, NIFTY, '--dir', first, '--duration', '4s', ...SIM])).toMatchObject({ status: 0 });
    const args = ['record', SBIN, '--feed', `file:${first}`, '--speed', 'max', '--dir', second, '--no-gzip'];
    expect(await run(args, { env: { TICKPIPE_DIRECT: undefined } })).toMatchObject({ status: 0 });
    const original = readRecordings(first).find(({ name }) => name.includes('kind=symbol'));
    expect(readRecordings(second).map(({ text }) => text)).toEqual([original?.text]);
  });
});

describe('--raw', () => {
  it('records the messages of a connection of its own, none of our secrets among them', async () => {
    const directory = emptyFolder();
    const simulator = await simulate({ rate: 400 });
    const args = ['record', SBIN, NIFTY, '--raw', '--dir', directory, '--duration', '5s'];
    expect(await run(args, { env: simulator.environment })).toMatchObject({ status: 0 });
    const [recorded] = readRecordings(directory);
    expect(recorded?.name).toMatch(/^date=[\d-]+\/kind=raw\/.*\.raw\.jsonl\.gz$/);
    const messages = parseLines(recorded?.text ?? '').map(({ message }) => Buffer.from(String(message), 'base64'));
    expect(messages.length).toBeGreaterThan(20);
    // Responses 1: the answer to authentication.
    expect(messages[0]?.[2]).toBe(1);
    expect(recorded?.meta[0]).toMatchObject({
      kind: 'raw',
      subscriptions: [
        ['SymbolUpdate', SBIN],
        ['IndexUpdate', NIFTY],
      ],
      topics: { 'sf|nse_cm|3045': [SBIN], 'if|nse_cm|Nifty 50': [NIFTY] },
    });
    const [appId = '', jwt = ''] = simulator.token.split(':');
    const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<string, string>;
    for (const secret of [appId, jwt, claims['hsm_key'], claims['fy_id']] as string[]) {
      for (const message of messages) expect(message.includes(secret)).toBe(false);
    }
  });

  it('is refused beside the hub', async () => {
    const account = await SharedAccount.create({ rate: 400 });
    expect(await account.run(['quote', SBIN])).toMatchObject({ status: 0 });
    const { status, stderr } = await account.run(['record', SBIN, '--raw', '--dir', emptyFolder()]);
    expect(status).toBe(6);
    expect(stderr).toContain('holds the live connection of this account');
  });
});

function isFilled(file: string): boolean {
  return /\.(ndjson|gz)(\.part)?$/.test(file) && existsSync(file) && statSync(file).size > 0;
}
