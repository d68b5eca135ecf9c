import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Ended, emptyFolder, rowsOf, shell, simulate } from './program.ts';

interface Home {
  readonly home: string;
  readonly folder: string;
  /** A line of shell, with this home. */
  sh(line: string): Promise<Ended>;
  fileOf(name: string): string;
  textOf(name: string): string;
}

function makeHome(lists: Readonly<Record<string, string | Buffer>> = {}): Home {
  const home = emptyFolder();
  const folder = path.join(home, '.config/tickpipe/watchlists');
  const fileOf = (name: string): string => path.join(folder, `${name}.txt`);
  for (const [name, text] of Object.entries(lists)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(fileOf(name), text);
  }
  return {
    home,
    folder,
    fileOf,
    sh: (line) =>
      shell(line, { env: { HOME: home, TICKPIPE_FEED: 'sim', TICKPIPE_DIRECT: undefined }, cwd: home }).ended,
    textOf: (name) => readFileSync(fileOf(name), 'utf8'),
  };
}

const DONE = { status: 0, stdout: '', stderr: '' };

describe('tickpipe watchlist', () => {
  it('makes, shows, changes and deletes lists, and @name is quoted, streamed and recorded', async () => {
    const { sh, textOf, fileOf, home } = makeHome();
    expect(await sh('$tickpipe watchlist list')).toMatchObject(DONE);
    const none = 'there are no watchlists yet; tickpipe watchlist add NAME SYMBOL... makes one\n';
    expect(await sh('$tickpipe watchlist list --verbose')).toMatchObject({ ...DONE, stderr: none });
    expect(await sh("$tickpipe watchlist add banks nse:sbin-eq 'NSE:M&M-EQ',NSE:SBIN-EQ")).toMatchObject(DONE);
    expect(await sh('echo "NSE:NIFTY50-INDEX @banks" | $tickpipe watchlist add day -')).toMatchObject(DONE);
    expect(textOf('day')).toBe('NSE:NIFTY50-INDEX\n@banks\n');
    expect(statSync(fileOf('day')).mode & 0o777).toBe(0o600);
    expect(await sh('$tickpipe watchlist list')).toMatchObject({ ...DONE, stdout: 'banks\nday\n' });
    const symbols = ['NSE:NIFTY50-INDEX', 'NSE:SBIN-EQ', 'NSE:M&M-EQ'];
    expect(await sh('$tickpipe watchlist show @day')).toMatchObject({ ...DONE, stdout: `${symbols.join('\n')}\n` });
    const quoted = await sh('$tickpipe quote @day');
    expect(rowsOf(quoted.stdout).map(({ symbol }) => symbol)).toEqual(symbols);
    const piped = await sh('$tickpipe watchlist show day | $tickpipe stream lite - @banks --snapshot');
    expect(new Set(rowsOf(piped.stdout).map(({ symbol }) => symbol))).toEqual(new Set(symbols));
    expect(await sh('$tickpipe record @banks --dir ticks --count 4 --quiet')).toMatchObject(DONE);
    expect(existsSync(path.join(home, 'ticks'))).toBe(true);
    expect(await sh('$tickpipe watchlist remove day @banks')).toMatchObject(DONE);
    expect(textOf('day')).toBe('NSE:NIFTY50-INDEX\n');
    expect(await sh('$tickpipe watchlist delete day')).toMatchObject(DONE);
    expect(existsSync(fileOf('day'))).toBe(false);
  });

  it('keeps comments, order, line ends and encoding when it changes a list', async () => {
    const text = '# my banks\r\nNSE:SBIN-EQ # the largest\r\n\r\nNSE:PNB-EQ, NSE:IDFCFIRSTB-EQ\r\n# the end';
    const { sh, fileOf, textOf } = makeHome({ banks: text, wide: Buffer.from(`\ufeff${text}`, 'utf16le') });
    chmodSync(fileOf('banks'), 0o644);
    for (const name of ['banks', 'wide']) {
      expect(await sh(`$tickpipe watchlist remove ${name} NSE:PNB-EQ nse:sbin-eq`)).toMatchObject(DONE);
      expect(await sh(`$tickpipe watchlist add ${name} NSE:AXISBANK-EQ NSE:IDFCFIRSTB-EQ`)).toMatchObject(DONE);
    }
    const changed = '# my banks\r\n# the largest\r\n\r\nNSE:IDFCFIRSTB-EQ\r\n# the end\r\nNSE:AXISBANK-EQ\r\n';
    expect(textOf('banks')).toBe(changed);
    expect(statSync(fileOf('banks')).mode & 0o777).toBe(0o644);
    expect(readFileSync(fileOf('wide'))).toEqual(Buffer.from(`\ufeff${changed}`, 'utf16le'));
  });

  it('reports what is not there with 3, and names the nearest', async () => {
    const { sh } = makeHome({ banks: 'NSE:SBIN-EQ\n', day: '@banks\n' });
    for (const line of ['show bnaks', 'remove bnaks NSE:A-EQ', 'delete bnaks', 'add day @bnaks']) {
      expect(await sh(`$tickpipe watchlist ${line}`), line).toMatchObject({
        status: 3,
        stdout: '',
        stderr: 'error: there is no watchlist @bnaks\nhint: did you mean @banks?\n',
      });
    }
    expect(await sh('$tickpipe watchlist remove banks NSE:A-EQ NSE:SBIN-EQ --quiet')).toMatchObject({
      status: 3,
      stderr: 'warning: NSE:A-EQ is not in banks\n',
    });
    expect(await sh('$tickpipe watchlist delete banks')).toMatchObject({
      status: 0,
      stderr: 'warning: watchlists/day.txt:1 still names @banks\n',
    });
    expect(await sh('$tickpipe quote @day')).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('error: watchlists/day.txt:1: there is no watchlist @banks\n'),
    });
  });

  it('refuses with 2 what is no name, no symbol, a circle or a table, and changes nothing', async () => {
    const lists = { a: '@b\n', b: 'NSE:B-EQ\n', table: 'Symbol,LTP\nNSE:A-EQ,1\n' };
    const { sh, textOf, folder } = makeHome(lists);
    for (const line of [
      'show ../a',
      'add "a b" NSE:A-EQ',
      'delete ""',
      'add b SBIN',
      'add b "NSE:A-EQ,@"',
      'add b @a',
      'add b @b',
      'add b',
      'add new "#"',
      'add table NSE:B-EQ',
      'remove table NSE:A-EQ',
    ]) {
      const { status, stderr } = await sh(`$tickpipe watchlist ${line}`);
      expect(status, line).toBe(2);
      expect(stderr, line).toMatch(/^error: .+\nhint: .+\n$/);
    }
    expect(await sh('$tickpipe watchlist show table')).toMatchObject({ ...DONE, stdout: 'NSE:A-EQ\n' });
    expect(Object.fromEntries(Object.keys(lists).map((name) => [name, textOf(name)]))).toEqual(lists);
    expect(readdirSync(folder).sort()).toEqual(['a.txt', 'b.txt', 'table.txt']);
  });

  it('imports what brokers and spreadsheets export', async () => {
    const { sh, home, textOf } = makeHome();
    const csv = 'sep=;\r\n"Name";"Symbol";"Avg, price"\r\n"SBI";"=""NSE:SBIN-EQ""";"1,2"\r\n"L&T";"NSE:LT-EQ";""\r\n';
    writeFileSync(path.join(home, 'holdings.csv'), Buffer.from(`\ufeff${csv}`, 'utf16le'));
    expect(await sh('$tickpipe watchlist add holdings --file holdings.csv')).toMatchObject(DONE);
    expect(textOf('holdings')).toBe('NSE:SBIN-EQ\nNSE:LT-EQ\n');
  });

  it('takes a symbol that the cached master does not have, with a warning that names the nearest', async () => {
    const { home, fileOf } = makeHome();
    const { environment } = await simulate();
    const env = { HOME: home, ...environment };
    const line = '$tickpipe watchlist add mine NSE:RELAINCE-EQ NSE:SBIN-EQ';
    expect(await shell(line, { env }).ended).toMatchObject(DONE);
    expect(await shell(`rm ${fileOf('mine')}; $tickpipe symbols refresh -q`, { env }).ended).toMatchObject({
      status: 0,
    });
    expect(await shell(line, { env }).ended).toMatchObject({
      status: 0,
      stderr: 'warning: NSE:RELAINCE-EQ is not in the symbol master; did you mean NSE:RELIANCE-EQ?\n',
    });
    expect(readFileSync(fileOf('mine'), 'utf8')).toBe('NSE:RELAINCE-EQ\nNSE:SBIN-EQ\n');
  });

  it('follows a link, and deletes the link alone', async () => {
    const { sh, home, fileOf } = makeHome({ other: '' });
    const target = path.join(home, 'dotfiles-banks');
    writeFileSync(target, 'NSE:SBIN-EQ\n');
    symlinkSync(target, fileOf('banks'));
    expect(await sh('$tickpipe watchlist add banks NSE:PNB-EQ')).toMatchObject(DONE);
    expect(lstatSync(fileOf('banks')).isSymbolicLink()).toBe(true);
    expect(await sh('$tickpipe watchlist delete banks')).toMatchObject(DONE);
    expect(readFileSync(target, 'utf8')).toBe('NSE:SBIN-EQ\nNSE:PNB-EQ\n');
  });

  it('loses nothing when many run at once', async () => {
    const { sh, textOf } = makeHome();
    const symbols = Array.from({ length: 10 }, (_, at) => `NSE:S${at}-EQ`);
    const line = symbols.map((symbol) => `$tickpipe watchlist add many ${symbol} & `).join('');
    expect(await sh(`${line} wait`)).toMatchObject({ status: 0, stderr: '' });
    expect(textOf('many').trim().split('\n').sort()).toEqual(symbols);
  });

  it('takes a list of 60,000 symbols in less time than a person waits', { timeout: 10_000 }, async () => {
    const { sh, home } = makeHome();
    const symbols = Array.from({ length: 60_000 }, (_, at) => `NSE:S${at}-EQ\n`).join('');
    writeFileSync(path.join(home, 'symbols.txt'), symbols);
    expect(await sh('$tickpipe watchlist add long --file symbols.txt')).toMatchObject(DONE);
    expect((await sh('$tickpipe watchlist show long')).stdout).toBe(symbols);
  });

  it('keeps the old list when the disk is full', async () => {
    const long = Array.from({ length: 200 }, (_, at) => `NSE:S${at}-EQ\n`).join('');
    const { sh, textOf, folder } = makeHome({ long });
    expect(await sh('ulimit -f 1; $tickpipe watchlist add long NSE:NEW-EQ')).toMatchObject({
      status: 7,
      stderr: expect.stringContaining('watchlists/long.txt: the file is too large\n'),
    });
    expect(textOf('long')).toBe(long);
    expect(readdirSync(folder)).toEqual(['long.txt']);
  });

  it('refuses a named pipe in the place of a list, and deletes beside one', async () => {
    const { sh, folder } = makeHome({ ok: 'NSE:A-EQ' });
    execFileSync('mkfifo', [path.join(folder, 'pipe.txt')]);
    const refused = {
      status: 8,
      stderr: expect.stringMatching(/^error: watchlists\/pipe\.txt cannot be read: it is not a regular file\n/),
    };
    expect(await sh('$tickpipe watchlist show pipe')).toMatchObject(refused);
    expect(await sh('$tickpipe quote @pipe')).toMatchObject(refused);
    expect(await sh('$tickpipe watchlist delete ok')).toMatchObject(DONE);
    expect(await sh('$tickpipe watchlist delete pipe')).toMatchObject(DONE);
  });

  it('leaves out files whose names are none, and says so', async () => {
    const { sh } = makeHome({ 'my list': 'NSE:A-EQ', ok: 'NSE:A-EQ' });
    expect(await sh('$tickpipe watchlist list')).toMatchObject({
      status: 0,
      stdout: 'ok\n',
      stderr: 'warning: watchlists/my list.txt is left out: names have letters, digits, ".", "_" and "-"\n',
    });
  });
});

