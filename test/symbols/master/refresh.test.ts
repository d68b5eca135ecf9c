import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { DAY_MS } from '../../../src/lib/clock/ist.ts';
import { DIRECT } from '../../../src/lib/network/route.ts';
import { describeProblems, loadSymbolMaster } from '../../../src/lib/symbols/master/load-master.ts';
import { inspectMasterCache, readSymbolMaster } from '../../../src/lib/symbols/master/read-cache.ts';
import { type MasterRefresh, refreshSymbolMaster } from '../../../src/lib/symbols/master/refresh-master.ts';
import {
  MASTER_FILES,
  type MasterFileName,
  type RefreshOptions,
} from '../../../src/lib/symbols/master/symbol-master.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { csvLine, futureLine, NOW_MS } from './csv-lines.ts';
import { type MasterServer, startMasterServer } from './master-server.ts';

const NOBODY = 65_534;
const CASH = [
  csvLine('NSE_CM', { symbol: 'NSE:SBIN-EQ', token: 3045, name: 'STATE BANK OF INDIA', underlying: 'SBIN' }),
  csvLine('NSE_CM', { symbol: 'NSE:INFY-EQ', token: 1594, name: 'INFOSYS LIMITED', underlying: 'INFY' }),
  csvLine('NSE_CM', { symbol: 'NSE:ITC-EQ', token: 1660, name: 'ITC LTD', underlying: 'ITC' }),
];
const CURRENCY = [futureLine('NSE_CD', 'USDINR', '2026-12-29', 9452, 1)];
const EXTRAS = { 'NSE:USDINR26DECFUT': { tradeStatus: '1', qtyMultiplier: '1000' } };

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

/** A clock that stands still, but for the pause before a second try. */
class PatientClock extends ManualClock {
  override after(delayMs: number, callback: () => void): ReturnType<ManualClock['after']> {
    if (delayMs !== 1_000) return super.after(delayMs, callback);
    const timer = setImmediate(callback);
    return { cancel: () => clearImmediate(timer) };
  }
}

class World {
  readonly clock = new PatientClock(NOW_MS);
  readonly env: Record<string, string>;
  readonly server: MasterServer;
  readonly #stop = new AbortController();

  private constructor(server: MasterServer, home: string) {
    this.server = server;
    this.env = { HOME: home, TICKPIPE_RUN_DIR: path.join(home, 'run'), TICKPIPE_MASTER_URL: server.url };
  }

  static async open(
    contents: Readonly<Record<string, string | Buffer>> = { 'NSE_CM.csv': text(CASH) },
  ): Promise<World> {
    const home = mkdtempSync(path.join(tmpdir(), 'tickpipe-master-'));
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    return new World(await startMasterServer(contents), home);
  }

  /** What was asked for, without the table of index names. */
  get fileRequests(): string[] {
    return this.server.requests.filter((request) => !request.startsWith('index_hsm_mapping'));
  }

  refresh(
    files: readonly MasterFileName[] = ['NSE_CM'],
    options: Partial<RefreshOptions> = {},
  ): Promise<MasterRefresh> {
    return refreshSymbolMaster(this.options(files, options));
  }

