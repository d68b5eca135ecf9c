import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Metafile } from 'esbuild';

/** A package of which code stands in the bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
}

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name: string };
  readonly homepage?: string;
  readonly repository?: string | { readonly url: string };
}

/** The innermost package that a file belongs to. */
const PACKAGE_FOLDER = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/;
const LICENCE_FILE = /^(?:licen[cs]e|copying|notice)/i;
const RULE = '-'.repeat(80);

const HEAD = `tickpipe is distributed with parts of the packages below, each under its own licence.
This file is made by the build, from what is in the bundle.
`;

const MIT_TEXT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software
is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES
OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE
LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR
IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/**
 * The packages of which a bundle has code, sorted by name and version, each once.
 * @param workingDir what the paths in the metafile are relative to
 */
export async function listBundled(metafile: Metafile, workingDir: string): Promise<BundledPackage[]> {
  const folders = new Set<string>();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = bytesInOutput > 0 ? PACKAGE_FOLDER.exec(path.resolve(workingDir, input))?.[0] : undefined;
      if (folder !== undefined) folders.add(folder);
    }
  }
  return Promise.all(
    [...folders].map(async (folder) => {
      const { name, version } = await readPackage(folder);
      return { name, version, folder };
    }),
  );
}

/** The text of THIRD-PARTY-NOTICES. Throws for a package whose licence nobody knows. */
export async function renderNotices(packages: readonly BundledPackage[]): Promise<string> {
  const entries = new Map<string, string>();
  for (const bundled of packages) {
    entries.set(`${bundled.name} ${bundled.version}`, await renderEntry(bundled));
  }
  const titles = [...entries.keys()].sort();
  return [HEAD, ...titles.map((title) => entries.get(title))].join(`\n${RULE}\n\n`);
}

async function renderEntry({ name, version, folder }: BundledPackage): Promise<string> {
  const { license, homepage, repository } = await readPackage(folder);
  const texts = await readLicences(folder);
  const source = homepage ?? (typeof repository === 'object' ? repository.url : repository);
  return [`${name} ${version} (${license ?? 'see below'})`, ...(source ? [source] : []), '', ...texts, ''].join('\n');
}

async function readLicences(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => LICENCE_FILE.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')));
  const present = texts.map((text) => text.replaceAll('\r\n', '\n').trim()).filter((text) => text !== '');
  if (present.length > 0) return [present.join('\n\n')];
  // Some name their licence only: the text is the common one, the owner is the author.
  const { name, license, author } = await readPackage(folder);
  const owner = typeof author === 'object' ? author.name : author;
  if (license !== 'MIT' || !owner) throw new Error(`${name} has no licence text (${license ?? 'no licence'})`);
  return [`Copyright (c) ${owner}\n\n${MIT_TEXT}`];
}

async function readPackage(folder: string): Promise<PackageJson> {
  return JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as PackageJson;
}
