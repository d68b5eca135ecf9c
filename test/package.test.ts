import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Package {
  readonly version?: string;
  readonly bin?: unknown;
  readonly engines?: unknown;
  readonly dependencies?: unknown;
  readonly devDependencies?: unknown;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));
const manifest: Package = read('package.json');
const lock: { readonly packages: Readonly<Record<string, Package>> } = read('package-lock.json');

test('the lock file belongs to package.json', () => {
  const { version, bin, engines, dependencies, devDependencies } = manifest;
  expect(lock.packages['']).toMatchObject({ version, bin, engines, dependencies, devDependencies });
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
