import { execFile, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collect } from './program/fixture-program.ts';

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const QUOTE = ['quote', 'NSE:SBIN-EQ', '--feed', 'sim', '--fields', 'symbol', '--raw'];
const HEAD_BYTES = 24;

let home: string;
let folder: string;
let kept: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'tickpipe-code-'));
  folder = path.join(home, `.cache/tickpipe/code/${process.version}-${process.arch}`);
  kept = path.join(folder, `quote-sim.stream.${sourceIdOf('stream')}`);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function start(args: readonly string[], env: Record<string, string> = {}, flags: readonly string[] = []) {
  const environment = { PATH: process.env['PATH'] ?? '', HOME: home, ...env };
  return spawn(process.execPath, [...flags, BIN, ...args], { env: environment });
}

async function quote(env: Record<string, string> = {}, flags: readonly string[] = []): Promise<void> {
  expect(await collect(start(QUOTE, env, flags))).toMatchObject({ stdout: 'NSE:SBIN-EQ\n', stderr: '', status: 0 });
}

/** The id that the build gave to a bundle. */
function sourceIdOf(bundle: string): string {
  const [, id = ''] = /^\/\*(\w+)\*\//.exec(readFileSync(path.join(BIN, `../../dist/${bundle}.cjs`), 'latin1')) ?? [];
  return id;
}

/** The names of the files without the ids of their sources. */
const keptNames = (): string[] => names(folder).map((name) => name.replace(/\.[0-9a-f]{16}$/, ''));

/** When the file was written. A run takes longer than the clock of a file system needs to go on. */
const writtenAt = (): bigint => statSync(kept, { bigint: true }).ctimeNs;

describe('compiled code', () => {
  test('is kept by the first run, and used by the next', async () => {
    await quote();
    expect(keptNames()).toEqual(['quote-sim.stream']);
    const first = writtenAt();
    await quote();
    expect(writtenAt()).toBe(first);
  });

  test('is kept for each command and feed, and no symbol is in a name', async () => {
    await collect(start(['quote', 'NSE:SBIN-EQ', '--feed=sim']));
    await collect(start(['stream', 'symbols', 'NSE:SBIN-EQ', '--count', '1'], { TICKPIPE_FEED: 'sim' }));
    await collect(start(['NSE:SBIN-EQ']));
    await collect(start(['--help']));
    await collect(start(['config', 'path']));
    const bundles = keptNames().filter((name) => /\.(?:help|program|stream)$/.test(name));
    expect(bundles.sort()).toEqual([
      'config-path.program',
      'help.help',
      'quote-sim.stream',
      'stream-symbols-sim.stream',
    ]);
  });

  test('of other flags of V8 is refused by V8, and replaced', async () => {
    await quote({}, ['--no-lazy']);
    const first = writtenAt();
    await quote();
    const second = writtenAt();
    expect(second).not.toBe(first);
    await quote();
    expect(writtenAt()).toBe(second);
  });

  test('that V8 refuses although its checksum holds is replaced', async () => {
    await quote();
    const bytes = readFileSync(kept);
    bytes.fill(7, HEAD_BYTES, HEAD_BYTES + 16);
    bytes.writeUInt32LE(crc32(bytes.subarray(HEAD_BYTES)), 16);
    writeFileSync(kept, bytes);
    await quote();
    expect(readFileSync(kept).subarray(HEAD_BYTES, HEAD_BYTES + 16)).not.toEqual(Buffer.alloc(16, 7));
  });

  test('is kept by a program that goes on, once it has started', async () => {
    const child = start(['stream', 'symbols', 'NSE:SBIN-EQ', '--feed', 'sim']);
    child.stdout.resume();
    await expect.poll(() => keptNames()).toEqual(['stream-symbols-sim.stream']);
    child.kill('SIGKILL');
    await collect(child);
  });

  test('of several programs that start at once is whole', async () => {
    await Promise.all(Array.from({ length: 4 }, () => quote()));
    expect(keptNames()).toEqual(['quote-sim.stream']);
    const first = writtenAt();
    await quote();
    expect(writtenAt()).toBe(first);
  });

  test('of a command that failed is not kept', async () => {
    expect(await collect(start(['quote', '--nonsense']))).toMatchObject({ status: 2 });
    expect(readdirSync(home)).toEqual([]);
  });

  test('is not kept with NODE_DISABLE_COMPILE_CACHE, as Node has it', async () => {
    await quote({ NODE_DISABLE_COMPILE_CACHE: '1' });
    expect(readdirSync(home)).toEqual([]);
  });

  test('is not kept in a home that cannot be written, and nothing is said', async () => {
    await quote({ HOME: '/proc/self' });
    await quote({ XDG_CACHE_HOME: '/dev/null' });
  });

  test.runIf(process.platform === 'linux')('a named pipe in its place holds nobody', async () => {
    await quote();
    rmSync(kept);
    execFileSync('mkfifo', [kept]);
    await quote();
  });

  test('a completion keeps its own', async () => {
    const child = start(['internal', 'complete', 'bash']);
    child.stdin.end('tickpipe quote --fo\0 :=\0');
    expect(await collect(child)).toMatchObject({ stdout: 'words\n--format\n--force\n', status: 0 });
    expect(keptNames()).toEqual(['complete.complete']);
    const file = path.join(folder, `complete.complete.${sourceIdOf('complete')}`);
    const ofWords = readFileSync(file).length;
    const another = start(['internal', 'complete', 'bash']);
    another.stdin.end('tickpipe quote NSE:SB\0 :=\0');
    expect(await collect(another)).toMatchObject({ status: 0 });
    expect(readFileSync(file).length).toBeGreaterThan(ofWords);
  });

  test('of root is not made in the home of another user', async () => {
    if (process.getuid?.() !== 0) return;
    execFileSync('chown', ['1234', home]);
    chmodSync(home, 0o777);
    await promisify(execFile)(process.execPath, [BIN, '--help'], { env: { PATH: process.env['PATH'], HOME: home } });
    expect(readdirSync(home)).toEqual([]);
  });
});

function names(place: string): string[] {
  try {
    return readdirSync(place);
  } catch {
    return [];
  }
}
