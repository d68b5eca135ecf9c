import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Plugin } from '@oclif/core';
import * as esbuild from 'esbuild';
import { BUNDLE, bundleCommandClasses, bundleProgram, OPTIONAL_PACKAGES } from './bundle-program.ts';
import type { Manifest } from './commands-page.ts';
import { makeCompletionTable } from './completion-table.ts';
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

const ESM = {
  ...BUNDLE,
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true,
  format: 'esm',
  // Optional native add-ons of ws: looked for at run time, and may be absent.
  external: OPTIONAL_PACKAGES,
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
  const program = await bundleProgram(commands, REPOSITORY);
  const library = await bundleLibrary(path.join(out, 'library'));
  const files = new Map([
    ...[...program.files].map(([name, text]) => [path.join(out, name), text] as const),
    ...library.files.map((file) => [file.path, dropUnusedBanner(file.text)] as const),
  ]);
  files.set(path.join(out, 'meta.json'), JSON.stringify(program.metafile));
  for (const [file, text] of files) await writeAtOnce(file, text);
  await removeOthers(out, new Set([...files.keys(), path.join(out, COMPLETION_TABLE)]));
  const packages = [...program.packages, ...library.packages];
  await writeAtOnce(path.join(root, NOTICES_FILE), await renderNotices(packages));
  const manifest = await readManifest(root, commands);
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
    ...ESM,
    absWorkingDir: REPOSITORY,
    entryPoints: ['index', 'schemas'].map((name) => ({ in: `src/library/${name}.ts`, out: name })),
    outdir: out,
    plugins: [leanZod],
    metafile: true,
  });
  return { files: outputFiles, packages: await listBundled(metafile, REPOSITORY) };
}

/** Few files need it, and each that has it takes a part of the start. */
function dropUnusedBanner(text: string): string {
  const rest = text.startsWith(REQUIRE_BANNER) ? text.slice(REQUIRE_BANNER.length) : text;
  return USES_BANNER.test(rest) ? text : rest;
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

/** What help and completion know of the commands. oclif makes it of their classes. */
async function readManifest(root: string, commands: string): Promise<Plugin['manifest']> {
  const pjson = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  const folder = await mkdtemp(path.join(tmpdir(), 'tickpipe-build-'));
  const file = path.join(folder, 'commands.cjs');
  const target = path.relative(root, file);
  try {
    await writeFile(file, await bundleCommandClasses(commands, REPOSITORY));
    const plugin = new Plugin({
      root,
      type: 'core',
      isRoot: true,
      pjson: {
        ...pjson,
        oclif: { ...pjson.oclif, commands: { strategy: 'explicit', target, identifier: 'COMMANDS' } },
      },
      ignoreManifest: true,
      errorOnManifestCreate: true,
      respectNoCacheDefault: true,
    });
    await plugin.load();
    return plugin.manifest;
  } finally {
    await rm(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
