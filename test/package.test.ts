import { readFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import type { Metafile } from 'esbuild';
import { expect, test } from 'vitest';

/** What may be missing where the program runs: it is looked for, and done without. */
const OPTIONAL = ['bufferutil', 'picomatch', 'typescript', 'utf-8-validate'];

interface Package {
  readonly version?: string;
  readonly bin?: unknown;
  readonly engines?: unknown;
  readonly os?: unknown;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: unknown;
  readonly peerDependencies?: unknown;
  readonly devDependencies?: unknown;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));
const manifest: Package = read('package.json');
const lock: { readonly packages: Readonly<Record<string, Package>> } = read('package-lock.json');

test('the lock file belongs to package.json', () => {
  const { version, bin, engines, os, devDependencies } = manifest;
  expect(lock.packages['']).toMatchObject({ version, bin, engines, os, devDependencies });
});

test('nothing is installed with the package', () => {
  expect([manifest.dependencies, manifest.optionalDependencies, manifest.peerDependencies]).toEqual(
    Array(3).fill(undefined),
  );
});

test('what is shipped imports nothing from other packages', async () => {
  const { outputs }: Metafile = read('dist/meta.json');
  const imported = Object.values(outputs).flatMap(({ imports }) => imports.filter(({ external }) => external));
  const names = [...new Set(imported.map(({ path }) => path))].filter((name) => !isBuiltin(name));
  const vendored = names.filter((name) => name.startsWith('#vendor/'));
  expect(names.filter((name) => !vendored.includes(name)).sort()).toEqual(OPTIONAL);
  expect(vendored.length).toBeGreaterThan(10);
  for (const name of vendored)
    await access(new URL(`../dist/vendor/${name.slice('#vendor/'.length)}.cjs`, import.meta.url));
});

// npm warns of each at every installation of the package.
test('no script is for those who install the package', () => {
  const scripts = Object.keys(manifest.scripts ?? {});
  expect(scripts).toContain('prepack');
  expect(scripts.filter((name) => /^(?:pre|post)?(?:install|prepare)$/.test(name))).toEqual([]);
});

// A registry without some platforms makes `npm install` drop their packages from the lock, and then `npm ci` fails.
test('the lock file has the packages of every platform', () => {
  const missing = Object.entries(lock.packages).flatMap(([where, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in lock.packages || `${where}/node_modules/${name}` in lock.packages),
    ),
  );
  expect(missing).toEqual([]);
});