describe('symbols of a list', () => {
  it('that the feed does not know are named with their place', async () => {
    const { sh, home } = makeHome({ a: '# mine\nNSE:SBIN-EQ\n@b\n', b: '\nNSE:NOSUCH-EQ\n' });
    expect(await sh('$tickpipe quote @a')).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('unknown symbol NSE:NOSUCH-EQ (watchlists/b.txt:2)'),
    });
    writeFileSync(path.join(home, 'list.csv'), 'Name\tSymbol\nx\tNSE:ALSONOT-EQ\n');
    expect(await sh('$tickpipe quote NSE:SBIN-EQ --file list.csv')).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('unknown symbol NSE:ALSONOT-EQ (list.csv:2)'),
    });
  });

  it('are added to a running session and dropped from it by the name of the list', async () => {
    const { home } = makeHome({ a: 'NSE:SBIN-EQ\n@b\n', b: 'NSE:INFY-EQ\nNSE:NOSUCH-EQ\n' });
    const env = { HOME: home, TICKPIPE_FEED: 'sim', TICKPIPE_DIRECT: undefined };
    const hub = shell('exec $tickpipe serve --port 0', { env });
    await hub.until(() => hub.stderr !== '');
    const stream = shell('exec $tickpipe stream lite NSE:TCS-EQ', { env });
    await stream.until(() => stream.rows.length > 0);
    const added = await shell('$tickpipe subscribe @a', { env }).ended;
    expect(rowsOf(added.stdout).map(({ symbol, status }) => `${symbol} ${status}`)).toEqual([
      'NSE:SBIN-EQ ok',
      'NSE:INFY-EQ ok',
      'NSE:NOSUCH-EQ unknown',
    ]);
    expect(added).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('unknown symbol NSE:NOSUCH-EQ (watchlists/b.txt:2)'),
    });
    const dropped = await shell('$tickpipe unsubscribe @b NSE:TCS-EQ NSE:SBIN-EQ', { env }).ended;
    expect(dropped.status).toBe(0);
    expect(await stream.ended).toMatchObject({ status: 0 });
    hub.child.kill('SIGTERM');
    await hub.ended;
  });
});
