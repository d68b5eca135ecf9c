import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SharedAccount } from './hub/shared-account.ts';
import { emptyFolder, rowsOf, run, shell } from './program.ts';

const SYMBOLS = ['NSE:SBIN-EQ', 'NSE:INFY-EQ', 'NSE:NIFTY50-INDEX'];
const SIM = ['--feed', 'sim'];

describe('--where of a replay', () => {
  /** With `ticks`: rows of all kinds, recorded of the simulator. */
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-'));
    const types = ['--type', 'symbols,depth,lite', '--count', '1500', '--dir', 'ticks', '--no-gzip'];
    const { status } = await run(['record', ...SYMBOLS, ...SIM, ...types], { cwd: folder });
    expect(status).toBe(0);
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('selects the rows that jq selects, of all kinds', async () => {
    const pairs = [
      ['ltp > 1000 and volume % 2 == 0', '.ltp != null and .ltp > 1000 and .volume != null and .volume % 2 == 0'],
      ['not volume % 3 == 0', '.volume != null and .volume % 3 != 0'],
      ['bid_quantity_2 < ask_quantity_1', '.type == "DepthUpdate" and .bid[1].quantity < .ask[0].quantity'],
      ['type == "LiteUpdate" or symbol in ("NSE:INFY-EQ")', '.type == "LiteUpdate" or .symbol == "NSE:INFY-EQ"'],
      ['received_at % 3 == 1', '.received_at % 3 == 1'],
    ] as const;
    for (const [condition, filter] of pairs) {
      const line = [
        `$tickpipe replay ticks --speed max --where '${condition}' > found.ndjson`,
        `$tickpipe replay ticks --speed max | jq -c 'select(${filter})' > expected.ndjson`,
        'cmp found.ndjson expected.ndjson && wc -l < found.ndjson',
      ].join(' && ');
      const { status, stdout, stderr } = await shell(line, { cwd: folder }).ended;
      expect([condition, status, stderr]).toEqual([condition, 0, '']);
      expect(Number(stdout)).toBeGreaterThan(10);
      expect(Number(stdout)).toBeLessThan(1_500);
    }
  });

  it('selects the same rows for each format', async () => {
    const replay = ['replay', 'ticks', '--speed', 'max', '--type', 'symbols', '--where', 'change_percent < -0.2'];
    const rows = rowsOf((await run(replay, { cwd: folder })).stdout);
    expect(rows.length).toBeGreaterThan(0);
    const fields = ['--fields', 'symbol,ltp'];
    const expected = rows.map(({ symbol, ltp }) => [symbol, ltp]);
    const csv = await run([...replay, ...fields, '-f', 'csv', '--no-header'], { cwd: folder });
    expect(csv.stdout).toBe(expected.map((one) => `${one.join(',')},true\n`).join(''));
    const raw = await run([...replay, ...fields, '--raw'], { cwd: folder });
    expect(raw.stdout).toBe(expected.map((one) => `${one.join('\t')}\n`).join(''));
    const counted = await run([...replay, ...fields, '--raw', '--count', '3'], { cwd: folder });
    expect(counted.stdout.split('\n')).toHaveLength(4);
  });

  it('that no row matches ends with 0 and says so on a terminal', async () => {
    const replay = ['replay', 'ticks', '--speed', 'max', '--where', 'ltp > 1000000'];
    expect(await run(replay, { cwd: folder })).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const { stderr } = await run([...replay, '--verbose'], { cwd: folder });
    expect(stderr).toMatch(/^no row matches --where; 1500 rows were looked at$/m);
  });

  it('that divides by zero reports the first row, and how many there were', async () => {
    const where = ['--where', 'ltp / (ltp - ltp) > 1'];
    const { status, stdout, stderr } = await run(['replay', 'ticks', '--speed', 'max', ...where], { cwd: folder });
    expect([status, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(
      /^warning: --where divides by zero in a row of NSE:[\w-]+: the result is unknown there\nwarning: --where divided by zero in \d+ rows\n$/,
    );
  });
});

describe('--where of a stream', () => {
  it.each([['--direct'], []])('prints only rows that match, live %j', async (...flags) => {
    const account = await SharedAccount.create({ rate: 400 });
    const stream = ['stream', 'symbols', ...SYMBOLS, ...flags, '--count', '40'];
    const { status, stdout } = await account.run([...stream, '--where', 'volume % 2 == 1 and mid > 0']);
    expect(status).toBe(0);
    const rows = rowsOf(stdout);
    expect(rows).toHaveLength(40);
    expect(rows.filter(({ volume }) => (volume as number) % 2 !== 1)).toEqual([]);
    expect(new Set(rows.map(({ symbol }) => symbol))).toEqual(new Set(['NSE:SBIN-EQ', 'NSE:INFY-EQ']));
  });

  it('prints rows of a book by its flattened names', async () => {
    const where = ['--where', 'bid_price_1 > bid_price_2 and spread_bps < 100', '--count', '2'];
    const { status, stdout } = await run(['stream', 'depth', 'NSE:SBIN-EQ', ...SIM, ...where]);
    expect([status, rowsOf(stdout).length]).toEqual([0, 2]);
  });

  it('ends with 124 when no row matches in time', async () => {
    const stream = ['stream', 'symbols', 'NSE:SBIN-EQ', ...SIM, '--where', 'ltp > 1000000'];
    const late = await run([...stream, '--timeout', '2s']);
    expect(late).toMatchObject({ status: 124, stdout: '' });
    expect(late.stderr).toMatch(/^error: no row that matches --where came within 2 s$/m);
    const idle = await run([...stream, '--idle-timeout', '2s']);
    expect(idle).toMatchObject({ status: 124, stdout: '' });
    expect(idle.stderr).toMatch(/^error: no row that matches --where came for 2 s$/m);
  });
});

describe('--where of a quote', () => {
  it('prints the rows that match; the other symbols have answered', async () => {
    const quote = ['quote', ...SYMBOLS, ...SIM, '--fields', 'symbol', '--raw', '--where'];
    const matching = await run([...quote, 'not ltp < 1000']);
    expect(matching).toMatchObject({ status: 0, stdout: 'NSE:INFY-EQ\nNSE:NIFTY50-INDEX\n', stderr: '' });
    expect(await run([...quote, 'ltp > 1000000'])).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const unknown = await run(['quote', 'NSE:NOPE-EQ', 'NSE:SBIN-EQ', ...SIM, '--where', 'ltp > 1000000']);
    expect(unknown).toMatchObject({ status: 3, stdout: '' });
  });

  it('decides in a shell whether a price is there, by grep', async () => {
    const line = `$tickpipe quote NSE:SBIN-EQ --feed sim --where 'ltp > 1' | grep -q . && echo yes; $tickpipe quote NSE:SBIN-EQ --feed sim --where 'ltp < 1' | grep -q . || echo no`;
    expect((await shell(line).ended).stdout).toBe('yes\nno\n');
  });
});

describe('--where of a recording', () => {
  it('writes only rows that match, and says so in the header', async () => {
    const folder = emptyFolder();
    const where = ['--where', 'ltp > 1000', '--count', '20', '--no-gzip', '--dir', 'some'];
    expect(await run(['record', ...SYMBOLS, ...SIM, ...where], { cwd: folder })).toMatchObject({
      status: 0,
      stdout: '',
    });
    const line = `cat some/date=*/kind=*/*.ndjson; jq -c 'select(.type == "Header") | [.kind, .where]' some/date=*/kind=*/*.meta.jsonl | sort`;
    const { stdout } = await shell(line, { cwd: folder }).ended;
    const lines = stdout.trimEnd().split('\n');
    expect(lines.splice(-2)).toEqual(['["index","ltp > 1000"]', '["symbol","ltp > 1000"]']);
    expect(lines).toHaveLength(20);
    expect(lines.filter((row) => row.includes('SBIN'))).toEqual([]);
    // It is a recording as any other.
    const replayed = await run(['replay', 'some', '--speed', 'max'], { cwd: folder });
    expect([replayed.status, rowsOf(replayed.stdout).length]).toEqual([0, 20]);
  });

  it('is refused for messages', async () => {
    const { status, stderr } = await run(['record', 'NSE:SBIN-EQ', ...SIM, '--raw', '--where', 'ltp > 1']);
    expect([status, stderr]).toEqual([
      2,
      'error: --where goes with rows, not with the messages of --raw\nhint: record without --where, and use it with replay\n',
    ]);
  });
});

describe('--where of bars', () => {
  it('judges bars, of a feed and of rows that are piped in', async () => {
    const bars = ['bars', '1s', ...SYMBOLS.slice(0, 2), ...SIM, '--all-hours', '--count', '3'];
    const { status, stdout } = await run([...bars, '--where', 'ticks > 3 and symbol != "NSE:SBIN-EQ"']);
    expect([status, rowsOf(stdout).map(({ symbol }) => symbol)]).toEqual([0, Array(3).fill('NSE:INFY-EQ')]);
    const folder = emptyFolder();
    const line = [
      'set -o pipefail; $tickpipe stream symbols NSE:SBIN-EQ NSE:INFY-EQ --feed sim --events --count 300 > rows.ndjson',
      `$tickpipe bars 20t --all-hours < rows.ndjson --where 'close > 1000 and final' > found.ndjson`,
      `$tickpipe bars 20t --all-hours < rows.ndjson | jq -c 'select(.close > 1000 and .final)' > expected.ndjson`,
      'cmp found.ndjson expected.ndjson && wc -l < found.ndjson',
    ].join(' && ');
    const piped = await shell(line, { cwd: folder }).ended;
    expect([piped.status, piped.stderr]).toEqual([0, '']);
    expect(Number(piped.stdout)).toBeGreaterThan(2);
  });
});

describe('a condition that is wrong', () => {
  it.each([
    [['stream', 'symbols', 'NSE:SBIN-EQ', '--output', 'rows.ndjson']],
    [['stream', 'lite', 'NSE:SBIN-EQ', '--output', 'rows.ndjson']],
    [['quote', 'NSE:SBIN-EQ', '--output', 'rows.ndjson']],
    [['record', 'NSE:SBIN-EQ', '--dir', 'ticks']],
    [['record', 'NSE:SBIN-EQ', '--dir', 'ticks', '--session-hours', '--detach']],
    [['replay', 'rows.ndjson']],
    [['bars', '1m', 'NSE:SBIN-EQ', '--output', 'rows.csv']],
  ])('ends %j with 2, before anything is opened', async (args) => {
    const folder = emptyFolder();
    const tick = '{"type":"LiteUpdate","symbol":"NSE:SBIN-EQ","ltp":1,"received_at":1780000000000}\n';
    if (args[0] === 'replay') writeFileSync(path.join(folder, 'rows.ndjson'), tick);
    const env = { TICKPIPE_DIRECT: undefined };
    const { status, stdout, stderr } = await run([...args, '--where', 'symbl > 1'], { cwd: folder, env });
    expect([status, stdout, stderr]).toEqual([2, '', 'error: --where: no column symbl\nhint: did you mean symbol?\n']);
    const typed = await run([...args, '--where', 'open = 1'], { cwd: folder, env });
    expect([typed.status, typed.stderr]).toEqual([
      2,
      'error: --where: unexpected =, at character 6: = 1\nhint: use == to compare\n',
    ]);
    expect(readdirSync(folder)).toEqual(args[0] === 'replay' ? ['rows.ndjson'] : []);
  });

  it('is no setting: no variable and no profile filters rows', async () => {
    const env = { TICKPIPE_WHERE: 'ltp > 1000000' };
    const { status, stdout } = await run(['quote', 'NSE:SBIN-EQ', ...SIM], { env });
    expect([status, rowsOf(stdout).length]).toEqual([0, 1]);
    expect((await run(['config', 'set', 'where', 'ltp > 1'])).status).not.toBe(0);
  });
});