  options(files: readonly MasterFileName[], options: Partial<RefreshOptions> = {}): RefreshOptions {
    return { env: this.env, clock: this.clock, signal: this.#stop.signal, outgoing: DIRECT, files, ...options };
  }

  abort(reason: Error): void {
    this.#stop.abort(reason);
  }

  get folder(): string {
    return inspectMasterCache({ env: this.env }).directory;
  }

  get cachedFile(): string {
    return path.join(this.folder, 'NSE_CM.master');
  }

  /** What commands see that take no network. */
  get cachedSize(): number | undefined {
    return readSymbolMaster({ env: this.env })?.size;
  }
}

function only({ files }: MasterRefresh): MasterRefresh['files'][number] {
  expect(files).toHaveLength(1);
  return files[0] as MasterRefresh['files'][number];
}

describe('a refresh', () => {
  it('fetches a file, and what was read is in the cache', async () => {
    const world = await World.open();
    const refresh = await world.refresh();
    expect(only(refresh)).toEqual({
      name: 'NSE_CM',
      outcome: 'updated',
      rows: 3,
      checkedAtMs: NOW_MS,
      problem: undefined,
    });
    expect(refresh.master?.find('NSE:SBIN-EQ')).toMatchObject({
      name: 'STATE BANK OF INDIA',
      fytoken: '10100000003045',
    });
    expect(readSymbolMaster({ env: world.env })?.find('NSE:SBIN-EQ')).toEqual(refresh.master?.find('NSE:SBIN-EQ'));
    expect(world.server.headers[0]).toMatchObject({ 'user-agent': 'tickpipe', 'accept-encoding': 'gzip' });
    expect(readdirSync(world.folder)).toEqual(['NSE_CM.master']);
  });

  it('asks once a day, and then only for what is new', async () => {
    const world = await World.open();
    await world.refresh();
    expect(only(await world.refresh())).toMatchObject({ outcome: 'fresh', checkedAtMs: NOW_MS });
    expect(world.fileRequests).toEqual(['NSE_CM.csv 200']);
    world.clock.advance(DAY_MS);
    expect(only(await world.refresh())).toMatchObject({ outcome: 'unchanged', checkedAtMs: NOW_MS + DAY_MS, rows: 3 });
    expect(world.fileRequests).toEqual(['NSE_CM.csv 200', 'NSE_CM.csv 304']);
    expect(only(await world.refresh())).toMatchObject({ outcome: 'fresh' });
    world.server.contents.set('NSE_CM.csv', text(CASH.slice(0, 2)));
    world.clock.advance(DAY_MS);
    expect(only(await world.refresh())).toMatchObject({ outcome: 'updated', rows: 2 });
    expect(world.cachedSize).toBe(2);
  });

  it('begins its day at eight in the morning in India', async () => {
    const world = await World.open();
    world.clock.jumpWall(Date.parse('2026-12-01T02:00:00+05:30') - NOW_MS);
    await world.refresh();
    world.clock.jumpWall(Date.parse('2026-12-01T07:59:59+05:30') - world.clock.now());
    expect(only(await world.refresh()).outcome).toBe('fresh');
    world.clock.jumpWall(Date.parse('2026-12-01T08:00:00+05:30') - world.clock.now());
    expect(only(await world.refresh()).outcome).toBe('unchanged');
  });

  it('asks again when the clock was set back behind the last time', async () => {
    const world = await World.open();
    await world.refresh();
    world.clock.jumpWall(-60_000);
    expect(only(await world.refresh()).outcome).toBe('unchanged');
  });

  it('always asks when it is forced to', async () => {
    const world = await World.open();
    await world.refresh();
    world.clock.advance(1);
    expect(only(await world.refresh(['NSE_CM'], { force: true })).outcome).toBe('unchanged');
    expect(world.fileRequests).toHaveLength(2);
  });

  it('reads all files without asking for one twice', async () => {
    const world = await World.open({
      'NSE_CM.csv': text(CASH),
      'NSE_CD.csv': text(CURRENCY),
      'NSE_CD_sym_master.json': JSON.stringify(EXTRAS),
    });
    const { files, master } = await world.refresh(MASTER_FILES);
    expect(files.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'NSE_CM updated',
      'NSE_FO missing',
      'NSE_CD updated',
      'NSE_COM missing',
      'BSE_CM missing',
      'BSE_FO missing',
      'MCX_COM missing',
    ]);
    expect(master?.size).toBe(4);
    expect(new Set(world.server.requests).size).toBe(world.server.requests.length);
  });

  it('reports progress', async () => {
    const world = await World.open();
    const seen: [number, number | undefined][] = [];
    await world.refresh(['NSE_CM'], {
      onProgress: ({ receivedBytes, totalBytes }) => seen.push([receivedBytes, totalBytes]),
    });
    const bytes = text(CASH).length;
    expect(seen.at(-1)).toEqual([bytes, bytes]);
  });

  it('understands a compressed answer', async () => {
    const world = await World.open();
    const packed = gzipSync(text(CASH));
    world.server.scripts.set('NSE_CM.csv', (_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length });
      response.end(packed);
    });
    expect(only(await world.refresh())).toMatchObject({ outcome: 'updated', rows: 3 });
  });

  it('keeps masters of different servers apart', async () => {
    const world = await World.open();
    await world.refresh();
    expect(readSymbolMaster({ env: { ...world.env, TICKPIPE_MASTER_URL: '' } })).toBeUndefined();
    expect(readSymbolMaster({ env: { ...world.env, TICKPIPE_MASTER_URL: `${world.server.url}2` } })).toBeUndefined();
    expect(world.cachedSize).toBe(3);
  });

  it('refuses an address without TLS that is not on this machine', async () => {
    const world = await World.open();
    world.env['TICKPIPE_MASTER_URL'] = 'http://master.example/files';
    await expect(world.refresh()).rejects.toMatchObject({ code: 'INSECURE_ENDPOINT' });
  });

  it('ends with the reason of its signal, and leaves nothing half-written', async () => {
    const world = await World.open();
    world.server.scripts.set('NSE_CM.csv', (_, response) => {
      response.writeHead(200, { 'content-length': 1_000 }).write(text(CASH));
      world.abort(new Error('ended by the user'));
    });
    await expect(world.refresh()).rejects.toThrow('ended by the user');
    expect(world.cachedSize).toBeUndefined();
  });
});

