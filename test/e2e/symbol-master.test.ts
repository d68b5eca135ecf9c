import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { MASTER_FILES } from '../../src/lib/symbols/master/symbol-master.ts';
import { csvLine } from '../symbols/master/csv-lines.ts';
import { type MasterServer, startMasterServer } from '../symbols/master/master-server.ts';
import { type Ended, emptyFolder, type Running, rowsOf, shell, simulate, start } from './program.ts';

/*
 * The symbol master as processes meet it: a full disk, a kill, two at once, files that were damaged, and a server that is not what it
 * says. Whatever happens, a command ends with a status and lines of its own, and what was cached before can still be used.
 */

const COLUMNS = 21;
const SBIN = 'NSE:SBIN-EQ';

class World {
  readonly home = emptyFolder();
  readonly server: MasterServer;

  private constructor(server: MasterServer) {
    this.server = server;
  }

  /** A server with a few rows in each file. */
  static async open(): Promise<World> {
    const cash = [
      csvLine('NSE_CM', {
        symbol: SBIN,
        token: 3045,
        name: 'STATE BANK OF INDIA',
        underlying: 'SBIN',
        isin: 'INE062A01020',
      }),
      csvLine('NSE_CM', { symbol: 'NSE:M&M-EQ', token: 2031, name: 'MAHINDRA & MAHINDRA LTD', underlying: 'M&M' }),
    ];
    const others = MASTER_FILES.slice(1).map((name, at): [string, string] => {
      const symbol = `${name.slice(0, 3)}:OTHER${at}${name === 'BSE_CM' ? '-A' : '99DECFUT'}`;
      return [
        `${name}.csv`,
        `${csvLine(name, { symbol, token: 100 + at, name: `OTHER ${at}`, expiry: '2099-12-31' })}\n`,
      ];
    });
    return new World(await startMasterServer(Object.fromEntries([['NSE_CM.csv', `${cash.join('\n')}\n`], ...others])));
  }

  get env(): Record<string, string> {
    return { HOME: this.home, TICKPIPE_MASTER_URL: this.server.url };
  }

  start(args: readonly string[]): Running {
    return start(args, { env: this.env });
  }

  run(args: readonly string[]): Promise<Ended> {
    return this.start(args).ended;
  }

  /** How often the file was asked for. */
  asked(file: string): number {
    return this.server.requests.filter((request) => request.startsWith(`${file} `)).length;
  }

  get folder(): string {
    const symbols = path.join(this.home, '.cache', 'tickpipe', 'symbols');
    const [name = ''] = existsSync(symbols) ? readdirSync(symbols) : [];
    return path.join(symbols, name);
  }

  /** The files of the cache by name. */
  get cached(): string[] {
    return existsSync(this.folder) ? readdirSync(this.folder).sort() : [];
  }
}

/** Information, warnings, and at most one error with its hint: never a stack, never a control character. */
function expectPlain({ status, stderr }: Ended): void {
  expect(stderr).toMatch(/^(?:(?!error|hint|\s+at )[^\n\p{Cc}]+\n)*(?:error: [^\n\p{Cc}]+\nhint: [^\n\p{Cc}]+\n)?$/u);
  expect([0, 3, 5, 7]).toContain(status);
}

describe('two commands at once', () => {
  it('fetch each file once, and both find what they look for', async () => {
    const world = await World.open();
    const found = await Promise.all([1, 2, 3].map(() => world.run(['symbols', 'search', 'sbin', '--names'])));
    for (const one of found) expect(one).toMatchObject({ status: 0, stdout: `${SBIN}\n` });
    expect(MASTER_FILES.map((name) => world.asked(`${name}.csv`))).toEqual(MASTER_FILES.map(() => 1));
  });

  it('go on when the one that fetches is killed, and nothing half-written is used', async () => {
    const world = await World.open();
    const script = hang(world.server.contents.get('NSE_FO.csv') as string);
    world.server.scripts.set('NSE_FO.csv', script.answer);
    const first = world.start(['symbols', 'refresh']);
    await script.asked;
    const second = world.start(['symbols', 'search', 'sbin', '--names']);
    world.server.scripts.clear();
    first.child.kill('SIGKILL');
    expect(await second.ended).toMatchObject({ status: 0, stdout: `${SBIN}\n` });
    const files = world.cached.filter((name) => name.endsWith('.master'));
    expect(files).toEqual(MASTER_FILES.map((name) => `${name}.master`).sort());
    expect(await world.run(['symbols', 'show', 'NSE:OTHER099DECFUT'])).toMatchObject({ status: 0 });
  });
});

it('Ctrl-C ends a fetch from a server that says nothing, and leaves no file behind', async () => {
  const world = await World.open();
  const script = hang('');
  for (const name of MASTER_FILES) world.server.scripts.set(`${name}.csv`, script.answer);
  const search = world.start(['symbols', 'search', 'sbin']);
  await script.asked;
  search.child.kill('SIGINT');
  expect(await search.ended).toMatchObject({ status: 130, stdout: '' });
  expect(world.cached.filter((name) => name.endsWith('.master') || name.endsWith('.tmp'))).toEqual([]);
});

