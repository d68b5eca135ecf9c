import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bareEnvironment, npm, type Printed, pack } from './packed.ts';

/** The commands people wait for have bundles of their own: they stand twice in it, and start faster. */
const MAX_ARCHIVE_BYTES = 2_500_000;
const MAX_UNPACKED_BYTES = 9_500_000;
const SIMULATED = ['--feed', 'sim'];

let folder: string;
let archive: string;
let installation: Printed;
const started: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tickpipe-package-'));
  archive = await pack(path.join(folder, 'archive'));
  const [home, prefix] = [path.join(folder, 'home'), path.join(folder, 'prefix')];
  await mkdir(home);
  installation = await npm(['install', '--global', '--prefix', prefix, archive], folder, home);
}, 120_000);

afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Starts the installed program as a shell does: by its name, in a home that has nothing in it. */
function start(...args: string[]): ChildProcess {
  const env = bareEnvironment(path.join(folder, 'home'));
  const program = path.join(folder, 'prefix/bin/tickpipe');
  const child = spawn(program, args, { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  return child;
}

async function run(...args: string[]): Promise<Printed & { readonly status: number }> {
  const child = start(...args);
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    once(child, 'close') as Promise<[number]>,
  ]);
  return { status, stdout, stderr };
}

const parseLines = (lines: string): Record<string, unknown>[] =>
  lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('an installation of the archive, without a registry', () => {
  test('is one package, with no warning', async () => {
    expect(installation.stderr).toBe('');
    expect(installation.stdout).toMatch(/^added 1 package in/m);
    expect(await readdir(path.join(folder, 'prefix/lib/node_modules'))).toEqual(['tickpipe']);
    expect(await readdir(path.join(folder, 'prefix/lib/node_modules/tickpipe'))).not.toContain('node_modules');
  });

  test('is small', async () => {
    const names = await readdir(path.join(folder, 'prefix/lib'), { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile());
    const sizes = await Promise.all(
      files.map(async (file) => (await stat(path.join(file.parentPath, file.name))).size),
    );
    expect((await stat(archive)).size).toBeLessThan(MAX_ARCHIVE_BYTES);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MAX_UNPACKED_BYTES);
  });

  test('has the pages, the licences and the metadata that a reader looks for', async () => {
    const root = path.join(folder, 'prefix/lib/node_modules/tickpipe');
    const names = await readdir(root, { recursive: true });
    const pages = ['README.md', 'LICENSE', 'CHANGELOG.md', 'THIRD-PARTY-NOTICES', 'docs/commands.md', 'docs/rows.md'];
    expect(names).toEqual(expect.arrayContaining(pages));
    expect(names.filter((name) => /(^|\/)(test|bench|node_modules)(\/|$)|meta\.json$|\.ts\.map$/.test(name))).toEqual(
      [],
    );
    expect(JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'))).toMatchObject({
      name: 'tickpipe',
      license: 'MIT',
      engines: { node: '>=20.19' },
      os: ['linux', 'darwin'],
      repository: { type: 'git' },
      bugs: { url: expect.any(String) },
      homepage: expect.any(String),
      author: expect.any(String),
      keywords: expect.arrayContaining(['fyers']),
    });
  });
});

describe('the installed program', () => {
  test('tells its version and explains itself', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    expect(await run('--version')).toEqual({ status: 0, stdout: `tickpipe ${version}\n`, stderr: '' });
    const help = await run('--help');
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout).toContain('USAGE');
    const topic = await run('help', 'stream', 'symbols');
    expect(topic).toMatchObject({ status: 0, stderr: '' });
    expect(topic.stdout).toContain('$ tickpipe stream symbols');
  });

  test('completes a command line', async () => {
    for (const [shell, begin] of [
      ['bash', '# Completion of'],
      ['zsh', '#compdef tickpipe'],
      ['fish', '# Completion of'],
    ]) {
      const { status, stdout } = await run('completion', shell as string);
      expect([status, stdout.startsWith(begin as string)]).toEqual([0, true]);
    }
    const env = bareEnvironment(path.join(folder, 'home'));
    const sent = spawn(path.join(folder, 'prefix/bin/tickpipe'), ['internal', 'complete', 'bash'], {
      env,
      cwd: folder,
    });
    started.push(sent);
    sent.stdin.end('tickpipe stream de\0 \0');
    expect(await text(sent.stdout)).toBe('words\ndepth\n');
  });

  test('prints a schema', async () => {
    const { status, stdout } = await run('schema', 'SymbolUpdate');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ title: 'SymbolUpdate', properties: { ltp: { 'x-unit': 'rupees' } } });
  });

  test('quotes, as rows and as a table', async () => {
    const { status, stdout } = await run('quote', 'NSE:SBIN-EQ', 'NSE:NIFTY50-INDEX', ...SIMULATED);
    expect(status).toBe(0);
    expect(parseLines(stdout)).toMatchObject([
      { type: 'SymbolUpdate', symbol: 'NSE:SBIN-EQ', simulated: true },
      { type: 'IndexUpdate', symbol: 'NSE:NIFTY50-INDEX', simulated: true },
    ]);
    const table = await run('quote', 'NSE:SBIN-EQ', '--format', 'table', ...SIMULATED);
    expect(table.status).toBe(0);
    expect(table.stdout).toContain('NSE:SBIN-EQ');
  });

  test('says what is wrong with a command, with the status of its error', async () => {
    const { status, stdout, stderr } = await run('quote', 'nonsense', ...SIMULATED);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^error: malformed symbol "nonsense"/);
  });

  test('serves REST and the live page', async () => {
    const server = start('serve', ...SIMULATED, '--port', '0', '--verbose');
    const url = await findUrl(server.stderr as NodeJS.ReadableStream);
    const rows = parseLines((await run('quote', 'NSE:SBIN-EQ', ...SIMULATED)).stdout);
    expect(rows).toMatchObject([{ symbol: 'NSE:SBIN-EQ', simulated: true }]);
    expect(await (await fetch(url)).text()).toContain('<html');
    expect(await (await fetch(new URL('openapi.json', url))).json()).toMatchObject({
      openapi: expect.stringMatching(/^3\./),
    });
    expect((await fetch(new URL('metrics', url))).status).toBe(200);
    server.kill('SIGTERM');
    await once(server, 'close');
  });

  test('records, replays and compacts', async () => {
    const recorded = await run('record', 'NSE:SBIN-EQ', ...SIMULATED, '--dir', 'ticks', '--duration', '2s');
    expect(recorded.status).toBe(0);
    const rows = parseLines((await run('replay', 'ticks', '--speed', 'max')).stdout);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows[0]).toMatchObject({ type: 'SymbolUpdate', symbol: 'NSE:SBIN-EQ', simulated: true });
    expect(await run('compact', 'ticks')).toMatchObject({ status: 0 });
    const names = await readdir(path.join(folder, 'ticks'), { recursive: true });
    expect(names.filter((name) => name.endsWith('.parquet'))).not.toEqual([]);
    expect(parseLines((await run('replay', 'ticks', '--speed', 'max')).stdout)).toEqual(rows);
  });
});

/** The first address that a server prints. */
async function findUrl(stderr: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stderr })) {
    const url = /http:\/\/\S+/.exec(line)?.[0];
    if (url) return url;
  }
  throw new Error('the server printed no address');
}