describe('lots', () => {
  const contents = { 'NSE_CD.csv': text(CURRENCY), 'NSE_CD_sym_master.json': JSON.stringify(EXTRAS) };

  it('come from the JSON file where the CSV has none', async () => {
    const world = await World.open(contents);
    const { master } = await world.refresh(['NSE_CD']);
    expect(master?.find('NSE:USDINR26DECFUT')).toMatchObject({ lotSize: 1_000, isActive: true });
    expect(world.server.requests).toEqual(['NSE_CD.csv 200', 'NSE_CD_sym_master.json 200']);
    world.clock.advance(DAY_MS);
    const again = await world.refresh(['NSE_CD']);
    expect(again.master?.find('NSE:USDINR26DECFUT')).toMatchObject({ lotSize: 1_000 });
    expect(world.server.requests.slice(2)).toEqual(['NSE_CD.csv 304']);
  });

  it('are unknown, never 1, when the JSON file fails, and are fetched at the next refresh', async () => {
    const world = await World.open({
      'NSE_CD.csv': text(CURRENCY),
      'NSE_CD_sym_master.json': '{"NSE:USDINR26DECFUT": {"qty',
    });
    const refresh = await world.refresh(['NSE_CD']);
    expect(only(refresh)).toMatchObject({ outcome: 'updated', problem: { code: 'SYMBOL_MASTER_REFUSED' } });
    expect(refresh.master?.find('NSE:USDINR26DECFUT')).toMatchObject({ lotSize: null, isActive: null });
    world.server.contents.set('NSE_CD_sym_master.json', JSON.stringify(EXTRAS));
    world.clock.advance(DAY_MS);
    const again = await world.refresh(['NSE_CD']);
    expect(only(again)).toMatchObject({ outcome: 'unchanged', problem: undefined });
    expect(again.master?.find('NSE:USDINR26DECFUT')).toMatchObject({ lotSize: 1_000 });
  });
});

type Script = Parameters<MasterServer['scripts']['set']>[1];

