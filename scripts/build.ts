import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Plugin } from '@oclif/core';
import * as esbuild from 'esbuild';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const OUT = path.join(ROOT, 'dist');

/** Bundled CommonJS packages call `require` for Node's own modules. */
const REQUIRE_BANNER = `import { createRequire as __createRequire } from 'node:module';
import { dirname as __pathDirname } from 'node:path';
import { fileURLToPath as __toPath } from 'node:url';
const require = __createRequire(import.meta.url);
const __filename = __toPath(import.meta.url);
const __dirname = __pathDirname(__filename);`;

async function commandFiles(): Promise<string[]> {
  const entries = await readdir(path.join(ROOT, 'src/commands'), { recursive: true });
  return entries.filter((name) => name.endsWith('.ts')).map((name) => path.join('src/commands', name));
}

/** Bundles the program into `dist/` and writes oclif's manifest of its commands. */
export async function build(): Promise<void> {
  await rm(OUT, { recursive: true, force: true });
  await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: ['src/main.ts', ...(await commandFiles())],
    outdir: 'dist',
    outbase: 'src',
    entryNames: '[dir]/[name]',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // Optional native add-ons of ws, and optional packages of oclif, are looked for at run time and may be absent.
    external: ['bufferutil', 'utf-8-validate'],
    banner: { js: REQUIRE_BANNER },
    legalComments: 'none',
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: 'warning',
  });
  await writeManifest();
}

/** The manifest spares oclif from loading every command at every start. */
async function writeManifest(): Promise<void> {
  const plugin = new Plugin({
    root: ROOT,
    type: 'core',
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
  });
  await plugin.load();
  await writeFile(path.join(ROOT, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest)}\n`);
}

export async function readVersion(): Promise<string> {
  const text = await readFile(path.join(ROOT, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