it('a full disk: refresh ends with 7, a search still answers, and the cache is used as it was', async () => {
  const world = await World.open();
  const full = (args: string): Promise<Ended> => shell(`ulimit -f 0; $tickpipe ${args}`, { env: world.env }).ended;
  const refresh = await full('symbols refresh');
  expectPlain(refresh);
  expect(refresh.status).toBe(7);
  expect(world.cached.filter((name) => !name.endsWith('.json'))).toEqual([]);
  // Its rows go into a pipe.
  const search = await full('symbols search sbin --names');
  expect(search).toMatchObject({ status: 0, stdout: `${SBIN}\n` });
  expectPlain(search);
  expect(await world.run(['symbols', 'refresh'])).toMatchObject({ status: 0 });
  const before = MASTER_FILES.map((name) => readFileSync(path.join(world.folder, `${name}.master`)));
  world.server.contents.set('NSE_CM.csv', `${world.server.contents.get('NSE_CM.csv')}\n`.repeat(2));
  expectPlain(await full('symbols refresh'));
  expect(MASTER_FILES.map((name) => readFileSync(path.join(world.folder, `${name}.master`)))).toEqual(before);
});

describe('a cached file that is', () => {
  it.each<[string, (file: string) => void]>([
    ['empty', (file) => truncateSync(file, 0)],
    ['cut', (file) => truncateSync(file, Math.floor(statSync(file).size / 2))],
    ['of zeros', (file) => writeFileSync(file, Buffer.alloc(statSync(file).size))],
    ['text', (file) => writeFileSync(file, 'not the symbol master\n'.repeat(100))],
    ['damaged in one byte', (file) => damage(file)],
  ])('%s is fetched again, and stream starts all the same', async (_, spoil) => {
    const world = await World.open();
    expect(await world.run(['symbols', 'refresh'])).toMatchObject({ status: 0 });
    for (const name of world.cached.filter((one) => one.endsWith('.master'))) spoil(path.join(world.folder, name));
    const found = await world.run(['symbols', 'search', 'sbin', '--names']);
    expect(found).toMatchObject({ status: 0, stdout: `${SBIN}\n` });
    expectPlain(found);
    expect(world.asked('NSE_CM.csv')).toBe(2);
  });
});

function damage(file: string): void {
  const bytes = readFileSync(file);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 0x40;
  writeFileSync(file, bytes);
}

describe('rows that are meant to do harm', () => {
  const touch = (home: string): string => path.join(home, 'touched');

  it('come out as no more than text, or not at all', async () => {
    const world = await World.open();
    const evil = [
      `$(touch ${touch(world.home)})`,
      `\`touch ${touch(world.home)}\``,
      `'; touch ${touch(world.home)}; '`,
      '\u001b[31mRED\u001b[0m',
      '=HYPERLINK("http://evil.example")',
      '<script>alert(1)</script>',
      '\u202eDESREVER',
      '../../../etc/passwd',
      '%s%n%x',
      `${'A'.repeat(5_000)}`,
      'NUL\u0000BYTE',
    ];
    const lines = evil.flatMap((text, at) => [
      csvLine('NSE_CM', { symbol: `NSE:HARM${at}-EQ`, token: 9_000 + at, name: text, underlying: text }),
      csvLine('NSE_CM', { symbol: `NSE:${text}`, token: 9_500 + at, name: `HARM SYMBOL ${at}`, underlying: 'HARM' }),
    ]);
    const wrong = ['', ',', ','.repeat(COLUMNS - 1), `${lines[0]},22`, lines[0]?.split(',').slice(1).join(',') ?? ''];
    // Most of the file is good, or it would not be believed at all.
    const good = Array.from({ length: 60 }, (_, at) =>
      csvLine('NSE_CM', { symbol: `NSE:GOOD${at}-EQ`, token: 20_000 + at, name: `GOOD ${at}` }),
    );
    const content = [world.server.contents.get('NSE_CM.csv'), ...good, ...lines, ...wrong].join('\n');
    world.server.contents.set('NSE_CM.csv', `${content}\n`);
    for (const format of ['ndjson', 'csv', 'table']) {
      const found = await world.run(['symbols', 'search', 'harm', '--limit', '1000', '-f', format]);
      expectPlain(found);
      expect(found.status).toBe(0);
      expect(found.stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
    }
    const { stdout } = await world.run(['symbols', 'search', 'harm', '--limit', '1000']);
    for (const row of rowsOf(stdout)) expect(String(row['symbol'])).toMatch(/^NSE:[A-Z0-9&_ -]+$/);
    // Names that go through a shell and come back as arguments.
    const piped = `$tickpipe symbols search harm --names --limit 1000 | $tickpipe stream lite - --feed sim --strict --count 1`;
    await shell(piped, { env: world.env }).ended;
    expect(existsSync(touch(world.home))).toBe(false);
  });
});

it('stream with a cached master asks the network for nothing but the socket', async () => {
  const simulator = await simulate({ masterRows: 3_000 });
  const env = { ...simulator.environment, HOME: emptyFolder() };
  const tickpipe = (args: readonly string[]): Promise<Ended> => start(args, { env }).ended;
  expect(await tickpipe(['symbols', 'refresh'])).toMatchObject({ status: 0 });
  const before = JSON.stringify([...simulator.counters.master]);
  const stream = await tickpipe(['stream', 'lite', SBIN, 'NSE:NIFTY50-INDEX', '--count', '2']);
  expect(stream).toMatchObject({ status: 0 });
  expect(simulator.counters.tokenCalls).toBe(0);
  expect(JSON.stringify([...simulator.counters.master])).toBe(before);
});

/** An answer that begins and never ends. */
function hang(beginning: string): {
  readonly answer: Parameters<MasterServer['scripts']['set']>[1];
  readonly asked: Promise<void>;
} {
  let wake = (): void => {};
  const asked = new Promise<void>((resolve) => {
    wake = resolve;
  });
  return {
    asked,
    answer: (_, response) => {
      response.writeHead(200, { 'content-length': beginning.length + 1_000 });
      response.write(beginning, () => wake());
    },
  };
}
