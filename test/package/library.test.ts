import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeDeclarations } from '../../scripts/declarations.ts';
import { bareEnvironment, npm, type Printed, pack } from './packed.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLE = /^```js\n([\s\S]*?)^```/gm;
const page = await readFile(path.join(ROOT, 'docs/library.md'), 'utf8');
const examples = [...page.matchAll(EXAMPLE)].map(([, code = '']) => code);

let folder: string;
/** A project that has nothing but the package. */
let project: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tickpipe-library-'));
  project = path.join(folder, 'project');
  await writeDeclarations();
  const archive = await pack(path.join(folder, 'archive'));
  await mkdir(project);
  await writeFile(path.join(project, 'package.json'), '{ "private": true, "type": "module" }');
  await npm(['install', archive], project, folder);
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a module of the project. */
async function runModule(code: string, ...args: string[]): Promise<Printed> {
  const file = path.join(project, `example-${Math.abs(hashOf(code))}.js`);
  await writeFile(file, code);
  return promisify(execFile)(process.execPath, [file, ...args], { cwd: project, env: bareEnvironment(folder) });
}

const hashOf = (text: string): number => [...text].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) | 0, 7);

function record(...args: string[]): Promise<Printed> {
  const program = path.join(project, 'node_modules/.bin/tickpipe');
  const argv = ['record', 'NSE:SBIN-EQ', '--feed', 'sim', '--duration', '2s', ...args];
  return promisify(execFile)(program, argv, { cwd: project, env: bareEnvironment(folder) });
}

function findExample(text: string): string {
  const found = examples.filter((code) => code.includes(text));
  expect(found).toHaveLength(1);
  return found[0] as string;
}

describe('the installed library', () => {
  test('is the only package, and loads no other', async () => {
    const names = await readdir(path.join(project, 'node_modules'));
    expect(names.filter((name) => !name.startsWith('.'))).toEqual(['tickpipe']);
  });

  test('does nothing when it is imported, and loads neither sockets nor the command line', async () => {
    const code = `import { createRequire } from 'node:module';
      const before = process.getActiveResourcesInfo();
      await import('tickpipe');
      const loaded = process.moduleLoadList.filter((name) => /NativeModule (net|http|https|tls|zlib)$/.test(name));
      console.log(JSON.stringify({ loaded, same: process.getActiveResourcesInfo().length === before.length }));`;
    expect(JSON.parse((await runModule(code)).stdout)).toEqual({ loaded: [], same: true });
  });

  test('prints no token', async () => {
    const code = `import { inspect } from 'node:util';
      import { openFeed, Simulator } from 'tickpipe';
      const simulator = await Simulator.start();
      const { socketUrl, dataUrl, token } = simulator;
      const feed = await openFeed({ from: 'fyers', token, socketUrl, dataUrl });
      await feed.subscribe([{ kind: 'symbol', symbol: 'NSE:SBIN-EQ' }]);
      const printed = [inspect(feed, { depth: 9, showHidden: true }), JSON.stringify(feed), JSON.stringify(feed.status()), inspect(simulator)];
      const secrets = [token, ...token.split(/[:.]/)];
      console.log(JSON.stringify(secrets.filter((secret) => printed.join().includes(secret))));
      await feed.close();
      await simulator.close();`;
    expect((await runModule(code)).stdout).toBe('[]\n');
  });
});

