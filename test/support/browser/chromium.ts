import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createBrotliDecompress } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';
import { errnoOf } from '../../../src/lib/errors/errno.ts';

/** A Chromium on the disk, and what it needs in its environment. */
interface Chromium {
  readonly executable: string;
  readonly env: Readonly<Record<string, string>>;
}

/** On a busy machine it takes seconds. */
const START_TIMEOUT_MS = 60_000;
/** Where each system has it, on the platforms for which the package has no binary. */
const INSTALLED = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];
const INSTALLED_ON_MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** Starts a headless Chromium with an empty profile. It ends with this process at the latest, however that ends. */
export async function startBrowser(args: readonly string[] = []): Promise<Browser> {
  const { executable, env } = await findChromium();
  return chromium.launch({
    executablePath: executable,
    // Chromium's sandbox refuses to run as root. All that these pages come from is the tests' own.
    args: ['--no-sandbox', ...args],
    env: { PATH: process.env['PATH'] ?? '', ...env },
    timeout: START_TIMEOUT_MS,
  });
}

/**
 * The Chromium of `@sparticuz/chromium`, unpacked once for each clone; on other platforms than Linux on x64 the one that is installed.
 * The package's own function unpacks into /tmp, where two test files at once would start half a browser.
 */
async function findChromium(): Promise<Chromium> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return { executable: findInstalled(), env: {} };
  const source = path.dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')).replace(/build\/cjs$/, '');
  const { version } = JSON.parse(readFileSync(path.join(source, 'package.json'), 'utf8')) as { version: string };
  const folder = fileURLToPath(new URL(`../../../node_modules/.cache/chromium-${version}`, import.meta.url));
  if (!existsSync(folder)) await unpack(path.join(source, 'bin'), folder);
  return {
    executable: path.join(folder, 'chromium'),
    // A slim image has neither its libraries nor a font, and Chromium does not start without one.
    env: { LD_LIBRARY_PATH: path.join(folder, 'lib'), FONTCONFIG_FILE: path.join(folder, 'fonts.conf') },
  };
}

function findInstalled(): string {
  const places = (process.env['PATH'] ?? '').split(path.delimiter);
  const files = [...INSTALLED.flatMap((name) => places.map((place) => path.join(place, name))), INSTALLED_ON_MAC];
  const found = files.find((file) => existsSync(file));
  if (found === undefined) throw new Error('the tests in a browser need Chromium or Chrome: install it');
  return found;
}

/** Unpacks beside the folder and renames: a folder that is there is whole. */
async function unpack(source: string, folder: string): Promise<void> {
  await mkdir(path.dirname(folder), { recursive: true });
  const partial = await mkdtemp(`${folder}.`);
  await decompress(path.join(source, 'chromium.br'), path.join(partial, 'chromium'));
  for (const archive of ['al2023.tar', 'fonts.tar']) {
    const file = path.join(partial, archive);
    await decompress(path.join(source, `${archive}.br`), file);
    await promisify(execFile)('tar', ['-xf', file, '-C', partial, '--no-same-owner']);
    await rm(file);
  }
  const include = '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>';
  const folders = `<dir>${folder}/fonts</dir><cachedir>${folder}/font-cache</cachedir>`;
  await writeFile(path.join(partial, 'fonts.conf'), `<fontconfig>${include}${folders}</fontconfig>\n`);
  await rename(partial, folder).catch(async (error: unknown) => {
    await rm(partial, { recursive: true });
    // Another test file was faster.
    if (!['EEXIST', 'ENOTEMPTY'].includes(errnoOf(error) ?? '')) throw error;
  });
}

async function decompress(source: string, target: string): Promise<void> {
  await pipeline(createReadStream(source), createBrotliDecompress(), createWriteStream(target, { mode: 0o700 }));
}
