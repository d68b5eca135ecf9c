import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Plugin } from '@oclif/core';
import * as esbuild from 'esbuild';
import type { Manifest } from './commands-page.ts';
import { makeCompletionTable } from './completion-table.ts';
import { findShared, joinShared } from './join-shared.ts';
import { leanOclif } from './lean-oclif.ts';
import { leanZod } from './lean-zod.ts';
import { findReleaseDate, renderManPages } from './man-pages.ts';
import { type BundledPackage, listBundled, renderNotices } from './third-party-notices.ts';

const REPOSITORY = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** The licences of what is bundled, beside package.json. */
const NOTICES_FILE = 'THIRD-PARTY-NOTICES';

/** Bundled CommonJS packages call `require` for Node's own modules. */
const REQUIRE_BANNER = `import { createRequire as __createRequire } from 'node:module';
import { dirname as __pathDirname } from 'node:path';
import { fileURLToPath as __toPath } from 'node:url';
const require = __createRequire(import.meta.url);
const __filename = __toPath(import.meta.url);
const __dirname = __pathDirname(__filename);
`;
/** What completion knows about the commands, in `dist/`. */
const COMPLETION_TABLE = 'completion.json';
const USES_BANNER = /\b(?:require|__filename|__dirname)\b/;

const SHARED = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  legalComments: 'none',
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
  write: false,
} as const satisfies esbuild.BuildOptions;

const ESM = {
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true,
  format: 'esm',
  // Optional native add-ons of ws: looked for at run time, and may be absent.
  external: ['bufferutil', 'utf-8-validate'],
  banner: { js: REQUIRE_BANNER },
} satisfies esbuild.BuildOptions;

export interface BuildOptions {
  /** The folder with package.json: `dist/` and the manifest are written there. */
  readonly root?: string;
  /** The folder of the commands' sources. */
  readonly commands?: string;
}

/**
 * Bundles the program into `dist/`, writes oclif's manifest of its commands and the licences of the packages in the bundle, and the man pages. A build that runs beside another, or beside
 * the program, is safe: files are replaced one by one, each at once, and only then are left-over ones removed.
 */
export async function build(options: BuildOptions = {}): Promise<void> {
  const { root = REPOSITORY, commands = path.join(REPOSITORY, 'src/commands') } = options;
  const out = path.join(root, 'dist');
  const vendor = new Set<string>();
  const bundle = async (...plugins: esbuild.Plugin[]) =>
    esbuild.build({
      ...SHARED,
      absWorkingDir: REPOSITORY,
      entryPoints: [{ in: 'src/main.ts', out: 'main' }, ...(await listCommands(commands))],
      outdir: out,
      ...ESM,
      plugins: [...plugins, leanOclif(vendor), leanZod],
      metafile: true,
    });
  const shared = findShared((await bundle()).metafile);
  const { outputFiles, metafile } = await bundle(joinShared(shared, REPOSITORY));
  const vendored = await bundleVendor([...vendor].sort(), path.join(out, 'vendor'));
  const library = await bundleLibrary(path.join(out, 'library'));
  const completion = await bundleCompletion(out);
  const files = new Map(
    [...outputFiles, ...vendored.files, ...library.files, ...completion].map((file) => [
      file.path,
      dropUnusedBanner(file.text),
    ]),
  );
  for (const [name, output] of Object.entries(metafile.outputs)) {
    output.bytes = Buffer.byteLength(files.get(path.resolve(REPOSITORY, name)) ?? '');
  }
  files.set(path.join(out, 'meta.json'), JSON.stringify(metafile));
  for (const [file, text] of files) await writeAtOnce(file, text);
  await removeOthers(out, new Set([...files.keys(), path.join(out, COMPLETION_TABLE)]));
  const packages = [...(await listBundled(metafile, REPOSITORY)), ...vendored.packages, ...library.packages];
  await writeAtOnce(path.join(root, NOTICES_FILE), await renderNotices(packages));
  const manifest = await readManifest(root);
  await writeAtOnce(path.join(root, 'oclif.manifest.json'), `${JSON.stringify(manifest)}\n`);
  const { topics } = JSON.parse(await readFile(path.join(REPOSITORY, 'package.json'), 'utf8')).oclif;
  await writeAtOnce(path.join(out, COMPLETION_TABLE), JSON.stringify(makeCompletionTable(manifest, topics)));
  await writeManPages(path.join(root, 'man'), manifest);
}