/** Answers that must not replace a good file. */
const BAD_ANSWERS: readonly (readonly [name: string, code: string, script: Script])[] = [
  ['404', 'SYMBOL_MASTER_UNAVAILABLE', (_, response) => response.writeHead(404).end()],
  ['500 twice', 'SYMBOL_MASTER_UNAVAILABLE', (_, response) => response.writeHead(500).end()],
  ['429', 'RATE_LIMITED', (_, response) => response.writeHead(429, { 'retry-after': '60' }).end()],
  [
    '403 with a page',
    'SYMBOL_MASTER_UNAVAILABLE',
    (_, response) => response.writeHead(403, { 'content-type': 'text/html' }).end('<html>'),
  ],
  [
    'a login page',
    'SYMBOL_MASTER_REFUSED',
    (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
  ],
  [
    'a page that says it is CSV',
    'SYMBOL_MASTER_REFUSED',
    (_, response) => response.writeHead(200, { 'content-type': 'text/csv' }).end('<html>\n<body>a,b</body>\n'),
  ],
  ['nothing', 'SYMBOL_MASTER_REFUSED', (_, response) => response.writeHead(200, { 'content-length': 0 }).end()],
  [
    'another format',
    'SYMBOL_MASTER_REFUSED',
    (_, response) => response.writeHead(200).end('symbol,name\nNSE:SBIN-EQ,SBI\n'),
  ],
  ['another file of the master', 'SYMBOL_MASTER_REFUSED', (_, response) => response.writeHead(200).end(text(CURRENCY))],
  [
    'bytes that are no text',
    'SYMBOL_MASTER_REFUSED',
    (_, response) => response.writeHead(200).end(Buffer.alloc(100_000, 0xff)),
  ],
  [
    'a third of the rows',
    'SYMBOL_MASTER_REFUSED',
    (_, response) => response.writeHead(200).end(text(CASH.slice(0, 1))),
  ],
  [
    'a file that is cut',
    'SYMBOL_MASTER_UNAVAILABLE',
    (_, response) => {
      response.writeHead(200, { 'content-length': text(CASH).length });
      response.write(text(CASH).slice(0, -50), () => response.destroy());
    },
  ],
  [
    'a file without a length that is cut',
    'SYMBOL_MASTER_REFUSED',
    ({ socket }) => socket.end(`HTTP/1.0 200 OK\r\n\r\n${text(CASH).slice(0, -50)}`),
  ],
  [
    'a damaged compression',
    'SYMBOL_MASTER_REFUSED',
    (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(Buffer.from('not packed')),
  ],
  [
    'a compression that is cut',
    'SYMBOL_MASTER_REFUSED',
    (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(text(CASH)).subarray(0, -12)),
  ],
  [
    'an encoding that was not asked for',
    'SYMBOL_MASTER_REFUSED',
    (_, response) => response.writeHead(200, { 'content-encoding': 'br' }).end(text(CASH)),
  ],
  [
    'a redirect to another host',
    'SYMBOL_MASTER_REFUSED',
    (_, response) => response.writeHead(302, { location: 'https://elsewhere.example/NSE_CM.csv' }).end(),
  ],
  [
    'a circle of redirects',
    'SYMBOL_MASTER_REFUSED',
    (_, response) => response.writeHead(302, { location: 'NSE_CM.csv' }).end(),
  ],
  [
    'a redirect to nowhere',
    'SYMBOL_MASTER_REFUSED',
    (_, response) => response.writeHead(302, { location: 'http://:0:/' }).end(),
  ],
];

describe('a bad answer', () => {
  it.each(BAD_ANSWERS)('%s leaves the cached file as it is', async (_, code, script) => {
    const world = await World.open();
    await world.refresh();
    const before = readFileSync(world.cachedFile);
    world.server.scripts.set('NSE_CM.csv', script);
    world.clock.advance(DAY_MS);
    const refresh = await world.refresh();
    expect(only(refresh)).toMatchObject({ outcome: 'kept', rows: 3, checkedAtMs: NOW_MS, problem: { code } });
    expect(refresh.master?.size).toBe(3);
    expect(readFileSync(world.cachedFile)).toEqual(before);
  });

  it('without a cached file is an error', async () => {
    const world = await World.open({});
    const refresh = await world.refresh();
    expect(refresh.master).toBeUndefined();
    expect(only(refresh)).toMatchObject({ outcome: 'missing', rows: 0, checkedAtMs: undefined });
    const load = loadSymbolMaster(world.options(['NSE_CM']));
    await expect(load).rejects.toMatchObject({ code: 'SYMBOL_MASTER_UNAVAILABLE', exit: 5 });
    await expect(load).rejects.toThrow('there is no symbol master: ');
  });

  it.each([
    ['https://elsewhere.example/NSE_CM.csv', 'elsewhere.example'],
    ['file:///etc/hostname', 'file:'],
  ])('that leads to %s names where', async (location, place) => {
    const world = await World.open();
    world.server.scripts.set('NSE_CM.csv', (_, response) => response.writeHead(302, { location }).end());
    const { problem } = only(await world.refresh());
    expect(problem?.message).toMatch(new RegExp(`redirects to another host, ${place}$`));
  });

  it('that confirms what was never fetched is an error', async () => {
    const world = await World.open();
    world.server.scripts.set('NSE_CM.csv', (_, response) => response.writeHead(304).end());
    expect(only(await world.refresh())).toMatchObject({
      outcome: 'missing',
      problem: { code: 'SYMBOL_MASTER_UNAVAILABLE' },
    });
  });

  it('of a server in trouble is asked for a second time', async () => {
    const world = await World.open();
    world.server.scripts.set('NSE_CM.csv', (_, response) => {
      world.server.scripts.clear();
      response.writeHead(503).end();
    });
    expect(only(await world.refresh()).outcome).toBe('updated');
  });

  it('is believed when the cached file is a week old', async () => {
    const world = await World.open();
    await world.refresh();
    world.server.contents.set('NSE_CM.csv', text(CASH.slice(0, 1)));
    world.clock.advance(8 * DAY_MS);
    expect(only(await world.refresh())).toMatchObject({ outcome: 'updated', rows: 1 });
  });

  it('of one file does not touch the others', async () => {
    const world = await World.open({ 'NSE_CM.csv': text(CASH), 'BSE_CM.csv': '<html>' });
    const { files, master } = await world.refresh(['NSE_CM', 'BSE_CM']);
    expect(files.map(({ outcome }) => outcome)).toEqual(['updated', 'missing']);
    expect(master?.size).toBe(3);
    expect(describeProblems(files, NOW_MS)).toEqual([
      'BSE_CM of the symbol master cannot be fetched: BSE_CM.csv has no row of a symbol master',
    ]);
  });
});

describe('a server that does not answer', () => {
  it.each([
    ['at all', () => {}, 10_000],
    ['any further', (_: unknown, response: Parameters<Script>[1]) => response.writeHead(200).write(text(CASH)), 15_000],
  ] as const)('%s is given up', async (_, script, timeoutMs) => {
    const world = await World.open();
    let isAsked = false;
    world.server.scripts.set('NSE_CM.csv', (request, response) => {
      (script as Script)(request, response);
      isAsked = true;
    });
    let received = 0;
    const refresh = world.refresh(['NSE_CM'], { onProgress: ({ receivedBytes }) => (received = receivedBytes) });
    await expect.poll(() => isAsked).toBe(true);
    if (timeoutMs > 10_000) await expect.poll(() => received).toBeGreaterThan(0);
    world.clock.advance(timeoutMs);
    expect(only(await refresh)).toMatchObject({ outcome: 'missing', problem: { code: 'SYMBOL_MASTER_UNAVAILABLE' } });
    expect(only(await refresh).problem?.message).toContain(`sent nothing for ${timeoutMs / 1_000} s`);
    expect(world.clock.pending).toBe(0);
  });

  it('is not waited for again by commands of the next minutes, as long as there is a cached file', async () => {
    const world = await World.open();
    await world.refresh();
    await world.server.close();
    world.clock.advance(DAY_MS);
    const first = only(await world.refresh());
    expect(first).toMatchObject({ outcome: 'kept', problem: { code: 'SYMBOL_MASTER_UNAVAILABLE' } });
    world.env['TICKPIPE_RUN_DIR'] = path.join(world.env['HOME'] as string, 'no-lock-is-needed');
    world.clock.advance(299_000);
    const second = only(await world.refresh());
    expect(second).toMatchObject({ outcome: 'kept', problem: { message: first.problem?.message } });
    expect(describeProblems([second], world.clock.now())[0]).toMatch(
      /^NSE_CM of the symbol master cannot be refreshed: 127\.0\.0\.1:\d+ refused the connection; what is used is 24 hours old$/,
    );
  });
});

describe('the cache', () => {
  const DAMAGE: readonly (readonly [name: string, damage: (file: string) => void])[] = [
    ['that is empty', (file) => writeFileSync(file, '')],
    ['that is cut', (file) => truncateSync(file, 400)],
    ['with other bytes', (file) => writeFileSync(file, 'something else')],
    [
      'with one changed bit',
      (file) => {
        const bytes = readFileSync(file);
        const at = bytes.length >> 1;
        bytes[at] = (bytes[at] as number) ^ 1;
        writeFileSync(file, bytes);
      },
    ],
    [
      'of another version',
      (file) => {
        const bytes = readFileSync(file);
        bytes.writeUInt32LE(bytes.readUInt32LE(4) + 1, 4);
        writeFileSync(file, bytes);
      },
    ],
    [
      'that is a folder',
      (file) => {
        rmSync(file);
        mkdirSync(file);
      },
    ],
    [
      'that is a link to nowhere',
      (file) => {
        rmSync(file);
        symlinkSync('nowhere', file);
      },
    ],
  ];

  it.each(DAMAGE)('%s is as none, and is made anew', async (name, damage) => {
    const world = await World.open();
    await world.refresh();
    damage(world.cachedFile);
    expect(world.cachedSize).toBeUndefined();
    const refresh = only(await world.refresh());
    expect(refresh.outcome).toBe('updated');
    if (name === 'that is a folder') {
      // The user has to remove it; the master is at hand all the same.
      expect(refresh.problem).toMatchObject({ code: 'SYMBOL_MASTER_NOT_KEPT' });
    } else expect(world.cachedSize).toBe(3);
    expect(readdirSync(world.folder)).toEqual(['NSE_CM.master']);
  });

  it('names what is damaged', async () => {
    const world = await World.open();
    await world.refresh();
    writeFileSync(world.cachedFile, 'x');
    expect([...inspectMasterCache({ env: world.env }).unusable]).toEqual([['NSE_CM', 'damaged']]);
  });

  it('does without a folder that cannot be made', async () => {
    const world = await World.open();
    writeFileSync(path.join(world.env['HOME'] as string, '.cache'), 'a file');
    const refresh = await world.refresh();
    expect(only(refresh)).toMatchObject({ outcome: 'updated', rows: 3, problem: { code: 'SYMBOL_MASTER_NOT_KEPT' } });
    expect(refresh.master?.size).toBe(3);
    expect(world.cachedSize).toBeUndefined();
  });

  it('is not made in the home directory of another user, and the master is used all the same', async () => {
    const world = await World.open();
    const home = world.env['HOME'] as string;
    const runs = `${home}-run`;
    onTestFinished(() => rmSync(runs, { recursive: true, force: true }));
    world.env['TICKPIPE_RUN_DIR'] = runs;
    // Root in the home of a user, as after sudo that keeps HOME.
    if (process.geteuid?.() === 0) chownSync(home, NOBODY, NOBODY);
    else vi.spyOn(process, 'geteuid').mockReturnValue(0);
    onTestFinished(() => void vi.restoreAllMocks());
    const refresh = await world.refresh();
    expect(only(refresh)).toMatchObject({ outcome: 'updated', rows: 3, problem: { code: 'SYMBOL_MASTER_NOT_KEPT' } });
    expect(only(refresh).problem?.message).toContain('belongs to another user');
    expect(refresh.master?.size).toBe(3);
    expect(readdirSync(home)).toEqual([]);
  });

  it('loses what killed processes have left in it at the next refresh', async () => {
    const world = await World.open();
    mkdirSync(world.folder, { recursive: true });
    // No process has so high a number.
    writeFileSync(path.join(world.folder, `.tickpipe-4194305-${'0'.repeat(16)}.tmp`), 'the first half');
    await world.refresh();
    expect(readdirSync(world.folder)).toEqual(['NSE_CM.master']);
  });

  it('has its files replaced even when they were made read-only', async () => {
    const world = await World.open();
    await world.refresh();
    chmodSync(world.cachedFile, 0o444);
    world.clock.advance(DAY_MS);
    expect(only(await world.refresh()).outcome).toBe('unchanged');
  });

  it('is filled without a lock where none can be made', async () => {
    const world = await World.open();
    world.env['TICKPIPE_RUN_DIR'] = '/proc/nothing/here';
    expect(only(await world.refresh())).toMatchObject({ outcome: 'updated', problem: undefined });
  });
});