describe('the types', () => {
  async function check(code: string): Promise<string> {
    await writeFile(path.join(project, 'check.ts'), code);
    const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
    const options = [
      '--strict',
      '--noEmit',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--exactOptionalPropertyTypes',
    ];
    const argv = [tsc, ...options, '--types', '', path.join(project, 'check.ts')];
    return promisify(execFile)(process.execPath, argv, { cwd: project }).then(
      () => '',
      ({ stdout }: Printed) => stdout,
    );
  }

  test('need no other package, and know each row and event', async () => {
    const code = `import { decode, encodeRow, openFeed, Simulator, TickpipeError, type ErrorCode, type FeedEvent, type Row } from 'tickpipe';
      import { rowSchemas } from 'tickpipe/schemas';
      const feed = await openFeed({ from: 'simulator', rate: 5 }, { event: (event: FeedEvent) => { if (event.type === 'gap') event.gap.symbols.at(0); } });
      for await (const row of feed) {
        const at: number = row.received_at;
        if (row.type === 'DepthUpdate') { const price: number | null | undefined = row.bid[0]?.price; }
        if (row.type === 'SymbolUpdate') { const oi: number | null = row.oi; }
        const line: string = encodeRow(row, { format: 'csv' });
      }
      for (const { rows } of decode([new Uint8Array(3)])) { const all: readonly Row[] = rows; }
      const parsed: Row<number | string> = rowSchemas.IndexUpdate.parse({});
      const simulator: Simulator = await Simulator.start({ seed: 1 });
      const code: ErrorCode = new TickpipeError('USAGE', '').code;`;
    expect(await check(code)).toBe('');
  });

  test('refuse what the functions do not take', async () => {
    const wrong = [
      "openFeed({ from: 'nothing' });",
      "openFeed({ from: 'fyers' });",
      "(await openFeed({ from: 'simulator' })).subscribe([{ kind: 'quote', symbol: 'NSE:SBIN-EQ' }]);",
      "encodeRow({ type: 'LiteUpdate', symbol: 'NSE:SBIN-EQ', ltp: '1', received_at: 1 });",
      "encodeRow({ type: 'LiteUpdate', symbol: 'NSE:SBIN-EQ', ltp: 1, received_at: '2026-11-23T09:15:00.123+05:30' });",
    ];
    // tsc reports a line without an error, too.
    const lines = wrong.map((line) => `// @ts-expect-error\n${line}`);
    expect(await check(`import { encodeRow, openFeed } from 'tickpipe';\n${lines.join('\n')}`)).toBe('');
    expect(await check(`import { encodeRow } from 'tickpipe';\n${wrong.at(-1)}`)).toContain('error TS2322');
  });
});

describe('the examples of docs/library.md', () => {
  test('are all run here', () => expect(examples).toHaveLength(8));

  test('a loop', async () => {
    const { stdout, stderr } = await runModule(findExample('++rows === 10'));
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^NSE:SBIN-EQ \d+(\.\d+)? -?\d/m);
    expect(stdout).toMatch(/^NSE:INFY-EQ \d/m);
  });

  test('a listener', async () => {
    const { stdout, stderr } = await runModule(findExample('tick(row)'));
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^\{"type":"SymbolUpdate","symbol":"NSE:SBIN-EQ".*"simulated":true\}$/m);
    expect(stdout).toContain('state: live');
    expect(stdout).toMatch(/^no data for \d+ ms: server_closed$/m);
    expect(stdout).toContain('state: closed');
  });

  test('a live feed that fails', async () => {
    const { stdout, stderr } = await runModule(findExample('refuse-auth'));
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^accepted unknown$/m);
    expect(stdout).toMatch(/^TOKEN_REFUSED run tickpipe login/m);
  });

  test('a recording', async () => {
    await record('--dir', 'ticks');
    const { stdout, stderr } = await runModule(findExample("from: 'recording'"));
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^Map\(1\) \{ 'NSE:SBIN-EQ' => \d/);
  });

  test('raw messages', async () => {
    await record('--dir', 'raw', '--raw');
    const names = await readdir(path.join(project, 'raw'), { recursive: true });
    const file = names.find((name) => name.endsWith('.raw.jsonl.gz')) as string;
    const { stdout, stderr } = await runModule(findExample('createGunzip'), path.join('raw', file));
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^(NSE:SBIN-EQ \d+(\.\d+)?\n)+$/);
  });

  test('encoded rows', async () => {
    const [ndjson, header, csv, selected] = (await runModule(findExample('header: true'))).stdout.split('\n');
    expect(JSON.parse(ndjson as string)).toMatchObject({ type: 'DepthUpdate', simulated: true });
    expect(header).toBe('symbol,bid_price_1,ask_price_1,simulated');
    expect(csv).toMatch(/^NSE:SBIN-EQ,\d+(\.\d+)?,\d+(\.\d+)?,true$/);
    expect(selected).toMatch(/^\{"symbol":"NSE:SBIN-EQ","spread":.*,"received_at":".*\+05:30","simulated":true\}$/);
  });

  test('a market that moves by hand', async () => {
    const code = findExample('rate: 0');
    const { stdout } = await runModule(code);
    expect(stdout).toMatch(/^(NSE:SBIN-EQ \d+(\.\d+)? \d+\n){3}$/);
  });

  test('schemas', async () => {
    const { stdout } = await runModule(findExample('rowJsonSchema'));
    expect(stdout).toMatch(/^ltp .*\nLast traded price/);
  });
});