/** The man pages, which are part of the package. */
async function writeManPages(folder: string, manifest: Manifest): Promise<void> {
  const { version, description } = JSON.parse(await readFile(path.join(REPOSITORY, 'package.json'), 'utf8'));
  const changelog = await readFile(path.join(REPOSITORY, 'CHANGELOG.md'), 'utf8');
  const pages = await renderManPages({ manifest, version, description, date: findReleaseDate(changelog, version) });
  const files = new Map([...pages].map(([name, text]) => [path.join(folder, name), text]));
  for (const [file, text] of files) await writeAtOnce(file, text);
  await removeOthers(folder, new Set(files.keys()));
}

/** What other programs import. Its files are its own: a file that the program shared with it would be loaded by every command. */
async function bundleLibrary(
  out: string,
): Promise<{ readonly files: readonly esbuild.OutputFile[]; readonly packages: readonly BundledPackage[] }> {
  const { outputFiles, metafile } = await esbuild.build({
    ...SHARED,
    ...ESM,
    absWorkingDir: REPOSITORY,
    entryPoints: ['index', 'schemas'].map((name) => ({ in: `src/library/${name}.ts`, out: name })),
    outdir: out,
    plugins: [leanZod],
    metafile: true,
  });
  return { files: outputFiles, packages: await listBundled(metafile, REPOSITORY) };
}

/** What answers the shells at a key press: one file, because each one more takes time to load. */
async function bundleCompletion(out: string): Promise<readonly esbuild.OutputFile[]> {
  const { outputFiles, metafile } = await esbuild.build({
    ...SHARED,
    absWorkingDir: REPOSITORY,
    entryPoints: [{ in: 'src/complete.ts', out: 'complete' }],
    outdir: out,
    format: 'esm',
    metafile: true,
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const packages = inputs.flatMap(([input, { bytesInOutput }]) =>
    bytesInOutput > 0 && input.includes('node_modules') ? [input] : [],
  );
  if (packages.length > 0) throw new Error(`completion must load no package, but loads ${packages.join(', ')}`);
  return outputFiles;
}

/** Few files need it, and each that has it takes a part of the start. */
function dropUnusedBanner(text: string): string {
  const rest = text.startsWith(REQUIRE_BANNER) ? text.slice(REQUIRE_BANNER.length) : text;
  return USES_BANNER.test(rest) ? text : rest;
}

/** Each package as a CommonJS file of its own: what oclif requires only now and then. */
async function bundleVendor(
  names: readonly string[],
  out: string,
): Promise<{ readonly files: readonly esbuild.OutputFile[]; readonly packages: readonly BundledPackage[] }> {
  const absWorkingDir = path.join(REPOSITORY, 'node_modules/@oclif/core');
  const { outputFiles, metafile } = await esbuild.build({
    ...SHARED,
    absWorkingDir,
    entryPoints: names.map((name) => ({ in: name, out: name })),
    outdir: out,
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    metafile: true,
  });
  return { files: outputFiles, packages: await listBundled(metafile, absWorkingDir) };
}

async function listCommands(folder: string): Promise<{ in: string; out: string }[]> {
  const names = await readdir(folder, { recursive: true });
  return names
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => ({ in: path.join(folder, name), out: path.join('commands', name.slice(0, -'.ts'.length)) }));
}

/** Leaves a file with the right text alone, so that it is never missing or half written. */
async function writeAtOnce(file: string, text: string): Promise<void> {
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) return;
  await mkdir(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.draft`;
  await writeFile(draft, text);
  await rename(draft, file);
}

async function removeOthers(out: string, kept: ReadonlySet<string>): Promise<void> {
  for (const entry of await readdir(out, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && !kept.has(file) && !file.endsWith('.draft')) await rm(file, { force: true });
  }
}

/** The manifest spares oclif from loading every command at every start. */
async function readManifest(root: string): Promise<Plugin['manifest']> {
  const plugin = new Plugin({
    root,
    type: 'core',
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
  });
  await plugin.load();
  return plugin.manifest;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
