import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SOURCE = fileURLToPath(new URL('../src', import.meta.url));

/** Each layer may import the layers below it, and nothing else of ours. The last is the bottom. */
const LAYERS: readonly (readonly string[])[] = [
  ['start.ts'],
  ['main.ts', 'complete.ts'],
  ['commands', 'library'],
  ['lib/cli/chart'],
  ['lib/cli/record', 'lib/cli/replay', 'lib/cli/bars'],
  ['lib/cli/history', 'lib/cli/filter'],
  ['lib/cli/doctor'],
  ['lib/cli/stream', 'lib/cli/hub', 'lib/cli/account', 'lib/cli/symbols', 'lib/cli/config', 'lib/cli/completion'],
  ['lib/cli/feed'],
  ['lib/cli/command'],
  ['lib/cli/help'],
  ['lib/cli/settings'],
  ['lib/cli/program'],
  ['lib/hub/server'],
  ['lib/hub/core', 'lib/hub/client', 'lib/hub/daemon', 'lib/hub/documents'],
  ['lib/hub/protocol'],
  ['lib/simulator', 'lib/recording', 'lib/filters'],
  ['lib/rows'],
  ['lib/feed', 'lib/output/table', 'lib/output/pipeline'],
  ['lib/output/chart'],
  ['lib/output/terminal'],
  ['lib/output/writer', 'lib/output/records'],
  ['lib/output/rows'],
  ['lib/hsm', 'lib/symbols', 'lib/auth', 'lib/history'],
  ['lib/data-api'],
  ['lib/market', 'lib/network'],
  ['lib/host'],
  ['lib/clock'],
  ['lib/errors'],
  ['lib/text', 'lib/memory'],
];

/** `import ... from '...'`, `export ... from '...'`, `import '...'` and `import('...')`. */
const IMPORT = /(?:^|[\s;])(?:import|export)\b[^'";]*?from\s*'([^']+)'|\bimport\s*\(?\s*'([^']+)'/g;

interface SourceFile {
  /** Its path below `src/`. */
  readonly name: string;
  /** What it imports: paths below `src/` for our own files, names for packages. */
  readonly imports: readonly string[];
}

function readImports(name: string, text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  return [...code.matchAll(IMPORT)].map(([, from, bare]) => {
    const target = (from ?? bare) as string;
    return target.startsWith('.') ? path.posix.join(path.posix.dirname(name), target) : target;
  });
}

function readSources(): SourceFile[] {
  const names = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.startsWith('web/'))
    .map((name) => ({ name, imports: readImports(name, readFileSync(path.join(SOURCE, name), 'utf8')) }));
}

function folderOf(name: string): string | undefined {
  return LAYERS.flat().find((folder) => name === folder || name.startsWith(`${folder}/`));
}

function layerOf(folder: string): number {
  return LAYERS.findIndex((layer) => layer.includes(folder));
}

/** What is wrong with the imports of some files; nothing when all is well. */
function findBreaches(files: readonly SourceFile[]): string[] {
  const names = new Set(files.map(({ name }) => name));
  return files.flatMap(({ name, imports }) => {
    const folder = folderOf(name);
    if (folder === undefined) return [`${name} is in no layer`];
    return imports
      .filter((target) => target.startsWith('..') || names.has(target) || /\.(ts|json)$/.test(target))
      .flatMap((target) => {
        const other = folderOf(target);
        if (other === folder) return [];
        if (other !== undefined && layerOf(other) > layerOf(folder)) return [];
        return [`${name} imports ${target}`];
      });
  });
}

/** The imports of whole folders: a folder imports another one when any of its files does. */
function joinFolders(files: readonly SourceFile[]): SourceFile[] {
  const folders = new Map<string, Set<string>>();
  for (const { name, imports } of files) {
    const folder = path.posix.dirname(name);
    const targets = folders.get(folder) ?? new Set();
    folders.set(folder, targets);
    for (const target of imports) {
      if (/\.(ts|json)$/.test(target) && path.posix.dirname(target) !== folder) targets.add(path.posix.dirname(target));
    }
  }
  return [...folders].map(([name, targets]) => ({ name, imports: [...targets] }));
}

/** A ring of files, or of folders, that import each other, as the path around it; `undefined` when there is none. */
function findCircle(files: readonly SourceFile[]): string[] | undefined {
  const importsOf = new Map(files.map(({ name, imports }) => [name, imports]));
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(name)) return [...trail.slice(trail.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const target of importsOf.get(name) ?? []) {
      const circle = visit(target, [...trail, name]);
      if (circle) return circle;
    }
    done.add(name);
    return undefined;
  };
  for (const { name } of files) {
    const circle = visit(name, []);
    if (circle) return circle;
  }
  return undefined;
}

