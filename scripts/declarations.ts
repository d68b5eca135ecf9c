import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/*
 * Writes the types of the library into `types/`: the declarations of its two entries and of the files that these name, and of no
 * other. They need nothing of node_modules, not even @types/node. Run before the package is packed; the program does not need them.
 */

const REPOSITORY = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const ENTRIES = ['library/index', 'library/schemas'];
/** What one declaration file says of another: `from './feed.ts'`, `import("../market/kinds.ts")`. */
const REFERENCE = /(\bfrom |\bimport\()(['"])(\.{1,2}\/[^'"]+)\.ts\2/g;
/** A package that a reader of the declarations would have to have. */
const PACKAGE = /(?:\bfrom |\bimport\()['"]([^.'"][^'"]*)['"]|<reference types=/;

/** @param out the folder to fill; files in it that are left over are removed */
export async function writeDeclarations(out = path.join(REPOSITORY, 'types')): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tickpipe-types-'));
  try {
    await compile(folder);
    const files = await collect(folder);
    const draft = `${out}.${process.pid}.draft`;
    for (const [name, text] of files) {
      await mkdir(path.dirname(path.join(draft, name)), { recursive: true });
      await writeFile(path.join(draft, name), text);
    }
    await rm(out, { recursive: true, force: true });
    await rename(draft, out);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compile(folder: string): Promise<void> {
  const config = path.join(folder, 'tsconfig.json');
  const compilerOptions = {
    noEmit: false,
    emitDeclarationOnly: true,
    declaration: true,
    stripInternal: true,
    rootDir: path.join(REPOSITORY, 'src'),
    outDir: path.join(folder, 'out'),
    typeRoots: [path.join(REPOSITORY, 'node_modules/@types')],
  };
  const files = ENTRIES.map((entry) => path.join(REPOSITORY, `src/${entry}.ts`));
  const text = { extends: path.join(REPOSITORY, 'tsconfig.json'), compilerOptions, files, include: [] };
  await writeFile(config, JSON.stringify(text));
  await promisify(execFile)(process.execPath, [path.join(REPOSITORY, 'node_modules/typescript/bin/tsc'), '-p', config]);
}

/** The entries and all that they name, with references as JavaScript has them. Throws when one names a package. */
async function collect(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  const waiting = ENTRIES.map((entry) => `${entry}.d.ts`);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (files.has(name)) continue;
    const text = await readFile(path.join(folder, 'out', name), 'utf8');
    const foreign = PACKAGE.exec(text);
    if (foreign) throw new Error(`${name} of the library's types needs ${foreign[1] ?? foreign[0]}`);
    for (const [, , , target = ''] of text.matchAll(REFERENCE)) {
      waiting.push(path.posix.join(path.posix.dirname(name), `${target}.d.ts`));
    }
    files.set(name, text.replace(REFERENCE, '$1$2$3.js$2'));
  }
  return files;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeDeclarations();
