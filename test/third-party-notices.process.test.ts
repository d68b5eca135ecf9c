import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listBundled, renderNotices } from '../scripts/third-party-notices.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OCLIF = path.join(ROOT, 'node_modules/@oclif/core');
const RULE = `\n${'-'.repeat(80)}\n\n`;

const { devDependencies } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));
const notices = await readFile(path.join(ROOT, 'THIRD-PARTY-NOTICES'), 'utf8');
const [, ...entries] = notices.split(RULE);
const titles = entries.map((entry) => entry.split(' (')[0]);

/** Name and version of each package that has code in some outputs, found in another way than the build does it. */
function packagesIn({ outputs }: Metafile, from: string): string[] {
  const require = createRequire(path.join(from, 'package.json'));
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const files = inputs.filter(([file, { bytesInOutput }]) => bytesInOutput > 0 && file.includes('node_modules/'));
  const outside = inputs.filter(([file]) => file.startsWith('../../') && !file.includes('node_modules/'));
  return [...files, ...outside].map(([file]) => {
    for (let folder = path.dirname(path.resolve(from, file)); ; folder = path.dirname(folder)) {
      const parent = path.basename(path.dirname(folder));
      if (parent !== 'node_modules' && !parent.startsWith('@')) continue;
      const { name, version } = require(path.join(folder, 'package.json'));
      return `${name} ${version}`;
    }
  });
}

describe('THIRD-PARTY-NOTICES', () => {
  test('names every package of the bundle', async () => {
    const meta: Metafile = JSON.parse(await readFile(path.join(ROOT, 'dist/meta.json'), 'utf8'));
    const { inputs, outputs } = meta;
    const program = { inputs, outputs: { program: outputs['dist/program.cjs'] } } as Metafile;
    const expected = new Set(packagesIn(program, ROOT));
    expect(expected.size).toBeGreaterThan(5);
    expect(titles).toEqual(expect.arrayContaining([...expected]));
  });

  test('names every package of the files that are loaded on demand, and what these packages hold', async () => {
    const vendor = path.join(ROOT, 'dist/vendor');
    const files = (await readdir(vendor, { recursive: true })).filter((name) => name.endsWith('.cjs'));
    const expected = new Set<string>();
    for (const name of files.map((file) => file.slice(0, -'.cjs'.length))) {
      // What oclif needs stands beside oclif.
      const from = name in devDependencies || name === 'csv-parse/sync' ? ROOT : OCLIF;
      const { metafile } = await build({
        absWorkingDir: from,
        stdin: { contents: `import * as all from ${JSON.stringify(name)}; console.log(all);`, resolveDir: from },
        outfile: 'unwritten.js',
        bundle: true,
        platform: 'node',
        external: ['bufferutil', 'utf-8-validate'],
        write: false,
        metafile: true,
      });
      for (const found of packagesIn(metafile, from)) expected.add(found);
    }
    expect(expected.size).toBeGreaterThan(50);
    expect(titles).toEqual(expect.arrayContaining([...expected]));
  });

  test('has the text of each licence', () => {
    const texts = entries.map((entry) => entry.split('\n').slice(1).join('\n'));
    const bare = titles.filter((_, at) => {
      const text = texts[at] ?? '';
      return text.length < 500 || !/permission|redistribution|licen[cs]e/i.test(text);
    });
    expect(bare).toEqual([]);
    expect(new Set(titles).size).toBe(titles.length);
  });

  test('is in the published package', async () => {
    const { files } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));
    expect(files).toContain('THIRD-PARTY-NOTICES');
  });
});

describe('the notices of a package', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'tickpipe-notices-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function make(name: string, manifest: object, files: Record<string, string> = {}): Promise<string> {
    const folder = path.join(root, 'node_modules', name);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'package.json'), JSON.stringify({ name, version: '1.2.3', ...manifest }));
    for (const [file, text] of Object.entries(files)) await writeFile(path.join(folder, file), text);
    return folder;
  }

  const render = async (folder: string, name: string): Promise<string> =>
    renderNotices([{ name, version: '1.2.3', folder }]);

  test('hold every licence and notice file', async () => {
    const folder = await make(
      '@some/one',
      { license: 'Apache-2.0' },
      { LICENSE: 'terms\r\n', 'NOTICE.txt': 'made by one\n' },
    );
    expect(await render(folder, '@some/one')).toContain('@some/one 1.2.3 (Apache-2.0)\n\nterms\n\nmade by one\n');
  });

  test('hold the common text with the author where there is only the name MIT', async () => {
    const folder = await make('one', { license: 'MIT', author: { name: 'A. Uthor' } });
    expect(await render(folder, 'one')).toContain('Copyright (c) A. Uthor\n\nPermission is hereby granted');
  });

  test.each([[{ license: 'GPL-3.0', author: 'A' }], [{ license: 'MIT' }], [{}]])(
    'fail the build where nobody knows the licence: %j',
    async (manifest) => {
      const folder = await make('two', manifest);
      await expect(render(folder, 'two')).rejects.toThrow('two has no licence text');
    },
  );

  test('are of packages with code in an output, by the innermost folder', async () => {
    await make('one', {});
    await make('one/node_modules/@deep/two', {});
    await make('unused', {});
    const input = (bytesInOutput: number) => ({ bytesInOutput });
    const metafile = {
      inputs: {},
      outputs: {
        'dist/main.js': {
          inputs: {
            'src/main.ts': input(10),
            'node_modules/one/lib/index.js': input(10),
            'node_modules/one/lib/more.js': input(10),
            'node_modules/one/node_modules/@deep/two/index.js': input(1),
            'node_modules/unused/index.js': input(0),
          },
        },
      },
    } as unknown as Metafile;
    const names = (await listBundled(metafile, root)).map(({ folder }) => path.relative(root, folder)).sort();
    expect(names).toEqual(['node_modules/one', 'node_modules/one/node_modules/@deep/two']);
  });
});