describe('the sources', () => {
  const files = readSources();

  test('are found, with their imports', () => {
    expect(files.length).toBeGreaterThan(300);
    expect(files.find(({ name }) => name === 'lib/market/symbols.ts')?.imports).toEqual([
      'lib/errors/tickpipe-error.ts',
    ]);
  });

  test('import downwards only', () => expect(findBreaches(files)).toEqual([]));

  test('have no circles of files', () => expect(findCircle(files)).toBeUndefined());

  test('have no circles of folders', () => expect(findCircle(joinFolders(files))).toBeUndefined());

  test('keep the packages of the edges out of the core', () => {
    const core = files.filter(({ name }) => /^lib\/(market|hsm|errors|clock|text)\//.test(name));
    const packages = core.flatMap(({ imports }) => imports.filter((target) => !/\.(ts|json)$/.test(target)));
    expect(packages.filter((name) => !name.startsWith('node:') && name !== 'zod')).toEqual([]);
  });

  test('listen to a signal by onAbort alone, whose listeners can be removed', () => {
    const listening = files.filter(({ name }) =>
      readFileSync(path.join(SOURCE, name), 'utf8').includes("addEventListener('abort'"),
    );
    expect(listening.map(({ name }) => name)).toEqual(['lib/clock/abort.ts']);
  });

  test('import with their extension', () => {
    const own = files.flatMap(({ imports }) => imports.filter((target) => /^lib\//.test(target)));
    expect(own.filter((target) => !/\.(ts|json)$/.test(target))).toEqual([]);
  });
});

describe('the check itself', () => {
  const file = (name: string, ...imports: string[]): SourceFile => ({ name, imports });

  test('reads every form of import, and no comment', () => {
    const text = `import a from './a.ts';
import type { B } from '../hsm/b.ts';
export { c } from './c.ts';
import {
  d,
} from 'zod';
import './e.ts';
const f = await import('../feed/f.ts');
// import x from './x.ts';
/** import y from './y.ts' */
`;
    expect(readImports('lib/cli/z.ts', text)).toEqual([
      'lib/cli/a.ts',
      'lib/hsm/b.ts',
      'lib/cli/c.ts',
      'zod',
      'lib/cli/e.ts',
      'lib/feed/f.ts',
    ]);
  });

  test.each([
    ['upwards', 'lib/market/a.ts', 'lib/hsm/b.ts'],
    ['sideways', 'lib/feed/a.ts', 'lib/output/pipeline/b.ts'],
    ['from one side of the socket to the other', 'lib/hub/client/a.ts', 'lib/hub/core/b.ts'],
    ['from the core to a command', 'lib/hsm/a.ts', 'commands/b.ts'],
    ['out of the sources', 'lib/cli/program/a.ts', '../test/support/b.ts'],
    ['into an unknown folder', 'lib/cli/program/a.ts', 'lib/misc/b.ts'],
  ])('finds an import %s', (_, from, to) => {
    expect(findBreaches([file(from, to)])).toEqual([`${from} imports ${to}`]);
  });

  test('finds a folder that has no place, and a circle', () => {
    expect(findBreaches([file('lib/misc/a.ts')])).toEqual(['lib/misc/a.ts is in no layer']);
    const ring = [
      file('lib/cli/a.ts', 'lib/cli/b.ts'),
      file('lib/cli/b.ts', 'lib/cli/c.ts'),
      file('lib/cli/c.ts', 'lib/cli/b.ts'),
    ];
    expect(findCircle(ring)).toEqual(['lib/cli/b.ts', 'lib/cli/c.ts', 'lib/cli/b.ts']);
    const folders = joinFolders([file('lib/a/x.ts', 'lib/b/x.ts'), file('lib/b/y.ts', 'lib/a/y.ts', 'node:fs')]);
    expect(findCircle(folders)).toEqual(['lib/a', 'lib/b', 'lib/a']);
  });
});
