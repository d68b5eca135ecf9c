import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { DAY_MS } from '../../../src/lib/clock/ist.ts';
import { MasterFile } from '../../../src/lib/symbols/master/master-file.ts';
import { inspectMasterCache, readSymbolMaster } from '../../../src/lib/symbols/master/read-cache.ts';
import { csvLine } from './csv-lines.ts';
import { type Answerer, type MasterServer, startMasterServer } from './master-server.ts';

let scratch: string;
let script: string;

beforeAll(async () => {
  scratch = mkdtempSync(path.join(tmpdir(), 'tickpipe-master-'));
  script = path.join(scratch, 'refresh-child.mjs');
  const entry = fileURLToPath(new URL('./refresh-child.ts', import.meta.url));
  await build({
    entryPoints: [entry],
    outfile: script,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
  });
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const lines = (file: 'NSE_CM' | 'BSE_CM', count: number): string =>
  Array.from({ length: count }, (_, number) => {
    const [exchange, series] = file === 'NSE_CM' ? ['NSE', 'EQ'] : ['BSE', 'A'];
    return `${csvLine(file, { symbol: `${exchange}:SHARE${number}-${series}`, token: 1_000 + number, name: `SHARE ${number}` })}\n`;
  }).join('');

type Result = { readonly size: number; readonly outcomes: readonly string[] };

class Refresh {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly lines: string[] = [];
  readonly #closed: Promise<unknown>;

  constructor(env: Record<string, string>, command: readonly string[] = []) {
    const [program = process.execPath, ...args] = [...command, process.execPath, script];
    this.child = spawn(program, args, {
      cwd: '/',
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const reader = createInterface({ input: this.child.stdout as NodeJS.ReadableStream });
    reader.on('line', (line) => this.lines.push(line));
    this.#closed = once(reader, 'close');
    onTestFinished(() => void this.child.kill('SIGKILL'));
  }

  /** Resolves when it has printed this word. */
  async says(word: string): Promise<void> {
    await expect.poll(() => this.lines).toContain(word);
  }

  async result(): Promise<Result> {
    await this.#closed;
    return JSON.parse(this.lines.at(-1) ?? '{}') as Result;
  }
}

const refresh = (env: Record<string, string>, command?: readonly string[]): Refresh => new Refresh(env, command);

async function openWorld(): Promise<{ server: MasterServer; env: Record<string, string> }> {
  const server = await startMasterServer({
    'NSE_CM.csv': lines('NSE_CM', 2_000),
    'BSE_CM.csv': lines('BSE_CM', 1_000),
  });
  const home = mkdtempSync(path.join(scratch, 'home-'));
  return { server, env: { HOME: home, TICKPIPE_RUN_DIR: path.join(home, 'run'), TICKPIPE_MASTER_URL: server.url } };
}

/** Sends the beginning of a file, and the rest when the test asks for it. */
function answerInTwo(content: string): { readonly script: Answerer; finish(): void } {
  const waiting: (() => void)[] = [];
  return {
    script: (_, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.slice(0, 50_000));
      waiting.push(() => response.end(content.slice(50_000)));
    },
    finish: () => {
      for (const end of waiting.splice(0)) end();
    },
  };
}

describe('processes that refresh at once', () => {
  it('fetch each file once, and all have it', async () => {
    const { server, env } = await openWorld();
    const slow = answerInTwo(lines('NSE_CM', 2_000));
    server.scripts.set('NSE_CM.csv', slow.script);
    const first = refresh(env);
    await first.says('fetching');
    const others = Array.from({ length: 4 }, () => refresh(env));
    for (const other of others) await other.says('waiting');
    slow.finish();
    expect(await first.result()).toEqual({ size: 3_000, outcomes: ['updated', 'updated'] });
    for (const other of others) expect(await other.result()).toEqual({ size: 3_000, outcomes: ['fresh', 'fresh'] });
    const files = server.requests.filter((request) => request.includes('.csv'));
    expect(files.sort()).toEqual(['BSE_CM.csv 200', 'NSE_CM.csv -']);
  });

  it('do not wait for one that was killed, and its half file goes nowhere', async () => {
    const { server, env } = await openWorld();
    const slow = answerInTwo(lines('NSE_CM', 2_000));
    server.scripts.set('NSE_CM.csv', slow.script);
    const first = refresh(env);
    await first.says('fetching');
    const second = refresh(env);
    await second.says('waiting');
    server.scripts.clear();
    first.child.kill('SIGKILL');
    expect(await second.result()).toMatchObject({ size: 3_000 });
    expect(readSymbolMaster({ env })?.size).toBe(3_000);
    expect(readdirSync(inspectMasterCache({ env }).directory).sort()).toEqual(['BSE_CM.master', 'NSE_CM.master']);
  });

  it('hear of one failure together, instead of each waiting for its own', async () => {
    const { server, env } = await openWorld();
    const failing: (() => void)[] = [];
    for (const name of ['NSE_CM.csv', 'BSE_CM.csv']) {
      server.scripts.set(name, (_, response) => void failing.push(() => response.writeHead(404).end()));
    }
    const all = Array.from({ length: 3 }, () => refresh(env));
    await expect.poll(() => failing.length).toBe(2);
    const countWaiting = (): number => all.filter((one) => one.lines.includes('waiting')).length;
    await expect.poll(countWaiting).toBe(2);
    for (const fail of failing) fail();
    for (const one of all) {
      const missing = 'missing SYMBOL_MASTER_UNAVAILABLE';
      expect(await one.result()).toEqual({ size: 0, outcomes: [missing, missing] });
    }
    expect(server.requests).toHaveLength(2);
  });
});

/** No file may be larger than 8 KiB: what would be larger fails, as on a full disk. The signal that says so is ignored. */
const ON_FULL_DISK = ['bash', '-c', 'trap "" XFSZ; ulimit -f 8; exec "$@"', 'bash'];

describe('a cache that cannot be written', () => {
  it('because the disk is full: the old file stays whole, and the new one is used', async () => {
    const { server, env } = await openWorld();
    expect(await refresh(env).result()).toEqual({ size: 3_000, outcomes: ['updated', 'updated'] });
    const { directory } = inspectMasterCache({ env });
    const old = path.join(directory, 'NSE_CM.master');
    const yesterday = MasterFile.read(readFileSync(old))?.confirm(Date.now() - DAY_MS) as Buffer;
    writeFileSync(old, yesterday);
    server.contents.set('NSE_CM.csv', lines('NSE_CM', 9_000));
    const outcomes = ['updated SYMBOL_MASTER_NOT_KEPT', 'fresh'];
    expect(await refresh(env, ON_FULL_DISK).result()).toEqual({ size: 10_000, outcomes });
    expect(readFileSync(old)).toEqual(yesterday);
    expect(readdirSync(directory).sort()).toEqual(['BSE_CM.master', 'NSE_CM.master']);
    expect(await refresh(env).result()).toEqual({ size: 10_000, outcomes: ['updated', 'fresh'] });
  });

  it('because the disk is full and there is none: what was fetched is used', async () => {
    const { env } = await openWorld();
    const notKept = 'updated SYMBOL_MASTER_NOT_KEPT';
    expect(await refresh(env, ON_FULL_DISK).result()).toEqual({ size: 3_000, outcomes: [notKept, notKept] });
    expect(readdirSync(inspectMasterCache({ env }).directory)).toEqual([]);
  });
});
